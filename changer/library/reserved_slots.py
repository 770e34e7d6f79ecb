"""The slots that are kept for cleaning cartridges, and which cartridge may go into which slot.

The one answer to "what may go where": planning, proof, status, recovery and the hooks ask it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from changer.errors import SlotReserved
from changer.library.addressing import Numbering
from changer.library.element_state import OUT_TYPES, cartridge_name, is_cleaner
from changer.library.library import Library
from changer.smc.elements import Element, MediumType
from changer.store.records import Cleaner
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class ReservedSlots:
    """The reserved storage elements of one library, as a set of element addresses.

    addresses  in the order of their reservation: the first is the primary one, which RSM knows.
    cleaner_prefixes  beginnings of the bar codes that cleaning cartridges have.
    cleaner  the cleaning cartridge on record; None if none was brought in.
    """

    addresses: tuple[int, ...]
    cleaner_prefixes: tuple[str, ...]
    cleaner: Cleaner | None = None

    @classmethod
    def for_(cls, library: Library) -> Self:
        """What the store has of a library now."""
        reservation = library.store.reservation(library.id)
        addresses = () if reservation is None else (reservation.slot_address,)
        cleaner = library.store.cleaner(library.id) if addresses else None
        return cls(addresses, library.settings.cleaner_prefixes, cleaner)

    @property
    def primary(self) -> int | None:
        """The address of the slot that was reserved first; None where none is reserved."""
        return self.addresses[0] if self.addresses else None

    def __contains__(self, address: object) -> bool:
        return address in self.addresses

    def __iter__(self) -> Iterator[int]:
        return iter(self.addresses)

    def __len__(self) -> int:
        return len(self.addresses)

    def is_cleaner(self, cartridge: Element) -> bool:
        """Whether the cartridge of an element is a cleaning cartridge."""
        known = is_cleaner(cartridge, prefixes=self.cleaner_prefixes)
        return known or self.may_be_on_record(cartridge)

    def may_be_on_record(self, cartridge: Element) -> bool:
        """Whether it may be the cleaner on record: by its label, or by its place without one.

        In a drive or picker, the label of one that came from the reserved slot may not be shown.
        """
        if self.cleaner is None:
            return False
        if cartridge.tag is None and cartridge.element_type in OUT_TYPES:
            may_clean = cartridge.medium_type in (MediumType.UNSPECIFIED, MediumType.CLEANING)
            return cartridge.source_address in self and may_clean
        if cartridge.tag != (self.cleaner.volume_tag or None):
            return False
        is_at_home = cartridge.address in self or cartridge.source_address in self
        return is_at_home or (cartridge.tag is not None and not _is_others(cartridge))

    def admits(self, cartridge: Element | None, address: int) -> bool:
        """Whether a cartridge may go to an address: to a reserved slot a cleaner alone."""
        return address not in self or (cartridge is not None and self.is_cleaner(cartridge))

    def check_destination(self, cartridge: Element, address: int, *, numbering: Numbering) -> None:
        """Raise SlotReserved for a data cartridge that is to go into a reserved slot."""
        if not self.admits(cartridge, address):
            raise SlotReserved(
                f"{numbering.name_of(address)} is reserved for the cleaning cartridge, "
                f"and {cartridge_name(cartridge)} is none",
                hint="choose another slot, or give it up with: changer cleaner release",
            )

    def hides(self, element: Element) -> bool:
        """Whether backup software is not to see an element: a reserved slot, or a cleaner."""
        return element.address in self or (element.full and self.is_cleaner(element))


def _is_others(cartridge: Element) -> bool:
    """Whether the library names another home of what is in a drive or picker (SVALID)."""
    return cartridge.element_type in OUT_TYPES and cartridge.source_address is not None
