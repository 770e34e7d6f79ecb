"""Inventory of a library: the elements of one reading, and where in it a cartridge is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from changer.library.addressing import Numbering
from changer.smc.elements import Element, ElementAddressAssignment, ElementType


@dataclass(frozen=True, slots=True)
class Inventory:
    """Elements of one reading, or of several that no unit attention came between.

    An element that the library left out of its reply is not in it. ``types``: the element types
    that were read completely.
    """

    assignment: ElementAddressAssignment
    elements: tuple[Element, ...]
    types: frozenset[ElementType] = frozenset()
    _by_address: dict[int, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_address", {each.address: each for each in self.elements})

    @property
    def numbering(self) -> Numbering:
        """Numbers and names of its elements."""
        return Numbering(self.assignment)

    def at(self, address: int) -> Element | None:
        """The element at an address, or None where the library lists none."""
        return self._by_address.get(address)

    def of_type(self, element_type: ElementType) -> tuple[Element, ...]:
        """The elements of one type, in address order."""
        return tuple(
            sorted(
                (each for each in self.elements if each.element_type is element_type),
                key=lambda each: each.address,
            )
        )

    def holding(self, identifier: str) -> tuple[Element, ...]:
        """The full elements whose volume tag is this."""
        return tuple(each for each in self.elements if each.full and each.tag == identifier)

    def with_elements(
        self, elements: Iterable[Element], *, types: Iterable[ElementType] = ()
    ) -> Inventory:
        """The same library with some elements read again, and these types read completely."""
        fresh = {**self._by_address, **{each.address: each for each in elements}}
        return Inventory(self.assignment, tuple(fresh.values()), self.types | set(types))


@dataclass(frozen=True, slots=True)
class Transfer:
    """One cartridge that was to go from one element to another; its volume tag, if it has one."""

    source_address: int
    destination_address: int
    volume_tag: str | None

    def outcome_at(self, address: int | None) -> Literal["completed", "not-executed", "misplaced"]:
        """The outcome when the cartridge has come to rest at that address."""
        if address == self.source_address:
            return "not-executed"
        return "completed" if address == self.destination_address else "misplaced"


class Location(Enum):
    """Where a cartridge is, as seen from its transfer."""

    SOURCE = auto()
    DESTINATION = auto()
    ELSEWHERE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class MediumLocation:
    """The location, and the element address where the library shows the cartridge, if it does."""

    location: Location
    address: int | None = None


def judge_end(
    found: Iterable[MediumLocation], *, at_rest: bool, in_transport: bool
) -> Literal["completed", "not-executed", "misplaced", "unknown"]:
    """The outcome of a motion, from where its cartridges are (SMC-3, MOVE MEDIUM).

    At its destination a motion has ended. Anything else is its end only when the robot is known
    to be ``at_rest``; what was left ``in_transport`` is still to be brought on, or back.
    """
    locations = {each.location for each in found}
    if locations == {Location.DESTINATION}:
        return "completed"
    if not at_rest or in_transport:
        return "unknown"
    if locations == {Location.SOURCE}:
        return "not-executed"
    return "misplaced" if Location.ELSEWHERE in locations else "unknown"


def locate(inventory: Inventory, transfer: Transfer) -> MediumLocation:
    """Find the cartridge of a transfer.

    With a volume tag by the tag, else by which of the two elements is full; where both are, as
    after an exchange, by the source that the library remembers (SVALID), which also tells what is
    in a transport. Two elements that both claim it, or none, are UNKNOWN.
    """
    source_address, destination_address = transfer.source_address, transfer.destination_address
    tag = transfer.volume_tag
    carried = None if tag is not None else _find_carried(inventory, source_address)
    if carried is not None:
        return carried
    source = inventory.at(source_address)
    destination = inventory.at(destination_address)
    at_source = source is not None and _may_be(source, tag)
    at_destination = destination is not None and _may_be(destination, tag)
    if at_source and at_destination and tag is not None:
        # One of the two shows the tag, the other none: the one that shows it has the cartridge.
        claims = _bears(source, tag), _bears(destination, tag)
        at_source, at_destination = claims if any(claims) else (True, True)
    elif at_source and destination is not None and destination.source_address == source_address:
        at_source = not at_destination
    if at_destination and not at_source:
        return MediumLocation(Location.DESTINATION, destination_address)
    if at_source and not at_destination:
        return MediumLocation(Location.SOURCE, source_address)
    if at_source:
        return MediumLocation(Location.UNKNOWN)
    return _find_elsewhere(inventory, {source_address, destination_address}, tag)


def _find_carried(inventory: Inventory, source_address: int) -> MediumLocation | None:
    """The cartridge without a label is in a transport: it started there, or came from its source.

    A transport that is full takes no other cartridge, so that what started there is still there.
    """
    for each in inventory.of_type(ElementType.MEDIUM_TRANSPORT):
        if each.full and each.address == source_address:
            return MediumLocation(Location.SOURCE, each.address)
        if each.full and each.tag is None and each.source_address == source_address:
            return MediumLocation(Location.ELSEWHERE, each.address)
    return None


def resolve_exchange(
    inventory: Inventory, first: MediumLocation, second: MediumLocation, *, source_address: int
) -> tuple[MediumLocation, MediumLocation]:
    """Locations of the two cartridges of an exchange, of which one may be in a transport.

    Without labels both may have been found in one element. It holds the one that started there, or
    that came from ``source_address`` as the library remembers (SVALID): the other one is out.
    """
    shared = None if first.address is None else inventory.at(first.address)
    if shared is None or first.address != second.address:
        return first, second
    out = _find_elsewhere(inventory, {shared.address}, None)
    if first.location is Location.SOURCE or shared.source_address == source_address:
        return first, out
    return out, second


def _may_be(element: Element, tag: str | None) -> bool:
    """Full, and not with another tag; some libraries report no tags of drives and transports."""
    if not element.full:
        return False
    return tag is None or element.tag in (None, tag)


def _bears(element: Element | None, tag: str) -> bool:
    return element is not None and element.tag == tag


def _find_elsewhere(inventory: Inventory, known: set[int], tag: str | None) -> MediumLocation:
    found = inventory.holding(tag) if tag is not None else ()
    if not found:
        found = tuple(
            each
            for each in inventory.of_type(ElementType.MEDIUM_TRANSPORT)
            if each.full and each.volume_tag is None
        )
    others = [each for each in found if each.address not in known]
    if len(others) == 1:
        return MediumLocation(Location.ELSEWHERE, others[0].address)
    return MediumLocation(Location.UNKNOWN)
