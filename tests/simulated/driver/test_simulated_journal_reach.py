"""How far back the journal is searched, so that a long one keeps no robot waiting."""

from __future__ import annotations

import pytest

from changer.journal.arrival import seconds_in_place
from changer.journal.home import Homes
from changer.journal.last_seen import Sighting, followed_from, last_sighting
from changer.library.addressing import parse_place
from changer.moves.execute import load

from .virtual_library import VirtualLibrary

REACH = 1000
AT, SLOT = 1_600_000_000, 1004
TAG = "GONE01L8"
MOVE = (
    "INSERT INTO moves (library_id, kind, source_address, destination_address, volume_tag,"
    " operations_before, outcome, final_address, started_at, finished_at, process_id, user)"
)
OPERATION = (
    "INSERT INTO operations (id, library_id, kind, slot_address, volume_tag, state, started_at,"
    " finished_at, process_id, user)"
)


def add(library: VirtualLibrary, count: int, into: str, values: str) -> None:
    """So many rows of a table of the store."""
    library.execute(
        f"{into} WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1"
        f" FROM numbers WHERE number < {count}) SELECT {values} FROM numbers"
    )


def move(
    library: VirtualLibrary, outcome: str, tag: str = TAG, count: int = 1, *, before: int = 1
) -> None:
    """Moves from slot 4 to slot 5. ``before``: so many operations had begun by then."""
    where = f"{SLOT}, 1005, '{tag}', {before}, '{outcome}', NULL"
    values = f"'{library.id}', 'move', {where}, {AT}, {AT}, 1"
    add(library, count, MOVE, f"{values}, 'somebody'")


def insertion(library: VirtualLibrary, state: str, count: int = 1) -> None:
    """Insertions of a cartridge into slot 4."""
    what = f"'{state}' || number, '{library.id}', 'insert', {SLOT}, '{TAG}', '{state}'"
    add(library, count, OPERATION, f"{what}, {AT}, {AT}, 1, 'somebody'")


@pytest.mark.parametrize(("others", "is_known"), [(REACH - 1, True), (REACH, False)])
def test_where_the_cartridge_of_a_drive_came_from(
    demo: VirtualLibrary, others: int, is_known: bool
) -> None:
    with demo.open() as opened:
        load(opened, parse_place("1"), parse_place("drive:0"))
    demo.forget_source(0)
    demo.clock.sleep(60)
    move(demo, "completed", count=others)
    with demo.open() as opened:
        inventory = opened.read()
        drive = inventory.at(demo.address_of("drive:0"))
        assert drive is not None
        home = Homes(opened, inventory).address_of(drive)
        assert home == (demo.address_of("1") if is_known else None)
        assert seconds_in_place(opened, drive) == (60 if is_known else None)


@pytest.mark.parametrize(("others", "is_known"), [(REACH - 1, True), (REACH, False)])
def test_where_a_label_was_last(demo: VirtualLibrary, others: int, is_known: bool) -> None:
    """By its own moves, and by operations with it."""
    move(demo, "completed")
    move(demo, "unknown", count=others)
    with demo.open() as opened:
        assert last_sighting(opened, TAG) == (Sighting(1005, AT, True) if is_known else None)
    demo.execute("DELETE FROM moves")
    insertion(demo, "completed")
    insertion(demo, "failed", count=others)
    with demo.open() as opened:
        assert last_sighting(opened, TAG) == (Sighting(SLOT, AT) if is_known else None)


@pytest.mark.parametrize(("others", "is_known"), [(REACH - 1, True), (REACH, False)])
def test_where_a_cleaner_went_from_its_slot(
    demo: VirtualLibrary, others: int, is_known: bool
) -> None:
    """By its own moves, among any number of others, and by operations with any cartridge."""
    insertion(demo, "completed")
    move(demo, "completed", "OTHER1L8")
    move(demo, "completed")
    move(demo, "unknown", "OTHER1L8", count=REACH)
    move(demo, "not-executed", count=others)
    with demo.open() as opened:
        assert followed_from(opened, SLOT, TAG) == (1005 if is_known else SLOT)
    insertion(demo, "failed", count=others)
    with demo.open() as opened:
        assert (followed_from(opened, SLOT, TAG) is not None) is is_known


def test_moves_before_a_cleaner_came_to_its_slot_are_of_the_past(demo: VirtualLibrary) -> None:
    move(demo, "completed", before=0)
    insertion(demo, "completed")
    with demo.open() as opened:
        assert followed_from(opened, SLOT, TAG) == SLOT
    insertion(demo, "failed")
    move(demo, "completed", before=2)
    with demo.open() as opened:
        assert followed_from(opened, SLOT, TAG) == 1005


def test_operation_of_which_no_slot_is_known_does_not_say_where_its_cartridge_is(
    demo: VirtualLibrary,
) -> None:
    insertion(demo, "completed")
    demo.execute("UPDATE operations SET slot_address = NULL")
    with demo.open() as opened:
        assert last_sighting(opened, TAG) is None
