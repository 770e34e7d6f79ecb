"""Home of a drive's cartridge: the slot that the library names, or else the journal proves.

It is never guessed: cartridges are put back there, and backup software calls them by its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from changer.library.element_state import cartridge_name, find_condition, takes_media
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementType

_SLOTS = (ElementType.STORAGE, ElementType.IMPORT_EXPORT)
# How many moves of the journal are searched for the one that loaded a drive.
_NEWEST_MOVES = 1000


@dataclass(frozen=True, slots=True)
class Home:
    """The slot, or mail slot, that a drive's cartridge came from and can go back to.

    address  its element address; None where it is not known, for ``reason``, a clause.
    named    the address that the library gives as the source, also where that slot is full by now.
    """

    address: int | None
    reason: str = ""
    named: int | None = None


def find_home(
    library: Library,
    inventory: Inventory,
    drive: Element,
    *,
    look: Callable[[int], Element | None] | None = None,
) -> Home:
    """The home of the cartridge in a full drive.

    The library's own word (SVALID, SMC-3) stands, unless that slot is full by now: then another
    cartridge lies there. Without it, the newest move of the journal that the drive or the label has
    part in counts, if it brought this label here from a slot that is free now.

    ``look``: reads an element; by default, only what ``inventory`` lacks is read.
    """
    look = look or (lambda address: _look(library, inventory, address))
    numbering = inventory.numbering
    named = drive.source_address
    if named is not None and inventory.assignment.type_of(named) in _SLOTS:
        there = look(named)
        if there is None or not there.full:
            return Home(named, named=named)
        holds = f"which holds {cartridge_name(there)} now"
        return Home(None, f"it came from {numbering.name_of(named)}, {holds}", named)
    journaled = _journaled(library, drive)
    if journaled is None or inventory.assignment.type_of(journaled) not in _SLOTS:
        return Home(None, "neither the library nor the journal knows which slot it came from")
    if _is_free(look(journaled), journaled):
        return Home(journaled)
    slot = numbering.name_of(journaled)
    return Home(None, f"by the journal it came from {slot}, which is not known to be free")


def home_finder(library: Library, inventory: Inventory) -> Callable[[Element], int | None]:
    """``find_home`` of drives of one reading, its address alone."""
    return lambda drive: find_home(library, inventory, drive).address


def _look(library: Library, inventory: Inventory, address: int) -> Element | None:
    is_read = inventory.assignment.type_of(address) in inventory.types
    if is_read or inventory.at(address) is not None:
        return inventory.at(address)
    return library.reader.read_again(inventory, [address]).at(address)


def _is_free(slot: Element | None, address: int) -> bool:
    return slot is not None and find_condition(slot, address=address).is_free and takes_media(slot)


def _journaled(library: Library, drive: Element) -> int | None:
    """Where the newest move of the drive or of its label began, if it brought the label here."""
    from changer.journal.last_seen import end_of
    from changer.journal.open_moves import transfers_of

    if drive.tag is None:
        return None
    for move in library.store.moves(library.id, limit=_NEWEST_MOVES):
        ends = [(each, end_of(move, number)) for number, each in enumerate(transfers_of(move))]
        made = [(each, end) for each, end in ends if end != each.source_address]
        for each, end in made:
            if each.volume_tag == drive.tag:
                return each.source_address if end == drive.address else None
        touched = {each.source_address for each, _ in made}
        touched |= {each.destination_address for each, _ in made}
        if drive.address in touched:
            return None
    return None
