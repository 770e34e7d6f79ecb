"""The cleaning cartridge of a reserved slot: where it is, and whether a drive can be given it."""

from __future__ import annotations

from changer.cleaning.named_slot import require_reserved
from changer.errors import (
    CartridgeOut,
    CleanedByLibrary,
    CleanerSpent,
    InvalidCleaner,
    NoSlotSet,
    SlotEmpty,
    SlotNotPresent,
    SlotUnknown,
)
from changer.journal.home import Homes
from changer.library.auto_clean import is_home_of_cleaner_at_work, is_managed_cleaner
from changer.library.claims import Claims
from changer.library.element_state import (
    USED_UP,
    Presence,
    cartridge_name,
    find_condition,
    find_presence,
)
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.occupancy import cartridge_out
from changer.library.reserved_slots import ReservedSlots
from changer.library.routes import Routes
from changer.library.whereabouts import Whereabouts, find_whereabouts
from changer.smc.elements import Element, ElementType, MediumType
from changer.store.records import Cleaner
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class CleanerState:
    """One reading of a reserved slot, of drives and pickers.

    address  element address of the reserved slot.
    element  the slot as reported; None if the library leaves it out.
    cleaner  the cartridge on record; None if none was brought in.
    """

    library: Library
    inventory: Inventory
    slots: ReservedSlots
    address: int
    element: Element | None
    cleaner: Cleaner | None

    @property
    def slot(self) -> int:
        """Number of the reserved slot."""
        return self.inventory.numbering.number_of(self.address)

    @property
    def name(self) -> str:
        """The reserved slot in words."""
        return self.inventory.numbering.name_of(self.address)

    @property
    def tag(self) -> str | None:
        """Volume tag of the cartridge on record; None also for one without a label."""
        return (self.cleaner.volume_tag or None) if self.cleaner else None

    def find_out(self) -> Element | None:
        """The drive or picker that holds the cartridge of the reserved slot.

        By its source, or by its label unless the journal proves that it came from elsewhere.
        """
        out = cartridge_out(self.address, self.inventory.elements, cleaner_tag=self.tag)
        if out is None or out.source_address == self.address:
            return out
        home = Homes(self.library, self.inventory).address_of(out)
        return out if home in (None, self.address) else None

    def require_present(self) -> Element:
        """The slot's element. Raises SlotNotPresent, SlotUnknown."""
        finding = find_presence(
            self.element, address=self.address, assignment=self.inventory.assignment
        )
        if self.element is None or finding.presence is Presence.ABSENT:
            raise SlotNotPresent(
                f"{self.name} is not present: {finding.reason}",
                hint="put its magazine back, then try again",
            )
        if finding.presence is Presence.UNKNOWN:
            raise SlotUnknown(
                f"can't tell what is in {self.name}: {finding.reason}", hint=finding.remedy.value
            )
        return self.element

    def require_unclaimed(self) -> None:
        """Raise BeingCleaned while the cleaner cleans a drive, or is about to."""
        Claims.for_(self.library).check(self.address, numbering=self.inventory.numbering)

    def require_full(self) -> Element:
        """The slot's element, with a cleaner in it.

        Raises, in this order: SlotNotPresent, SlotUnknown, CartridgeOut, SlotEmpty, InvalidCleaner.
        """
        element = self.require_present()
        if not element.full:
            self._refuse_out()
            raise self._empty()
        # What an operator called a cleaner when it came in is not asked again at every use.
        known = self._is_on_record(element) and (
            element.tag is not None or element.medium_type == MediumType.UNSPECIFIED
        )
        self.require_cleaner(element, assume=known)
        self.library.checked(f"{self.name} holds the cleaner {cartridge_name(element)}")
        return element

    def is_gone(self) -> bool:
        """Whether the library says plainly that nothing in it holds the cleaner on record.

        False where not all element types were read.
        """
        finding = find_condition(self.element, address=self.address)
        found = self._whereabouts() if self.cleaner is not None and finding.is_free else None
        return found is not None and found.is_gone

    def _whereabouts(self) -> Whereabouts | None:
        """Of the cleaner on record, while its slot is empty; None if not all types were read."""
        if not self.inventory.types.issuperset(ElementType):
            return None
        return find_whereabouts(self.inventory, home=self.address, tag=self.tag)

    def _empty(self) -> SlotEmpty:
        """The error for a reserved slot that is empty while no drive or picker has its cleaner."""
        text = f"there is no cleaning cartridge in {self.name}"
        if self.cleaner is None:
            return SlotEmpty(text, hint="bring one in with: changer cleaner insert")
        what, numbering = self.tag or "the cleaner without a label", self.inventory.numbering
        found = self._whereabouts()
        if found is None:
            return SlotEmpty(
                f"{text}, and {what}, which was brought in, is not shown in a drive or picker",
                hint="changer cleaner status shows more; bring one in with: changer cleaner insert",
            )
        if found.seen:
            names = " and ".join(numbering.name_of(each.address) for each in found.seen)
            only = len(found.seen) == 1
            place = str(numbering.place_of(found.seen[0].address)) if only else "PLACE"
            return SlotEmpty(
                f"{text}: {what} is in {names}",
                hint=f"changer cleaner insert --from {place} brings it back",
            )
        if found.untold:
            first = found.untold[0]
            name, reason = numbering.name_of(first.address), first.reason
            return SlotEmpty(
                f"{text}: {what} is not shown, and may be in {name} ({reason})",
                hint=f"{first.remedy}; bring one in with: changer cleaner insert",
            )
        return SlotEmpty(
            f"{text}: {what} is out of the library",
            hint=(
                "bring one in with changer cleaner insert, or give up the slot with changer "
                "cleaner release"
            ),
        )

    def _refuse_out(self) -> None:
        out = self.find_out()
        if out is not None:
            numbering = self.inventory.numbering
            where = numbering.name_of(out.address)
            routes = Routes(
                numbering, self.library.reader.device_capabilities(numbering.assignment)
            )
            raise CartridgeOut(
                f"the cleaning cartridge of {self.name} ({cartridge_name(out)}) is in {where}",
                hint=f"put it back first: {routes.way(out.address, self.address)}",
            )

    def require_cleaner(self, element: Element, *, assume: bool) -> None:
        """Raise InvalidCleaner unless the cartridge there is a cleaning cartridge."""
        if assume or self.slots.is_cleaner(element):
            return
        where = self.inventory.numbering.name_of(element.address)
        raise InvalidCleaner(
            f"{cartridge_name(element)} in {where} is not a cleaning cartridge, as far as the "
            "library reports",
            hint="if it is one, say so with --assume-cleaner",
        )

    def _is_on_record(self, element: Element) -> bool:
        """Whether the cartridge may be the cleaner on record of this slot."""
        return self.cleaner is not None and self.slots.on_record(element) == self.cleaner

    def require_usable(self) -> Element:
        """The slot's element, with the cleaner on record in it and cleanings left.

        Raises CleanedByLibrary; as require_full; InvalidCleaner for another cartridge than the one
        on record; CleanerSpent.
        """
        self._require_unmanaged()
        element = self.require_full()
        if not self._is_on_record(element):
            raise InvalidCleaner(
                f"{cartridge_name(element)} is in {self.name}, and the cleaner that was brought in "
                f"is {self.tag or 'none'}: how many cleanings it has left is not known",
                hint=f"changer cleaner insert --from {self.slot} takes it over",
            )
        left = self.cleaner.cleans_left if self.cleaner else None
        self._require_condition(element, left)
        count = "" if left is None else f", with {left} cleaning{'' if left == 1 else 's'} left"
        self.library.checked(f"{cartridge_name(element)} is the cleaner that was brought in{count}")
        return element

    def _require_unmanaged(self) -> None:
        """Raise CleanedByLibrary for a cleaner that the library uses itself."""
        if self.element is not None and is_managed_cleaner(self.element):
            raise CleanedByLibrary(
                f"{self.library.id} cleans its drives itself with the cleaner of {self.name}, "
                "which hosts are not allowed to move",
                hint="to clean from here, turn automatic cleaning off at the library's panel",
            )
        is_at_work = self.element is not None and is_home_of_cleaner_at_work(self.element)
        if is_at_work and not self._was_taken_out_from_here():
            raise CleanedByLibrary(
                f"{self.library.id} has taken the cleaner of {self.name} out to clean a drive",
                hint="try again when it is back; to clean from here alone, turn automatic cleaning"
                " off at the library's panel",
            )

    def _was_taken_out_from_here(self) -> bool:
        """Whether the newest move of the slot on record took its cartridge out, and none in."""
        for each in self.library.store.moves(self.library.id):
            came_in = (each.destination_address, each.second_destination_address)
            if each.outcome != "not-executed" and self.address in (each.source_address, *came_in):
                return self.address not in came_in
        return False

    def _require_condition(self, element: Element, left: int | None) -> None:
        """Raise CleanerSpent or InvalidCleaner for a cleaner that is not to be used any more."""
        what, why = f"{cartridge_name(element)} in {self.name}", ""
        if self.cleaner is not None and self.cleaner.why:
            why = f" ({self.cleaner.why})"
        replace = f"changer cleaner eject {self.slot}, then changer cleaner insert with a new one"
        if self.cleaner is not None and self.cleaner.condition == "rejected":
            raise InvalidCleaner(f"{what} was rejected{why}", hint=replace)
        if element.additional_sense == USED_UP:
            raise CleanerSpent(f"{what} is used up, as the library shows it (5A/01)", hint=replace)
        if self.cleaner is not None and self.cleaner.condition == "spent":
            raise CleanerSpent(f"{what} is used up{why}", hint=replace)
        if left == 0 and not self.library.settings.use_overdue:
            raise CleanerSpent(f"{what} has no cleanings left", hint=replace)


def read_cleaner_state(library: Library, address: int, *types: ElementType) -> CleanerState:
    """Read a reserved slot, drives and pickers, and elements of ``types``."""
    return cleaner_state(library, _read(library, types), address)


def read_cleaner_states(library: Library, *types: ElementType) -> tuple[CleanerState, ...]:
    """The same of all reserved slots, in the order of their reservation. Raises NoSlotSet."""
    require_reserved(library)
    inventory = _read(library, types)
    return tuple(cleaner_state(library, inventory, each) for each in ReservedSlots.for_(library))


def _read(library: Library, types: tuple[ElementType, ...]) -> Inventory:
    wanted = {ElementType.DATA_TRANSFER, ElementType.MEDIUM_TRANSPORT, *types}
    return library.read([each for each in ElementType if each in wanted])


def cleaner_state(library: Library, inventory: Inventory, address: int) -> CleanerState:
    """The state of a slot by a reading that was just made, which may leave it out.

    Raises NoSlotSet for one that is not reserved.
    """
    slots = ReservedSlots.for_(library)
    if address not in slots:  # released since it was chosen
        name = inventory.numbering.name_of(address)
        raise NoSlotSet(
            f"{name} of {library.id} is no longer reserved",
            hint=f"changer cleaner reserve {inventory.numbering.place_of(address)}",
        )
    element = inventory.at(address)
    if element is None and address in inventory.assignment.storage:
        element = library.reader.read_element(inventory.assignment, address)
    return CleanerState(library, inventory, slots, address, element, slots.cleaner_of(address))
