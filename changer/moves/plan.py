"""Finds the elements of a move in a fresh reading, and checks that the move may be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from changer.errors import DestinationFull, MoveNotAllowed, NoFreeElement, VolumeNotFound
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.element_state import (
    Presence,
    cartridge_name,
    check_destination,
    check_source,
    find_element_presence,
)
from changer.library.inventory import Inventory, Transfer
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element, ElementAddressAssignment, ElementType
from changer.smc.mode_sense import DeviceCapabilities

__all__ = [
    "Plan",
    "PlannedExchange",
    "check_route",
    "find_address",
    "plan_between",
    "plan_exchange",
    "plan_load",
    "plan_move",
    "plan_unload",
]

_SEARCH_ORDER = (
    ElementType.STORAGE,
    ElementType.IMPORT_EXPORT,
    ElementType.DATA_TRANSFER,
    ElementType.MEDIUM_TRANSPORT,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A move that was possible when it was read."""

    inventory: Inventory
    source: Element
    destination: Element

    @property
    def tag(self) -> str | None:
        """The cartridge's volume tag, if it shows one."""
        return self.source.tag

    @property
    def transfer(self) -> Transfer:
        """The move as one cartridge makes it."""
        return Transfer(self.source.address, self.destination.address, self.tag)

    @property
    def words(self) -> str:
        """``A00001L8 from slot 4 to drive 0``."""
        numbering = self.inventory.numbering
        return (
            f"{cartridge_name(self.source)} from {numbering.name_of(self.source.address)} "
            f"to {numbering.name_of(self.destination.address)}"
        )


@dataclass(frozen=True, slots=True)
class PlannedExchange:
    """Two moves made by one command: source to first, and first to second destination."""

    first: Plan
    second: Plan


class _Reading:
    """The elements that one plan needs, each read once."""

    def __init__(self, library: Library, assignment: ElementAddressAssignment) -> None:
        self._reader = library.reader
        self.numbering = Numbering(assignment)
        self.inventory = library.reader.start_reading(assignment)

    def at(self, address: int) -> Element | None:
        """One element, or None where the library lists none."""
        element_type = self.inventory.assignment.type_of(address)
        if element_type in self.inventory.types or self.inventory.at(address):
            return self.inventory.at(address)
        element = self._reader.read_element(self.inventory.assignment, address)
        if element is not None:
            self.inventory = self.inventory.with_elements([element])
        return element

    def all_of(self, element_type: ElementType) -> tuple[Element, ...]:
        """Every element of a type."""
        if element_type not in self.inventory.types:
            self.inventory = self._reader.read_type(self.inventory, element_type)
        return self.inventory.of_type(element_type)

    def address_of(self, place: Place) -> int:
        """The element address of a place; for a volume tag, of the element that holds it."""
        if place.kind is not PlaceKind.TAG:
            return self.numbering.address_of(place)
        for element_type in _SEARCH_ORDER:
            self.all_of(element_type)
            found = self.inventory.holding(place.tag)
            if len(found) > 1:
                names = " and ".join(self.numbering.name_of(each.address) for each in found)
                raise VolumeNotFound(
                    f"{place.tag} is in more than one place: {names}", hint="name the place instead"
                )
            if found:
                return found[0].address
        raise self._no_such_volume(place.tag)

    def _no_such_volume(self, tag: str) -> VolumeNotFound:
        import difflib

        tags = [each.tag for each in self.inventory.elements if each.tag]
        close = difflib.get_close_matches(tag, tags, n=1)
        return VolumeNotFound(
            f"no cartridge {tag} in the library",
            hint=f"did you mean {close[0]}?" if close else "changer status shows what it holds",
        )

    def free_slot(self, reserved: ReservedSlots) -> Element | None:
        """The first storage element that could take a cartridge, and is not reserved."""
        for each in self.all_of(ElementType.STORAGE):
            finding = find_element_presence(each, address=each.address)
            if (
                finding.presence is Presence.PRESENT
                and not each.full
                and not each.exception
                and each.address not in reserved
            ):
                return each
        return None


def find_address(library: Library, place: Place) -> tuple[Numbering, int]:
    """The library's numbering, and the element address of a place; a volume tag is looked for."""

    def find(assignment: ElementAddressAssignment) -> tuple[Numbering, int]:
        if place.kind is not PlaceKind.TAG:
            return Numbering(assignment), Numbering(assignment).address_of(place)
        reading = _Reading(library, assignment)
        return reading.numbering, reading.address_of(place)

    return library.reader.consistently(find)


def plan_move(
    library: Library, source: Place, destination: Place, *, assume_cleaner: bool = False
) -> Plan:
    """Read both elements and check the move; raises what forbids it.

    ``assume_cleaner``: the cartridge is a cleaner, even if the library can't tell.
    """
    return plan_between(library, lambda _: (source, destination), assume_cleaner=assume_cleaner)


def plan_between(
    library: Library,
    choose: Callable[[ElementAddressAssignment], tuple[Place, Place]],
    *,
    assume_cleaner: bool = False,
) -> Plan:
    """As plan_move, for who numbers places in another way: ``choose`` is told what there is."""

    def plan(assignment: ElementAddressAssignment) -> Plan:
        source, destination = choose(assignment)
        reading = _Reading(library, assignment)
        source_address = reading.address_of(source)
        destination_address = reading.address_of(destination)
        return _checked(
            library, reading, source_address, destination_address, assume_cleaner=assume_cleaner
        )

    return library.reader.consistently(plan)


def plan_load(library: Library, source: Place, drive: Place) -> Plan:
    """As plan_move, to a drive and nothing else (NoSuchDrive)."""

    def plan(assignment: ElementAddressAssignment) -> Plan:
        reading = _Reading(library, assignment)
        source_address = reading.address_of(source)
        return _checked(library, reading, source_address, _drive_address(reading, drive))

    return library.reader.consistently(plan)


def _drive_address(reading: _Reading, place: Place) -> int:
    address = reading.address_of(place)
    reading.numbering.require_drive(address)
    return address


def plan_unload(library: Library, drive: Place, slot: Place | None) -> Plan:
    """As plan_move; without a slot, back to the storage element that the library names as source.

    Raises NoFreeElement when the library does not know where the cartridge came from, NoSuchDrive
    for a place that is no drive.
    """

    def plan(assignment: ElementAddressAssignment) -> Plan:
        reading = _Reading(library, assignment)
        source_address = _drive_address(reading, drive)
        if slot is not None:
            return _checked(library, reading, source_address, reading.address_of(slot))
        source = check_source(
            reading.at(source_address), address=source_address, numbering=reading.numbering
        )
        home = source.source_address
        if home is None or home not in assignment.storage:
            raise _homeless(library, reading, drive, source)
        try:
            return _checked(library, reading, source_address, home)
        except DestinationFull as error:
            error.add_context(hint=_suggest_slot(library, reading, drive))
            raise

    return library.reader.consistently(plan)


def _homeless(library: Library, reading: _Reading, drive: Place, source: Element) -> NoFreeElement:
    name = reading.numbering.name_of(source.address)
    if source.source_address is None:
        why = f"the library does not say which slot {cartridge_name(source)} in {name} came from"
    else:
        home = reading.numbering.name_of(source.source_address)
        why = f"{cartridge_name(source)} in {name} came from {home}, which is no slot"
    return NoFreeElement(
        why,
        hint=_suggest_slot(library, reading, drive),
    )


def _suggest_slot(library: Library, reading: _Reading, drive: Place) -> str:
    free = reading.free_slot(ReservedSlots.for_(library))
    if free is None:
        return "no slot of the library is free"
    return f"name a slot; this one is free: changer unload {drive} " + str(
        reading.numbering.place_of(free.address)
    )


def plan_exchange(
    library: Library, source: Place, first: Place, second: Place | None
) -> PlannedExchange:
    """Read the elements of EXCHANGE MEDIUM and check it; without ``second``, back to the source."""

    def plan(assignment: ElementAddressAssignment) -> PlannedExchange:
        reading = _Reading(library, assignment)
        source_address = reading.address_of(source)
        first_address = reading.address_of(first)
        second_address = source_address if second is None else reading.address_of(second)
        coming = _full(library, reading, source_address)
        going = _full(library, reading, first_address)
        if second_address == source_address:
            last = coming
        else:
            last = _empty(library, reading, second_address)
        _check_permitted(library, reading, coming, first_address)
        _check_permitted(library, reading, going, second_address)
        return PlannedExchange(
            first=Plan(reading.inventory, coming, going),
            second=Plan(reading.inventory, going, last),
        )

    return library.reader.consistently(plan)


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


def _checked(
    library: Library,
    reading: _Reading,
    source_address: int,
    destination_address: int,
    *,
    assume_cleaner: bool = False,
) -> Plan:
    source = _full(library, reading, source_address)
    _check_permitted(library, reading, source, destination_address, assume_cleaner=assume_cleaner)
    destination = _empty(library, reading, destination_address)
    return Plan(reading.inventory, source, destination)


def _full(library: Library, reading: _Reading, address: int) -> Element:
    element = check_source(reading.at(address), address=address, numbering=reading.numbering)
    library.checked(f"{reading.numbering.name_of(address)} holds {cartridge_name(element)}")
    return element


def _empty(library: Library, reading: _Reading, address: int) -> Element:
    element = check_destination(reading.at(address), address=address, numbering=reading.numbering)
    library.checked(f"{reading.numbering.name_of(address)} is there, and empty")
    return element


def _check_permitted(
    library: Library,
    reading: _Reading,
    cartridge: Element,
    destination_address: int,
    *,
    assume_cleaner: bool = False,
) -> None:
    numbering = reading.numbering
    destination = numbering.name_of(destination_address)
    capabilities = library.reader.device_capabilities()
    check_route(
        cartridge.address, destination_address, numbering=numbering, capabilities=capabilities
    )
    if capabilities is not None and capabilities.moves:
        source = numbering.name_of(cartridge.address)
        library.checked(f"the library can move from {source} to {destination} (mode page 1Fh)")
    if assume_cleaner:
        return
    reserved = ReservedSlots.for_(library)
    reserved.check_destination(cartridge, destination_address, numbering=numbering)
    if destination_address in reserved:
        library.checked(f"{cartridge_name(cartridge)} is a cleaner, for the reserved slot")
    elif reserved:
        library.checked(f"{destination} is not the reserved slot")
