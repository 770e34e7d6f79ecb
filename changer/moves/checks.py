"""What must be true before a cartridge is moved. Pure: judges what was just read."""

from __future__ import annotations

from changer.errors import (
    DestinationFull,
    ElementNotPresent,
    ElementUnknown,
    MoveNotAllowed,
    SourceEmpty,
)
from changer.library.addressing import Numbering, PlaceKind
from changer.library.element_state import (
    ElementCondition,
    Presence,
    cartridge_name,
    find_element_presence,
)
from changer.smc.elements import Element
from changer.smc.mode_sense import DeviceCapabilities

__all__ = [
    "check_destination",
    "check_route",
    "check_source",
]


def check_source(element: Element | None, *, address: int, numbering: Numbering) -> Element:
    """The source, when it is there and full.

    Raises ElementNotPresent, ElementUnknown or SourceEmpty. A loaded drive may say ACCESS=0 until
    it has ejected, which libraries do by themselves on a move; so that is for them to judge.
    """
    name = numbering.name_of(address)
    is_drive = numbering.place_of(address).kind is PlaceKind.DRIVE
    finding = find_element_presence(element, address=address)
    ejects_by_itself = is_drive and finding.transient
    if element is None or (finding.presence is Presence.ABSENT and not ejects_by_itself):
        raise _not_there(name, finding)
    if element.full:
        return element
    if finding.presence is Presence.UNKNOWN:
        raise _unknown(name, finding)
    raise SourceEmpty(f"{name} is empty", hint="changer status shows what is where")


def check_destination(element: Element | None, *, address: int, numbering: Numbering) -> Element:
    """The destination, when it is there, accessible and empty.

    Raises ElementNotPresent, ElementUnknown or DestinationFull.
    """
    name = numbering.name_of(address)
    if element is not None and element.full:
        raise DestinationFull(
            f"{name} is full ({cartridge_name(element)})", hint="changer status shows what is free"
        )
    finding = find_element_presence(element, address=address)
    if element is None or finding.presence is Presence.ABSENT:
        raise _not_there(name, finding)
    if finding.presence is Presence.UNKNOWN:
        raise _unknown(name, finding)
    return element


def _not_there(name: str, finding: ElementCondition) -> ElementNotPresent:
    return ElementNotPresent(
        f"{name} is not there: {finding.reason}",
        hint="put its magazine back, or close what is open, then try again",
    )


def _unknown(name: str, finding: ElementCondition) -> ElementUnknown:
    return ElementUnknown(
        f"can't tell what is in {name}: {finding.reason}",
        hint="changer inventory lets the library look (it moves the robot)",
    )


def check_route(
    source_address: int,
    destination_address: int,
    *,
    numbering: Numbering,
    capabilities: DeviceCapabilities | None,
) -> None:
    """Refuse a move between element types that mode page 1Fh rules out (MoveNotAllowed).

    A page that allows no move at all says nothing.
    """
    if source_address == destination_address:
        raise MoveNotAllowed(
            f"source and destination are both {numbering.name_of(source_address)}",
            hint="name two different places",
        )
    if capabilities is None or not capabilities.moves:
        return
    assignment = numbering.assignment
    pair = (assignment.type_of(source_address), assignment.type_of(destination_address))
    if pair not in capabilities.moves:
        raise MoveNotAllowed(
            f"the library can't move from {numbering.name_of(source_address)} "
            f"to {numbering.name_of(destination_address)} (mode page 1Fh)",
            hint="go by a place that it can reach from both",
        )
