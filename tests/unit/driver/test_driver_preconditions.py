"""What must be true before a cartridge is moved."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from driver_support import DT, IE, MT, ST, assignment, said

from changer.errors import (
    ChangerError,
    DestinationFull,
    ElementNotPresent,
    ElementUnknown,
    MoveNotAllowed,
    SlotReserved,
    SourceEmpty,
)
from changer.library.addressing import Numbering
from changer.library.element_state import cartridge_name, check_destination, check_source
from changer.library.reserved_slots import ReservedSlots
from changer.moves.plan import check_route
from changer.smc.elements import Element, ElementType
from changer.smc.mode_sense import DeviceCapabilities

SLOT, DRIVE, MAIL, PICKER = 1000, 500, 10, 1
NUMBERING = Numbering(assignment())
Refusal = type[ChangerError] | None

# What the library says of an element; as a source; as a destination.
ELEMENTS: dict[str, tuple[Refusal, Refusal]] = {
    "": (SourceEmpty, None),
    "full A00001L8": (None, DestinationFull),
    "full": (None, DestinationFull),
    "ed full": (ElementNotPresent, DestinationFull),
    "ed": (ElementNotPresent, ElementNotPresent),
    "access=0 full": (ElementNotPresent, DestinationFull),
    "access=0": (ElementNotPresent, ElementNotPresent),
    "3B/12 full": (ElementNotPresent, DestinationFull),  # magazine out
    "3B/12": (ElementNotPresent, ElementNotPresent),
    "30/03 full": (None, DestinationFull),  # a cleaner
    "30/03 access=0": (SourceEmpty, None),  # home slot of a cleaner that is out
    "83/01 full": (None, DestinationFull),  # label unreadable
    "83/01": (ElementUnknown, ElementUnknown),
    "83/03 full": (None, DestinationFull),  # label questionable
    "83/03": (ElementUnknown, ElementUnknown),
    "53/08": (ElementUnknown, ElementUnknown),  # element status unknown
    "FE/ED": (ElementUnknown, ElementUnknown),  # an exception that nobody knows
    "drive full": (None, DestinationFull),
    "drive full access=0": (None, DestinationFull),  # loaded, and has not ejected
    "drive": (SourceEmpty, None),
    "drive access=0": (SourceEmpty, ElementNotPresent),
    "drive full ed": (ElementNotPresent, DestinationFull),
    "mail full": (None, DestinationFull),
    "mail": (SourceEmpty, None),
    "mail full access=0": (ElementNotPresent, DestinationFull),  # open
    "mail access=0": (ElementNotPresent, ElementNotPresent),
    "picker full": (None, DestinationFull),
    "picker": (SourceEmpty, None),
}


def judge(check: Any, shown: Element | None, address: int, refusal: Refusal) -> None:
    """A check lets an element pass, or refuses it by its name, with a hint."""
    if refusal is None:
        assert check(shown, address=address, numbering=NUMBERING) is shown
        return
    with pytest.raises(refusal) as caught:
        check(shown, address=address, numbering=NUMBERING)
    assert NUMBERING.name_of(address) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("words", ELEMENTS)
def test_a_source_is_there_and_full_and_a_destination_there_and_empty(words: str) -> None:
    shown, (as_source, as_destination) = said(words), ELEMENTS[words]
    judge(check_source, shown, shown.address, as_source)
    judge(check_destination, shown, shown.address, as_destination)


@pytest.mark.parametrize("address", [SLOT, DRIVE])
@pytest.mark.parametrize("check", [check_source, check_destination])
def test_what_the_library_leaves_out_is_neither_and_its_neighbour_is_not_taken_for_it(
    check: Any, address: int
) -> None:
    judge(check, None, address, ElementNotPresent)
    neighbour = said(f"@{SLOT + 1}" + (" full" if check is check_source else ""))
    judge(check, neighbour, SLOT, ElementNotPresent)


def test_a_full_destination_is_told_with_what_is_in_it() -> None:
    with pytest.raises(DestinationFull, match=r"slot 1 is full \(A00001L8\)"):
        check_destination(said("full A00001L8"), address=SLOT, numbering=NUMBERING)


def test_a_cartridge_is_named_by_its_label() -> None:
    assert cartridge_name(said("A00001L8")) == "A00001L8"
    assert cartridge_name(said("")) == "the cartridge without a label"


# The reserved slot


@pytest.mark.parametrize(
    ("cartridge", "refused"),
    [
        ("full A00001L8", True),
        ("full", True),
        ("full CLN001L1", False),
        ("full type=2", False),
        ("full 30/03", False),
        ("full CLN001L1 type=1", True),
    ],
)
@pytest.mark.parametrize("address", [SLOT, 0])
def test_a_reserved_slot_takes_cleaning_cartridges_alone(
    cartridge: str, refused: bool, address: int
) -> None:
    reserved, shown = ReservedSlots((address,), ("CLN",)), said(cartridge)
    assert reserved.admits(shown, address) is not refused
    for slots, destination in ((reserved, address + 1), (ReservedSlots((), ("CLN",)), address)):
        slots.check_destination(shown, destination, numbering=NUMBERING)
    if refused:
        with pytest.raises(SlotReserved) as caught:
            reserved.check_destination(shown, address, numbering=NUMBERING)
        assert caught.value.hint
    else:
        reserved.check_destination(shown, address, numbering=NUMBERING)


def test_there_may_be_several_reserved_slots_or_none() -> None:
    several, none = ReservedSlots((SLOT + 3, SLOT), ("CLN",)), ReservedSlots((), ("CLN",))
    assert (several.primary, len(several), SLOT in several) == (SLOT + 3, 2, True)
    assert (none.primary, bool(none), SLOT in none) == (None, False, False)
    data = said("full A00001L8")
    assert [several.admits(data, SLOT + each) for each in range(4)] == [False, True, True, False]
    assert not several.admits(None, SLOT)
    assert several.hides(said("")) and not none.hides(said(""))
    assert none.hides(said("full CLN001L1")) and not none.hides(data)


# Mode page 1Fh

ADDRESS = {MT: PICKER, ST: SLOT, IE: MAIL, DT: DRIVE}
OTHER = {MT: None, ST: SLOT + 1, IE: MAIL + 1, DT: DRIVE + 1}


def capabilities(*moves: tuple[ElementType, ElementType]) -> DeviceCapabilities:
    return DeviceCapabilities(stores=frozenset(), moves=frozenset(moves), exchanges=frozenset())


def route(source: int, destination: int, known: DeviceCapabilities | None) -> None:
    check_route(source, destination, numbering=NUMBERING, capabilities=known)


@pytest.mark.parametrize(("source", "destination"), [*product(ElementType, repeat=2)])
def test_a_move_is_made_only_where_mode_page_1fh_has_it(
    source: ElementType, destination: ElementType
) -> None:
    there = OTHER[destination] if source is destination else ADDRESS[destination]
    if there is None:
        return
    here = ADDRESS[source]
    route(here, there, capabilities((source, destination)))
    route(here, there, None)
    route(here, there, capabilities())
    pairs = [(one, other) for one in ElementType for other in ElementType]
    others = [each for each in pairs if each != (source, destination)]
    with pytest.raises(MoveNotAllowed, match="mode page 1Fh"):
        route(here, there, capabilities(*others))


@pytest.mark.parametrize("known", [None, capabilities(), capabilities((ST, ST))])
def test_a_move_to_where_it_is_is_refused(known: DeviceCapabilities | None) -> None:
    with pytest.raises(MoveNotAllowed, match="both slot 1"):
        route(SLOT, SLOT, known)


def test_an_address_of_no_type_is_no_route() -> None:
    with pytest.raises(MoveNotAllowed):
        route(SLOT, 4711, capabilities((ST, DT)))
