"""Home of a drive's cartridge: the slot that the library names, or else the journal proves.

It is never guessed: cartridges are put back there, and backup software calls them by its number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from changer.library.element_state import cartridge_name, find_condition, takes_media
from changer.library.inventory import Inventory, Transfer
from changer.library.library import Library
from changer.smc.elements import Element, ElementType
from changer.values import NamedTuple

_SLOTS = (ElementType.STORAGE, ElementType.IMPORT_EXPORT)
# How many moves of the journal are searched for the one that loaded a drive.
_NEWEST_MOVES = 1000


class Home(NamedTuple):
    """The slot, or mail slot, that a drive's cartridge came from and can go back to.

    address  its element address; None where it is not known, for ``reason``, a clause.
    named    the address that the library gives as the source, also where that slot is full by now.
    """

    address: int | None
    reason: str = ""
    named: int | None = None


class Homes:
    """Finds the homes of the cartridges in full drives, by one reading.

    ``look``: reads an element; by default, only what ``inventory`` lacks is read.
    """

    def __init__(
        self,
        library: Library,
        inventory: Inventory,
        *,
        look: Callable[[int], Element | None] | None = None,
    ) -> None:
        self._library = library
        self._inventory = inventory
        self._look = look or self._read

    def of(self, drive: Element) -> Home:
        """The home of a drive's cartridge.

        The library's own word (SVALID, SMC-3) stands, unless that slot is full by now: then another
        cartridge lies there. Without it, the newest move of the journal that the drive or the label
        has part in counts, if it brought this label here from a slot that is free now.
        """
        numbering = self._inventory.numbering
        named = drive.source_address
        if named is not None and self._is_slot(named):
            there = self._look(named)
            if there is None or not there.full:
                return Home(named, named=named)
            holds = f"which holds {cartridge_name(there)} now"
            return Home(None, f"it came from {numbering.name_of(named)}, {holds}", named)
        journaled = self._journaled(drive)
        if journaled is None or not self._is_slot(journaled):
            return Home(None, "neither the library nor the journal knows which slot it came from")
        if _is_free(self._look(journaled), journaled):
            return Home(journaled)
        slot = numbering.name_of(journaled)
        return Home(
            None, f"according to the journal it came from {slot}, which is not known to be free"
        )

    def address_of(self, drive: Element) -> int | None:
        """The element address of that home, None where it is not known."""
        return self.of(drive).address

    def _is_slot(self, address: int) -> bool:
        return self._inventory.assignment.type_of(address) in _SLOTS

    def _read(self, address: int) -> Element | None:
        inventory = self._inventory
        is_read = inventory.assignment.type_of(address) in inventory.types
        if is_read or inventory.at(address) is not None:
            return inventory.at(address)
        return self._library.reader.read_again(inventory, [address]).at(address)

    def _journaled(self, drive: Element) -> int | None:
        """Where the newest move of the drive or its label began, if it brought the label here."""
        if drive.tag is None:
            return None
        for made in self._made:
            for transfer, end in made:
                if transfer.volume_tag == drive.tag:
                    return transfer.source_address if end == drive.address else None
            touched = {each.source_address for each, _ in made}
            touched |= {each.destination_address for each, _ in made}
            if drive.address in touched:
                return None
        return None

    @cached_property
    def _made(self) -> list[list[tuple[Transfer, int | None]]]:
        """The transfers of each move that moved something, newest first, and where they ended."""
        from changer.journal.last_seen import end_of
        from changer.journal.open_moves import transfers_of

        moves = self._library.store.moves(self._library.id, limit=_NEWEST_MOVES)
        ends = (
            [(each, end_of(move, number)) for number, each in enumerate(transfers_of(move))]
            for move in moves
        )
        return [[(each, end) for each, end in of if end != each.source_address] for of in ends]


def _is_free(slot: Element | None, address: int) -> bool:
    return slot is not None and find_condition(slot, address=address).is_free and takes_media(slot)
