"""--dry-run: every command that changes something has it, changes nothing, and tells the truth."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from documents import options_of, parsers

from changer.host.clock import SystemClock
from changer.smc.cdb import only_reads
from changer.store.sqlite import open_store

from .terminal import Terminal

# Those that only look, or make devices of this host rather than change a library or a store.
LOOKING = {
    *(
        "list",
        "status",
        "drives",
        "reservation",
        "find",
        "check",
        "metrics",
        "config check",
        "config show",
        "doctor",
        "watch",
        "serve",
        "top",
        "completion",
        "help",
        "cleaner status",
        "state list",
        "trace share",
    ),
    *("state check",),
    *(
        "state backup",
        "state export",
        "sim list",
        "sim profiles",
        "sim show",
        "sim attach",
        "sim detach",
    ),
}
QUICK = {"cleaners": 0, "cleaning_seconds": 0.2, "drive_load_seconds": 0, "move_seconds": 0}
CLEANER = "CLN001CU"


def test_every_command_that_changes_something_has_it() -> None:
    without = {name for name, each in parsers().items() if "--dry-run" not in options_of(each)}
    assert without == LOOKING


@pytest.fixture
def library(terminal: Terminal) -> Terminal:
    """sim:it: slot 9 reserved, its cleaner brought in, and a cartridge in drive 0."""
    terminal.create("it", "demo", **QUICK)
    terminal.variables["CHANGER"] = "sim:it"
    terminal.operate(f"insert {CLEANER} 9", name="it")
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "9")
    terminal.done("load", "1")
    terminal.clear_robot(name="it")
    return terminal


def _everything(terminal: Terminal, name: str = "it") -> tuple[Any, ...]:
    """The store, row by row, and the truth of the library but for how often it was asked."""
    with closing(sqlite3.connect(terminal.state)) as connection:
        rows = list(connection.iterdump())
    truth = terminal.truth(name)
    return rows, truth.elements, truth.removed, truth.prevented, truth.faults


def _steps(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in document["steps"] if each["kind"] == kind]


def _sent(trace: Path) -> list[str]:
    """What changed something, of a trace."""
    lines = [json.loads(each) for each in trace.read_text().splitlines()]
    cdbs = [bytes.fromhex(each["cdb"]) for each in lines if "cdb" in each]
    return [cdb.hex() for cdb in cdbs if not only_reads(cdb)]


MOVE_2_TO_DRIVE_1 = "scsi --force -- a5 0 0 0 3 ea 1 f5 0 0 0 0"
ACTING = (
    *("load 2 1", "load 2 1 --ready", "unload", "unload 0 6", "move A00002L8 mail:1"),
    *("exchange 2 drive:0", "exchange 2 drive:0 6", "position 5", "inventory"),
    *("inventory --range 1-3", "lock", "unlock", "clean 1", "clean 0 --unload"),
    *("clean --needed", "recover", MOVE_2_TO_DRIVE_1, "scsi -- 1e 0 0 0 1 0"),
)


@pytest.mark.parametrize("words", ACTING)
def test_what_is_shown_is_what_is_sent_and_said(library: Terminal, words: str) -> None:
    before = _everything(library)
    command, *rest = words.split()
    shown = library.done(command, "--dry-run", "--json", *rest).json
    assert _everything(library) == before
    assert shown["schema"] == "changer.rehearsal/1"
    trace = library.folder / "trace"
    done = library.done(command, "--json", "--trace", str(trace), *rest)
    commands = [each for each in _steps(shown, "command") if each["device"] == "sim:it"]
    assert [each["cdb"] for each in commands] == _sent(trace)
    if command != "scsi":
        assert _alike(shown["result"]) == _alike(done.json)
    else:
        assert shown["result"] is None


def _alike(document: Any) -> Any:
    """Without what differs from run to run, and what only a drive can say."""
    if isinstance(document, dict):
        varying = {"operation_id", "why"}
        return {key: _alike(value) for key, value in document.items() if key not in varying}
    return [_alike(each) for each in document] if isinstance(document, list) else document


@pytest.mark.parametrize(
    ("words", "records"),
    [
        ("lock", ["medium removal: prevented"]),
        ("clean 1", [f"cleaner: {CLEANER}, 49 cleanings left"]),
        ("load 2 1", []),
    ],
)
def test_what_would_be_kept_is_said(library: Terminal, words: str, records: list[str]) -> None:
    assert library.done(*words.split(), "--dry-run", "--json").json["records"] == records


def test_text_says_checks_bytes_and_what_would_be_said(library: Terminal) -> None:
    assert library.done("load", "2", "1", "--dry-run").out.splitlines() == [
        "checked: slot 2 holds A00002L8",
        "checked: the library can move from slot 2 to drive 1 (mode page 1Fh)",
        "checked: A00002L8 is not a cleaning cartridge",
        "checked: drive 1 is not the reserved slot",
        "checked: drive 1 is present and empty",
        "would send to sim:it: a5 00 00 00 03 ea 01 f5 00 00 00 00 (MOVE MEDIUM)",
        "would say: moved A00002L8 from slot 2 to drive 1",
        "dry run: nothing was sent that changes anything, and nothing was kept",
    ]


@pytest.mark.parametrize("words", ["reserve 9", "release"])
def test_text_says_what_proves_that_a_cleaning_slot_is_empty(
    terminal: Terminal, words: str
) -> None:
    if words == "release":
        terminal.done("cleaner", "reserve", "9")
    lines = terminal.done("cleaner", *words.split(), "--dry-run").out.splitlines()
    assert [each for each in lines if each.startswith("checked")] == [
        "checked: slot 9 is present and empty, as read twice",
        "checked: no drive and no picker holds a cartridge of slot 9",
    ]


def test_text_says_that_no_element_holds_the_cleaner_that_a_person_took(terminal: Terminal) -> None:
    terminal.done("cleaner", "reserve", "9")
    terminal.done("cleaner", "insert", "--cleans-left", "5")
    terminal.operate("remove 9")
    lines = terminal.done("cleaner", "release", "--dry-run").out.splitlines()
    assert "checked: no element holds the cleaning cartridge CLN001CU" in lines


def test_drive_that_would_be_waited_for_is_named(library: Terminal) -> None:
    lines = library.done("load", "2", "1", "--ready", "--dry-run").out.splitlines()
    assert "then drive 1 is asked until it is ready" in lines


def test_checks_after_a_motion_are_those_that_would_be_made(library: Terminal) -> None:
    steps = library.done("clean", "1", "--dry-run", "--json").json["steps"]
    kinds = [each["kind"] if each["kind"] != "check" else each["imagined"] for each in steps]
    first = kinds.index("command", kinds.index("command") + 1)  # the first: TapeAlert of the drive
    assert set(kinds[:first]) == {"command", False}
    assert kinds[first:] == ["command", "event", "command", True, True, True, "command"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("load 6", 31),
        ("move 2 3", 30),
        ("move 2 4", 30),
        ("clean 0", 87),
        ("cleaner release", 53),
        ("cleaner reserve 4", 50),
        ("operations stop nothing", 85),
        ("position 99", 52),
    ],
)
def test_what_would_be_refused_is_refused(library: Terminal, words: str, status: int) -> None:
    before = _everything(library)
    shown = library.run(*words.split(), "--dry-run")
    assert _everything(library) == before
    done = library.run(*words.split())
    assert (shown.status, shown.err) == (done.status, done.err)
    assert shown.status not in (0, 1, 2)
    assert shown.out == ""


@pytest.mark.parametrize(
    ("before", "words", "record"),
    [
        ("status", "reserve 9", "reserved: slot @1009"),
        ("cleaner reserve 9", "release", "no reserved slot"),
        ("cleaner reserve 9", "insert --from mail:1", f"cleaner: {CLEANER}, 50 cleanings left"),
    ],
)
def test_life_of_a_cleaner_is_rehearsed(
    terminal: Terminal, before: str, words: str, record: str
) -> None:
    terminal.done(*before.split())
    kept = _everything(terminal, "demo")
    shown = terminal.done("cleaner", *words.split(), "--dry-run", "--json").json
    assert shown["records"] == [record]
    assert _everything(terminal, "demo") == kept


@pytest.mark.parametrize("function", ["insert", "eject"])
def test_where_a_person_is_waited_for_it_ends(terminal: Terminal, function: str) -> None:
    terminal.done("cleaner", "reserve", "9")
    if function == "eject":
        terminal.done("cleaner", "insert", "--from", "mail:1")
    terminal.done("lock")
    kept = _everything(terminal, "demo")
    shown = terminal.done("cleaner", function, "--dry-run", "--json").json
    assert _everything(terminal, "demo") == kept
    assert shown["result"] is None
    assert any("waits for someone to" in each["what"] for each in _steps(shown, "event"))
    opcodes = [each["cdb"][:2] for each in _steps(shown, "command")]
    # Let in, the way to the mail slot, opened, closed, and locked again.
    assert opcodes[-3:] == ["1b", "1b", "1e"]
    assert ("a5" in opcodes) is (function == "eject")


def test_an_interrupted_move_is_rehearsed_to_its_end(library: Terminal) -> None:
    library.fault("move-fails in-transport", name="it")
    with open_store(library.state, clock=SystemClock()) as store:
        store.begin_move(
            store.libraries()[0].id,
            source_address=1002,
            destination_address=501,
            volume_tag="A00002L8",
        )
    library.run(*MOVE_2_TO_DRIVE_1.split())
    before = _everything(library)
    shown = library.done("recover", "--dry-run", "--json").json
    assert _everything(library) == before
    assert [each["cdb"] for each in _steps(shown, "command")] == ["a5000000000101f500000000"]
    assert shown["result"]["moves"][0]["remedy"] == "carry-on"


@pytest.mark.parametrize(
    "words",
    [
        *("sim create two", "sim fault it door open", "sim operator it remove 2"),
        *("sim delete it", "state forget SIM --yes"),
    ],
)
def test_what_asks_no_library_changes_nothing_either(library: Terminal, words: str) -> None:
    before = _everything(library)
    files = sorted(library.simulated.iterdir())
    shown = library.done(*words.split(), "--dry-run")
    assert _everything(library) == before
    assert sorted(library.simulated.iterdir()) == files
    assert library.done(*words.split()).out.splitlines()[0] in shown.out
    assert shown.out.endswith("nothing was kept\n")


def test_a_drive_s_flags_are_not_read_since_that_clears_them(library: Terminal) -> None:
    shown = library.done("clean", "1", "--dry-run", "--json").json
    asked = [each for each in _steps(shown, "command") if each["command"] == "LOG SENSE"]
    assert [each["device"] for each in asked] == ["drive 1"]
    assert library.truth("it").drive_commands[1].get(0x4D, 0) == 1  # page 11h alone


def test_rehearsal_of_a_first_virtual_library_makes_no_folder(terminal: Terminal) -> None:
    shown = terminal.done("sim", "create", "it", "--dry-run").out
    assert "it" in shown and not terminal.simulated.exists()
