"""changer state check: what it prints, its document, its exit status, and what it leaves alone."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from changer.errors import error_classes
from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .terminal import ACCESS_DENIED, STORE_FAILED, STORE_NEWER, STORE_UNREACHABLE, Run, Terminal
from .test_cli_ordinary_user import as_nobody


def octets(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def checked(terminal: Terminal, status: int) -> tuple[Run, Run]:
    """For people and for programs; both say the same and change nothing."""
    before = octets(terminal.state.parent) if terminal.state.parent.exists() else None
    people, programs = terminal.run("state", "check"), terminal.run("state", "check", "--json")
    assert people.status == programs.status == status, people
    assert "Traceback" not in people.err + programs.err
    after = octets(terminal.state.parent) if terminal.state.parent.exists() else None
    assert after == before
    document = programs.json
    assert document["schema"] == "changer.state-check/1"
    assert document["path"] == str(terminal.state)
    for each in document["problems"]:
        assert f"problem: {each['message']}" in people.out
    for each in document["notes"]:
        assert f"note: {each['message']}" in people.out
    if status:
        first = document["problems"][0]
        assert programs.error["code"] == first["code"]
        assert programs.error["message"].startswith(first["message"])
        assert first["message"] in people.err
        classes = {each.code: each.exit_status for each in error_classes()}
        assert classes[first["code"]] == status
        assert first["hint"]
    else:
        assert document["problems"] == []
        assert people.out.endswith("no problem was found\n")
    return people, programs


def test_a_sound_store_is_shown_and_is_no_error(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "1")
    people, programs = checked(terminal, 0)
    words = "slot @1004 reserved, cleaner CLN001CU, 1 cleaning left, 2 operations, 1 move"
    assert words in people.out
    contents = programs.json["contents"]
    (library,) = contents["libraries"]
    assert library["cleaner"] == {"volume_tag": "CLN001CU", "cleans_left": 1}
    assert programs.json["notes"] == []
    assert programs.json["size"] == terminal.state.stat().st_size


def test_what_the_next_command_settles_is_a_note(terminal: Terminal) -> None:
    terminal.done("status")
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        store.begin_move(library, source_address=1, destination_address=2, volume_tag="A1")
    people, programs = checked(terminal, 0)
    (note,) = programs.json["notes"]
    assert note["message"] == f"a move in {library} of A1 from @1 to @2 is open"
    assert "changer recover" in note["hint"]
    assert "changer recover" in people.out


def test_a_missing_store_is_not_made(terminal: Terminal) -> None:
    terminal.makes_store = False
    checked(terminal, STORE_UNREACHABLE)
    assert not terminal.state.parent.exists()


@pytest.mark.parametrize(
    ("statement", "status", "words"),
    [
        (None, STORE_FAILED, "changer state restore FILE"),
        ("PRAGMA user_version = 99", STORE_NEWER, "update changer on this host"),
        ("PRAGMA application_id = 7", STORE_FAILED, "another program"),
    ],
)
def test_a_store_that_can_t_be_used_is_said_to_be_so(
    terminal: Terminal, statement: str | None, status: int, words: str
) -> None:
    terminal.done("status")
    if statement is None:
        terminal.state.write_bytes(random.Random(5).randbytes(50_000))
    else:
        with closing(sqlite3.connect(terminal.state)) as connection:
            connection.execute(statement)
    people, programs = checked(terminal, status)
    assert words in people.out
    assert programs.json["contents"] is None


def test_several_problems_are_counted_and_the_first_decides(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    with closing(sqlite3.connect(terminal.state)) as connection:
        connection.execute("DROP INDEX one_reservation_per_slot")
        connection.execute("DROP INDEX moves_of_library")
    terminal.state.chmod(0o666)
    people, programs = checked(terminal, STORE_FAILED)
    assert len(programs.json["problems"]) == 3
    assert people.err.endswith("; and 2 problems more\n")


def test_who_may_not_read_it_is_told_which_right_is_missing(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.state.chmod(0o600 if os.geteuid() == 0 else 0o000)
    terminal.state.parent.chmod(0o755)
    run = as_nobody(terminal, "state", "check")
    assert run.status == ACCESS_DENIED
    assert f"no permission to read {terminal.state}" in run.out
    assert "chmod" in run.out or "usermod" in run.out


@pytest.mark.parametrize("words", ["", "--json"])
def test_escape_codes_of_a_store_reach_no_terminal(terminal: Terminal, words: str) -> None:
    terminal.done("status")
    with open_store(terminal.state, clock=SystemClock()) as store:
        store.begin_move(
            store.libraries()[0].id,
            source_address=1,
            destination_address=2,
            volume_tag="X\x1b[31m\n",
        )
    run = terminal.done("state", "check", *words.split())
    assert "\x1b" not in run.out
    assert "of X?[31m?" in run.out or "of X\\u001b[31m\\n" in run.out
