"""Numbers as mtx counts: mail slots come after the last storage slot."""

from __future__ import annotations

from dataclasses import dataclass

from changer.errors import InvalidSlot, NoSuchDrive
from changer.library.addressing import Place, PlaceKind
from changer.library.library import Library
from changer.smc.elements import ElementAddressAssignment, ElementRange

__all__ = ["SlotNumbers", "read_numbers"]


@dataclass(frozen=True, slots=True)
class SlotNumbers:
    """Slots 1 to ``storage.count`` are storage elements, the next ones import/export elements."""

    assignment: ElementAddressAssignment

    @property
    def total(self) -> int:
        """How many slots there are, mail slots included."""
        return self._count(self.assignment.storage) + self._count(self.assignment.import_export)

    @property
    def mail(self) -> int:
        """How many of them are mail slots; their numbers are the last ones."""
        return self._count(self.assignment.import_export)

    @property
    def drives(self) -> int:
        """How many drives there are, from 0."""
        return self._count(self.assignment.data_transfer)

    def address_of_slot(self, number: int) -> int | None:
        """The element address of a slot, or None where there is none of that number."""
        storage = self._count(self.assignment.storage)
        if 1 <= number <= storage:
            return self.assignment.storage.first + number - 1
        if storage < number <= self.total:
            return self.assignment.import_export.first + number - storage - 1
        return None

    def slot_at(self, address: int) -> int | None:
        """The number of the slot at an element address, or None for what is no slot."""
        if address in self.assignment.storage:
            return address - self.assignment.storage.first + 1
        if address in self.assignment.import_export:
            storage = self._count(self.assignment.storage)
            return address - self.assignment.import_export.first + storage + 1
        return None

    def address_of_drive(self, number: int) -> int | None:
        """The element address of a drive, or None where there is none of that number."""
        drives = self.assignment.data_transfer
        return drives.first + number if 0 <= number < self._count(drives) else None

    def drive_at(self, address: int) -> int | None:
        """The number of the drive at an element address, or None for what is no drive."""
        drives = self.assignment.data_transfer
        return address - drives.first if address in drives else None

    def require_slot(self, number: int) -> Place:
        """The slot of that number. Raises InvalidSlot."""
        address = self.address_of_slot(number)
        if address is None:
            raise InvalidSlot(
                f"the library has no slot {number}",
                hint=f"it has slots 1 to {self.total}; the last {self.mail} are mail slots",
            )
        return self.place(address)

    def require_drive(self, number: int) -> Place:
        """The drive of that number. Raises NoSuchDrive."""
        address = self.address_of_drive(number)
        if address is None:
            raise NoSuchDrive(
                f"the library has no drive {number}",
                hint=f"it has {self.drives}, counted from 0: Drive Index",
            )
        return self.place(address)

    @staticmethod
    def place(address: int) -> Place:
        """The place at an element address, for the driver."""
        return Place(PlaceKind.ADDRESS, address)

    @staticmethod
    def _count(elements: ElementRange) -> int:
        return elements.last - elements.first + 1


def read_numbers(library: Library) -> SlotNumbers:
    """The numbers of a library, freshly read."""
    assignment = library.reader.assignment()
    library.ensure_identity()
    return SlotNumbers(assignment)
