"""Elements as backup software sees them: numbered as mtx counts, each drive with its home."""

from __future__ import annotations

from collections.abc import Callable

from changer.errors import ElementUnknown, InvalidSlot, NoSuchDrive
from changer.journal.home import Homes
from changer.library.addressing import Place, PlaceKind
from changer.library.element_state import ElementCondition, Presence, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementAddressAssignment, ElementRange
from changer.values import NamedTuple


class SlotNumbers(NamedTuple):
    """Numbers of slots from 1, the import/export elements after the last storage element.

    Drives count from 0. A method returns None for a number or an address that is not there.
    """

    assignment: ElementAddressAssignment

    @property
    def total(self) -> int:
        """Number of slots, mail slots included."""
        return self._storage + self.mail

    @property
    def mail(self) -> int:
        """Number of mail slots, which have the highest numbers."""
        return _count(self.assignment.import_export)

    @property
    def drives(self) -> int:
        """Number of drives."""
        return _count(self.assignment.data_transfer)

    @property
    def _storage(self) -> int:
        return _count(self.assignment.storage)

    def address_of_slot(self, number: int) -> int | None:
        """Element address of a slot."""
        if 1 <= number <= self._storage:
            return self.assignment.storage.first + number - 1
        if self._storage < number <= self.total:
            return self.assignment.import_export.first + number - self._storage - 1
        return None

    def slot_at(self, address: int) -> int | None:
        """Number of the slot at an element address."""
        if address in self.assignment.storage:
            return address - self.assignment.storage.first + 1
        if address in self.assignment.import_export:
            return address - self.assignment.import_export.first + self._storage + 1
        return None

    def address_of_drive(self, number: int) -> int | None:
        """Element address of a drive."""
        return self.assignment.data_transfer.first + number if 0 <= number < self.drives else None

    def drive_at(self, address: int) -> int | None:
        """Number of the drive at an element address."""
        drives = self.assignment.data_transfer
        return address - drives.first if address in drives else None

    def require_slot(self, number: int) -> Place:
        """Place of a slot. Raises InvalidSlot."""
        address = self.address_of_slot(number)
        if address is None:
            raise InvalidSlot(
                f"the library has no slot {number}",
                hint=f"it has slots 1 to {self.total}; the last {self.mail} are mail slots",
            )
        return self.place(address)

    def require_drive(self, number: int) -> Place:
        """Place of a drive. Raises NoSuchDrive."""
        address = self.address_of_drive(number)
        if address is None:
            raise NoSuchDrive(
                f"the library has no drive {number}",
                hint=f"it has {self.drives}, counted from 0: Drive Index",
            )
        return self.place(address)

    @staticmethod
    def place(address: int) -> Place:
        """Place of an element address."""
        return Place(PlaceKind.ADDRESS, address)


def _count(elements: ElementRange) -> int:
    return elements.last - elements.first + 1


def read_numbers(library: Library) -> SlotNumbers:
    """Read the numbers of a library (mode page 1Dh), and see that it is the library meant."""
    assignment = library.reader.assignment()
    library.ensure_identity()
    return SlotNumbers(assignment)


def home_numbers(library: Library, inventory: Inventory) -> Callable[[Element], int | None]:
    """Number of the slot where the cartridge of a full drive belongs; None if it is not known."""
    homes, numbers = Homes(library, inventory), SlotNumbers(inventory.assignment)

    def number_of(drive: Element) -> int | None:
        address = homes.address_of(drive)
        return None if address is None else numbers.slot_at(address)

    return number_of


def require_told_slots(inventory: Inventory) -> None:
    """Raise ElementUnknown where the library says of no slot what it holds, and of some nothing.

    From a list without slots, backup software would conclude that every volume is gone.
    """
    assignment, untold = inventory.assignment, None
    slots = assignment.storage if assignment.storage.count else assignment.import_export
    for address in range(slots.first, slots.last + 1):
        condition = find_condition(inventory.at(address), address=address)
        if condition.full is not None:
            return
        if untold is None and condition.presence is Presence.UNKNOWN:
            untold = address, condition
    if untold is not None:
        raise _untold(inventory, *untold)


def _untold(inventory: Inventory, address: int, condition: ElementCondition) -> ElementUnknown:
    first = f"of {inventory.numbering.name_of(address)}, {condition.reason}"
    return ElementUnknown(
        f"can't tell what is in any slot of the library: {first}", hint=condition.remedy.value
    )
