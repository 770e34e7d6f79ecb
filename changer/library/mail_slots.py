"""Mail slots of a library: where people put cartridges in, and take them out.

They are its import/export elements; where it has none, the slots that its settings name
(``export_slots``) act as such.
"""

from __future__ import annotations

from collections.abc import Iterable

from changer.errors import InvalidSlot, UsageError
from changer.library.addressing import Numbering
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementAddressAssignment, ElementType
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class MailSlots:
    """The mail slots of one library, by their element addresses.

    ``are_slots``: storage elements act as such, which people reach through a door, or with a
    magazine.
    """

    numbering: Numbering
    addresses: range
    are_slots: bool

    @property
    def element_type(self) -> ElementType:
        """What they are to the library."""
        return ElementType.STORAGE if self.are_slots else ElementType.IMPORT_EXPORT

    def __contains__(self, address: object) -> bool:
        return address in self.addresses

    def of(self, inventory: Inventory) -> tuple[Element, ...]:
        """Those that a reading shows, in address order."""
        elements = inventory.of_type(self.element_type)
        return tuple(each for each in elements if each.address in self.addresses)

    def names(self, addresses: Iterable[int]) -> str:
        """In words: ``mail slot 1``, ``mail slots 1, 2 and 4``."""
        numbers = [str(self.numbering.number_of(each)) for each in sorted(set(addresses))]
        word = "slot" if self.are_slots else "mail slot"
        if len(numbers) == 1:
            return f"{word} {numbers[0]}"
        return f"{word}s {', '.join(numbers[:-1])} and {numbers[-1]}"


def mail_slots(library: Library, assignment: ElementAddressAssignment) -> MailSlots:
    """The mail slots of a library, as just read. Raises InvalidSlot for a library without any.

    Raises UsageError where the settings name slots that it does not have.
    """
    numbering, found = Numbering(assignment), assignment.import_export
    if found.count:
        return MailSlots(numbering, range(found.first, found.last + 1), are_slots=False)
    slots = library.settings.export_slots
    if not slots:
        raise InvalidSlot(
            "the library has no mail slots",
            hint='slots act as such with export_slots = "RANGE" in its settings',
        )
    return MailSlots(numbering, _acting(slots, assignment), are_slots=True)


def slots_acting_as_mail(library: Library, assignment: ElementAddressAssignment) -> range:
    """The addresses of the slots that act as mail slots; none in a library that has mail slots."""
    slots = library.settings.export_slots
    return range(0) if assignment.import_export.count else _acting(slots, assignment)


def _acting(slots: range, assignment: ElementAddressAssignment) -> range:
    storage = assignment.storage
    if slots and slots[-1] > storage.count:
        raise UsageError(
            f"export_slots in the settings ends with slot {slots[-1]}, and the library's last slot "
            f"is {storage.count}",
            hint="correct it in the configuration file",
        )
    first = storage.first - 1
    return range(first + slots.start, first + slots.stop)
