"""An error of the store begins with what was done before it, so that nobody does it again."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest
from driver.acts import act

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library

from .cleaner_library import CLEANER, SLOT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary


def with_cleaner(library: CleanerLibrary) -> None:
    library.with_cleaner()


def with_cleaner_taken_later(library: CleanerLibrary) -> None:
    library.with_cleaner().later(10, "take mail:1")


def with_mail(library: CleanerLibrary) -> None:
    library.reserve(SLOT)
    library.operate(f"put {CLEANER}", noticed=False)


def reserved(library: CleanerLibrary) -> None:
    library.reserve(SLOT)


def failing_robot(library: CleanerLibrary) -> None:
    library.fault("move-fails at-source")


def nothing(_: CleanerLibrary) -> None:
    """All is as it is to begin with."""


Arrange = Callable[[CleanerLibrary], None]
Function = Callable[[Library], object]
INSERTION = InsertionRequest(source=parse_place("mail:1"), cleans_left=7)
# How it begins, what is done, what can't be written, and how the error begins.
ROWS: dict[str, tuple[Arrange, Function, str, str]] = {
    "intent of a move": (
        nothing,
        lambda it: act(it, "move 1 9"),
        "INSERT ON moves",
        "A00001L8 was not moved from slot 1 to slot 9, because the journal can't be written: ",
    ),
    "end of a move": (
        nothing,
        lambda it: act(it, "move 1 9"),
        "UPDATE ON moves WHEN new.outcome = 'completed'",
        "A00001L8 was moved from slot 1 to slot 9, but that could not be recorded: ",
    ),
    "end of a move that failed": (
        failing_robot,
        lambda it: act(it, "move 1 9"),
        "UPDATE ON moves WHEN new.outcome = 'not-executed'",
        "A00001L8 was not moved from slot 1 to slot 9; everything is where it was (*); that could "
        "not be recorded: ",
    ),
    "clean drive": (
        with_cleaner,
        lambda it: clean(it, parse_place("drive:0")),
        "UPDATE ON drive_conditions WHEN new.cleaned_at IS NOT NULL",
        "drive 0 was cleaned, but that could not be recorded: ",
    ),
    "end of a cleaning": (
        with_cleaner,
        lambda it: clean(it, parse_place("drive:0")),
        "UPDATE ON operations WHEN new.state = 'completed'",
        "drive 0 was cleaned, but its end could not be recorded: ",
    ),
    "cleaner that came in": (
        with_mail,
        lambda it: insert(it, INSERTION),
        "INSERT ON cleaners",
        f"{CLEANER} is in slot 4, but that could not be recorded: ",
    ),
    "wait for whoever takes it out": (
        with_cleaner,
        eject,
        "UPDATE ON operations WHEN new.state = 'waiting'",
        f"{CLEANER} was brought to mail slot 1: ",
    ),
    "cleaner that was taken out": (
        with_cleaner_taken_later,
        eject,
        "UPDATE ON cleaners WHEN new.left_at IS NOT NULL",
        f"{CLEANER} is out of the library, but that could not be recorded: ",
    ),
    "reservation": (
        nothing,
        lambda it: reserve(it, parse_place(SLOT)),
        "INSERT ON reservations",
        "slot 4 of {library.id} is not reserved: ",
    ),
    "end of a reservation": (
        reserved,
        lambda it: release(it, parse_place(SLOT)),
        "DELETE ON reservations",
        "slot 4 of {library.id} is still reserved: ",
    ),
}


@pytest.mark.parametrize("what", ROWS)
def test_store_that_fails_says_what_was_done(make: MakeCleanerLibrary, what: str) -> None:
    library = make(cleaners=0, cleaning_seconds=60)
    arrange, work, when, begins = ROWS[what]
    arrange(library)
    event, _, condition = when.partition(" WHEN ")
    library.execute(
        f"CREATE TRIGGER worn BEFORE {event} {condition and 'WHEN ' + condition}"
        " BEGIN SELECT RAISE(ABORT, 'worn out'); END"
    )
    with library.open() as opened:
        error = refusal(lambda: work(opened))
    assert error.code == "store-failed"
    assert fnmatchcase(error.message, f"{begins.format(library=library)}the state store * worn out")
