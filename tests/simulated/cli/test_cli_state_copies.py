"""changer state backup and restore, as they are typed."""

from __future__ import annotations

import os
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from figures import FIGURES

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock

from .terminal import ACCESS_DENIED, USAGE, Terminal, assert_ended_well
from .test_cli_ordinary_user import as_nobody

LIBRARY_BUSY = 30
GARBAGE = random.Random(5).randbytes(9000)


@pytest.fixture
def backup(terminal: Terminal, folder: Path) -> Path:
    """Of a store in which slot 4 is reserved and its cleaner has 7 cleanings left."""
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "7")
    file = folder / "backup.db"
    terminal.done("state", "backup", str(file))
    return file


def spoil(terminal: Terminal) -> None:
    """Reservation and count are gone."""
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        connection.execute("DELETE FROM cleaners")
        connection.execute("DELETE FROM reservations")


def assert_as_backed_up(terminal: Terminal) -> None:
    cleaner = terminal.done("cleaner", "status", "--json").json["cleaner"]
    FIGURES.reservation(expected=1004, found=cleaner["address"])
    FIGURES.uses(expected=7, counted=cleaner["cleans_left"])


def test_backup_says_its_size_and_what_is_in_it(terminal: Terminal, folder: Path) -> None:
    terminal.done("cleaner", "reserve", "4")
    file = folder / "b.db"
    run = terminal.done("state", "backup", str(file))
    assert run.out.startswith(f"{file}: {file.stat().st_size} bytes, schema ")
    assert "slot @1004 reserved, no cleaner, 1 operation, 0 moves" in run.out
    document = terminal.done("state", "backup", str(file), "--force", "--json").json
    assert set(document) == {"schema", "file", "size", "contents"}
    assert document["contents"]["libraries"][0]["reserved_address"] == 1004


def test_restore_shows_first_and_then_brings_it_back(terminal: Terminal, backup: Path) -> None:
    spoil(terminal)
    before = terminal.state.read_bytes()
    shown = terminal.done("state", "restore", str(backup), "--dry-run")
    assert "nothing reserved -> slot @1004 reserved" in shown.out
    assert "no cleaner -> cleaner CLN001CU, 7 cleanings left" in shown.out
    assert terminal.state.read_bytes() == before
    done = terminal.done("state", "restore", str(backup), "--yes")
    kept = re.search(r"kept as (\S+)$", done.out, re.MULTILINE)
    assert kept is not None
    assert Path(kept[1]).exists()
    assert_as_backed_up(terminal)


def test_restore_says_what_becomes_of_each_library(terminal: Terminal, backup: Path) -> None:
    shown = terminal.done("state", "restore", str(backup), "--dry-run").out
    words = "slot @1004 reserved, cleaner CLN001CU, 7 cleanings left, 2 operations"
    assert re.search(rf"^  \S+: as it is: {words}", shown, re.MULTILINE)
    terminal.create("it", "bare")
    terminal.done("-l", "sim:it", "status")
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        connection.execute(
            "UPDATE cleaners SET slot_address = NULL, left_at = 1, condition = 'rejected',"
            " cleans_left = NULL"
        )
    shown = terminal.done("state", "restore", str(backup), "--dry-run").out
    assert re.search(r"^  \S+: is forgotten: nothing reserved, no cleaner, ", shown, re.MULTILINE)
    cleaner = "cleaner CLN001CU, away, rejected, cleanings left not known"
    assert f"    {cleaner} -> cleaner CLN001CU, 7 cleanings left\n" in shown


def test_restore_prints_a_document(terminal: Terminal, backup: Path) -> None:
    spoil(terminal)
    shown = terminal.done("state", "restore", str(backup), "--dry-run", "--json").json
    assert (shown["done"], shown["kept_as"], shown["damage"]) == (False, None, None)
    done = terminal.done("state", "restore", str(backup), "--yes", "--json").json
    assert done["schema"] == "changer.state-restored/1"
    assert {**done, "done": False, "kept_as": None} == shown
    assert done["before"]["libraries"][0]["reserved_address"] is None
    assert done["after"]["libraries"][0]["reserved_address"] == 1004


@pytest.mark.parametrize("damage", ["garbage", "missing", "empty"])
def test_restore_needs_no_sound_store(terminal: Terminal, backup: Path, damage: str) -> None:
    if damage == "missing":
        terminal.state.unlink()
        assert "state init" in terminal.run("state", "restore", str(backup), "--yes").err
        terminal.done("state", "init")
    else:
        terminal.state.write_bytes(GARBAGE if damage == "garbage" else b"")
    shown = terminal.done("state", "restore", str(backup), "--dry-run").out
    assert ("now: the state store" in shown) is (damage == "garbage")
    terminal.done("state", "restore", str(backup), "--yes")
    assert_as_backed_up(terminal)
    terminal.done("state", "check")


def test_restore_has_to_be_confirmed(terminal: Terminal, backup: Path) -> None:
    spoil(terminal)
    before = terminal.state.read_bytes()
    assert_ended_well(terminal.program("state", "restore", str(backup)), USAGE)
    closed = terminal.program("state", "restore", str(backup), shell_tail="<&-")
    assert_ended_well(closed, USAGE)
    status, text = terminal.answered("no", "state", "restore", str(backup))
    assert status == USAGE
    assert "nothing reserved -> slot @1004 reserved" in text
    assert "not confirmed, nothing was restored" in text
    assert terminal.state.read_bytes() == before
    for content in (before, GARBAGE):
        terminal.state.write_bytes(content)
        status, text = terminal.answered("yes", "state", "restore", str(backup))
        assert status == 0, text
        assert ("now: the state store" in text) is (content is GARBAGE)
        assert_as_backed_up(terminal)


def test_restore_waits_for_who_works_the_library(terminal: Terminal, backup: Path) -> None:
    library = terminal.done("status", "--json").json["library"]["id"]
    spoil(terminal)
    lock = LibraryLock(
        library, folder=terminal.locks, command="changer load 7", clock=SystemClock()
    )
    with lock:
        run = terminal.run("state", "restore", str(backup), "--yes")
        assert_ended_well(run, LIBRARY_BUSY)
        assert "changer load 7" in run.err
        terminal.done("state", "backup", str(backup.with_name("other.db")))
    terminal.done("state", "restore", str(backup), "--yes", "--wait", "5")
    assert_as_backed_up(terminal)


def test_an_ordinary_user_without_rights_can_do_neither(terminal: Terminal, backup: Path) -> None:
    backup.chmod(0o644)
    terminal.state.parent.chmod(0o700 if os.geteuid() == 0 else 0o000)
    for words in (["backup", "/tmp/changer-no-backup.db"], ["restore", str(backup), "--yes"]):
        assert_ended_well(as_nobody(terminal, "state", *words), ACCESS_DENIED)
    assert not Path("/tmp/changer-no-backup.db").exists()
    terminal.state.parent.chmod(0o770)
