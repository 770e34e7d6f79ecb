"""``changer drives`` on virtual libraries: what it shows, keeps, and leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from changer.errors import NtmsResult
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.store.sqlite import open_store

from .terminal import Run, Terminal

KEYS = {
    *("number", "address", "present", "full", "volume_tag", "cleaner", "state", "reason"),
    *("source_slot", "source_mail", "serial", "vendor", "product", "matched_by", "device"),
    *("tape", "generic", "by_id", "paths", "why_no_device", "hint", "used_by", "asked"),
    *("why_not", "cleaning_request", "tape_alerts", "cleaned_at", "cleanings"),
}


@pytest.fixture
def drive_0_loaded(terminal: Terminal) -> Terminal:
    terminal.create("it", "demo", drive_load_seconds=0.0, cleaning_seconds=0.0)
    terminal.variables["CHANGER"] = "sim:it"
    terminal.done("load", "A00001L8", "0")
    return terminal


def shown(terminal: Terminal) -> list[dict[str, Any]]:
    drives: list[dict[str, Any]] = terminal.done("drives", "--json").json["drives"]
    return drives


def states(terminal: Terminal) -> list[tuple[str, str | None]]:
    return [(each["state"], each["volume_tag"]) for each in shown(terminal)]


def flags(drive: dict[str, Any]) -> dict[int, bool]:
    """Each TapeAlert flag, and whether it was reported this time."""
    return {each["flag"]: each["now"] for each in drive["tape_alerts"]}


def test_drives_are_shown_with_all_that_there_is_to_say(drive_0_loaded: Terminal) -> None:
    document = drive_0_loaded.done("drives", "--json").json
    assert document["schema"] == "changer.drives/1"
    assert document["other_devices"] == []
    first, second = document["drives"]
    assert set(first) == set(second) == KEYS
    serial = drive_0_loaded.truth("it").drives[0].serial
    assert first == {
        **dict.fromkeys(KEYS),
        "number": 0,
        "address": 500,
        "present": True,
        "full": True,
        "volume_tag": "A00001L8",
        "cleaner": False,
        "state": "ready",
        "source_slot": 1,
        "serial": serial,
        "vendor": "HPE",
        "product": "Ultrium 8-SCSI",
        "matched_by": "virtual",
        "device": "sim:it/drive:0",
        "paths": [],
        "used_by": [],
        "asked": True,
        "tape_alerts": [],
        "cleanings": 0,
    }
    assert (second["number"], second["state"], second["full"]) == (1, "empty", False)


def test_text_has_a_line_for_each_drive_and_more_below(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.fault("wants-cleaning drive:0 requested", name="it")
    serial = drive_0_loaded.truth("it").drives[0].serial
    assert drive_0_loaded.done("drives").out.splitlines()[:5] == [
        "DRIVE  ELEMENT  STATE  CARTRIDGE  FROM    DEVICE          SG NODE",
        "0      500      ready  A00001L8   slot 1  sim:it/drive:0  -",
        f"  HPE Ultrium 8-SCSI, serial {serial}",
        "  asks for cleaning; no cleaning on record",
        "  TapeAlert: clean periodically (21)",
    ]


def test_cartridge_from_a_mail_slot_says_so(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.done("move", "2", "mail:2")
    drive_0_loaded.done("load", "mail:2", "1")
    second = shown(drive_0_loaded)[1]
    assert (second["source_slot"], second["source_mail"]) == (None, 2)
    assert "A00002L8   mail slot 2" in drive_0_loaded.done("drives").out


def test_bay_without_a_drive_is_not_present(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.fault("element drive:1 3B/1A except=1 access=0", name="it")
    second = shown(drive_0_loaded)[1]
    assert (second["state"], second["present"], second["full"]) == ("not present", False, None)
    assert "3B/1A" in second["reason"]
    assert not second["asked"]


def test_drive_that_can_t_be_asked_is_what_the_library_shows(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.fault("unplugged drive:0", name="it")
    drive_0_loaded.fault("unplugged drive:1", name="it")
    assert states(drive_0_loaded) == [("loaded", "A00001L8"), ("empty", None)]
    first, _ = shown(drive_0_loaded)
    assert "unplugged" in first["why_not"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("sense 02/04/01 always drive:0", "loading"),
        ("sense 02/04/22 always on test-unit-ready drive:0", "not ready"),
        ("sense 02/30/03 always on test-unit-ready drive:0", "cleaning"),
        ("sense 02/3A/00 always on test-unit-ready drive:0", "unloaded"),
        ("busy always on test-unit-ready drive:0", "busy"),
    ],
)
def test_state_is_what_the_drive_answers(drive_0_loaded: Terminal, fault: str, state: str) -> None:
    drive_0_loaded.fault(fault, name="it")
    assert shown(drive_0_loaded)[0]["state"] == state


def test_drive_that_asks_for_cleaning_by_its_makers_code_is_ready(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.fault("sense 00/82/82 on test-unit-ready drive:0", name="it")
    first, second = shown(drive_0_loaded)
    assert (first["state"], first["cleaning_request"]) == ("ready", "requested")
    assert second["cleaning_request"] is None


def test_rows_about_the_drives_are_shown_when_asked_for(drive_0_loaded: Terminal) -> None:
    text = drive_0_loaded.run("-v", "drives").out
    known = [line for line in text.splitlines() if line.startswith("  known: ")]
    assert (
        known
        == ["  known: HP or HPE LTO, generation 8; asks-by-code (00/82/82: it asks for cleaning)"]
        * 2
    )
    assert "known:" not in drive_0_loaded.done("drives").out


def test_unit_attention_of_a_drive_that_nobody_uses_is_passed(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.fault("unit-attention 29/00 drive:0", name="it")
    assert states(drive_0_loaded)[0] == ("ready", "A00001L8")


# TapeAlert


def test_flags_are_in_words_and_kept_although_reading_clears_them(drive_0_loaded: Terminal) -> None:
    for flag in (3, 20, 61):
        drive_0_loaded.fault(f"tape-alert {flag} drive:1", name="it")
    second = shown(drive_0_loaded)[1]
    assert [(each["flag"], each["text"]) for each in second["tape_alerts"]] == [
        (3, "hard error"),
        (20, "clean now"),
        (61, "reserved"),
    ]
    assert flags(second) == {3: True, 20: True, 61: True}
    assert flags(shown(drive_0_loaded)[1]) == {3: False, 20: False, 61: False}
    text = drive_0_loaded.done("drives").out
    assert "hard error (3, reported before), clean now (20, reported before)" in text


def test_flags_that_were_read_are_not_lost_to_the_command_that_cleans(
    drive_0_loaded: Terminal,
) -> None:
    drive_0_loaded.create("old", "demo", drive_log_pages=(0x2E,), cleaning_seconds=0.0)
    drive_0_loaded.variables["CHANGER"] = "sim:old"
    drive_0_loaded.done("cleaner", "reserve", "12")
    drive_0_loaded.done("cleaner", "insert", "--from", "mail:1")
    drive_0_loaded.fault("tape-alert 20 drive:1", name="old")
    assert shown(drive_0_loaded)[1]["cleaning_request"] == "required"
    document = drive_0_loaded.done("cleaner", "status", "--json").json
    assert [each["cleaning_request"] for each in document["drives"]] == [None, "required"]
    cleaned = drive_0_loaded.done("clean", "--needed", "--json").json["drives"]
    assert [each["drive"] for each in cleaned] == [1]
    second = shown(drive_0_loaded)[1]
    assert (second["cleaning_request"], second["cleanings"], flags(second)) == (None, 1, {})
    assert second["cleaned_at"]


def test_flags_are_not_read_where_they_can_t_be_kept(drive_0_loaded: Terminal) -> None:
    """A store that can't be read at all: there is none of that name."""
    drive_0_loaded.fault("tape-alert 3 drive:1", name="it")
    run = drive_0_loaded.run("--state", str(drive_0_loaded.folder / "none.db"), "drives", "--json")
    assert run.status == 0
    assert "there is no state store" in run.err
    second = run.json["drives"][1]
    assert (second["state"], second["tape_alerts"], second["asked"]) == ("empty", [], False)
    assert "the state store can't keep" in second["why_not"]
    assert flags(shown(drive_0_loaded)[1]) == {3: True}, "it is in the drive still"


# Beside others


def test_drive_that_is_being_cleaned_is_not_asked(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.fault("tape-alert 3 drive:0", name="it")
    first, _ = drive_0_loaded.done("status", "--json").json["drives"]
    with open_store(drive_0_loaded.state, clock=SystemClock()) as store:
        (library,) = (each.id for each in store.libraries())
        operation = store.begin_operation(library, "clean")
        store.claim(operation.id, first["address"])
        claimed, other = shown(drive_0_loaded)
        result = NtmsResult("ERROR_SUCCESS", 0)
        store.finish_operation(operation.id, state="failed", result=result, message=None)
    assert (claimed["state"], claimed["why_not"]) == ("cleaning", "changer is cleaning it")
    assert (claimed["asked"], claimed["tape_alerts"], other["asked"]) == (False, [], True)
    assert flags(shown(drive_0_loaded)[0]) == {3: True}, "it is in the drive still"


def test_lock_of_another_process_is_not_waited_for(drive_0_loaded: Terminal) -> None:
    library_id = drive_0_loaded.done("status", "--json").json["library"]["id"]
    lock = LibraryLock(
        library_id, folder=drive_0_loaded.locks, command="another", clock=SystemClock()
    )
    with lock:
        assert states(drive_0_loaded) == [("ready", "A00001L8"), ("empty", None)]


def test_library_that_is_offline_is_an_error(drive_0_loaded: Terminal) -> None:
    drive_0_loaded.fault("offline", name="it")
    run = drive_0_loaded.run("drives", "--json")
    assert (run.status, run.out) == (16, "")
    assert json.loads(run.err.splitlines()[-1])["error"]["code"] == "library-offline"


@pytest.mark.parametrize("profile", ["bare", "p3000", "no-identifiers", "exabyte"])
def test_virtual_drives_are_known_by_their_numbers(terminal: Terminal, profile: str) -> None:
    terminal.create("it", profile)
    run: Run = terminal.done("-l", "sim:it", "drives", "--json")
    for number, drive in enumerate(run.json["drives"]):
        assert drive["device"] == f"sim:it/drive:{number}"
        assert (drive["state"], drive["asked"]) == ("empty", True)
