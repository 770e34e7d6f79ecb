"""Insert, eject and clean, killed at every single step: what the next process makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from driver.virtual_library import MOVE_MEDIUM, READ_ELEMENT_STATUS, Wire, error_of

from changer.cleaner_ejection import eject
from changer.cleaner_insertion import InsertionRequest, insert
from changer.cleaning import release, reserve
from changer.drive_cleaning import clean
from changer.library import Library
from changer.moving import move
from changer.numbering import parse_place

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary
from .killing import Killing

Function = Callable[[Library], object]


@dataclass(frozen=True)
class After:
    """What is checked at every point, whatever was killed and whatever comes next."""

    library: CleanerLibrary
    tags: frozenset[str]
    reserved: int | None
    moves_before: int = 0

    def next_process(self, function: Function) -> str:
        """Run something in this process; the code of its error, or "done"."""
        seen: list[int] = []

        def look_first(_: int, cdb: bytes) -> None:
            if cdb[0] == MOVE_MEDIUM:
                assert READ_ELEMENT_STATUS in seen, "a move without a look"
            seen.append(cdb[0])

        with self.library.open(wire=lambda inner: Wire(inner, before=look_first)) as opened:
            error = error_of(lambda: function(opened))
        self.check()
        return error.code if error else "done"

    def check(self) -> None:
        library = self.library
        assert sorted(library.places.values()) == sorted(self.tags)
        assert library.reserved == self.reserved
        operations = library.rows("operations")
        assert all(each["finished_at"] is not None for each in operations), operations
        assert all(each["outcome"] is not None for each in library.rows("moves"))
        moves = library.commands[MOVE_MEDIUM] - self.moves_before
        assert moves <= len(library.rows("moves")), "a move that no entry of the journal tells of"

    def check_uses(self) -> None:
        """The store counts what the drives took, neither more nor less."""
        truth = self.library.truth.cartridge_at(self.library.place_of(CLEANER) or "")
        assert truth is not None
        assert self.library.cleans_left == 50 - truth.cleans_used


def after(library: CleanerLibrary) -> After:
    moves = library.commands[MOVE_MEDIUM]
    return After(library, frozenset(library.places.values()), library.reserved, moves)


def report(what: str, points: int) -> None:
    print(f"\n{what}: at {points} points")


# Clean


def _clean(library: Library) -> object:
    return clean(library, parse_place("drive:0"), may_unload=True)


def _move(source: str, destination: str) -> Function:
    return lambda library: move(library, parse_place(source), parse_place(destination))


def _clean_library(make: MakeCleanerLibrary, **fields: object) -> CleanerLibrary:
    return make(cleaners=0, cleaning_seconds=6, drive_load_seconds=1, **fields).with_cleaner()


@pytest.mark.parametrize("ejects", [True, False], ids=["ejects", "keeps"])
@pytest.mark.parametrize("loaded", [False, True], ids=["empty", "loaded"])
def test_clean_that_was_killed_is_settled_by_the_next_clean(
    make: MakeCleanerLibrary, ejects: bool, loaded: bool
) -> None:
    library = _clean_library(make, ejects_cleaner=ejects)
    if loaded:
        library.move_behind_our_back("1", "drive:0")
    then, points = after(library), 0
    for points in Killing(library, _clean).points():  # noqa: B007 - the last one is told
        code = then.next_process(_clean)
        then.check_uses()
        if code == "cartridge-out":
            assert then.next_process(_move("drive:0", SLOT)) == "done"
            then.check_uses()
            code = then.next_process(_clean)
        assert code == "done"
        then.check_uses()
        assert library.tag_at(SLOT) == CLEANER
        assert not loaded or library.tag_at("1") == "A00001L8"
    report("clean, then clean", points)
    assert points >= 70


def test_clean_that_was_killed_is_settled_by_a_move(make: MakeCleanerLibrary) -> None:
    """Who sees the cleaner in the drive brings it back by hand."""
    library = _clean_library(make)
    then, points = after(library), 0
    for points in Killing(library, _clean).points():  # noqa: B007
        is_in = library.tag_at("drive:0") == CLEANER
        code = then.next_process(_move("drive:0", SLOT) if is_in else _move("1", "9"))
        assert code == "done"
        then.check_uses()
    report("clean, then move", points)


@pytest.mark.parametrize("function", [release, eject, reserve], ids=lambda each: each.__name__)
def test_clean_that_was_killed_is_settled_by_any_function(
    make: MakeCleanerLibrary, function: Callable[..., object]
) -> None:
    library = _clean_library(make)
    then, points = after(library), 0
    place = (parse_place("9"),) if function is reserve else ()
    limit = {"limit_seconds": 1.0} if function is eject else {}
    for points in Killing(library, _clean).points():  # noqa: B007
        code = then.next_process(lambda opened: function(opened, *place, **limit))
        expected = {
            "release": {"slot-full", "cartridge-out"},
            "eject": {"operator-timeout", "cartridge-out"},
            "reserve": {"already-reserved"},
        }
        assert code in expected[function.__name__]
        then.check_uses()
    report(f"clean, then {function.__name__}", points)


def test_settling_that_was_killed_is_settled_again(make: MakeCleanerLibrary) -> None:
    """The cleaner is in the drive; who settles that dies too, at every step."""
    library = _clean_library(make)
    then, points = after(library), 0
    for at in Killing(library, _clean).points():
        if library.tag_at("drive:0") == CLEANER and at % 20 == 0:
            for points in Killing(library, _clean).points():  # noqa: B007
                assert then.next_process(_move("drive:0", SLOT)) == "done"
                then.check_uses()
            assert points > 5
    report("clean, then clean, then move", points)


# Insert


def _insert_from(source: str) -> Function:
    request = InsertionRequest(source=parse_place(source), cleans_left=7)
    return lambda library: insert(library, request)


def test_insert_from_a_place_that_was_killed_is_settled(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    library.operate("insert CLN001CU 9", noticed=False)
    then, points = after(library), 0
    for points in Killing(library, _insert_from("9")).points():  # noqa: B007
        was_moved = library.tag_at(SLOT) == CLEANER
        code = then.next_process(_insert_from("9"))
        assert code == ("slot-full" if was_moved else "done")
        assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 7)
    report("insert from a place, then insert", points)
    assert points > 50


def test_insert_by_a_person_that_was_killed_is_settled(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    before = frozenset(library.places.values())

    def by_a_person(opened: Library) -> object:
        library.later(2, "put CLN001CU mail:2")
        return insert(opened, InsertionRequest(cleans_left=7))

    points = 0
    for points in Killing(library, by_a_person).points():  # noqa: B007
        if library.place_of(CLEANER) is None:
            library.operate("put CLN001CU mail:2")
        then = After(library, before | {CLEANER}, 1004)
        was_moved = library.tag_at(SLOT) == CLEANER
        code = then.next_process(lambda opened: insert(opened, InsertionRequest(cleans_left=7)))
        assert code == ("slot-full" if was_moved else "done")
        assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 7)
        assert was_moved or not library.mail_is_open
    report("insert by a person, then insert", points)


def test_insert_of_one_without_a_label_that_was_killed_is_settled(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0, medium_types=False, cleaner_medium_type=False)
    library.reserve(SLOT)
    library.operate("insert - 9", noticed=False)
    request = InsertionRequest(source=parse_place("9"), cleans_left=7, assume_cleaner=True)
    then, points = after(library), 0
    for points in Killing(library, lambda opened: insert(opened, request)).points():  # noqa: B007
        was_moved = library.tag_at(SLOT) == ""
        code = then.next_process(lambda opened: insert(opened, request))
        assert code == ("slot-full" if was_moved else "done")
        assert library.cleans_left == 7
    report("insert without a label, then insert", points)


# Eject


def test_eject_that_was_killed_is_settled_by_the_next_eject(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0).with_cleaner(cleans=7)
    others = frozenset(library.places.values()) - {CLEANER}

    def eject_it(opened: Library) -> object:
        library.later(2, "take mail:1")
        return eject(opened)

    points = 0
    for points in Killing(library, eject_it).points():  # noqa: B007
        was_taken = library.place_of(CLEANER) is None
        known = library.cleans_left
        assert known == 7 or was_taken
        if not was_taken:
            library.later(5, f"take {CLEANER}")
        code = After(library, others, 1004).next_process(lambda opened: eject(opened))
        assert code == ("slot-empty" if was_taken else "done")
        assert library.cleaner is None
        assert not library.mail_is_open or was_taken
    report("eject, then eject", points)
    assert points > 50


def test_eject_at_the_door_that_was_killed_is_settled(make: MakeCleanerLibrary) -> None:
    library = make("bare", volume_tags="reported").with_cleaner(slot="6", cleans=7)
    others = frozenset(library.places.values()) - {CLEANER}

    def eject_it(opened: Library) -> object:
        library.later(2, "remove 6")
        return eject(opened)

    points = 0
    for points in Killing(library, eject_it).points():  # noqa: B007
        was_taken = library.place_of(CLEANER) is None
        if not was_taken:
            library.later(5, "remove 6")
        code = After(library, others, library.reserved).next_process(lambda opened: eject(opened))
        assert code == ("slot-empty" if was_taken else "done")
        assert library.cleaner is None
    report("eject at the door, then eject", points)


# Reserve and release


@pytest.mark.parametrize("function", ["reserve", "release"])
def test_reserve_and_release_that_were_killed_are_done_or_not(
    make: MakeCleanerLibrary, function: str
) -> None:
    library = make(cleaners=0)
    if function == "release":
        library.reserve(SLOT)
    tags, points = frozenset(library.places.values()), 0

    def call(opened: Library) -> object:
        return release(opened) if function == "release" else reserve(opened, parse_place(SLOT))

    for points in Killing(library, call).points():  # noqa: B007
        is_done = (library.reserved is None) is (function == "release")
        end = None if function == "release" else 1004
        code = After(library, tags, end).next_process(call)
        refusal = "no-slot-reserved" if function == "release" else "already-reserved"
        assert code == (refusal if is_done else "done")
    report(f"{function}, then {function}", points)


# Ctrl-C


def test_clean_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = _clean_library(make)
    then, points = after(library), 0
    for points in Killing(library, _clean).points(interrupted=True):
        assert all(each["finished_at"] for each in library.rows("operations")), points
        then.check_uses()
        code = then.next_process(_clean)
        if code == "cartridge-out":
            assert then.next_process(_move("drive:0", SLOT)) == "done"
            code = then.next_process(_clean)
        assert code == "done"
        then.check_uses()
    report("Ctrl-C during clean", points)


def test_insert_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    library.operate("put CLN001CU mail:2", noticed=False)
    then, points = after(library), 0
    request = InsertionRequest(cleans_left=7)
    killing = Killing(library, lambda opened: insert(opened, request))
    for points in killing.points(interrupted=True):
        assert all(each["finished_at"] for each in library.rows("operations")), points
        was_moved = library.tag_at(SLOT) == CLEANER
        code = then.next_process(lambda opened: insert(opened, request))
        if was_moved:
            assert code == "slot-full"
            code = then.next_process(_insert_from(SLOT))
        assert code == "done"
        assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 7)
    report("Ctrl-C during insert", points)


def test_eject_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0).with_cleaner(cleans=7)
    others = frozenset(library.places.values()) - {CLEANER}

    def eject_it(opened: Library) -> object:
        library.later(2, f"take {CLEANER}")
        return eject(opened)

    points = 0
    for points in Killing(library, eject_it).points(interrupted=True):
        assert all(each["finished_at"] for each in library.rows("operations")), points
        was_taken = library.place_of(CLEANER) is None
        if not was_taken:
            library.later(5, f"take {CLEANER}")
        code = After(library, others, 1004).next_process(lambda opened: eject(opened))
        assert code == ("slot-empty" if was_taken else "done")
    report("Ctrl-C during eject", points)
