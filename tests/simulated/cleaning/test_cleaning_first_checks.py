"""What the cleaner functions refuse before they ask the library anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from changer.cleaning.clean_drive import clean
from changer.cleaning.clean_requested import clean_requested
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.recover import recover, settle_without_motion
from changer.cleaning.slot import release, reserve
from changer.journal.open_moves import NO_OPTIONS
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.library.settings import LibrarySettings

from .cleaner_library import CleanerLibrary, refusal

DRIVE, MAIL = parse_place("drive:0"), parse_place("mail:1")
Function = Callable[[Library], object]
# All that is done with a library; and words that are wrong whatever the library is like.
WORK: dict[str, Function] = {
    "reserve": lambda it: reserve(it, parse_place("6")),
    "release": release,
    "insert": insert,
    "eject": eject,
    "clean": lambda it: clean(it, DRIVE),
    "clean those that ask for it": clean_requested,
    "recover": recover,
    "settle": lambda it: settle_without_motion(it, NO_OPTIONS),
}
WRONG: dict[str, Function] = {
    "reserve": lambda it: reserve(it, DRIVE),
    "release": lambda it: release(it, DRIVE),
    "insert": lambda it: insert(it, InsertionRequest(cleans_left=-1)),
    "insert into": lambda it: insert(it, InsertionRequest(slot=MAIL)),
    "eject": lambda it: eject(it, MAIL),
    "clean": lambda it: clean(it, MAIL),
    "clean with": lambda it: clean(it, DRIVE, cleaner=MAIL),
}


def assert_refused(
    library: CleanerLibrary, opened: Library, function: Function, code: str, *, asked: int = 0
) -> None:
    """Nothing is on record of it. ``asked``: how many commands are sent."""
    with library.counting() as counted:
        assert refusal(lambda: function(opened)).code == code
    assert (counted.total(), library.rows("operations")) == (asked, [])


@pytest.mark.parametrize("name", WORK)
def test_disabled_library_is_left_alone(demo: CleanerLibrary, name: str) -> None:
    """But that it is asked which drives there are, as RSM has it."""
    asked = 1 if name == "clean" else 0
    with demo.open(settings=LibrarySettings(enabled=False)) as opened:
        assert_refused(demo, opened, WORK[name], "library-disabled", asked=asked)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_words_are_told_of_a_disabled_library_too(demo: CleanerLibrary, name: str) -> None:
    with demo.open(settings=LibrarySettings(enabled=False)) as opened:
        assert_refused(demo, opened, WRONG[name], "usage")


@pytest.mark.parametrize("name", ["reserve", "insert", "insert into", "clean", "clean with"])
def test_library_that_was_closed_is_said_to_be_first_of_all(
    demo: CleanerLibrary, name: str
) -> None:
    with demo.open() as closed:
        pass
    assert refusal(lambda: WRONG[name](closed)).code == "library-closed"
