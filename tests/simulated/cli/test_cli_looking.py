"""Looking makes no store, and a library is looked at whatever became of the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import disks
import pytest
from disk.small_disk import unwritable

from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .terminal import STORE_UNREACHABLE, Run, Terminal, assert_ended_well

IS_ROOT = os.geteuid() == 0
READING = ("history", "history --all", "operations", "state list", "state export", "cleaner status")
ACTING = ("load 1", "cleaner reserve 4", "lock", "state import -", "load 1 --dry-run")


@pytest.fixture
def bare(terminal: Terminal) -> Terminal:
    """A shell whose store was named, and never made."""
    terminal.makes_store = False
    return terminal


def warned(run: Run) -> str:
    """The only line on standard error, of a library that was looked at."""
    assert run.status == 0, run
    assert "slot 1   A00001L8" in run.out
    (warning,) = run.err.splitlines()
    assert warning.startswith("changer: warning: ")
    return warning


@pytest.mark.parametrize("words", [*READING, *ACTING])
def test_a_store_that_was_named_is_never_made_on_the_way(bare: Terminal, words: str) -> None:
    run = bare.run(*words.split())
    assert_ended_well(run, STORE_UNREACHABLE)
    assert f"there is no state store {bare.state}" in run.err
    assert f"changer state init {bare.state}" in run.err or "changer state init" in run.err
    assert not bare.state.parent.exists()


def test_status_says_that_it_is_not_there_and_makes_none(bare: Terminal) -> None:
    assert f"there is no state store {bare.state}: its contents" in warned(bare.run("status"))
    assert not bare.state.parent.exists()


def test_init_makes_a_store_once(bare: Terminal) -> None:
    shown = bare.done("state", "init", "--dry-run", "--json").json
    assert (shown["path"], shown["is_new"], shown["done"]) == (str(bare.state), True, False)
    assert not bare.state.exists()
    assert bare.done("state", "init").out == f"{bare.state} is made\n"
    bare.done("cleaner", "reserve", "4")
    assert bare.done("state", "init").out == f"{bare.state} is a state store already\n"
    assert bare.done("cleaner", "status", "--json").json["cleaner"]["slot"] == 4
    another = bare.folder / "another/state.db"
    assert bare.done("state", "init", str(another), "--json").json["path"] == str(another)
    bare.done("--state", str(another), "state", "check")


@pytest.fixture
def host(bare: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A shell with the store of its host, which is still to be made."""
    del bare.variables["CHANGER_STATE"]
    bare.variables["HOME"] = str(bare.folder)
    bare.variables["XDG_STATE_HOME"] = ""
    bare.state = bare.folder / ".local/state/changer/state.db"
    monkeypatch.setattr("changer.library.settings.os.geteuid", lambda: 1000)
    return bare


@pytest.mark.parametrize(
    "words", ["status", "history", "operations", "state list", "cleaner status"]
)
def test_looking_finds_nothing_kept_where_nothing_was_ever_done(host: Terminal, words: str) -> None:
    host.done(*words.split())
    assert not host.state.parent.exists()


@pytest.mark.parametrize("words", ["load 1 --dry-run", "cleaner reserve 4 --dry-run"])
def test_a_rehearsal_makes_none_either(host: Terminal, words: str) -> None:
    host.done(*words.split())
    assert not host.state.parent.exists()


# A store that is there


@pytest.mark.skipif(not IS_ROOT, reason="mounts")
@pytest.mark.parametrize("left", ["a log", "no log"])
def test_a_read_only_file_system_is_looked_at_as_it_is(terminal: Terminal, left: str) -> None:
    with disks.tiny_file_system(terminal.state.parent, kibibytes=2048) as is_mounted:
        assert is_mounted
        with open_store(terminal.state, clock=SystemClock()):
            terminal.done("cleaner", "reserve", "4")
            files = {each: each.read_bytes() for each in terminal.state.parent.iterdir()}
        for each, content in files.items() if left == "a log" else ():
            each.write_bytes(content)  # as a program that was killed leaves it
        with unwritable(terminal.state.parent, mounted=True):
            status = terminal.run("status", "--json")
            assert status.json["slots"][3]["reserved"] is True
            assert "read-only file system" in status.err and len(status.err.splitlines()) == 1
            history = terminal.run("history")
            assert (history.status, "reserve" in history.out) == (0, True)
            assert "nothing is recorded for now" in history.err
            assert_ended_well(terminal.run("load", "1"), STORE_UNREACHABLE)
            assert terminal.tag_at("drive:0") is None


@pytest.mark.skipif(not IS_ROOT, reason="mounts")
@pytest.mark.parametrize("is_known", [True, False])
def test_a_full_disk_is_looked_at_as_it_is(terminal: Terminal, is_known: bool) -> None:
    with disks.tiny_file_system(terminal.state.parent, kibibytes=512) as is_mounted:
        assert is_mounted
        open_store(terminal.state, clock=SystemClock()).close()
        if is_known:
            terminal.done("cleaner", "reserve", "4")
        disks.fill(terminal.state.parent)
        warning = warned(terminal.run("status"))
        assert "no space left" in warning
        assert warning.endswith("nothing is recorded for now")
        document = terminal.run("status", "--json").json
        assert document["slots"][3]["reserved"] is is_known
        assert terminal.run("load", "1").status != 0
        disks.free(terminal.state.parent)
        terminal.done("status")


def _another(path: Path) -> None:
    path.write_bytes(b"another file" * 1000)


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [_another, _directory])
def test_a_store_that_can_not_be_read_is_looked_past_and_nothing_moves(
    terminal: Terminal, spoil: Callable[[Path], None]
) -> None:
    terminal.done("cleaner", "reserve", "4")
    spoil(terminal.state)
    assert warned(terminal.run("status")).endswith("its contents are not known")
    for words in ("load 1", "cleaner status", "history", "state list"):
        run = terminal.run(*words.split())
        assert_ended_well(run)
        assert run.status != 0
    assert terminal.tag_at("drive:0") is None
