"""What is on record in words: stores and what becomes of them, cleaners by family, history."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest
from driver_support import assignment

from changer.cleaning.family_stock import FamilyStock
from changer.cleaning.read_stock import CleanerStock, ReservedSlot
from changer.cleaning.stock import StockedCleaner
from changer.cli.cleaner_table import as_text
from changer.cli.history_text import command_words, result_words, ways
from changer.cli.state_report import changes_text, contents_json, contents_text
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.drives.media_family import MediaFamily
from changer.errors import CleanerLow, SlotEmpty
from changer.library.addressing import Numbering
from changer.library.history import Event
from changer.library.library import Library
from changer.library.place_names import PlaceNames
from changer.store.maintenance.summary import CleanerContents, Contents, LibraryContents

# The state of a store

BARE = LibraryContents("BARE")
ONE = LibraryContents(
    "ONE",
    reserved_addresses=(1012,),
    cleaners=(CleanerContents("ONE", 1012, "CLN001CU", 49, "usable"),),
    operations=1,
    moves=1,
)
MANY = LibraryContents(
    "MANY",
    reserved_addresses=(1011, 1012),
    cleaners=(
        CleanerContents("MANY", 1011, None, None, "rejected"),
        CleanerContents("MANY", None, "CLN002CU", 1, "usable"),
        CleanerContents("MANY", 1012, "CLN003CU", 0, "expired"),
    ),
    operations=12,
    open_operations=1,
    moves=100,
    open_moves=2,
)
IN_WORDS = {
    "BARE": "nothing reserved, no cleaner, 0 operations, 0 moves",
    "ONE": "slot @1012 reserved, cleaner CLN001CU, 49 cleanings left, 1 operation, 1 move",
    "MANY": (
        "slots @1011, @1012 reserved, cleaner without a label, rejected, cleanings left not known;"
        " cleaner CLN002CU, away, 1 cleaning left; cleaner CLN003CU, expired, 0 cleanings left,"
        " 12 operations (1 open), 100 moves (2 open)"
    ),
}


def test_a_store_is_told_library_by_library() -> None:
    contents = Contents(9, (BARE, ONE, MANY))
    lines = contents_text(contents).splitlines()
    assert lines == [f"  {name}: {words}" for name, words in IN_WORDS.items()]
    assert contents_text(Contents(9, ())) == "  it knows no library"
    assert contents_text(Contents(9, (LibraryContents("A\x1b"),))).startswith("  A?: ")


def test_a_store_as_a_document_has_its_first_cleaner_by_itself() -> None:
    document = contents_json(Contents(9, (BARE, ONE, MANY)))
    assert document is not None and document["schema_version"] == 9
    bare, one, many = document["libraries"]
    assert (bare["reserved_address"], bare["cleaner"], bare["cleaners"]) == (None, None, [])
    assert one["cleaner"] == {"volume_tag": "CLN001CU", "cleans_left": 49}
    assert many["cleaner"] == {"volume_tag": None, "cleans_left": None}
    assert [each["slot_address"] for each in many["cleaners"]] == [1011, None, 1012]
    counts = ("operations", "open_operations", "moves", "open_moves")
    assert [many[each] for each in counts] == [12, 1, 100, 2]
    assert many["reserved_addresses"] == [1011, 1012]
    assert contents_json(None) is None


def test_a_change_of_a_store_is_told_by_what_each_library_had_and_has() -> None:
    used = LibraryContents("ONE", (1012,), ONE.cleaners, operations=2, moves=1, open_moves=1)
    before, after = Contents(9, (BARE, ONE)), Contents(9, (MANY, used))
    assert changes_text(before, after).splitlines() == [
        f"  BARE: is forgotten: {IN_WORDS['BARE']}",
        f"  MANY: is new: {IN_WORDS['MANY']}",
        "  ONE:",
        "    slot @1012 reserved",
        "    cleaner CLN001CU, 49 cleanings left",
        "    1 operation -> 2 operations",
        "    1 move -> 1 move (1 open)",
    ]
    assert changes_text(None, after).splitlines()[0] == f"  MANY: {IN_WORDS['MANY']}"
    assert changes_text(after, after).splitlines()[0] == f"  MANY: as it is: {IN_WORDS['MANY']}"
    nothing = Contents(9, ())
    assert (
        changes_text(nothing, nothing) == changes_text(None, nothing) == "  no library is in either"
    )


# Cleaners

NUMBERING = Numbering(assignment(slots=(1000, 12), mail=(10, 2), drives=(500, 4)))
LTO, DLT = MediaFamily.LTO, MediaFamily.DLT
AT = 1_700_000_000.0
WHEN = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(AT))


def cleaner(
    label: str | None, home: int | None, state: str = "usable", **said: Any
) -> StockedCleaner:
    known: dict[str, Any] = {
        "family": LTO,
        "reason": None,
        "address": home,
        "cleans_left": 49,
        "uses": 0,
        "last_used_at": None,
        "left_at": None,
        "drive": None,
        "refusal": None,
    }
    return StockedCleaner(label=label, home=home, state=cast(Any, state), **{**known, **said})


def request(number: int, **said: Any) -> DriveCleaningRequest:
    known: dict[str, Any] = {
        "name": f"D{number}",
        "serial": None,
        "product": None,
        "request": None,
        "asked": True,
        "why_not": None,
        "cleaned_at": None,
        "cleanings": 0,
        "tape_alerts": frozenset(),
    }
    return DriveCleaningRequest(number, 500 + number, **{**known, **said})


def table(
    *cleaners: StockedCleaner,
    slots: tuple[int, ...] = (1000,),
    families: tuple[FamilyStock, ...] = (),
    drives: tuple[DriveCleaningRequest, ...] = (),
    auto_clean: str = "host",
) -> list[str]:
    settings = SimpleNamespace(auto_clean=auto_clean)
    library = cast(Library, SimpleNamespace(id="ACME_1", settings=settings))
    reserved = tuple(ReservedSlot(each, None, None) for each in slots)
    return as_text(library, NUMBERING, CleanerStock(cleaners, reserved, families), drives).split(
        "\n"
    )


def test_each_cleaner_has_its_place_its_state_and_its_use() -> None:
    title, *rows, last = table(
        cleaner("CLN001CU", 1000),
        cleaner("CLN002CU", 1001, uses=1, last_used_at=AT, cleans_left=1),
        cleaner("CLN003CU", 1002, "cleaning", drive=501, uses=12, last_used_at=AT),
        cleaner(None, 1003, "unknown", cleans_left=None, uses=None, reason="it has no label"),
        cleaner("CLN005CU", None, "foreign", address=10, uses=0, last_used_at=AT),
        cleaner("CLN006CU", None, "away", left_at=AT, uses=2),
        cleaner("CLN007CU", None, "foreign", left_at=AT, cleans_left=0, uses=None),
        slots=(1000, 1001, 1002, 1003, 1011),
    )
    assert title == "LTO, no drive"
    assert [re.split(" {2,}", each.strip()) for each in rows] == [
        ["slot 1", "CLN001CU", "usable", "49 cleanings left", "never used"],
        ["slot 2", "CLN002CU", "usable", "1 cleaning left", f"used once, last used {WHEN}"],
        [
            *("slot 3", "CLN003CU", "cleaning drive 1", "49 cleanings left"),
            f"used 12 times, last used {WHEN}",
        ],
        ["slot 4", "no label", "unknown", "it has no label"],
        ["mail slot 1", "CLN005CU", "foreign", "49 cleanings left", f"last used {WHEN}"],
        ["-", "CLN006CU", f"away since {WHEN}", "49 cleanings left", "used 2 times"],
        ["-", "CLN007CU", "foreign", "0 cleanings left"],
    ]
    assert last == "  slot 12 is reserved: no cleaning cartridge on record"


def test_cleaners_stand_below_the_drives_of_their_family_with_what_is_wrong() -> None:
    empty = SlotEmpty("no cleaning cartridge for LTO")
    low = CleanerLow("2 cleanings left")
    families = (
        FamilyStock(DLT, (502,), 1, None, None),
        FamilyStock(LTO, (500, 501), 2, 2, low),
        FamilyStock(None, (503,), 0, 7, empty),
    )
    assert table(
        cleaner("CLN001CU", 1000),
        cleaner("CLN002S", 1001, family=DLT),
        slots=(1000, 1001),
        families=families,
    ) == [
        "DLT, drive 2: 1 usable",
        "  slot 2  CLN002S   usable  49 cleanings left  never used",
        "LTO, drives 0, 1: 2 usable, 2 cleanings left",
        "  slot 1  CLN001CU  usable  49 cleanings left  never used",
        "  2 cleanings left",
        "media family not known, drive 3: 0 usable",
        "  no cleaning cartridge for LTO",
    ]


def test_what_the_row_of_a_cleaner_says_is_not_said_again_but_for_few_cleanings() -> None:
    for trouble, more in (
        (SlotEmpty("it is out: so"), []),
        (CleanerLow("it is out: so"), ["  it is out: so"]),
    ):
        lines = table(
            cleaner("CLN001CU", 1000, "out", reason="it is out"),
            families=(FamilyStock(LTO, (500,), 0, None, trouble),),
        )
        assert lines[2:] == more


def test_without_a_reserved_slot_that_comes_first() -> None:
    first = "no cleaning slot is reserved; reserve one with: changer cleaner reserve SLOT"
    trouble = FamilyStock(LTO, (500,), 0, None, SlotEmpty("none"))
    assert table(slots=(), families=(trouble,)) == [first]
    assert table(slots=(), auto_clean="library") == [
        first,
        "ACME_1 cleans its drives itself, by its settings (auto_clean)",
    ]


def test_each_drive_says_what_it_asks_for_and_when_it_was_cleaned() -> None:
    assert table(
        cleaner("CLN001CU", 1000),
        drives=(
            request(0),
            request(1, request="requested", cleaned_at=AT),
            request(2, request="required", asked=False, why_not="it is in use"),
            request(3, asked=False, why_not="it is in use"),
        ),
    )[2:] == [
        "  drive 0  no cleaning needed            no cleaning on record",
        f"  drive 1  asks for cleaning             cleaned {WHEN}",
        "  drive 2  needs cleaning now            no cleaning on record",
        "  drive 3  can't be asked: it is in use  no cleaning on record",
    ]


# History


class _Places:
    """As they are on record."""

    def name(self, library_id: str, address: int) -> str:
        return f"{library_id}@{address}"


NAMES = cast(PlaceNames, _Places())


def event(kind: str, state: str, **said: Any) -> Event:
    known: dict[str, Any] = {
        "at": AT,
        "library_id": "L",
        "result": None,
        "code": None,
        "operation_id": None,
        "volume_tag": "A1",
        "source_address": 1,
        "destination_address": 2,
        "finished_at": None,
        "message": None,
        "process_id": 1,
        "user": "root",
        "command": None,
    }
    return Event(kind=kind, state=state, **{**known, **said})


WAYS: list[tuple[Event, list[tuple[str, str]]]] = [
    (event("move", "completed"), [("A1", "L@1 -> L@2")]),
    (event("move", "completed", volume_tag=None), [("(no label)", "L@1 -> L@2")]),
    (event("move", "completed", source_address=None), [("A1", "L@2")]),
    (event("move", "completed", source_address=0), [("A1", "L@0 -> L@2")]),
    (
        event("exchange", "completed", second_volume_tag="A2", second_destination_address=0),
        [("A1", "L@1 -> L@2"), ("A2", "L@2 -> L@0")],
    ),
    (
        event("exchange", "completed", second_destination_address=3),
        [("A1", "L@1 -> L@2"), ("(no label)", "L@2 -> L@3")],
    ),
    (event("clean", "completed"), [("A1", "clean L@1 -> L@2")]),
    (
        event("insert", "failed", volume_tag=None, source_address=None, destination_address=None),
        [("", "insert")],
    ),
]


def test_each_cartridge_of_an_event_has_its_way() -> None:
    assert [[*ways(each, NAMES)] for each, _ in WAYS] == [expected for _, expected in WAYS]


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        ("move", "completed", "ok"),
        ("move", "not-executed", "not moved"),
        ("move", "misplaced", "misplaced: L@0"),
        ("move", "unknown", "open"),
        ("move", "in-progress", "under way"),
        ("exchange", "interrupted", "interrupted"),
        ("move", "strange", "strange"),
        ("clean", "completed", "ok"),
        ("clean", "cancelled", "stopped"),
        ("clean", "in-progress", "under way"),
        ("insert", "submitted", "under way"),
        ("insert", "failed", "failed"),
        ("insert", "misplaced", "misplaced"),
    ],
)
def test_results_are_told_in_words(kind: str, state: str, words: str) -> None:
    assert result_words(event(kind, state, final_address=0), NAMES) == words
    if state == "misplaced":
        assert result_words(event(kind, state), NAMES) == "misplaced"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (None, "-"),
        ("", "-"),
        ("changer load 1", "changer load"),
        ("changer -l sim:x --wait 5 load 1", "changer load"),
        ("changer", "changer"),
        ("changer nothing", "changer"),
        ("changer move load 1", "changer move"),
        ("changer-mtx -f /dev/sg3 load 1", "changer-mtx"),
        ("python (for x)", "python"),
    ],
)
def test_a_command_line_is_told_by_its_program_and_its_command(
    line: str | None, words: str
) -> None:
    assert command_words(line) == words
