"""The cleaning cartridge and its slot, read now: what each function of cleaner management needs."""

from __future__ import annotations

from dataclasses import dataclass

from changer.errors import (
    CartridgeOut,
    CleanerSpent,
    InvalidCleaner,
    NoSlotSet,
    SlotEmpty,
    SlotNotPresent,
    SlotUnknown,
)
from changer.library.element_state import (
    Presence,
    cartridge_name,
    cartridge_out,
    find_presence,
    is_cleaner,
)
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import AdditionalSense, Element, ElementType, MediumType
from changer.store.records import Cleaner

__all__ = ["CleanerState", "read_cleaner_state"]

_USED_UP = AdditionalSense(0x5A, 0x01)


def _require_reserved(library: Library) -> int:
    """The address of the reserved slot. Raises NoSlotSet."""
    address = ReservedSlots.for_(library).primary
    if address is None:
        raise NoSlotSet(
            f"no slot of {library.id} is reserved for a cleaning cartridge",
            hint="changer cleaner reserve SLOT, then changer cleaner insert",
        )
    return address


@dataclass(frozen=True, slots=True)
class CleanerState:
    """One reading. ``address``, ``element``: of the reserved slot; None where it is left out.

    ``cleaner``: the cartridge as the store knows it.
    """

    library: Library
    inventory: Inventory
    address: int
    element: Element | None
    cleaner: Cleaner | None

    @property
    def slot(self) -> int:
        """Its number."""
        return self.inventory.numbering.number_of(self.address)

    @property
    def name(self) -> str:
        """The slot in words."""
        return self.inventory.numbering.name_of(self.address)

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
                f"can't tell what is in {self.name}: {finding.reason}",
                hint="changer inventory lets the library look (it moves the robot)",
            )
        return self.element

    def require_full(self) -> Element:
        """The slot's element, with its cleaner in it.

        Raises, in this order: SlotNotPresent, SlotUnknown, CartridgeOut, SlotEmpty, InvalidCleaner.
        """
        element = self.require_present()
        if not element.full:
            self._refuse_out()
            raise SlotEmpty(
                f"there is no cleaning cartridge in {self.name}",
                hint="changer cleaner insert brings one in",
            )
        self.require_cleaner(element, assume=self._was_brought_in(element))
        self.library.checked(f"{self.name} holds the cleaner {cartridge_name(element)}")
        return element

    def _was_brought_in(self, element: Element) -> bool:
        """It is the cartridge that a person said to be a cleaner when it came in."""
        if self.cleaner is None or (self.cleaner.volume_tag or None) != element.tag:
            return False
        return element.tag is not None or element.medium_type == MediumType.UNSPECIFIED

    def _refuse_out(self) -> None:
        tag = self.cleaner.volume_tag if self.cleaner else None
        out = cartridge_out(self.address, self.inventory.elements, cleaner_tag=tag)
        if out is not None:
            numbering = self.inventory.numbering
            where, place = numbering.name_of(out.address), numbering.place_of(out.address)
            raise CartridgeOut(
                f"the cleaning cartridge of {self.name} ({cartridge_name(out)}) is in {where}",
                hint=f"put it back first: changer move {place} {self.slot}",
            )

    def require_cleaner(self, element: Element, *, assume: bool = False) -> None:
        """Raise InvalidCleaner unless the cartridge there is a cleaning cartridge."""
        if assume or is_cleaner(element, prefixes=self.library.settings.cleaner_prefixes):
            return
        where = self.inventory.numbering.name_of(element.address)
        raise InvalidCleaner(
            f"{cartridge_name(element)} in {where} is no cleaning cartridge, as far as the library "
            "tells",
            hint="if it is one, say so with --assume-cleaner",
        )

    def require_usable(self) -> tuple[Element, Cleaner]:
        """The cleaner, as the library shows it and as the store knows it.

        Raises as require_full; InvalidCleaner when it is another cartridge than was brought in;
        CleanerSpent when no cleans are left.
        """
        element = self.require_full()
        known = self.cleaner
        if known is None or (known.volume_tag or None) != element.tag:
            brought = known.volume_tag if known and known.volume_tag else "none"
            raise InvalidCleaner(
                f"{cartridge_name(element)} is in {self.name}, and the cleaner that was brought in "
                f"is {brought}: how many cleans it has left is not known",
                hint=f"changer cleaner insert --from {self.slot} takes it over",
            )
        if known.cleans_left == 0 or element.additional_sense == _USED_UP:
            raise CleanerSpent(
                f"{cartridge_name(element)} in {self.name} has no cleans left",
                hint="changer cleaner eject, then changer cleaner insert with a new one",
            )
        left = "" if known.cleans_left is None else f", with {known.cleans_left} cleans left"
        self.library.checked(f"{cartridge_name(element)} is the cleaner that was brought in{left}")
        return element, known


def read_cleaner_state(library: Library, *types: ElementType) -> CleanerState:
    """Read the reserved slot, drives and pickers, and these types. Raises NoSlotSet."""
    address = _require_reserved(library)
    wanted = {ElementType.DATA_TRANSFER, ElementType.MEDIUM_TRANSPORT, *types}
    inventory = library.read([each for each in ElementType if each in wanted])
    element = inventory.at(address)
    if element is None and address in inventory.assignment.storage:
        element = library.reader.read_element(inventory.assignment, address)
    return CleanerState(library, inventory, address, element, library.store.cleaner(library.id))
