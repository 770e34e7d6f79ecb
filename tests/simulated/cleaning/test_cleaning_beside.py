"""While a drive is being cleaned, the library is everyone's, but for that drive and its cleaner."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from driver.virtual_library import error_of

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.recover import recover
from changer.cleaning.slot import release, reserve
from changer.errors import BeingCleaned, CleanerSpent, SeveralCartridges
from changer.library.addressing import parse_place
from changer.library.claims import when_unclaimed
from changer.library.library import Library
from changer.moves.execute import exchange, load, move, unload

from .cleaner_library import CLEANER, SLOT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

OTHER, OTHER_SLOT = "CLN002CU", "9"
Call = Callable[[Library], object]


def cleaning(drive: str, cleaner: str | None = None) -> Call:
    named = None if cleaner is None else parse_place(cleaner)
    return lambda library: clean(library, parse_place(drive), cleaner=named)


def inserting(source: str, slot: str | None = None) -> Call:
    to = None if slot is None else parse_place(slot)
    request = InsertionRequest(source=parse_place(source), slot=to)
    return lambda library: insert(library, request)


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    """Slots 4 and 9 have a cleaner each; drives 0 to 2 take some minutes to be cleaned."""
    fields = {"cleaners": 0, "drives": 3, "cleaning_seconds": 400, "drive_load_seconds": 1}
    library = make(**fields).with_cleaner()
    library.operate(f"insert {OTHER} {OTHER_SLOT}", noticed=False)
    library.reserve(OTHER_SLOT)
    library.insert(OTHER_SLOT, slot=parse_place(OTHER_SLOT))
    return library


def meanwhile(library: CleanerLibrary, *calls: Call) -> list[str]:
    """Clean drive 0 with the cleaner of slot 4; what the calls of others end with meanwhile."""
    codes: list[str] = []

    def act() -> None:
        assert library.tag_at("drive:0") == CLEANER
        for call in calls:
            with library.open() as opened:
                error = error_of(partial(call, opened))
            codes.append(error.code if error else "done")

    library.clock.plan(30, act)
    with library.open() as opened:
        clean(opened, parse_place("drive:0"), cleaner=parse_place(SLOT))
    with library.store() as store:
        assert store.claims(library.id) == ()
    assert library.tag_at(SLOT) == CLEANER
    return codes


def uses(library: CleanerLibrary) -> dict[str | None, int]:
    with library.store() as store:
        return {each.volume_tag: each.uses for each in store.cleaners(library.id)}


REFUSED: dict[str, Call] = {
    "load into the drive": lambda it: load(it, parse_place("1"), parse_place("drive:0")),
    "unload of the drive": lambda it: unload(it, parse_place("drive:0")),
    "move out of the drive": lambda it: move(it, parse_place("drive:0"), parse_place("6")),
    "move into the slot": lambda it: move(it, parse_place(OTHER_SLOT), parse_place(SLOT)),
    "exchange with the drive": lambda it: exchange(it, parse_place("1"), parse_place("drive:0")),
    "release of the slot": lambda it: release(it, parse_place(SLOT)),
    "eject of the cleaner": lambda it: eject(it, parse_place(CLEANER)),
    "insert into the slot": inserting(OTHER_SLOT, SLOT),
    "insert from the drive": inserting("drive:0", "4"),
    "clean of the drive": cleaning("drive:0"),
    "clean of another with the cleaner": cleaning("drive:1", CLEANER),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_is_being_cleaned_is_left_alone(library: CleanerLibrary, call: Call) -> None:
    before = library.places
    assert meanwhile(library, call) == [BeingCleaned.code]
    assert library.places == before
    assert uses(library) == {CLEANER: 1, OTHER: 0}


def test_everything_else_goes_on(library: CleanerLibrary) -> None:
    before = library.places
    codes = meanwhile(
        library,
        lambda it: load(it, parse_place("1"), parse_place("drive:1")),
        lambda it: unload(it, parse_place("drive:1")),
        recover,
        cleaning("drive:2"),  # with the other cleaner, as this one is at work
        lambda it: reserve(it, parse_place("6")),
        lambda it: release(it, parse_place("6")),
    )
    assert codes == ["done"] * 6
    assert library.places == before
    assert uses(library) == {CLEANER: 1, OTHER: 1}


def test_other_cleaner_can_be_taken_out_and_brought_back(library: CleanerLibrary) -> None:
    library.later(60, f"take {OTHER}")
    library.later(150, f"put {OTHER} mail:2")

    def come_back(opened: Library) -> object:
        library.clock.sleep(120)
        return inserting("mail:2", OTHER_SLOT)(opened)

    codes = meanwhile(library, lambda it: eject(it, parse_place(OTHER)), come_back)
    assert codes == ["done", "done"]
    assert library.tag_at(OTHER_SLOT) == OTHER
    assert uses(library) == {CLEANER: 1, OTHER: 0}


# Several cleaners, none of which can be had


def test_refusal_lists_every_cleaner_and_why_not(library: CleanerLibrary) -> None:
    library.execute("UPDATE cleaners SET cleans_left = 0, condition = 'spent' WHERE id = 1")
    library.execute("UPDATE cleaners SET condition = 'rejected' WHERE id = 2")
    for slot in ("6", "10"):
        library.reserve(slot)
    library.operate("insert CLN009S 10", noticed=False)
    library.insert("10")
    error = refusal(library.clean)
    assert type(error) is CleanerSpent
    for each in (
        f"{CLEANER} in slot 4 is used up",
        f"{OTHER} in slot 9 was rejected",
        "no cleaning cartridge in slot 6",
        "CLN009S in slot 10",
    ):
        assert each in error.message


def test_two_with_one_label_are_chosen_by_slot_alone(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0).with_cleaner()
    library.operate(f"insert {CLEANER} {OTHER_SLOT}", noticed=False)
    library.reserve(OTHER_SLOT)
    library.insert(OTHER_SLOT)
    assert type(refusal(library.clean)) is SeveralCartridges
    assert type(refusal(lambda: library.clean(cleaner=parse_place(CLEANER)))) is SeveralCartridges
    library.clean(cleaner=parse_place(OTHER_SLOT))
    with library.store() as store:
        counted = {each.slot_address: each.uses for each in store.cleaners(library.id)}
    assert counted == {1004: 0, 1009: 1}


def test_spare_with_the_label_of_a_cleaner_at_work_leaves_that_ones_count_alone(
    library: CleanerLibrary,
) -> None:
    """The drive hides the label of its cleaner, so that the spare alone shows it."""
    library.reserve("10")
    library.operate(f"insert {CLEANER} 11", noticed=False)

    def hide(_: Library) -> None:
        library.fault("unreadable drive:0")

    def show(_: Library) -> None:
        library.fault("clear unreadable")

    assert meanwhile(library, hide, inserting("11", "10"), show) == ["done"] * 3
    with library.store() as store:
        known = {each.slot_address: each.uses for each in store.cleaners(library.id)}
    assert known == {1004: 1, 1009: 0, 1010: 0}


def test_claim_that_ended_before_it_is_looked_for_is_not_waited_for(
    library: CleanerLibrary,
) -> None:
    calls = []

    def act() -> str:
        calls.append(library.clock.time)
        if len(calls) == 1:
            raise BeingCleaned("drive 0 is being cleaned")  # and is done by now
        return "done"

    with library.open(wait_seconds=3600.0) as opened:
        assert when_unclaimed(opened, act) == "done"
    assert calls[1] - calls[0] < 1
