"""What the cleaner functions make of moves that other commands left open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driver.virtual_library import MOVE_MEDIUM, error_of

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import release, reserve
from changer.journal.operations import Callbacks
from changer.library.addressing import parse_place
from changer.library.library import Library

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary

Function = Callable[[Library], object]


def _insert(library: Library) -> object:
    return insert(library, InsertionRequest(source=parse_place("9"), cleans_left=7))


MOVING: dict[str, Function] = {
    "insert": _insert,
    "eject": lambda library: eject(library, timeout_seconds=60.0),
    "clean": lambda library: clean(library, parse_place("drive:0")),
}
STILL: dict[str, Function] = {
    "reserve": lambda library: reserve(library, parse_place(SLOT)),
    "release": release,
}


def prepared(make: MakeCleanerLibrary, name: str) -> CleanerLibrary:
    """The function would do what it is asked for, and a person would help."""
    library = make(cleaners=0, cleaning_seconds=6, drive_load_seconds=1)
    if name in ("eject", "clean"):
        library.with_cleaner()
        library.later(10, "take mail:1")
    elif name != "reserve":
        library.reserve(SLOT)
    if name == "insert":
        library.operate(f"insert {CLEANER} 9", noticed=False)
    return library


def leave_open(library: CleanerLibrary) -> None:
    """A process that moved A00001L8 from 1 to 11 died before it knew what became of it."""
    with library.open() as opened:
        opened.store.begin_move(
            library.id, source_address=1001, destination_address=1011, volume_tag="A00001L8"
        )


def strand(library: CleanerLibrary) -> None:
    """And the cartridge is in the picker."""
    leave_open(library)
    library.fault("move-fails in-transport")
    library.move_behind_our_back("1", "11", fails=True)


def outcome(library: CleanerLibrary) -> str | None:
    """Of the move that was left open."""
    told: str | None = library.rows("moves")[0]["outcome"]
    return told


@pytest.mark.parametrize("name", [*MOVING, *STILL])
def test_move_that_needs_no_motion_is_settled_on_the_way(
    make: MakeCleanerLibrary, name: str
) -> None:
    library = prepared(make, name)
    leave_open(library)
    library.move_behind_our_back("1", "11")
    with library.open() as opened:
        assert error_of(lambda: (MOVING | STILL)[name](opened)) is None
    assert outcome(library) == "completed"
    assert any(
        "A00001L8" in each and "was interrupted" in each and each.endswith("it is in slot 11")
        for each in library.warnings
    )


@pytest.mark.parametrize("name", MOVING)
def test_nothing_is_moved_while_a_cartridge_is_in_the_picker(
    make: MakeCleanerLibrary, name: str
) -> None:
    library = prepared(make, name)
    strand(library)
    with library.counting() as counted, library.open() as opened:
        error = error_of(lambda: MOVING[name](opened))
    assert error is not None and error.code == "recovery-needed"
    assert error.hint is not None and "changer recover" in error.hint
    assert counted[MOVE_MEDIUM] == 0
    assert outcome(library) is None
    assert library.last.state == "failed"


@pytest.mark.parametrize("name", STILL)
def test_what_moves_nothing_tells_of_the_cartridge_in_the_picker_and_goes_on(
    make: MakeCleanerLibrary, name: str
) -> None:
    library = prepared(make, name)
    strand(library)
    with library.open() as opened:
        assert error_of(lambda: STILL[name](opened)) is None
    assert outcome(library) is None
    assert any("changer recover" in each for each in library.warnings)


def test_nobody_is_asked_for_a_cleaner_while_a_cartridge_is_in_the_picker(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    strand(library)
    accepted: list[str] = []
    callbacks = Callbacks(accepted=lambda: accepted.append("accepted"))
    with library.open() as opened:
        error = error_of(
            lambda: insert(opened, InsertionRequest(cleans_left=7), callbacks=callbacks)
        )
    assert error is not None and error.code == "recovery-needed"
    assert accepted == []


def test_cartridge_that_was_stranded_while_a_person_was_waited_for_is_not_overlooked(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    library.later(2, f"put {CLEANER} mail:2")
    library.clock.plan(2, lambda: strand(library))
    with library.counting() as counted, library.open() as opened:
        error = error_of(lambda: insert(opened, InsertionRequest(cleans_left=7)))
    assert error is not None and error.code == "recovery-needed"
    assert counted[MOVE_MEDIUM] == 1  # the one that was cut short
