"""Moves, killed at every single step, and recover itself: recover makes everything agree again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from driver.virtual_library import EXCHANGE_MEDIUM, MOVE_MEDIUM, error_of

from changer.homecoming import recover
from changer.library import Library
from changer.moving import exchange, load, move, unload
from changer.numbering import parse_place

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary
from .killing import Killing

Function = Callable[[Library], object]
FUNCTIONS: dict[str, Function] = {
    "move": lambda library: move(library, parse_place("1"), parse_place("9")),
    "load": lambda library: load(library, parse_place("1"), parse_place("drive:0")),
    "unload": lambda library: unload(library, parse_place("drive:1")),
    "exchange": lambda library: exchange(library, parse_place("1"), parse_place("drive:1")),
}


def motions(library: CleanerLibrary) -> int:
    return library.commands[MOVE_MEDIUM] + library.commands[EXCHANGE_MEDIUM]


class Recovery:
    """Recovers in this process, and checks what must be so at every point."""

    def __init__(self, library: CleanerLibrary) -> None:
        self._library = library
        self._tags = sorted(library.places.values())
        self._motions = motions(library)
        self._moves = len(library.rows("moves"))

    def run(self) -> None:
        for _ in range(2):
            with self._library.open() as opened:
                found = recover(opened).findings
        assert found == ()
        self.check()

    def check(self) -> None:
        library = self._library
        assert sorted(library.places.values()) == self._tags
        assert library.tag_at("picker") is None
        rows = library.rows("moves")[self._moves :]
        assert all(row["outcome"] not in (None, "unknown") for row in rows), rows
        assert motions(library) - self._motions <= len(rows), "one intent was sent twice"
        for row in rows[-1:]:
            assert library.tag_at(row["final_address"]) == row["volume_tag"]


def killed(library: CleanerLibrary, function: Function) -> Iterator[Recovery]:
    """The library at every step at which the function was killed."""
    recovery = Recovery(library)
    for _ in Killing(library, function).points():
        yield recovery


FAULTS = [None] + [
    f"{how} {left}"
    for how in ("move-fails", "move-hangs")
    for left in ("at-source", "in-transport", "at-destination")
]


def prepared(make: MakeCleanerLibrary, *, fault: str | None = None) -> CleanerLibrary:
    """Drive 1 holds A00002L8; the next motion meets the fault, if there is one."""
    library = make()
    library.move_behind_our_back("2", "drive:1")
    with library.open():
        pass
    if fault is not None:
        library.fault(fault)
    return library


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_move_that_was_killed_is_recovered(
    make: MakeCleanerLibrary, name: str, fault: str | None
) -> None:
    library = prepared(make, fault=fault)
    points = in_picker = 0
    for recovery in killed(library, FUNCTIONS[name]):
        points += 1
        opened = library.rows("moves")[-1:]
        stranded = library.tag_at("picker") is not None
        if stranded and opened[0]["outcome"] == "misplaced":
            continue  # it was told, and is the person's to move
        in_picker += stranded
        library.fault("clear")
        recovery.run()
    print(f"\n{name}, {fault}: at {points} points, {in_picker} with a cartridge in the picker")
    assert points > 10
    assert (in_picker > 0) == ("in-transport" in str(fault))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_move_that_was_killed_is_settled_by_the_next_move(
    make: MakeCleanerLibrary, name: str
) -> None:
    library = prepared(make)
    points = 0
    for recovery in killed(library, FUNCTIONS[name]):
        points += 1
        with library.open() as opened:
            assert error_of(lambda: move(opened, parse_place("3"), parse_place("4"))) is None
        recovery.check()
    print(f"\n{name}, then move: at {points} points")


@pytest.mark.parametrize("occupied", [False, True], ids=["carried on", "put back"])
def test_recover_that_was_killed_is_recovered(make: MakeCleanerLibrary, occupied: bool) -> None:
    library = prepared(make)
    with library.open() as opened:
        opened.store.begin_move(
            library.id, source_address=1001, destination_address=1009, volume_tag="A00001L8"
        )
    library.fault("move-fails in-transport")
    library.move_behind_our_back("1", "9", fails=True)
    if occupied:
        library.operate("insert A00099L8 9", noticed=False)
    points = 0
    for recovery in killed(library, recover):
        points += 1
        recovery.run()
        assert library.tag_at("1" if occupied else "9") == "A00001L8"
        # Where the next recover finds a motion of this one, that one tells the end.
        end = "not-executed" if occupied else "completed"
        assert library.rows("moves")[0]["outcome"] in (end, "misplaced")
    print(f"\nrecover: at {points} points")
    assert points > 10


@pytest.mark.parametrize("ejects", [True, False], ids=["ejects", "keeps"])
def test_recover_that_was_killed_while_it_brought_the_cleaner_home_is_recovered(
    make: MakeCleanerLibrary, ejects: bool
) -> None:
    library = make(
        cleaners=0, cleaning_seconds=6, drive_load_seconds=1, ejects_cleaner=ejects
    ).with_cleaner()
    with library.open() as opened:
        move(opened, parse_place(SLOT), parse_place("drive:0"))
    points = 0
    for recovery in killed(library, recover):
        points += 1
        recovery.run()
        assert library.tag_at(SLOT) == CLEANER
    print(f"\nrecover with a cleaner: at {points} points")
    assert points > 10
