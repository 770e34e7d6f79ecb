"""An ordinary user: virtual libraries of their own, and what they have no right to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from users import IS_ROOT, NOBODY, called_in_environment, import_everything

from changer.cli.main import main

from .terminal import (
    ACCESS_DENIED,
    OUTPUT_FAILED,
    STORE_UNREACHABLE,
    Run,
    Terminal,
    assert_ended_well,
)

UNSET = dict.fromkeys(("CHANGER_STATE", "CHANGER_SIM_DIR", "CHANGER_LOCK_DIR"))


def as_nobody(terminal: Terminal, *words: str, **changes: str | None) -> Run:
    """In a child of this process that gives up its rights, where it is root."""
    environment = terminal.environment(**changes)
    return Run(*called_in_environment(lambda: main(words), environment))


@pytest.fixture
def own_folder(folder: Path) -> Path:
    """The home of an ordinary user."""
    import_everything()
    own = folder / "own"
    own.mkdir(0o700)
    if IS_ROOT:
        os.chown(own, NOBODY, NOBODY)
    return own


@pytest.mark.parametrize("words", ["status", "load 1", "cleaner reserve 4", "history --all"])
def test_store_of_root_is_refused_to_an_ordinary_user(
    terminal: Terminal, own_folder: Path, words: str
) -> None:
    if not IS_ROOT:
        terminal.folder.chmod(0o555)
    else:
        terminal.done("load", "2")
    run = as_nobody(terminal, *words.split())
    terminal.folder.chmod(0o755)
    assert_ended_well(run, ACCESS_DENIED)


@pytest.mark.parametrize("words", ["status", "load 1", "cleaner reserve 4", "sim list"])
def test_ordinary_user_has_virtual_libraries_of_their_own(
    terminal: Terminal, own_folder: Path, words: str
) -> None:
    run = as_nobody(terminal, *words.split(), XDG_STATE_HOME=str(own_folder), **UNSET)
    assert_ended_well(run, 0)
    if words in ("status", "sim list"):
        assert not (own_folder / "changer" / "state.db").exists()
    else:
        assert (own_folder / "changer" / "state.db").stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("home", [None, "", "/", "/no/such/home", "/dev/null"])
@pytest.mark.parametrize("words", ["status", "load 1", "sim create it"])
def test_ordinary_user_without_a_home_is_told_which_folder_is_missing(
    terminal: Terminal, own_folder: Path, home: str | None, words: str
) -> None:
    run = as_nobody(terminal, *words.split(), HOME=home, XDG_STATE_HOME=None, **UNSET)
    assert_ended_well(run, ACCESS_DENIED, STORE_UNREACHABLE, OUTPUT_FAILED)


def test_trace_without_rights_is_told(terminal: Terminal, own_folder: Path) -> None:
    words = ("load", "1", "--trace", "/proc/trace")
    run = as_nobody(terminal, *words, XDG_STATE_HOME=str(own_folder), **UNSET)
    assert_ended_well(run, OUTPUT_FAILED)
