"""What every command prints: for people, as JSON, and as an error."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest

from changer.errors import error_classes
from changer.host.trust import user_name

from .terminal import Run, Terminal

LIBRARY = {"id", "alias", "vendor", "product", "revision", "serial", "device"}
ELEMENT = {"number", "address", "full", "present", "volume_tag", "medium_type", "cleaner"}
SOURCE = {"source_slot", "source_mail"}
DRIVE = ELEMENT | SOURCE | {"exception", "accessible", "serial", "device", "cleaning_request"}
SLOT = ELEMENT | {"exception", "reserved"}
PICKER = {"address", "full", "volume_tag", "cleaner", "exception"}
ELEMENTS = ("drives", "slots", "mail", "picker")
PROFILES = ["demo", "autoloader", "l700", "ts3500", "bare", "omitting", "exabyte", "large"]


@pytest.mark.parametrize("profile", PROFILES)
def test_status_document_has_the_keys_that_were_promised(terminal: Terminal, profile: str) -> None:
    terminal.create("it", profile)
    document = terminal.done("-l", "sim:it", "status", "--json").json
    assert tuple(document) == (
        "schema",
        "library",
        "cleaner",
        "cleaners",
        *ELEMENTS,
        "removal_prevented",
        "attention",
    )
    assert document["schema"] == "changer.status/1"
    assert set(document["library"]) == LIBRARY
    assert document["cleaner"] is None
    assert all(set(each) == DRIVE for each in document["drives"])
    assert all(set(each) == SLOT for each in document["slots"])
    assert all(set(each) == SLOT | {"import_export"} for each in document["mail"])
    assert set(document["picker"]) == PICKER
    known = terminal.truth("it").profile
    assert [each["number"] for each in document["slots"]] == list(range(1, known.slots + 1))
    assert [each["number"] for each in document["drives"]] == list(range(known.drives))


def test_status_document_says_what_the_library_says(terminal: Terminal) -> None:
    terminal.done("load", "A00001L8", "drive:1")
    document = terminal.done("status", "--json").json
    assert document["library"] == {
        "id": f"CHANGER_VIRTUAL_{terminal.truth().profile.serial}",
        "alias": None,
        "vendor": "CHANGER",
        "product": "VIRTUAL",
        "revision": "0100",
        "serial": terminal.truth().profile.serial,
        "device": "sim:demo",
    }
    assert document["drives"][1] == {
        "number": 1,
        "address": 501,
        "full": True,
        "present": True,
        "volume_tag": "A00001L8",
        "medium_type": 1,
        "cleaner": False,
        "exception": None,
        "source_slot": 1,
        "source_mail": None,
        "accessible": True,
        "serial": terminal.truth().drives[1].serial,
        "device": "sim:demo/drive:1",
        "cleaning_request": None,
    }
    assert document["slots"][1] == {
        "number": 2,
        "address": 1002,
        "full": True,
        "volume_tag": "A00002L8",
        "cleaner": False,
        "exception": None,
        "present": True,
        "medium_type": 1,
        "reserved": False,
    }
    assert document["mail"][0] == {
        "number": 1,
        "address": 101,
        "full": True,
        "volume_tag": "CLN001CU",
        "cleaner": True,
        "exception": None,
        "present": True,
        "medium_type": 2,
        "reserved": False,
        "import_export": {"operator_placed": True, "import_enabled": True, "export_enabled": True},
    }
    assert document["picker"] == {
        "address": 1,
        "full": False,
        "volume_tag": None,
        "cleaner": False,
        "exception": None,
    }


def test_reserved_slot_stands_in_the_status(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "12")
    document = terminal.done("status", "--json").json
    assert document["cleaner"] == {"slot": 12, "volume_tag": None, "cleans_left": None}
    assert [each["number"] for each in document["slots"] if each["reserved"]] == [12]
    assert "slot 12  empty     reserved for a cleaner" in terminal.done("status").out


def test_what_the_library_did_not_say_is_null(terminal: Terminal) -> None:
    terminal.create("it", "bare")
    document = terminal.done("-l", "sim:it", "status", "--json").json
    assert document["slots"][0]["full"] is True
    assert document["slots"][0]["volume_tag"] is None
    assert document["slots"][0]["medium_type"] is None
    assert document["drives"][0]["serial"] is None
    assert document["mail"] == []


@pytest.mark.parametrize("way", ["omitted", "ed", "access-0", "3B/11", "3B/12", "83/02"])
def test_slot_that_is_not_there_is_neither_full_nor_empty(terminal: Terminal, way: str) -> None:
    terminal.create("it", "demo", magazine_out=way)
    terminal.fault("magazine-out 2", name="it")
    run = terminal.done("-l", "sim:it", "status", "--json")
    for slot in run.json["slots"][6:]:
        assert (slot["present"], slot["full"], slot["volume_tag"]) == (False, None, None)
    text = terminal.done("-l", "sim:it", "status").out
    assert len(re.findall(r"slot \d+ +not present", text)) == 6
    assert "12 slots: 4 full, 2 empty, 6 not present" in text


def test_slot_that_cant_be_told_is_unknown_with_its_reason(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.fault("occupancy-unknown 1")
    slot = terminal.done("status", "--json").json["slots"][0]
    assert (slot["present"], slot["full"]) == (None, None)
    assert slot["exception"] == {"asc": 0x83, "ascq": 3, "text": slot["exception"]["text"]}
    assert re.search(r"slot 1 +unknown +.*\(83/03\)", terminal.done("status").out)


def test_empty_drive_that_the_robot_cant_reach_is_said_to_be_so(terminal: Terminal) -> None:
    terminal.fault("element drive:0 access=0")
    first, second = (
        line
        for line in terminal.done("status").out.splitlines()
        if line.strip().startswith("drive ")
    )
    assert "not accessible" in first
    assert "not accessible" not in second


def test_status_for_people_shows_every_place(terminal: Terminal) -> None:
    terminal.done("load", "1")
    text = terminal.done("status").out
    assert re.search(r"drive 0 +A00001L8 +from slot 1, serial", text)
    assert re.search(r"slot 1 +empty$", text, re.MULTILINE)
    assert re.search(r"mail 1 +CLN001CU +cleaning cartridge, put there by a person", text)
    assert text.endswith("12 slots: 5 full, 7 empty\n")


PRINTED: list[tuple[str, str, str, str]] = [
    ("list", "list", "libraries elsewhere", r"changer"),
    ("history", "history", "events", r"no history on record"),
    ("load 1", "moved", "library moves ready device", r"moved A00001L8 from slot 1 to"),
    ("move 1 4", "moved", "library moves ready device", r"to slot 4$"),
    ("transfer 1 4", "moved", "library moves ready device", r"to slot 4$"),
    ("exchange 1 2", "moved", "library moves ready device", r"moved A00002L8"),
    ("position 3", "position", "library place name", r"at slot 3$"),
    ("inventory", "inventory", "library range looked", r"the whole library taken"),
    ("inventory --range 1-3", "inventory", "library range looked", r"of 1-3 taken"),
    ("lock", "removal", "library prevented", r"is prevented$"),
    ("unlock", "removal", "library prevented", r"is allowed$"),
    (
        "cleaner status",
        "cleaner",
        "library cleaner auto_clean cleaners slots families drives",
        r"no cleaning slot is reserved",
    ),
    (
        "cleaner reserve 4",
        "cleaner-slot",
        "library slot address operation_id slots",
        r"slot 4 of \S+ is reserved for a cleaning cartridge$",
    ),
    ("state list", "state", "libraries", r"the store knows no library yet"),
    (
        "scsi -- 00 00 00 00 00 00",
        "scsi",
        "library cdb status data sense meaning",
        r"status 00h, 0 bytes",
    ),
    ("sim create it", "sim-created", "name", r"sim:it is there"),
    ("sim list", "sim-list", "libraries attached", r"sim:demo$"),
    ("sim profiles", "sim-profiles", "profiles", r"sl150 +STK SL150 .*E51473"),
    ("sim fault demo offline", "sim-fault", "name fault", r"demo: offline$"),
    ("sim operator demo remove 1", "sim-operator", "name action", r"demo: remove 1$"),
]


@pytest.mark.parametrize(("words", "schema", "keys", "text"), PRINTED)
def test_command_prints_text_for_people_and_a_document_for_programs(
    terminal: Terminal, words: str, schema: str, keys: str, text: str
) -> None:
    other = Terminal(terminal.folder / "other", terminal._capsys)
    assert re.search(text, terminal.done(*words.split()).out.rstrip("\n"), re.MULTILINE)
    before, end_of_options, after = words.partition(" -- ")
    document = other.done(*before.split(), "--json", *f"{end_of_options}{after}".split()).json
    assert document["schema"] == f"changer.{schema}/1"
    assert set(document) == {"schema", *keys.split()}


def test_unload_and_release_print_what_they_did(terminal: Terminal) -> None:
    terminal.done("load", "1")
    assert "to slot 1" in terminal.done("unload").out
    terminal.done("cleaner", "reserve", "4")
    assert terminal.done("cleaner", "status", "--json").json["cleaner"]["slot"] == 4
    assert "slot 4 is reserved" in terminal.done("cleaner", "status").out
    assert "is released" in terminal.done("cleaner", "release").out


def test_moved_document_says_what_went_where(terminal: Terminal) -> None:
    document = terminal.done("load", "A00001L8", "--json").json
    moved = {
        "volume_tag": "A00001L8",
        "source": "1",
        "destination": "drive:0",
        "doubt": None,
        "left": False,
    }
    addresses = {"source_address": 1001, "destination_address": 500}
    assert document["moves"] == [{**moved, **addresses}]
    assert document["ready"] is None


def test_load_that_waited_for_the_drive_says_so(terminal: Terminal) -> None:
    terminal.create("it", "demo", drive_load_seconds=0)
    assert terminal.done("-l", "sim:it", "load", "1", "--ready", "--json").json["ready"] is True


def test_sim_show_and_delete(terminal: Terminal) -> None:
    fields = ("--slots", "3", "--serial", "S1", "--set", "magazine_size=3")
    terminal.done("sim", "create", "it", "--profile", "bare", *fields)
    terminal.fault("offline", name="it")
    terminal.fault("magazine-out 1", name="it")
    text = terminal.done("sim", "show", "it").out
    assert "fault: offline" in text
    places = dict(line.split(maxsplit=1) for line in text.splitlines()[:5])
    assert places["1"] == "magazine out" and places["drive:0"] == "empty"
    document = terminal.done("sim", "show", "it", "--json").json
    assert document["name"] == "it"
    assert len(document["elements"]) == 5
    terminal.fault("element 2 83/04 except=1 full=0", name="it")
    document = terminal.done("sim", "show", "it", "--json").json
    (override,) = (each["override"] for each in document["faults"] if each["override"])
    assert override == {
        "additional": {"asc": 0x83, "ascq": 0x04},
        "exception": True,
        "full": False,
        "access": None,
        "disabled": None,
    }
    terminal.done("sim", "delete", "it")
    assert terminal.run("-l", "sim:it", "status").status == 3


# Errors


def test_error_for_people_says_what_and_what_next(terminal: Terminal) -> None:
    run = terminal.run("load", "4")
    assert run == Run(
        31, "", "changer: slot 4 is empty\n  see the inventory with: changer status\n"
    )


def test_error_document_has_the_keys_that_were_promised(terminal: Terminal) -> None:
    terminal.run("status")
    terminal.fault("offline")
    run = terminal.run("status", "--json")
    assert (run.status, run.out) == (16, "")
    assert list(json.loads(run.err)) == ["error"]
    assert set(run.error) == {"code", "message", "hint", "sense", "ntms"}
    assert run.error["code"] == "library-offline"
    assert bytes.fromhex(run.error["sense"])[2] & 0x0F == 0x02
    assert run.error["ntms"] == {"name": "ERROR_LIBRARY_OFFLINE", "code": 4305}


@pytest.mark.parametrize(
    ("arrange", "words", "code"),
    [
        ("", "cleaner reserve 13", "invalid-slot"),
        ("", "cleaner reserve 1", "slot-full"),
        ("", "cleaner reserve drive:0", "usage"),
        ("", "cleaner release", "no-slot-reserved"),
        ("magazine-out 2", "cleaner reserve 12", "slot-not-present"),
        ("occupancy-unknown 4", "cleaner reserve 4", "slot-unknown"),
        ("unplugged", "cleaner reserve 4", "device-not-available"),
        ("", "load 4", "source-empty"),
        ("", "move 1 2", "destination-full"),
        ("", "move 1 @7", "invalid-slot"),
        ("", "load 1 drive:9", "no-such-drive"),
        ("", "load NOSUCH", "volume-not-found"),
        ("reservation-conflict", "status", "reservation-conflict"),
        ("hang", "status", "command-timed-out"),
        ("no-reply", "status", "transport-failed"),
        ("", "-l sim:nothing status", "no-library"),
        ("", "sim create demo --slots 0", "simulator-refused"),
    ],
)
def test_error_has_its_exit_status_and_its_document(
    terminal: Terminal, arrange: str, words: str, code: str
) -> None:
    terminal.truth()
    if arrange:
        terminal.fault(arrange)
        terminal.fault("clear unit-attention")
    expected = next(each for each in error_classes() if each.code == code)
    run = terminal.run("--json", *words.split())
    assert (run.status, run.out) == (expected.exit_status, "")
    assert run.error["code"] == code
    ntms = expected.ntms
    assert run.error["ntms"] == (ntms and {"name": ntms.name, "code": ntms.code})


def test_move_with_a_doubt_warns_and_succeeds(terminal: Terminal) -> None:
    terminal.truth()
    terminal.fault("move-fails at-destination")
    run = terminal.run("load", "1", "--json")
    assert run.status == 0
    assert "changer: warning:" in run.err
    assert "15/01" in run.json["moves"][0]["doubt"]


def test_history_tells_operations_and_moves_in_order(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    terminal.run("cleaner", "reserve", "4")
    terminal.done("load", "1")
    lines = terminal.done("history").out.splitlines()
    user = re.escape(user_name())
    assert re.search(rf"\d +reserve slot 4 +ok +{user} +changer cleaner$", lines[0])
    assert re.search(rf"\d +reserve +failed +{user} +changer cleaner +.*reserved", lines[1])
    assert re.search(rf"A00001L8 +slot 1 -> drive 0 +ok +{user} +changer load$", lines[2])
    events = terminal.done("history", "--json").json["events"]
    assert [each["kind"] for each in events] == ["move", "reserve", "reserve"]
    assert [each["result"] for each in events[1:]] == ["ERROR_ALREADY_RESERVED", "ERROR_SUCCESS"]
    assert events[0]["at"].endswith("Z")
    assert len(terminal.done("history", "--json", "--limit", "1").json["events"]) == 1


def test_history_of_all_libraries_needs_none_of_them(terminal: Terminal) -> None:
    terminal.done("load", "1")
    terminal.done("sim", "delete", "demo")
    events = terminal.done("history", "--all", "--json").json["events"]
    assert [each["volume_tag"] for each in events] == ["A00001L8"]


def test_state_lists_and_forgets_a_library(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    known = terminal.done("state", "list", "--json").json["libraries"]
    assert [(each["device"], each["reserved_address"]) for each in known] == [("sim:demo", 1004)]
    refused = terminal.run("state", "forget", "virtual")
    assert refused.status == 2
    assert "--yes" in refused.err
    assert terminal.done("state", "forget", "virtual", "--yes").out.endswith("is forgotten\n")
    assert terminal.done("state", "list", "--json").json["libraries"] == []
    assert terminal.run("state", "forget", "virtual", "--yes").status == 3


def test_scsi_shows_what_came_back(terminal: Terminal) -> None:
    text = terminal.done("scsi", "--", "12 00 00 00 60 00".replace(" ", "")).out
    assert text.startswith("status 00h, 36 bytes\n  0000  08 80")
    assert "CHANGER" in text


def test_scsi_that_failed_is_an_error_with_its_sense(terminal: Terminal) -> None:
    run = terminal.run("scsi", "--json", "--", "ff", "00", "00", "00", "00", "00")
    assert run.status == 20
    assert json.loads(run.out)["sense"]
    assert run.error["sense"]


@pytest.mark.parametrize(
    "cdb", ["a5 00 00 00 03 e9 01 f4 00 00 00 00", "A6 00 00 00 03 e9 03 ea 03 e9 00 00"]
)
def test_scsi_does_not_move_media_unless_forced(terminal: Terminal, cdb: str) -> None:
    run = terminal.run("scsi", "--", *cdb.split())
    assert run.status == 2
    assert "--force" in run.err
    assert terminal.truth().commands == {}
    terminal.done("scsi", "--force", "--", *cdb.split())
    assert terminal.tag_at("1") != "A00001L8"


def test_a_time_that_no_calendar_has_hides_nothing_else(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "4")
    terminal.done("load", "1")
    with closing(sqlite3.connect(terminal.state)) as store, store:
        for column, table in (("started_at", "operations"), ("last_seen_at", "libraries")):
            store.execute(f"UPDATE {table} SET {column} = 1e18")
        store.execute("UPDATE moves SET started_at = -1e300")
        store.execute(
            "INSERT INTO cleaners (library_id, slot_address, last_used_at)"
            " SELECT id, 1004, 9e999 FROM libraries"
        )
    events = terminal.done("history", "--json").json["events"]
    assert [each["at"] for each in events] == ["-1e+300", "1e+18"]
    assert terminal.done("history").out.startswith("1e+18 ")
    assert "1e+18" in terminal.done("operations", "--all").out
    assert "inf" in terminal.done("cleaner", "status").out
    terminal.done("state", "list")
