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
    cleaners  the cleaning cartridges on record, each in one of these slots.
    """

    addresses: tuple[int, ...]
    cleaner_prefixes: tuple[str, ...]
    cleaners: tuple[Cleaner, ...] = ()

    @classmethod
    def for_(cls, library: Library) -> Self:
        """What the store has of a library now."""
        reservations = library.store.reservations(library.id)
        addresses = tuple(each.slot_address for each in reservations)
        cleaners = library.store.cleaners(library.id) if addresses else ()
        at_home = tuple(each for each in cleaners if each.slot_address in addresses)
        return cls(addresses, library.settings.cleaner_prefixes, at_home)

    def cleaner_of(self, address: int) -> Cleaner | None:
        """The cleaning cartridge on record of a reserved slot."""
        return next((each for each in self.cleaners if each.slot_address == address), None)

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
        """Whether it may be a cleaner on record: by its label, or by its place without one."""
        return self.on_record(cartridge) is not None

    def on_record(self, cartridge: Element) -> Cleaner | None:
        """The cleaner on record that it may be; of two alike, the one whose home it names.

        In a drive or picker, the label of one that came from a reserved slot may not be shown.
        """
        found = [each for each in self.cleaners if _may_be(each, cartridge)]
        found.sort(
            key=lambda each: each.slot_address not in (cartridge.address, cartridge.source_address)
        )
        return found[0] if found else None

    def admits(self, cartridge: Element | None, address: int) -> bool:
        """Whether a cartridge may go to an address: to a reserved slot a cleaner alone."""
        return address not in self or (cartridge is not None and self.is_cleaner(cartridge))

    def check_destination(self, cartridge: Element, address: int, *, numbering: Numbering) -> None:
        """Raise SlotReserved for a data cartridge that is to go into a reserved slot."""
        if not self.admits(cartridge, address):
            raise SlotReserved(
                f"{numbering.name_of(address)} is reserved for a cleaning cartridge, "
                f"and {cartridge_name(cartridge)} is not one",
                hint="choose another slot, or release this one with: changer cleaner release "
                f"{numbering.place_of(address)}",
            )

    def hides(self, element: Element) -> bool:
        """Whether backup software is not to see an element: a reserved slot, or a cleaner."""
        return element.address in self or (element.full and self.is_cleaner(element))


def _may_be(cleaner: Cleaner, cartridge: Element) -> bool:
    home = cleaner.slot_address
    if cartridge.tag is None and cartridge.element_type in OUT_TYPES:
        may_clean = cartridge.medium_type in (MediumType.UNSPECIFIED, MediumType.CLEANING)
        return cartridge.source_address == home and may_clean
    if cartridge.tag != cleaner.volume_tag:
        return False
    is_at_home = home in (cartridge.address, cartridge.source_address)
    return is_at_home or (cartridge.tag is not None and not _is_others(cartridge))


def _is_others(cartridge: Element) -> bool:
    """Whether the library names another home of what is in a drive or picker (SVALID)."""
    return cartridge.element_type in OUT_TYPES and cartridge.source_address is not None
