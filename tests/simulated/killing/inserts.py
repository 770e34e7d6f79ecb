"""Inserts and ejects of a cleaner, from a place and by a person, to be killed."""

from __future__ import annotations

from collections.abc import Callable

from cleaning.cleaner_library import CLEANER, SLOT, CleanerLibrary

from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.library.addressing import parse_place
from changer.library.library import Library

from .aftermath import Aftermath
from .killing import Function
from .person import hand, hold, put, take
from .scenario import NO_CLEANERS, Scenario, alone


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


def _with_person(
    function: Function, act: Callable[[CleanerLibrary], None]
) -> Callable[[CleanerLibrary], Function]:
    """The function, while a person does that, two seconds later."""

    def with_person(library: CleanerLibrary) -> Function:
        def call(opened: Library) -> object:
            library.clock.plan(2, lambda: act(library))
            return function(opened)

        return call

    return with_person


def _puts(words: str) -> Callable[[CleanerLibrary], Function]:
    return _with_person(_insert_by_hand, lambda library: put(library, CLEANER, words))


INSERTS = (
    Scenario(
        "insert from a place",
        alone(_insert_from("9")),
        _in_slot_9,
        lambda after: _insert_again(after, _insert_from("9")),
        cleans=7,
        pages=True,
        fields=NO_CLEANERS,
    ),
    Scenario(
        "insert by a mail slot",
        _puts(f"put {CLEANER} mail:2"),
        _in_hand(SLOT),
        _by_hand_again,
        cleans=7,
        fields=NO_CLEANERS,
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
        alone(_insert_from("9", assume=True)),
        lambda library: _in_slot_9(library, "-"),
        _unlabelled_again,
        cleans=7,
        fields={"cleaners": 0, "medium_types": False, "cleaner_medium_type": False},
    ),
    Scenario(
        "insert what lies there",
        alone(_insert_from(SLOT)),
        _lying,
        _taken_over_again,
        cleans=7,
        fields=NO_CLEANERS,
    ),
)


# Ejects, by a mail slot and at the door


def _takes(words: str) -> Callable[[CleanerLibrary], Function]:
    return _with_person(eject, lambda library: take(library, CLEANER, words))


def _eject_again(after: Aftermath, words: str) -> None:
    library = after.library
    was_taken = CLEANER in hand(library)
    assert was_taken or library.cleans_left == 7
    if not was_taken:
        library.clock.plan(5, lambda: take(library, CLEANER, words))
    code = after.run(eject)
    assert code == "done" or (was_taken and code == "slot-empty")
    assert library.cleaner is None
    assert code != "done" or not library.mail_is_open


EJECTS = (
    Scenario(
        "eject by a mail slot",
        _takes("take mail:1"),
        lambda library: library.with_cleaner(cleans=7),
        lambda after: _eject_again(after, f"take {CLEANER}"),
        cleans=7,
        pages=True,
        fields=NO_CLEANERS,
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
