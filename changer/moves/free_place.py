"""The first free slot or mail slot for a cartridge, by one reading.

It is there, accessible and empty, neither reserved nor claimed, and the library can move the
cartridge there. Slots that cartridges in drives came from are taken last: those go back there.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from changer.errors import MailSlotsFull, NoFreeElement
from changer.library.addressing import Place, PlaceKind
from changer.library.claims import Claims
from changer.library.element_state import find_condition, takes_media
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.mail_slots import mail_slots, slots_acting_as_mail
from changer.library.reserved_slots import ReservedSlots
from changer.library.routes import Routes
from changer.smc.elements import Element, ElementAddressAssignment, ElementType
from changer.values import dataclass


def types_to_read(
    library: Library, place: Place, assignment: ElementAddressAssignment
) -> tuple[ElementType, ...]:
    """The elements that tell which place is free, and where cartridges in drives came from."""
    places = ElementType.STORAGE
    if place.kind is PlaceKind.FREE_MAIL:
        places = mail_slots(library, assignment).element_type
    return places, ElementType.DATA_TRANSFER


@dataclass(frozen=True, slots=True)
class FreePlaces:
    """The free places of one reading; ``taken``: addresses that are not free any more."""

    library: Library
    inventory: Inventory
    claims: Claims
    routes: Routes
    taken: Container[object] = ()

    def find(self, place: Place, source: int) -> int:
        """The address of the first that can take the cartridge of an address.

        ``place``: ``slot`` or ``mail``. Raises MoveNotAllowed where the library can't move it to
        any, NoFreeElement, MailSlotsFull, and as mail_slots.
        """
        is_mail = place.kind is PlaceKind.FREE_MAIL
        found = self.mail_slot(source) if is_mail else self.slot(source)
        if found is not None:
            return found.address
        if is_mail:  # none that is emptied would do
            mail = mail_slots(self.library, self.inventory.assignment)
            self.routes.check(source, next(each for each in mail.addresses if each != source))
        what = f"is free for what is in {self.inventory.numbering.name_of(source)}"
        if is_mail:
            raise MailSlotsFull(
                f"no mail slot {what}", hint="take something out of the mail slots, then try again"
            )
        raise NoFreeElement(f"no slot {what}", hint="see the inventory with: changer status")

    def slot(self, source: int) -> Element | None:
        """The first slot; not one that acts as a mail slot."""
        acting = slots_acting_as_mail(self.library, self.inventory.assignment)
        slots = self.inventory.of_type(ElementType.STORAGE)
        return self._first([each for each in slots if each.address not in acting], source)

    def mail_slot(self, source: int) -> Element | None:
        """The first mail slot. Raises as mail_slots."""
        mail = mail_slots(self.library, self.inventory.assignment)
        return self._first(mail.of(self.inventory), source)

    def _first(self, elements: Iterable[Element], source: int) -> Element | None:
        reserved = ReservedSlots.for_(self.library)
        kept: tuple[Container[object], ...] = (reserved, self.claims, self.taken)
        free = [
            each
            for each in elements
            if find_condition(each, address=each.address).is_free
            and takes_media(each)
            and not any(each.address in addresses for addresses in kept)
            and self.routes.allow(source, each.address)
        ]
        homes = self._homes(source)
        return min(free, key=lambda each: (each.address in homes, each.address), default=None)

    def _homes(self, source: int) -> set[int | None]:
        """Where the cartridges in other drives came from, as the library names it."""
        drives = self.inventory.of_type(ElementType.DATA_TRANSFER)
        return {each.source_address for each in drives if each.full and each.address != source}
