"""What is on record, in every state that it may have, as all commands show it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from changer.errors import NtmsResult
from changer.host.clock import SystemClock
from changer.store.protocol import Store
from changer.store.records import MoveOutcome
from changer.store.sqlite import open_store

from .player import assert_plays
from .terminal import Terminal

ON_RECORD = Path(__file__).parent / "transcripts" / "on_record"
SLOT, DRIVE, MAIL, PICKER = 1000, 500, 101, 1
NO_PROCESS = 1 << 30
DONE, FAILED = NtmsResult("ERROR_SUCCESS", 0), NtmsResult("ERROR_SLOT_FULL", 5006)
STOPPED = NtmsResult("ERROR_CANCELLED", 1223)


@pytest.fixture
def history(terminal: Terminal) -> Terminal:
    """A library that was read, and one that never was, with moves and operations of each kind."""
    terminal.create("it", "demo", serial="IT1", slots=6, data_cartridges=3, cleaners=1)
    terminal.variables["CHANGER"] = "sim:it"
    library = terminal.done("status", "--json").json["library"]["id"]
    with open_store(terminal.state, clock=SystemClock()) as store:
        store.remember_library(
            "ACME_BOX", vendor="ACME", product="BOX", revision="1", serial=None, device=None
        )
        for outcome in ("completed", "not-executed", "misplaced", "unknown", None):
            _moved(store, library, outcome)
        _moved(store, "ACME_BOX", "completed")
        _operated(store, library)
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        died = "SET process_id = ?, process_identity = NULL WHERE"
        connection.execute(f"UPDATE operations {died} kind = 'eject'", (NO_PROCESS,))
        connection.execute("UPDATE moves SET process_id = ? WHERE outcome = 'unknown'", (1 << 30,))
    return terminal


def _moved(store: Store, library: str, outcome: MoveOutcome | None) -> None:
    commands = {
        "completed": "changer -l sim:it --json load 1 0",
        "not-executed": "changer-mtx -f sim:it load 1 0",
        "misplaced": None,
        "unknown": "changer",
        None: "/usr/bin/backup.py --nightly load",
    }
    final = {"completed": DRIVE, "misplaced": SLOT + 5, "unknown": PICKER}
    for kind in ("move", "exchange"):
        move = store.begin_move(
            library,
            kind=kind,
            source_address=SLOT + 1,
            destination_address=DRIVE,
            second_destination_address=SLOT + 2 if kind == "exchange" else None,
            volume_tag="A00001L8" if outcome != "misplaced" else None,
            second_volume_tag="A00002L8" if kind == "exchange" and outcome else None,
            command=commands[outcome],
        )
        if outcome is not None:
            message = None if outcome == "completed" else f"why it is {outcome}"
            store.finish_move(
                move.id, outcome=outcome, final_address=final.get(outcome), message=message
            )


def _operated(store: Store, library: str) -> None:
    tag = "CLN001CU"
    reserved = store.begin_operation(library, "reserve", command="changer cleaner reserve 4")
    store.reserve(reserved.id, slot_address=SLOT + 4)
    full = store.begin_operation(library, "reserve", slot_address=SLOT + 1, command="ntms.py")
    store.finish_operation(full.id, state="failed", result=FAILED, message="slot 1 is full")
    clean = store.begin_operation(library, "clean", drive_address=DRIVE)
    store.describe_operation(clean.id, slot_address=SLOT + 4, volume_tag=tag)
    store.finish_operation(clean.id, state="completed", result=DONE, message="not shown")
    other = store.begin_operation(library, "insert", slot_address=SLOT + 4)
    store.finish_operation(other.id, state="cancelled", result=STOPPED, message="was stopped")
    store.begin_operation(library, "clean", drive_address=DRIVE + 1, command="changer clean 1")
    store.begin_operation(library, "eject", slot_address=SLOT + 4, volume_tag=tag)
    waiting = store.begin_operation(library, "insert", command="changer cleaner insert")
    store.set_waiting(waiting.id, waiting_for="put a cleaning cartridge into mail slot 1")


@pytest.fixture
def cleaners(terminal: Terminal) -> Terminal:
    """Of three cleaners little is known of one, one was rejected, and one is used up."""
    terminal.create("it", "demo", serial="IT1", slots=8, data_cartridges=2, cleaners=1)
    terminal.variables["CHANGER"] = "sim:it"
    terminal.done("cleaner", "reserve", "4", "6", "7", "8")
    for tag in ("CLN001CU", "CLN002CU", "CLN003CU"):
        if tag != "CLN001CU":
            terminal.operate(f"put {tag} mail:1", name="it")
        terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "9")
    changes = {
        "CLN001CU": "cleans_left = NULL, uses = 1, last_used_at = 4000000000",
        "CLN002CU": "condition = 'rejected', why = 'drive 0 did not take it', uses = 3",
        "CLN003CU": "condition = 'spent', cleans_left = 0, why = 'drive 1 reports it as used up'",
    }
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        for tag, change in changes.items():
            statement = f"UPDATE cleaners SET {change} WHERE volume_tag = ?"
            connection.execute(statement, (tag,))
    return terminal


@pytest.mark.usefixtures("operator")
def test_cleaners_of_every_condition_are_shown_as_the_transcript_has_it(cleaners: Terminal) -> None:
    assert_plays(cleaners, ON_RECORD / "cleaners.txt")


@pytest.mark.usefixtures("operator")
def test_history_of_every_state_is_shown_as_the_transcript_has_it(history: Terminal) -> None:
    assert_plays(history, ON_RECORD / "history.txt")
