"""Plans of moves: their elements in a fresh reading, with every check that a move must pass."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING, TypeVar

from changer.errors import (
    CleanerAsData,
    DestinationFull,
    MoveNotAllowed,
    NoFreeElement,
    RecoveryNeeded,
    UnsupportedByLibrary,
)
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.claims import Claims
from changer.library.element_state import cartridge_name, check_destination, check_source
from changer.library.inventory import Inventory, Transfer
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.command import Command
from changer.smc.elements import Element, ElementAddressAssignment, ElementType
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.routes import Routes
    from changer.moves.free_drive import DriveChoice

ResultT = TypeVar("ResultT")

# Where a volume tag is looked for, and the order in which two places are named.
_SEARCHED = (
    ElementType.STORAGE,
    ElementType.IMPORT_EXPORT,
    ElementType.DATA_TRANSFER,
    ElementType.MEDIUM_TRANSPORT,
)


class Plan(NamedTuple):
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
        return self.sentence("")

    def sentence(self, verb: str) -> str:
        """``A00001L8 was moved from slot 4 to drive 0``."""
        name_of = self.inventory.numbering.name_of
        way = f"from {name_of(self.source.address)} to {name_of(self.destination.address)}"
        return " ".join(filter(None, (cartridge_name(self.source), verb, way)))


class MotionCommand(NamedTuple):
    """One motion command: what it is to bring about, and what the journal says of it."""

    plans: tuple[Plan, ...]
    command: Command[None]
    words: str

    def sentence(self, verb: str) -> str:
        """``A00001L8 was moved from slot 4 to drive 0``, and so for each cartridge."""
        return ", and ".join(each.sentence(verb) for each in self.plans)


class _Planner:
    """The elements that one plan needs, each read once, and the checks on them."""

    def __init__(
        self,
        library: Library,
        assignment: ElementAddressAssignment,
        *,
        operation_id: str | None = None,
        inventory: Inventory | None = None,
    ) -> None:
        """``inventory``: a reading that was just made, of which nothing is read again."""
        self._library = library
        self.claims = Claims.for_(library, operation_id=operation_id)
        self.assignment = assignment
        self.numbering = Numbering(assignment)
        self.inventory = inventory or library.reader.start_reading(assignment)

    def at(self, address: int) -> Element | None:
        """One element, or None where the library lists none."""
        element_type = self.inventory.assignment.type_of(address)
        if element_type in self.inventory.types or self.inventory.at(address):
            return self.inventory.at(address)
        element = self._library.reader.read_element(self.inventory.assignment, address)
        if element is not None:
            self.inventory = self.inventory.with_elements([element])
        return element

    def all_of(self, element_type: ElementType) -> tuple[Element, ...]:
        """Every element of a type."""
        reader = self._library.reader
        if element_type is ElementType.MEDIUM_TRANSPORT:  # some libraries refuse to show them
            self.inventory = reader.read_transports(self.inventory)
        elif element_type not in self.inventory.types:
            self.inventory = reader.read_type(self.inventory, element_type)
        return self.inventory.of_type(element_type)

    def address_of(self, place: Place) -> int:
        """The element address of a place; for a volume tag, of the element that holds it.

        Elements of all types are read: a label that two of them show names neither. Raises
        VolumeNotFound, InvalidSlot, NoSuchDrive.
        """
        if place.kind is not PlaceKind.TAG:
            return self.numbering.address_of(place)
        for element_type in _SEARCHED:
            self.all_of(element_type)
        found = self.inventory.holding(place.tag)
        if len(found) == 1:
            return found[0].address
        from changer.moves.missing_label import in_no_place, in_two_places

        if found:
            raise in_two_places(self.inventory, place.tag, found)
        raise in_no_place(self._library, self.inventory, place.tag)

    def destination_address(
        self, place: Place, source: int, *, taken: Container[object] = ()
    ) -> int:
        """As address_of; for ``slot`` and ``mail`` the first one that is free for this cartridge.

        ``taken``: addresses that are not free any more. Raises as FreePlaces.find.
        """
        if not place.is_free:
            return self.address_of(place)
        from changer.moves.free_place import FreePlaces, types_to_read

        for each in types_to_read(self._library, place, self.assignment):
            self.all_of(each)
        free = FreePlaces(self._library, self.inventory, self.claims, self._routes(), taken)
        return free.find(place, source)

    def drive_address(self, place: Place) -> int:
        """The element address of a drive, or of the drive that holds a cartridge of that label.

        Raises NoSuchDrive for any other place, MoveNotAllowed for a cartridge that is in no drive.
        """
        address = self.address_of(place)
        if place.kind is PlaceKind.TAG and address not in self.assignment.data_transfer:
            name = self.numbering.name_of(address)
            raise MoveNotAllowed(
                f"{place.tag} is in {name}, not in a drive",
                hint=f"to move it from there: changer move {place} DESTINATION",
            )
        self.numbering.require_drive(address)
        return address

    def plan(
        self, source: int, destination: int, *, assume_cleaner: bool = False, as_is: bool = False
    ) -> Plan:
        """The move between two addresses, checked."""
        cartridge = self.full(source)
        self.permit(cartridge, destination, assume_cleaner=assume_cleaner, as_is=as_is)
        is_home = cartridge.source_address == destination or (
            assume_cleaner and destination in ReservedSlots.for_(self._library)
        )
        free = self.empty(destination, is_home=is_home)
        self.require_free_picker(source)
        return Plan(self.inventory, cartridge, free)

    def require_free_picker(self, source: int) -> None:
        """Raise RecoveryNeeded when every transport that the library shows is occupied.

        Except for a move that takes the cartridge out of one.
        """
        if source in self.assignment.medium_transport:
            return
        self.inventory = self._library.reader.read_transports(self.inventory)
        transports = self.inventory.of_type(ElementType.MEDIUM_TRANSPORT)
        if not transports or not all(each.full for each in transports):
            return
        held, routes = transports[0], self._routes()
        name, here = self.numbering.name_of(held.address), self.numbering.place_of(held.address)
        place = routes.place_away(held.address)
        hint = f"put it away first: changer recover, or changer move {here} {place}"
        if place is None:
            hint = routes.out_of(held.address)
        raise RecoveryNeeded(f"{name} holds {cartridge_name(held)}", hint=hint)

    def _check_route(self, source: int, destination: int) -> None:
        """Raise MoveNotAllowed for a move that the library can't make (mode page 1Fh)."""
        capabilities = self._library.reader.device_capabilities(self.assignment)
        type_of = self.assignment.type_of
        allows = capabilities is None or capabilities.allow(type_of(source), type_of(destination))
        if source == destination or not allows:
            self._routes().check(source, destination)
        if capabilities is not None and capabilities.moves:
            names = self.numbering.name_of(source), self.numbering.name_of(destination)
            self._library.checked(
                f"the library can move from {names[0]} to {names[1]} (mode page 1Fh)"
            )

    def _routes(self) -> Routes:
        from changer.library.routes import Routes

        return Routes(self.numbering, self._library.reader.device_capabilities(self.assignment))

    def full(self, address: int) -> Element:
        """A source. Raises BeingCleaned, ElementNotPresent, ElementUnknown, SourceEmpty."""
        self.claims.check(address, numbering=self.numbering)
        element = check_source(self.at(address), address=address, numbering=self.numbering)
        name = self.numbering.name_of(address)
        self._library.checked(f"{name} holds {cartridge_name(element)}")
        return element

    def empty(self, address: int, *, is_home: bool = False) -> Element:
        """A destination. Raises BeingCleaned; ``is_home``, and the rest: as check_destination."""
        self.claims.check(address, numbering=self.numbering)
        element = check_destination(
            self.at(address), address=address, numbering=self.numbering, is_home=is_home
        )
        self._library.checked(f"{self.numbering.name_of(address)} is present and empty")
        return element

    def permit(
        self, cartridge: Element, address: int, *, assume_cleaner: bool = False, as_is: bool
    ) -> None:
        """Let a cartridge go to an address. Raises MoveNotAllowed, SlotReserved, CleanerAsData."""
        library, numbering = self._library, self.numbering
        self._check_route(cartridge.address, address)
        destination = numbering.name_of(address)
        if assume_cleaner:
            return
        reserved = ReservedSlots.for_(library)
        reserved.check_destination(cartridge, address, numbering=numbering)
        if address in self.assignment.data_transfer and not as_is:
            if reserved.is_cleaner(cartridge):
                raise _cleaner_as_data(cartridge, address, numbering)
            library.checked(f"{cartridge_name(cartridge)} is not a cleaning cartridge")
        if address in reserved:
            library.checked(
                f"{cartridge_name(cartridge)} is a cleaner, so it may go to the reserved slot"
            )
        elif reserved:
            library.checked(f"{destination} is not the reserved slot")

    def suggest_slot(self, drive: Place) -> str:
        """The command that unloads a drive to the first storage element that is free."""
        from changer.moves.free_place import FreePlaces

        source = self.address_of(drive)
        self.all_of(ElementType.STORAGE)
        free = FreePlaces(self._library, self.inventory, self.claims, self._routes()).slot(source)
        if free is None:
            return "no slot of the library is free"
        place = self.numbering.place_of(free.address)
        return f"name a slot; this one is free: changer unload {drive} {place}"


def _cleaner_as_data(cartridge: Element, address: int, numbering: Numbering) -> CleanerAsData:
    return CleanerAsData(
        f"{cartridge_name(cartridge)} is a cleaning cartridge",
        hint=f"to clean {numbering.name_of(address)}: "
        f"changer clean {numbering.number_of(address)}; to load it as it is: --as-is",
    )


def _plan(
    library: Library, plan: Callable[[_Planner], ResultT], *, operation_id: str | None = None
) -> ResultT:
    """Plan by one reading that no unit attention interrupted."""
    return library.reader.consistently(
        lambda assignment: plan(_Planner(library, assignment, operation_id=operation_id))
    )


def find_address(library: Library, place: Place) -> tuple[Numbering, int]:
    """The library's numbering, and the element address of a place; a volume tag is looked for."""

    def find(assignment: ElementAddressAssignment) -> tuple[Numbering, int]:
        numbering = Numbering(assignment)
        if place.kind is not PlaceKind.TAG:
            return numbering, numbering.address_of(place)
        return numbering, _Planner(library, assignment).address_of(place)

    return library.reader.consistently(find)


def plan_move(
    library: Library,
    source: Place,
    destination: Place,
    *,
    assume_cleaner: bool = False,
    as_is: bool = False,
    operation_id: str | None = None,
) -> Plan:
    """Read both elements and check the move; raises what forbids it.

    ``operation_id``: of the cleaning that it is a step of. ``assume_cleaner``: the cartridge is a
    cleaner, even if the library does not say so, and may go where cleaners go. ``as_is``: a cleaner
    may go into a drive, as if it were data.
    """
    return plan_between(
        library,
        lambda _: (source, destination),
        assume_cleaner=assume_cleaner,
        as_is=as_is,
        operation_id=operation_id,
    )


def plan_between(
    library: Library,
    choose: Callable[[ElementAddressAssignment], tuple[Place, Place]],
    *,
    assume_cleaner: bool = False,
    as_is: bool = False,
    operation_id: str | None = None,
) -> Plan:
    """As plan_move, for another numbering of places: ``choose`` gets the element addresses."""

    def plan(assignment: ElementAddressAssignment) -> Plan:
        source, destination = choose(assignment)
        planner = _Planner(library, assignment, operation_id=operation_id)
        start = planner.address_of(source)
        end = planner.destination_address(destination, start)
        return planner.plan(start, end, assume_cleaner=assume_cleaner, as_is=as_is)

    return library.reader.consistently(plan)


def plan_on(
    library: Library,
    inventory: Inventory,
    source: Place,
    destination: Place,
    *,
    taken: Container[object],
) -> Plan:
    """As plan_move, by a complete reading that was just made: nothing is read again.

    ``taken``: addresses that are not free any more.
    """
    planner = _Planner(library, inventory.assignment, inventory=inventory)
    start = planner.address_of(source)
    return planner.plan(start, planner.destination_address(destination, start, taken=taken))


def plan_load(library: Library, source: Place, drive: Place | DriveChoice, *, as_is: bool) -> Plan:
    """As plan_move, to a drive and nothing else (NoSuchDrive), or to one that is free."""

    def plan(planner: _Planner) -> Plan:
        start = planner.address_of(source)
        if isinstance(drive, Place):
            end = planner.drive_address(drive)
        else:
            end = drive.choose(planner, start)
        return planner.plan(start, end, as_is=as_is)

    return _plan(library, plan)


def plan_unload(
    library: Library, drive: Place, slot: Place | None, *, operation_id: str | None = None
) -> Plan:
    """As plan_move; without a slot, back to where the cartridge belongs (journal.home).

    Raises NoFreeElement when that is not known, NoSuchDrive for a place that is not a drive.
    """

    def plan(planner: _Planner) -> Plan:
        address = planner.drive_address(drive)
        if slot is not None:
            return planner.plan(address, planner.destination_address(slot, address))
        from changer.journal.home import Homes

        numbering = planner.numbering
        source = check_source(planner.at(address), address=address, numbering=numbering)
        home = Homes(library, planner.inventory, look=planner.at).of(source)
        to = home.named if home.address is None else home.address
        if to is None:
            where = f"{cartridge_name(source)} is in {numbering.name_of(address)}"
            hint = planner.suggest_slot(drive)
            raise NoFreeElement(f"{where}: {home.reason}", hint=hint)
        try:
            return planner.plan(address, to)
        except (DestinationFull, MoveNotAllowed) as error:
            error.add_context(hint=planner.suggest_slot(drive))
            raise

    return _plan(library, plan, operation_id=operation_id)


def plan_exchange(
    library: Library,
    choose: Callable[[ElementAddressAssignment], tuple[Place, Place, Place | None]],
    *,
    as_is: bool,
) -> tuple[Plan, Plan]:
    """Read the elements of EXCHANGE MEDIUM and check it.

    ``choose``: gets the element addresses, and returns source, first and second destination; None
    is back to the source. The moves that it makes: source to first, and first to second.

    Raises UnsupportedByLibrary for a model that offers it and can't.
    """
    from changer.smc.atlas.habits import Habit, has_habit

    if has_habit(Habit.EXCHANGE_FAILS, library.session.model):
        raise UnsupportedByLibrary(
            f"{library.identity.name} can't exchange cartridges, although it offers to",
            hint="move one of them to a free slot first: changer move FROM TO",
        )

    def plan(assignment: ElementAddressAssignment) -> tuple[Plan, Plan]:
        source, first, second = choose(assignment)
        planner = _Planner(library, assignment)
        start, middle = planner.address_of(source), planner.address_of(first)
        end = start if second is None else planner.address_of(second)
        coming, going = planner.full(start), planner.full(middle)
        last = coming if end == start else planner.empty(end)
        planner.permit(coming, middle, as_is=as_is)
        planner.permit(going, end, as_is=as_is)
        planner.require_free_picker(start)
        return Plan(planner.inventory, coming, going), Plan(planner.inventory, going, last)

    return library.reader.consistently(plan)
