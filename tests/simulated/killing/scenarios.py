"""What is killed: every function that moves something or changes the store, in its kinds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cleaning.cleaner_library import CLEANER, SLOT, CleanerLibrary

from changer.cleaner_ejection import eject
from changer.cleaner_insertion import InsertionRequest, insert
from changer.cleaning import release, reserve
from changer.drive_cleaning import clean
from changer.homecoming import recover
from changer.library import Library
from changer.moving import exchange, load, move, unload
from changer.numbering import parse_place

from .aftermath import Aftermath, Look
from .killing import Function, Killed, Killing
from .person import hand, hold, put, put_later, take, take_later
from .points import Kind

__all__ = ["CLEAN", "SCENARIOS", "Scenario", "clean_drive_0", "with_fault"]

Again = Callable[[Aftermath], None]


@dataclass(frozen=True)
class Scenario:
    """One function on one library.

    ``arrange``: how the library is before. ``function``: what is killed, of the library with the
    person beside it. ``ordinary``: source and destination of a move that works afterwards.
    ``again``: what another next process makes of it, instead of recover. ``cleans``: that the
    cleaner had when it came in. ``is_first``: there is no store yet, and no folder for locks.
    ``pages``: it is killed in the middle of every write of the store, too; what SQLite makes of
    that is the same for all that write the same. ``refuses``: the drive does not take the cleaner,
    and says so to the first that asks it, alone. ``profile``, ``fields``: of the virtual library.
    """

    name: str
    function: Callable[[CleanerLibrary], Function]
    arrange: Callable[[CleanerLibrary], object] = lambda library: None
    again: Again | None = None
    ordinary: tuple[str, str] = ("3", "11")
    cleans: int = 50
    is_first: bool = False
    pages: bool = False
    refuses: bool = False
    profile: str = "demo"
    fields: Mapping[str, object] = field(default_factory=dict)

    def prepare(self, folder: Path) -> tuple[Killing, Look]:
        """A library of its own in the folder, and what is going to be killed beside it."""
        library = CleanerLibrary(folder, self.profile, **self.fields)
        with library.open():
            pass  # its lock's folder is there, and the store knows it
        self.arrange(library)
        beginning = Look(library)
        if self.is_first:
            shutil.rmtree(library.locks)
            shutil.rmtree(library.state.parent)
        return Killing(library, self.function(library), self.name), beginning

    @property
    def kinds(self) -> frozenset[Kind]:
        """Of the points at which it is killed."""
        return frozenset(Kind) if self.pages else frozenset(Kind) - {Kind.PAGE}

    def aftermath(self, killed: Killed, beginning: Look) -> Aftermath:
        """Reserved is what was, unless the dead process had committed otherwise."""
        reserved = beginning.reserved
        if killed.is_past("reserve"):
            reserved = 1004
        elif killed.is_past("release"):
            reserved = None
        too_many = int(self.refuses and _died_with_the_answer(killed))
        return Aftermath(
            killed, beginning, cleans=self.cleans, reserved=reserved, uses_too_many=too_many
        )


def _died_with_the_answer(killed: Killed) -> bool:
    """The drive had said that it did not take the cleaner, and the store did not know it yet.

    Reading TapeAlert clears it: nobody can ask once more.
    """
    told = [
        each.number for each in killed.killing.points if each.text == "after LOG SENSE to drive 0"
    ]
    return told[-1] <= killed.point.number and not killed.is_past("count_no_use")


def _move(source: str, destination: str) -> Function:
    return lambda library: move(library, parse_place(source), parse_place(destination))


def _alone(function: Function) -> Callable[[CleanerLibrary], Function]:
    """A function without a person."""
    return lambda _: function


def with_fault(scenario: Scenario, fault: str) -> Scenario:
    """The same, and the next motion meets a fault."""

    def arrange(library: CleanerLibrary) -> None:
        scenario.arrange(library)
        library.fault(fault)

    return replace(scenario, name=f"{scenario.name}, {fault}", arrange=arrange)


# Moves


def _loaded_drive(library: CleanerLibrary) -> None:
    """Drive 1 holds A00002L8."""
    library.move_behind_our_back("2", "drive:1")


def _then_move(after: Aftermath) -> None:
    assert after.run(_move("3", "4")) == "done"


_MOVES = (
    Scenario("move", _alone(_move("1", "9")), _loaded_drive, _then_move, pages=True),
    Scenario("move, first command of all", _alone(_move("1", "9")), is_first=True, pages=True),
    Scenario(
        "load",
        _alone(lambda library: load(library, parse_place("1"), parse_place("drive:0"))),
        _loaded_drive,
        _then_move,
    ),
    Scenario(
        "unload",
        _alone(lambda library: unload(library, parse_place("drive:1"))),
        _loaded_drive,
        _then_move,
    ),
    Scenario(
        "exchange",
        _alone(lambda library: exchange(library, parse_place("1"), parse_place("drive:1"))),
        _loaded_drive,
        _then_move,
    ),
)


# Reserve and release


def _reserve(library: Library) -> object:
    return reserve(library, parse_place(SLOT))


def _reserve_again(after: Aftermath) -> None:
    code = after.call(_reserve)
    assert code == ("done" if after.reserved is None else "already-reserved")
    after.reserved = 1004
    after.check()


def _release_again(after: Aftermath) -> None:
    code = after.call(release)
    assert code == ("no-slot-reserved" if after.reserved is None else "done")
    after.reserved = None
    after.check()


_SLOTS = (
    Scenario("reserve", _alone(_reserve), again=_reserve_again, pages=True),
    Scenario(
        "release",
        _alone(release),
        lambda library: library.reserve(SLOT),
        _release_again,
        pages=True,
    ),
)


# Insert


def _insert_from(source: str, *, assume: bool = False) -> Function:
    request = InsertionRequest(source=parse_place(source), cleans_left=7, assume_cleaner=assume)
    return lambda library: insert(library, request)


def _insert_by_hand(library: Library) -> object:
    return insert(library, InsertionRequest(cleans_left=7))


def _insert_again(after: Aftermath, function: Function) -> None:
    library = after.library
    was_moved = library.place_of(CLEANER) == SLOT
    assert after.run(function) == ("slot-full" if was_moved else "done")
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 7)


def _by_hand_again(after: Aftermath) -> None:
    if CLEANER in hand(after.library):
        put(after.library, CLEANER, f"put {CLEANER} mail:2")
    was_open = after.library.tag_at(SLOT) is None
    _insert_again(after, _insert_by_hand)
    assert not (was_open and after.library.mail_is_open)


def _unlabelled_again(after: Aftermath) -> None:
    was_moved = after.library.tag_at(SLOT) == ""
    code = after.run(_insert_from("9", assume=True))
    assert code == ("slot-full" if was_moved else "done")
    assert after.library.cleans_left == 7


def _taken_over_again(after: Aftermath) -> None:
    assert after.run(_insert_from(SLOT)) == "done"
    assert after.library.cleans_left == 7


def _at_the_door_again(after: Aftermath) -> None:
    if CLEANER in hand(after.library):
        put(after.library, CLEANER, f"insert {CLEANER} 6")
    assert after.run(_insert_from("6")) == "done"
    assert after.library.cleans_left == 7


def _in_slot_9(library: CleanerLibrary, tag: str = CLEANER) -> None:
    library.reserve(SLOT)
    library.operate(f"insert {tag} 9", noticed=False)


def _in_hand(slot: str) -> Callable[[CleanerLibrary], None]:
    def arrange(library: CleanerLibrary) -> None:
        library.reserve(slot)
        hold(library, CLEANER)

    return arrange


def _lying(library: CleanerLibrary) -> None:
    library.reserve(SLOT)
    library.operate(f"insert {CLEANER} {SLOT}", noticed=False)


def _puts(words: str) -> Callable[[CleanerLibrary], Function]:
    """Insert, while a person does that, two seconds later."""

    def with_person(library: CleanerLibrary) -> Function:
        def function(opened: Library) -> object:
            put_later(library, 2, CLEANER, words)
            return _insert_by_hand(opened)

        return function

    return with_person


_NO_CLEANERS: Mapping[str, object] = {"cleaners": 0}
_INSERTS = (
    Scenario(
        "insert from a place",
        _alone(_insert_from("9")),
        _in_slot_9,
        lambda after: _insert_again(after, _insert_from("9")),
        cleans=7,
        pages=True,
        fields=_NO_CLEANERS,
    ),
    Scenario(
        "insert by a mail slot",
        _puts(f"put {CLEANER} mail:2"),
        _in_hand(SLOT),
        _by_hand_again,
        cleans=7,
        fields=_NO_CLEANERS,
    ),
    Scenario(
        "insert at the door",
        _puts(f"insert {CLEANER} 6"),
        _in_hand("6"),
        _at_the_door_again,
        ordinary=("3", "5"),
        cleans=7,
        profile="bare",
        fields={"volume_tags": "reported"},
    ),
    Scenario(
        "insert without a label",
        _alone(_insert_from("9", assume=True)),
        lambda library: _in_slot_9(library, "-"),
        _unlabelled_again,
        cleans=7,
        fields={"cleaners": 0, "medium_types": False, "cleaner_medium_type": False},
    ),
    Scenario(
        "insert what lies there",
        _alone(_insert_from(SLOT)),
        _lying,
        _taken_over_again,
        cleans=7,
        fields=_NO_CLEANERS,
    ),
)


# Eject


def _takes(words: str) -> Callable[[CleanerLibrary], Function]:
    """Eject, while a person does that, two seconds later."""

    def with_person(library: CleanerLibrary) -> Function:
        def function(opened: Library) -> object:
            take_later(library, 2, CLEANER, words)
            return eject(opened)

        return function

    return with_person


def _eject_again(after: Aftermath, words: str) -> None:
    library = after.library
    was_taken = CLEANER in hand(library)
    assert was_taken or library.cleans_left == 7
    if not was_taken:
        library.clock.plan(5, lambda: take(library, CLEANER, words))
    assert after.run(eject) == ("slot-empty" if was_taken else "done")
    assert library.cleaner is None
    assert was_taken or not library.mail_is_open


_EJECTS = (
    Scenario(
        "eject by a mail slot",
        _takes("take mail:1"),
        lambda library: library.with_cleaner(cleans=7),
        lambda after: _eject_again(after, f"take {CLEANER}"),
        cleans=7,
        pages=True,
        fields=_NO_CLEANERS,
    ),
    Scenario(
        "eject at the door",
        _takes("remove 6"),
        lambda library: library.with_cleaner(slot="6", cleans=7),
        lambda after: _eject_again(after, "remove 6"),
        ordinary=("3", "5"),
        cleans=7,
        profile="bare",
        fields={"volume_tags": "reported"},
    ),
)


# Clean


def clean_drive_0(library: Library) -> object:
    return clean(library, parse_place("drive:0"), may_unload=True)


def _clean_again(after: Aftermath) -> None:
    code = after.run(clean_drive_0)
    if code == "cartridge-out":
        assert after.run(_move("drive:0", SLOT)) == "done"
        code = after.run(clean_drive_0)
    assert code == "done"
    assert after.library.tag_at(SLOT) == CLEANER


def _clean_fields(**fields: object) -> Mapping[str, object]:
    return {"cleaners": 0, "cleaning_seconds": 6, "drive_load_seconds": 1, **fields}


def _with_cleaner(
    *, loaded: bool = False, fault: str | None = None
) -> Callable[[CleanerLibrary], None]:
    def arrange(library: CleanerLibrary) -> None:
        library.with_cleaner()
        if loaded:
            library.move_behind_our_back("1", "drive:0")
        if fault is not None:
            library.fault(fault)

    return arrange


_CLEANS = (
    *(
        Scenario(
            f"clean, drive {loaded}, {ejects} it",
            _alone(clean_drive_0),
            _with_cleaner(loaded=loaded == "loaded"),
            _clean_again,
            pages=(loaded, ejects) == ("loaded", "ejects"),
            fields=_clean_fields(ejects_cleaner=ejects == "ejects"),
        )
        for ejects in ("ejects", "keeps")
        for loaded in ("empty", "loaded")
    ),
    Scenario(
        "clean, drive says invalid",
        _alone(clean_drive_0),
        _with_cleaner(fault="cleaning-fails drive:0 invalid"),
        fields=_clean_fields(),
        refuses=True,
    ),
    Scenario(
        "clean, drive says failed",
        _alone(clean_drive_0),
        _with_cleaner(fault="cleaning-fails drive:0 error"),
        fields=_clean_fields(),
    ),
)


# Recover


def _stranded(*, occupied: bool) -> Callable[[CleanerLibrary], None]:
    """A process died in a move from 1 to 9 that got as far as the picker."""

    def arrange(library: CleanerLibrary) -> None:
        with library.open() as opened:
            opened.store.begin_move(
                library.id, source_address=1001, destination_address=1009, volume_tag="A00001L8"
            )
        library.fault("move-fails in-transport")
        library.move_behind_our_back("1", "9", fails=True)
        if occupied:
            library.operate("insert A00099L8 9", noticed=False)

    return arrange


def _cleaner_loaded(library: CleanerLibrary) -> None:
    """A person had the drive cleaned, by a move."""
    library.with_cleaner()
    with library.open() as opened:
        _move(SLOT, "drive:0")(opened)


def _killed_after(text: str, name: str) -> Callable[[CleanerLibrary], None]:
    """The named function was killed at the last point of that text."""

    def arrange(library: CleanerLibrary) -> None:
        scenario = next(each for each in SCENARIOS if each.name == name)
        scenario.arrange(library)
        killing = Killing(library, scenario.function(library), name)
        point = [each for each in killing.points if text in each.text][-1]
        killing.kill_at(point)
        killing.close()
        library.clock.sleep(3600)

    return arrange


_INTO_THE_DRIVE = "before LOG SENSE to drive 0"
_RECOVERS = (
    Scenario("recover, carrying on", _alone(recover), _stranded(occupied=False), pages=True),
    Scenario("recover, putting back", _alone(recover), _stranded(occupied=True)),
    Scenario(
        "recover, the cleaner in a drive",
        _alone(recover),
        _cleaner_loaded,
        cleans=51,  # one was taken by a move, which counts none
        fields=_clean_fields(ejects_cleaner=False),
    ),
    *(
        Scenario(
            f"recover after a clean, drive {each} it",
            _alone(recover),
            _killed_after(_INTO_THE_DRIVE, f"clean, drive loaded, {each} it"),
            _clean_again,
            fields=_clean_fields(ejects_cleaner=each == "ejects"),
        )
        for each in ("ejects", "keeps")
    ),
    Scenario(
        "recover after an insert",
        _alone(recover),
        _killed_after("after MOVE MEDIUM", "insert from a place"),
        cleans=7,
        fields=_NO_CLEANERS,
    ),
    Scenario(
        "recover after an eject",
        _alone(recover),
        _killed_after("after MOVE MEDIUM", "eject by a mail slot"),
        cleans=7,
        fields=_NO_CLEANERS,
    ),
)

CLEAN = _CLEANS[0]
SCENARIOS = (*_MOVES, *_SLOTS, *_INSERTS, *_EJECTS, *_CLEANS, *_RECOVERS)
