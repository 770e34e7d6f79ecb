"""Cleaner management on the command line: what is printed, as text and JSON, and how it ends."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli.terminal import Terminal, assert_ended_well
from driver.virtual_library import MODE_SENSE, READ_ELEMENT_STATUS
from on_record import bring_in

from changer.errors import error_classes
from changer.host.clock import SystemClock
from changer.host.trust import user_name
from changer.store.sqlite import open_store

STATUSES = {each.code: each.exit_status for each in error_classes()}


def fields(text: str) -> set[str]:
    return set(text.split())


OPERATION = fields(
    "id library_id kind state started_at finished_at slot_address drive_address "
    "volume_tag result code message process_id user"
)


# Runs the program, and prints how often it opened a file.
OPENED = """
import sys
from changer.cli.main import main
path, *words = sys.argv[1:]
opened = []
sys.addaudithook(lambda event, its: event == "open" and str(its[0]) == path and opened.append(its))
main(words)
print(len(opened))
"""


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A library of which no step takes time; its cleaner lies in mail slot 1."""
    terminal = Terminal(folder, capsys)
    terminal.create("it", "demo", cleaning_seconds=0, drive_load_seconds=0, ejects_cleaner=False)
    terminal.variables["CHANGER"] = "sim:it"
    return terminal


@pytest.fixture
def ready(terminal: Terminal) -> Terminal:
    """The cleaner is in slot 4, with 50 cleans left."""
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "mail:1")
    return terminal


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps: looks come one right after another."""
    monkeypatch.setattr("time.sleep", lambda _: None)


def in_store(terminal: Terminal, function: Callable[[Any, str], object]) -> Any:
    """What another process would do with the store; it is told the library's id."""
    with open_store(terminal.state, clock=SystemClock()) as store:
        return function(store, store.libraries()[0].id)


def cleans_left(terminal: Terminal, number: int | None) -> None:
    """As if the cleaner had been used before."""

    def know(store: Any, library_id: str) -> None:
        bring_in(store, library_id, volume_tag="CLN001CU", cleans_left=number)

    in_store(terminal, know)


def refused(terminal: Terminal, code: str, *arguments: str) -> dict[str, Any]:
    """The error document of a command that ends with that code, and with its exit status."""
    text = terminal.run(*arguments)
    assert_ended_well(text, STATUSES[code])
    run = terminal.run("--json", *arguments)
    assert (run.status, run.error["code"]) == (STATUSES[code], code)
    return run.error


# Insert


@pytest.mark.usefixtures("impatient")
def test_insert_by_a_person_prints_slot_and_count(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    text = terminal.done("cleaner", "insert", "--timeout", "120").out
    assert re.search(r"CLN001CU is in slot 4 of \S+, 50 cleanings left", text)
    assert terminal.tag_at("4", name="it") == "CLN001CU"


def test_insert_document(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    run = terminal.done("cleaner", "insert", "--from", "CLN001CU", "--cleans-left", "7", "--json")
    document = run.json
    assert set(document) == fields(
        "schema library slot address volume_tag cleans_left operation_id"
    )
    assert document["schema"] == "changer.cleaner-inserted/1"
    assert (document["slot"], document["address"], document["cleans_left"]) == (4, 1004, 7)


def test_insert_that_nobody_answers_times_out(terminal: Terminal) -> None:
    terminal.operate("take mail:1", name="it")
    terminal.done("cleaner", "reserve", "4")
    error = refused(terminal, "operator-timeout", "cleaner", "insert", "--timeout", "0")
    assert error["ntms"] == {"name": "ERROR_TIMEOUT", "code": 1460}
    said = "timed out after 0 s waiting for someone to put a cleaning cartridge into a mail slot of"
    assert said in error["message"]
    assert "nothing was moved; try again, or wait longer with --timeout" in error["hint"]


def test_insert_without_reservation_is_refused(terminal: Terminal) -> None:
    error = refused(terminal, "no-slot-set", "cleaner", "insert")
    assert error["ntms"] == {"name": "ERROR_NO_SLOT_SET", "code": 4332}
    assert "changer cleaner reserve" in error["hint"]


# Status


def test_status_tells_of_the_cleaner_and_the_drives(ready: Terminal) -> None:
    ready.fault("wants-cleaning drive:1 required", name="it")
    text = ready.done("cleaner", "status").out
    assert re.search(r"slot 4  CLN001CU  usable  50 cleanings left  never used", text)
    assert re.search(r"drive 0 +no cleaning needed +no cleaning on record", text)
    assert re.search(r"drive 1 +needs cleaning now", text)


def test_status_reads_the_library_once(ready: Terminal) -> None:
    """The slot, its cleaner and the drives are of one moment; who the drives are is asked apart."""
    before = ready.truth("it").commands
    ready.done("cleaner", "status", "--check")
    taken = Counter(ready.truth("it").commands) - Counter(before)
    assert taken == {MODE_SENSE: 1, READ_ELEMENT_STATUS: 2}


@pytest.mark.parametrize("drives", [2, 40])
def test_status_reads_the_file_of_a_virtual_library_once_however_many_drives(
    terminal: Terminal, drives: int
) -> None:
    terminal.create("many", "large", slots=30, drives=drives, drive_load_seconds=0)
    terminal.done("list")  # makes the store
    program = [sys.executable, "-c", OPENED, f"{terminal.simulated / 'many.json'}"]
    words = ["-l", "sim:many", "cleaner", "status"]
    environment = {**os.environ, **terminal.variables}
    answer = subprocess.check_output([*program, *words], env=environment, text=True, timeout=60)
    *lines, opened = answer.splitlines()
    assert len(lines) == 1 + drives
    assert int(opened) == 1


def test_status_after_the_cleaner_was_taken_out_says_so_and_so_does_the_next_eject(
    ready: Terminal,
) -> None:
    refused(ready, "operator-timeout", "cleaner", "eject", "--timeout", "0")
    text = ready.done("cleaner", "status").out
    assert re.search(r"slot 4  CLN001CU  missing +50 cleanings left", text)
    assert "there is no cleaning cartridge in slot 4: CLN001CU is in mail slot 1" in text
    ready.operate("take mail:1", name="it")
    assert "in slot 4: CLN001CU is out of the library" in ready.done("cleaner", "status").out
    assert "CLN001CU is out of" in ready.done("cleaner", "eject").out
    assert re.search(r"-  CLN001CU  away since .*50 cleanings", ready.done("cleaner", "status").out)
    assert refused(ready, "slot-empty", "cleaner", "eject")["hint"] == (
        "bring one in with: changer cleaner insert"
    )


def test_status_of_a_slot_with_another_cartridge_names_the_cleaner_as_on_record(
    ready: Terminal,
) -> None:
    ready.done("move", "4", "6")
    ready.operate("insert CLN002CU 4", name="it")
    text = ready.done("cleaner", "status").out
    assert re.search(r"slot 4  CLN001CU  missing +50 cleanings left", text)
    assert "CLN002CU is in slot 4, and the cleaner that was brought in is CLN001CU" in text


def test_status_counts_one_clean(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    inserted = terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "1")
    assert inserted.out.endswith(", 1 cleaning left\n")
    text = terminal.done("cleaner", "status").out
    assert "CLN001CU  low  1 cleaning left" in text
    assert "CLN001CU has 1 cleaning left: have a new one ready" in text


def test_status_document(ready: Terminal) -> None:
    ready.fault("wants-cleaning drive:1 requested", name="it")
    document = ready.done("cleaner", "status", "--json").json
    assert document["schema"] == "changer.cleaner/1"
    assert document["cleaner"] == {
        "slot": 4,
        "address": 1004,
        "volume_tag": "CLN001CU",
        "cleans_left": 50,
        "last_used_at": None,
    }
    first, second = document["drives"]
    assert set(first) == fields(
        "number address serial family cleaning_request asked why_not cleaned_at cleanings"
        " tape_alerts"
    )
    assert (first["cleaning_request"], second["cleaning_request"], second["asked"]) == (
        None,
        "requested",
        True,
    )


@pytest.mark.parametrize(
    ("left", "code"),
    [(50, None), (4, None), (3, "cleaner-low"), (1, "cleaner-low"), (0, "cleaner-spent")],
)
def test_check_fails_when_few_or_no_cleans_are_left(
    ready: Terminal, left: int, code: str | None
) -> None:
    cleans_left(ready, left)
    assert ready.run("cleaner", "status").status == 0
    run = ready.run("cleaner", "status", "--check")
    assert run.status == (0 if code is None else STATUSES[code])
    assert "CLN001CU" in run.out, "the status is printed all the same"
    document = ready.run("cleaner", "status", "--check", "--json")
    assert document.json["cleaner"]["cleans_left"] == left
    assert code is None or document.error["code"] == code


def test_check_fails_for_a_cleaner_that_the_robot_calls_expired(ready: Terminal) -> None:
    """Oracle SL150, interface reference, p. 224: 03/30/13 on the move to the drive."""
    ready.fault("sense 03/30/13 on A5", name="it")
    for words in (("clean", "0"), ("cleaner", "status", "--check"), ("clean", "0")):
        assert ready.run(*words).status == STATUSES["cleaner-spent"]


def test_check_fails_without_a_reserved_slot_and_without_a_cleaner(terminal: Terminal) -> None:
    for code in ("no-slot-set", "slot-empty"):
        assert terminal.run("cleaner", "status").status == 0
        assert terminal.run("cleaner", "status", "--check").status == STATUSES[code]
        terminal.run("cleaner", "reserve", "4")


# Clean


def test_clean_prints_what_the_drive_said_and_the_count(ready: Terminal) -> None:
    text = ready.done("clean", "1").out
    assert re.search(r"drive 1 is clean: .* \(CLN001CU; 49 cleanings left\)", text)
    assert "49 cleanings left  used once, last used" in ready.done("cleaner", "status").out


def test_clean_document(ready: Terminal) -> None:
    document = ready.done("clean", "drive:0", "--json").json
    assert document["schema"] == "changer.cleaned/1"
    assert document["failed"] == []
    (cleaned,) = document["drives"]
    assert set(cleaned) == fields("drive address serial volume_tag cleans_left operation_id why")
    assert (cleaned["drive"], cleaned["cleans_left"]) == (0, 49)


@pytest.mark.parametrize(
    ("drive", "code"),
    [
        *((each, "usage") for each in ("mail:1", "A00001L8", "")),
        *((each, "no-such-drive") for each in ("9", "drive:2", "@1001", "@7", "/dev/null")),
        ("/dev/no-such-drive", "device-not-available"),
    ],
)
def test_clean_of_what_is_no_drive_is_refused(ready: Terminal, drive: str, code: str) -> None:
    refused(ready, code, "clean", drive)
    assert ready.truth("it").place_of("CLN001CU") == "4"


def test_clean_of_a_loaded_drive_is_refused_or_empties_it(ready: Terminal) -> None:
    ready.done("load", "1")
    error = refused(ready, "drive-loaded", "clean", "0")
    assert "--unload" in error["hint"]
    ready.done("clean", "0", "--unload")
    assert ready.tag_at("1", name="it") == "A00001L8"


def test_clean_that_fails_says_so(ready: Terminal) -> None:
    ready.fault("cleaning-fails drive:0 error", name="it")
    run = ready.run("clean", "0")
    assert_ended_well(run, STATUSES["unable-to-clean"])
    assert "drive 0 was not cleaned" in run.err


def test_clean_needed_without_need(ready: Terminal) -> None:
    assert "no drive of" in ready.done("clean", "--needed").out
    document = ready.done("clean", "--needed", "--json").json
    assert (document["drives"], document["failed"]) == ([], [])


def test_clean_needed_tells_of_every_drive(ready: Terminal) -> None:
    for number in (0, 1):
        ready.fault(f"wants-cleaning drive:{number} required", name="it")
    ready.fault("cleaning-fails drive:0 error", name="it")
    run = ready.run("clean", "--needed", "--json")
    assert run.status == STATUSES["unable-to-clean"]
    document = json.loads(run.out)
    assert [each["drive"] for each in document["drives"]] == [1]
    assert [(each["drive"], each["code"]) for each in document["failed"]] == [
        (0, "unable-to-clean")
    ]
    assert run.error["code"] == "unable-to-clean"


def test_clean_needed_warns_of_every_failure_but_the_one_that_it_ends_with(ready: Terminal) -> None:
    for number in (0, 1):
        ready.fault(f"wants-cleaning drive:{number} required", name="it")
        ready.fault(f"cleaning-fails drive:{number} error", name="it")
    run = ready.run("clean", "--needed")
    assert run.status == STATUSES["unable-to-clean"]
    said = [line for line in run.err.splitlines() if "was not cleaned" in line]
    assert [line.startswith("changer: warning: ") for line in said] == [True, False]
    assert "drive 1" in said[0] and "drive 0" in said[1]


def test_clean_needed_prints_those_that_were_cleaned(ready: Terminal) -> None:
    for number in (0, 1):
        ready.fault(f"wants-cleaning drive:{number} required", name="it")
    text = ready.done("clean", "--needed").out
    assert [line.split(" is clean")[0] for line in text.splitlines()] == ["drive 0", "drive 1"]


def test_low_cleaner_is_warned_of(ready: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr("syslog.syslog", lambda _, text: logged.append(text))
    cleans_left(ready, 4)
    run = ready.run("clean", "0")
    assert run.status == 0
    assert re.search(r"changer: warning: .*CLN001CU.* has 3 cleanings left", run.err)
    assert len(logged) == 1 and "3 cleanings left" in logged[0]


# Eject


def test_eject_times_out_and_goes_on(ready: Terminal) -> None:
    refused(ready, "operator-timeout", "cleaner", "eject", "--timeout", "0")
    assert ready.tag_at("mail:1", name="it") == "CLN001CU"
    assert ready.done("cleaner", "status", "--json").json["cleaner"]["cleans_left"] == 50


def test_eject_prints_and_tells_what_left(ready: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def take(_: float) -> None:
        if ready.tag_at("mail:1", name="it"):
            ready.operate("take mail:1", name="it")

    monkeypatch.setattr("time.sleep", take)
    document = ready.done("cleaner", "eject", "--json").json
    assert document["schema"] == "changer.cleaner-ejected/1"
    assert (document["slot"], document["volume_tag"]) == (4, "CLN001CU")
    assert document["taken_from"] == "mail:1"
    assert ready.done("cleaner", "status", "--json").json["cleaner"]["cleans_left"] is None
    refused(ready, "slot-empty", "cleaner", "eject")
    ready.done("cleaner", "release")


# Operations


def waiting(terminal: Terminal) -> str:
    """An operation of this process that waits for a person; its id."""

    def begin(store: Any, library_id: str) -> str:
        begun = store.begin_operation(library_id, "insert")
        store.set_waiting(begun.id, waiting_for="open the door")
        return str(begun.id)

    identity: str = in_store(terminal, begin)
    return identity


def test_operations_are_those_under_way(ready: Terminal) -> None:
    assert ready.done("operations").out == "nothing is under way\n"
    assert ready.done("operations", "--json").json["operations"] == []
    identity = waiting(ready)
    text = ready.done("operations").out
    assert identity in text and "waiting" in text
    (document,) = ready.done("operations", "--json").json["operations"]
    assert set(document) == OPERATION
    assert (document["id"], document["kind"], document["state"]) == (identity, "insert", "waiting")


def test_operations_of_before_are_shown_when_asked_for(ready: Terminal) -> None:
    ready.done("clean", "0")
    ready.run("clean", "9")
    document = ready.done("operations", "--all", "--json").json
    assert [each["kind"] for each in document["operations"]] == ["clean", "insert", "reserve"]
    assert {each["result"] for each in document["operations"]} == {"ERROR_SUCCESS"}
    text = ready.done("operations", "--all").out
    assert [line.split()[3] for line in text.splitlines()] == ["reserve", "insert", "clean"]


def test_operation_of_a_dead_process_is_ended_by_the_next_one(ready: Terminal) -> None:
    waiting(ready)
    with closing(sqlite3.connect(ready.state)) as connection, connection:
        connection.execute(
            "UPDATE operations SET process_identity = 'boot:1:1' WHERE finished_at IS NULL"
        )
    run = ready.run("clean", "0")
    assert run.status == 0
    assert "an earlier insert was interrupted" in run.err
    assert ready.done("operations").out == "nothing is under way\n"


@pytest.mark.parametrize("length", [36, 8, 1])
def test_operation_is_stopped_by_the_beginning_of_its_id(terminal: Terminal, length: int) -> None:
    terminal.done("status")
    identity = waiting(terminal)
    document = terminal.done("operations", "stop", identity[:length], "--json").json
    assert document["schema"] == "changer.operation-stopped/1"
    assert (document["id"], document["kind"]) == (identity, "insert")
    asked = in_store(terminal, lambda store, _: store.operation(identity).stop_requested_at)
    assert asked is not None
    assert "was asked to stop" in terminal.done("operations", "stop", identity).out


def test_operation_that_has_ended_or_is_not_known_can_t_be_stopped(ready: Terminal) -> None:
    ended = ready.done("operations", "--all", "--json").json["operations"][0]["id"]
    refused(ready, "operation-not-stoppable", "operations", "stop", ended)
    error = refused(ready, "operation-not-found", "operations", "stop", "nosuch")
    assert error["ntms"] == {"name": "ERROR_OBJECT_NOT_FOUND", "code": 4312}


def test_beginning_of_more_than_one_id_is_refused(terminal: Terminal) -> None:
    terminal.done("status")
    ids = [waiting(terminal) for _ in range(17)]
    doubled = next(a[0] for a in ids if sum(b[0] == a[0] for b in ids) > 1)
    assert "more than one" in refused(terminal, "usage", "operations", "stop", doubled)["message"]


def test_history_tells_of_every_function(ready: Terminal) -> None:
    ready.done("clean", "0")
    ready.run("cleaner", "eject", "--timeout", "0")
    events = ready.done("history", "--json").json["events"]
    assert [each["kind"] for each in events if each["kind"] != "move"] == [
        "eject",
        "clean",
        "insert",
        "reserve",
    ]
    moves = [each for each in events if each["kind"] == "move"]
    assert len(moves) == 4
    assert all(each["operation_id"] for each in moves)
    ejected = next(each for each in events if each["kind"] == "eject")
    assert (ejected["result"], ejected["user"]) == ("ERROR_TIMEOUT", user_name())
    assert re.search(r"eject slot \d+ +failed +\w+ +changer cleaner +\w", ready.done("history").out)
