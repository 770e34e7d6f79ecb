"""Which moves a library can make by its mode page 1Fh, and the way round those that it can't."""

from __future__ import annotations

import pytest
from driver_support import DT, IE, MT, ST, assignment

from changer.errors import MoveNotAllowed
from changer.library.addressing import Numbering
from changer.library.routes import Routes
from changer.smc.elements import ElementType
from changer.smc.mode_sense import DeviceCapabilities

SLOT, OTHER, DRIVE, MAIL, PICKER, NOWHERE = 1000, 1001, 500, 10, 1, 4711
LETTERS = {"s": ST, "d": DT, "m": IE, "p": MT}


def routes(moves: str | None, *, slots: int = 12, mail: int = 2) -> Routes:
    """``sd ds``: from slots to drives and back; None: no page."""
    page = assignment(slots=(1000, slots), mail=(10, mail))
    if moves is None:
        return Routes(Numbering(page), None)
    pairs: set[tuple[ElementType, ElementType]] = {
        (LETTERS[each[0]], LETTERS[each[1]]) for each in moves.split()
    }
    return Routes(Numbering(page), DeviceCapabilities(frozenset(), frozenset(pairs), frozenset()))


@pytest.mark.parametrize("moves", [None, ""])
def test_page_that_says_nothing_forbids_nothing(moves: str | None) -> None:
    there = (SLOT, DRIVE, MAIL, PICKER, NOWHERE)
    assert all(routes(moves).allow(one, other) for one in there for other in there)


def test_page_allows_what_it_lists_and_nothing_else() -> None:
    known = routes("sd dm")
    allowed = {
        (one, other)
        for one in (SLOT, DRIVE, MAIL, PICKER, NOWHERE)
        for other in (OTHER, DRIVE, MAIL, PICKER, NOWHERE)
        if known.allow(one, other)
    }
    assert allowed == {(SLOT, DRIVE), (DRIVE, MAIL)}
    known.check(SLOT, DRIVE)


def refusal(known: Routes, source: int, destination: int) -> tuple[str, str | None]:
    with pytest.raises(MoveNotAllowed) as raised:
        known.check(source, destination)
    return raised.value.message, raised.value.hint


def test_place_is_not_moved_to_itself() -> None:
    for moves in (None, "ss"):
        told = refusal(routes(moves), SLOT, SLOT)
        assert told == ("source and destination are both slot 1", "name two different places")


STOPOVER = "use a free place as a stopover: changer move"
BY_HAND = "no place can serve as a stopover: move it by hand"


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("moves", "slots", "mail", "source", "destination", "way"),
    [
        ("dm ds sm ms md", 12, 2, MAIL, DRIVE, "changer move mail:1 drive:0"),
        ("ds sm", 12, 2, DRIVE, MAIL, f"{STOPOVER} drive:0 SLOT, then SLOT mail:1"),
        ("ds", 12, 2, DRIVE, MAIL, BY_HAND),
        ("sm", 12, 2, DRIVE, MAIL, BY_HAND),
        ("sm md ds", 12, 2, SLOT, DRIVE, f"{STOPOVER} 1 mail:NUMBER, then mail:NUMBER drive:0"),
        ("sm md ds", 12, 0, SLOT, DRIVE, BY_HAND),
        ("ss sd sm md", 12, 2, MAIL, SLOT, BY_HAND),
        ("ps sd", 12, 2, PICKER, DRIVE, f"{STOPOVER} picker SLOT, then SLOT drive:0"),
        ("ps", 12, 2, PICKER, DRIVE, "move it to a free place: changer move picker SLOT"),
        ("pm", 12, 2, PICKER, DRIVE, "move it to a free place: changer move picker mail:NUMBER"),
        (
            "pm",
            12,
            0,
            PICKER,
            SLOT,
            "take it out of the picker by hand: the library can't move it from there",
        ),
        (
            "sd",
            12,
            2,
            PICKER,
            DRIVE,
            "take it out of the picker by hand: the library can't move it from there",
        ),
    ],
)
def test_way_from_place_to_place_is_told_in_commands(
    moves: str, slots: int, mail: int, source: int, destination: int, way: str
) -> None:
    assert routes(moves, slots=slots, mail=mail).way(source, destination) == way


def test_from_an_address_of_no_element_there_is_no_way() -> None:
    assert routes("ds sd").way(NOWHERE, DRIVE) == routes("ds sd").way(SLOT, NOWHERE) == BY_HAND


def test_move_that_the_library_can_not_make_is_refused_with_the_way() -> None:
    assert refusal(routes("ds sm"), DRIVE, MAIL) == (
        "the library can't move from drive 0 to mail slot 1 (mode page 1Fh)",
        f"{STOPOVER} drive:0 SLOT, then SLOT mail:1",
    )


@pytest.mark.parametrize(
    ("moves", "place"),
    [
        ("ds dm dd", "SLOT"),
        ("dm dd", "mail:NUMBER"),
        ("dd", "drive:NUMBER"),
        ("sd", None),
        (None, "SLOT"),
    ],
)
def test_place_to_put_a_cartridge_away_is_a_slot_before_all(
    moves: str | None, place: str | None
) -> None:
    assert routes(moves).place_away(DRIVE) == place
    words = "take it out of drive 0 by hand: the library can't move it from there"
    if place is not None:
        words = f"move it to a free place: changer move drive:0 {place}"
    assert routes(moves).out_of(DRIVE) == words


def test_library_without_slots_has_none_to_put_a_cartridge_away() -> None:
    assert routes(None, slots=0).place_away(DRIVE) == "mail:NUMBER"
    assert routes(None, slots=0, mail=0).place_away(DRIVE) == "drive:NUMBER"
