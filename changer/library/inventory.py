"""Inventory of a library: the elements of one reading, and where in it a cartridge is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Literal

from changer.library.addressing import Numbering
from changer.library.element_state import find_condition
from changer.smc.elements import Element, ElementAddressAssignment, ElementType
from changer.values import NamedTuple, dataclass, field


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


class Transfer(NamedTuple):
    """One cartridge that was to go from one element to another; its volume tag, if it has one.

    ``came_from``: where another transfer, which may not have been made, was to take it from before.
    """

    source_address: int
    destination_address: int
    volume_tag: str | None
    came_from: int | None = None

    def outcome_at(self, address: int | None) -> Literal["completed", "not-executed", "misplaced"]:
        """The outcome when the cartridge has come to rest at that address."""
        if address == self.source_address:
            return "not-executed"
        return "completed" if address == self.destination_address else "misplaced"


class Location(Enum):
    """Where a cartridge is, as seen from its transfer.

    LEFT: out of the library, by its destination.
    """

    SOURCE = auto()
    DESTINATION = auto()
    LEFT = auto()
    ELSEWHERE = auto()
    UNKNOWN = auto()


class MediumLocation(NamedTuple):
    """The location, and the element address where the library shows the cartridge, if it does."""

    location: Location
    address: int | None = None


_HOMES = (ElementType.STORAGE, ElementType.IMPORT_EXPORT)
_ARRIVED = frozenset({Location.DESTINATION, Location.LEFT})


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
    if locations <= _ARRIVED:
        return "completed"
    if locations == {Location.SOURCE}:
        return "not-executed"
    return "misplaced" if Location.ELSEWHERE in locations else "unknown"


def locate(
    inventory: Inventory, transfer: Transfer, *, before: Inventory | None = None
) -> MediumLocation:
    """Find the cartridge of a transfer. ``before``: what was read before it was moved.

    At its two ends by its volume tag, if it has one, else by which of the two is full; where both
    may hold it, by the source that the library remembers (SVALID). Elsewhere by the tag, unless
    the library remembers another source, or another cartridge of that tag was there before; what a
    transport holds that was empty before is the one. Two elements that both claim it, or none, are
    UNKNOWN.
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
    if (
        at_source
        and at_destination
        and tag is not None
        and _bears(source, tag) != _bears(destination, tag)
    ):
        # One of the two shows the tag, the other none: the one that shows it has the cartridge.
        at_source, at_destination = _bears(source, tag), _bears(destination, tag)
    elif at_source and destination is not None and destination.source_address == source_address:
        at_source = not at_destination
    if at_destination and not at_source:
        return MediumLocation(Location.DESTINATION, destination_address)
    if at_source and not at_destination:
        return MediumLocation(Location.SOURCE, source_address)
    if at_source:
        return MediumLocation(Location.UNKNOWN)
    return _find_elsewhere(inventory, transfer, before)


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
    unlabelled = [
        each
        for each in inventory.of_type(ElementType.MEDIUM_TRANSPORT)
        if each.full and each.tag is None and each.address != shared.address
    ]
    out = MediumLocation(Location.UNKNOWN)
    if len(unlabelled) == 1:
        out = MediumLocation(Location.ELSEWHERE, unlabelled[0].address)
    if first.location is Location.SOURCE or shared.source_address == source_address:
        return first, out
    return out, second


def has_left(
    inventory: Inventory, transfer: Transfer, *, end_seen: bool, before: Inventory | None = None
) -> bool:
    """Whether a cartridge that no element shows left the library by its destination, a mail slot.

    Libraries take out what comes there (AWS Tape Gateway, QUADStor), and people are quick. Source,
    destination and transports have to say plainly that they do not hold it; where the end of its
    move was not seen, every other element has to as well.
    """
    assignment, tag = inventory.assignment, transfer.volume_tag
    if transfer.destination_address not in assignment.import_export:
        return False
    if inventory.types != frozenset(ElementType):
        return False
    if any(_claims(inventory, transfer, before)):
        return False
    transports = assignment.medium_transport
    plain = [transfer.source_address, *range(transports.first, transports.last + 1)]
    if not end_seen:
        ranges = [assignment.range_of(each) for each in ElementType]
        plain += [at for each in ranges for at in range(each.first, each.last + 1)]
    destination = inventory.at(transfer.destination_address)
    if not find_condition(destination, address=transfer.destination_address).tells_empty:
        return False
    return all(_plainly_lacks(inventory, each, tag) for each in plain)


def _plainly_lacks(inventory: Inventory, address: int, tag: str | None) -> bool:
    """Whether an element says that it does not hold a cartridge: empty, or with another label."""
    element = inventory.at(address)
    condition = find_condition(element, address=address)
    if condition.tells_empty:
        return True
    shows_label = element is not None and element.tag is not None and condition.tells_label
    return shows_label and condition.full is True and not _bears(element, tag)


def _may_be(element: Element, tag: str | None) -> bool:
    """Full, and not with another tag; some libraries report no tags of drives and transports."""
    if not element.full:
        return False
    return tag is None or element.tag in (None, tag)


def _bears(element: Element | None, tag: str | None) -> bool:
    return element is not None and tag is not None and element.tag == tag


def _find_elsewhere(
    inventory: Inventory, transfer: Transfer, before: Inventory | None
) -> MediumLocation:
    claims = list(_claims(inventory, transfer, before))
    sure = [each for each in claims if _is_sure(each, inventory, transfer, before)]
    found = sure or (claims if _ends_are_told(inventory, transfer) else [])
    if not claims:
        found = [
            each
            for each in inventory.of_type(ElementType.MEDIUM_TRANSPORT)
            if each.full and each.tag is None and _may_come_from(each, inventory, transfer)
        ]
    if len(found) == 1:
        return MediumLocation(Location.ELSEWHERE, found[0].address)
    return MediumLocation(Location.UNKNOWN)


def _claims(
    inventory: Inventory, transfer: Transfer, before: Inventory | None
) -> Iterator[Element]:
    """The elements beside the two ends that may hold the cartridge, by its volume tag."""
    ends = (transfer.source_address, transfer.destination_address)
    for each in inventory.holding(transfer.volume_tag) if transfer.volume_tag else ():
        was = None if before is None else before.at(each.address)
        was_there = was is not None and was.full and was.tag == transfer.volume_tag
        if each.address not in ends and not was_there and _may_come_from(each, inventory, transfer):
            yield each


def _may_come_from(element: Element, inventory: Inventory, transfer: Transfer) -> bool:
    """Whether the library remembers no source, or one where the cartridge was (SVALID).

    What started in a drive or transport has a home before that, which the library may go on naming.
    """
    assignment, said = inventory.assignment, element.source_address
    if said is None or assignment.type_of(transfer.source_address) not in _HOMES:
        return True
    known = (transfer.source_address, transfer.destination_address, transfer.came_from)
    return said in known or said in assignment.medium_transport


def _is_sure(
    element: Element, inventory: Inventory, transfer: Transfer, before: Inventory | None
) -> bool:
    """Whether the cartridge came to an element by this transfer, and not another of its label.

    Of one picker alone it is known that it was empty: else nothing would have been moved.
    """
    was = None if before is None else before.at(element.address)
    if was is not None and find_condition(was, address=was.address).tells_empty:
        return True
    transports = inventory.assignment.medium_transport
    if element.address in transports:
        return transports.count == 1 or element.source_address == transfer.source_address
    return False


def _ends_are_told(inventory: Inventory, transfer: Transfer) -> bool:
    """Whether source and destination say plainly that they do not hold the cartridge."""
    ends = (transfer.source_address, transfer.destination_address)
    return all(_plainly_lacks(inventory, each, transfer.volume_tag) for each in ends)
