"""What must be true before a cartridge is moved."""

from __future__ import annotations

from itertools import product

import pytest
from driver_support import DT, IE, MT, ST, assignment, element

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

SOURCES: dict[str, tuple[int, Element | None, type[ChangerError] | None]] = {
    "full slot": (SLOT, element(full=True, tag="A00001L8"), None),
    "full slot without label": (SLOT, element(full=True), None),
    "empty slot": (SLOT, element(), SourceEmpty),
    "left out": (SLOT, None, ElementNotPresent),
    "disabled": (SLOT, element(disabled=True, full=True), ElementNotPresent),
    "not accessible": (SLOT, element(accessible=False, full=True), ElementNotPresent),
    "magazine out": (SLOT, element(exception=(0x3B, 0x12), full=True), ElementNotPresent),
    "full cleaner": (SLOT, element(exception=(0x30, 0x03), full=True), None),
    "home slot of a cleaner that is out": (
        SLOT,
        element(exception=(0x30, 0x03), accessible=False),
        SourceEmpty,
    ),
    "label unreadable": (SLOT, element(exception=(0x83, 0x01), full=True), None),
    "label questionable, full": (SLOT, element(exception=(0x83, 0x03), full=True), None),
    "label questionable, empty": (SLOT, element(exception=(0x83, 0x03)), ElementUnknown),
    "unknown exception, empty": (SLOT, element(exception=(0xFE, 0xED)), ElementUnknown),
    "full drive": (DRIVE, element(DT, DRIVE, full=True), None),
    "loaded drive that has not ejected": (
        DRIVE,
        element(DT, DRIVE, full=True, accessible=False),
        None,
    ),
    "empty drive": (DRIVE, element(DT, DRIVE), SourceEmpty),
    "empty drive, not accessible": (DRIVE, element(DT, DRIVE, accessible=False), SourceEmpty),
    "disabled drive": (DRIVE, element(DT, DRIVE, full=True, disabled=True), ElementNotPresent),
    "removed drive": (DRIVE, None, ElementNotPresent),
    "full mail slot": (MAIL, element(IE, MAIL, full=True), None),
    "open mail slot": (MAIL, element(IE, MAIL, full=True, accessible=False), ElementNotPresent),
    "full picker": (PICKER, element(MT, PICKER, full=True), None),
    "empty picker": (PICKER, element(MT, PICKER), SourceEmpty),
}


@pytest.mark.parametrize(("address", "said", "error"), SOURCES.values(), ids=SOURCES)
def test_a_source_is_there_and_full(
    address: int, said: Element | None, error: type[ChangerError] | None
) -> None:
    if error is None:
        assert check_source(said, address=address, numbering=NUMBERING) is said
        return
    with pytest.raises(error) as caught:
        check_source(said, address=address, numbering=NUMBERING)
    assert NUMBERING.name_of(address) in caught.value.message
    assert caught.value.hint


DESTINATIONS: dict[str, tuple[int, Element | None, type[ChangerError] | None]] = {
    "empty slot": (SLOT, element(), None),
    "full slot": (SLOT, element(full=True, tag="A00001L8"), DestinationFull),
    "full slot without label": (SLOT, element(full=True), DestinationFull),
    "full, and flagged": (SLOT, element(full=True, exception=(0x83, 0x03)), DestinationFull),
    "left out": (SLOT, None, ElementNotPresent),
    "disabled": (SLOT, element(disabled=True), ElementNotPresent),
    "not accessible": (SLOT, element(accessible=False), ElementNotPresent),
    "magazine out": (SLOT, element(exception=(0x3B, 0x12)), ElementNotPresent),
    "status unknown": (SLOT, element(exception=(0x53, 0x08)), ElementUnknown),
    "empty with an unreadable label": (SLOT, element(exception=(0x83, 0x01)), ElementUnknown),
    "unknown exception": (SLOT, element(exception=(0xFE, 0xED)), ElementUnknown),
    "home slot of a cleaner that is out": (
        SLOT,
        element(exception=(0x30, 0x03), accessible=False),
        None,
    ),
    "empty drive": (DRIVE, element(DT, DRIVE), None),
    "full drive": (DRIVE, element(DT, DRIVE, full=True), DestinationFull),
    "full drive, not accessible": (
        DRIVE,
        element(DT, DRIVE, full=True, accessible=False),
        DestinationFull,
    ),
    "drive not accessible": (DRIVE, element(DT, DRIVE, accessible=False), ElementNotPresent),
    "removed drive": (DRIVE, None, ElementNotPresent),
    "empty mail slot": (MAIL, element(IE, MAIL), None),
    "open mail slot": (MAIL, element(IE, MAIL, accessible=False), ElementNotPresent),
    "empty picker": (PICKER, element(MT, PICKER), None),
}


@pytest.mark.parametrize(("address", "said", "error"), DESTINATIONS.values(), ids=DESTINATIONS)
def test_a_destination_is_there_and_empty(
    address: int, said: Element | None, error: type[ChangerError] | None
) -> None:
    if error is None:
        assert check_destination(said, address=address, numbering=NUMBERING) is said
        return
    with pytest.raises(error) as caught:
        check_destination(said, address=address, numbering=NUMBERING)
    assert NUMBERING.name_of(address) in caught.value.message
    assert caught.value.hint


def test_a_full_destination_is_told_with_what_is_in_it() -> None:
    with pytest.raises(DestinationFull, match=r"slot 1 is full \(A00001L8\)"):
        check_destination(element(full=True, tag="A00001L8"), address=SLOT, numbering=NUMBERING)


def test_the_neighbour_of_an_absent_element_is_neither_source_nor_destination() -> None:
    neighbour = element(address=SLOT + 1, full=True)
    with pytest.raises(ElementNotPresent):
        check_source(neighbour, address=SLOT, numbering=NUMBERING)
    with pytest.raises(ElementNotPresent):
        check_destination(element(address=SLOT + 1), address=SLOT, numbering=NUMBERING)


@pytest.mark.parametrize(
    ("said", "name"),
    [(element(tag="A00001L8"), "A00001L8"), (element(), "the cartridge without a label")],
)
def test_a_cartridge_is_named_by_its_label(said: Element, name: str) -> None:
    assert cartridge_name(said) == name


# The reserved slot


@pytest.mark.parametrize(
    ("cartridge", "destination", "reserved", "refused"),
    [
        (element(full=True, tag="A00001L8"), SLOT, SLOT, True),
        (element(full=True), SLOT, SLOT, True),
        (element(full=True, tag="CLN001L1"), SLOT, SLOT, False),
        (element(full=True, medium_type=2), SLOT, SLOT, False),
        (element(full=True, exception=(0x30, 0x03)), SLOT, SLOT, False),
        (element(full=True, tag="CLN001L1", medium_type=1), SLOT, SLOT, True),
        (element(full=True, tag="A00001L8"), SLOT + 1, SLOT, False),
        (element(full=True, tag="A00001L8"), SLOT, None, False),
        (element(full=True, tag="A00001L8"), 0, 0, True),
        (element(full=True, tag="A00001L8"), 0, None, False),
    ],
)
def test_the_reserved_slot_takes_cleaning_cartridges_alone(
    cartridge: Element, destination: int, reserved: int | None, refused: bool
) -> None:
    slots = ReservedSlots(() if reserved is None else (reserved,), ("CLN",))
    assert slots.admits(cartridge, destination) is not refused
    if not refused:
        slots.check_destination(cartridge, destination, numbering=NUMBERING)
        return
    with pytest.raises(SlotReserved) as caught:
        slots.check_destination(cartridge, destination, numbering=NUMBERING)
    assert caught.value.hint


def test_there_may_be_several_reserved_slots_or_none() -> None:
    several, none = ReservedSlots((SLOT + 3, SLOT), ("CLN",)), ReservedSlots((), ("CLN",))
    assert (several.primary, len(several), SLOT in several) == (SLOT + 3, 2, True)
    assert (none.primary, bool(none), SLOT in none) == (None, False, False)
    data = element(full=True, tag="A00001L8")
    assert [several.admits(data, SLOT + each) for each in range(4)] == [False, True, True, False]
    assert not several.admits(None, SLOT)
    assert several.hides(element(address=SLOT)) and not none.hides(element(address=SLOT))
    assert none.hides(element(full=True, tag="CLN001L1")) and not none.hides(data)


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
