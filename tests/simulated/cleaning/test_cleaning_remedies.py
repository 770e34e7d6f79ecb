"""Remedies that refusals of cleaner management name: only moves that the library can make."""

from __future__ import annotations

import pytest

from changer.cleaning.slot import reserve
from changer.library.addressing import parse_place
from changer.library.library import Library

from .cleaner_library import refusal
from .conftest import MakeCleanerLibrary

STORAGE, MAIL, DRIVE = 2, 3, 4


def know_the_moves(library: Library) -> None:
    """As the first move does: mode page 1Fh is asked for once, and no refusal asks for it."""
    library.reader.device_capabilities(library.reader.assignment())


@pytest.mark.parametrize(
    ("forbidden", "hint"),
    [
        ((), "move it to a free place: changer move 1 SLOT"),
        (((STORAGE, STORAGE),), "move it to a free place: changer move 1 mail:NUMBER"),
        (
            ((STORAGE, STORAGE), (STORAGE, MAIL), (STORAGE, DRIVE)),
            "take it out of slot 1 by hand: the library can't move it from there",
        ),
    ],
)
def test_full_slot_is_emptied_by_a_move_that_the_library_makes(
    make: MakeCleanerLibrary, forbidden: tuple[tuple[int, int], ...], hint: str
) -> None:
    library = make(cleaners=0, forbidden_moves=forbidden)
    with library.open() as opened:
        know_the_moves(opened)
        refused = refusal(lambda: reserve(opened, parse_place("1")))
    assert (refused.code, refused.hint) == ("slot-full", hint)


def test_cartridge_of_the_slot_is_put_back_by_way_of_a_stopover(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0, forbidden_moves=((DRIVE, STORAGE),))
    library.move_behind_our_back("1", "drive:0")
    with library.open() as opened:
        know_the_moves(opened)
        refused = refusal(lambda: reserve(opened, parse_place("1")))
    assert refused.code == "cartridge-out"
    assert "changer move drive:0 mail:NUMBER, then mail:NUMBER 1" in (refused.hint or "")
