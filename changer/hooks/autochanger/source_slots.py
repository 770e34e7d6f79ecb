"""Which slot the cartridge in a drive belongs to: as the library says, else as the journal proves.

Nothing is guessed: backup software would have the cartridge put there, and call it by that number.
"""

from __future__ import annotations

from changer.library.element_state import Presence, find_element_presence
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementType
from changer.store.records import Move

__all__ = ["source_address"]

_SLOTS = (ElementType.STORAGE, ElementType.IMPORT_EXPORT)
# So far back the journal is searched for the move that loaded a drive.
_REMEMBERED = 1000


def source_address(library: Library, inventory: Inventory, drive: Element) -> int | None:
    """The element address of the slot that a full drive's cartridge came from, or None.

    The library's own word (SVALID) stands, unless the reading shows that slot full by now.
    Without one, the last move of that cartridge, by its label, if it went from a slot into this
    drive, and the slot is there, and empty. Reads that slot, if the reading lacks it.
    """
    said = drive.source_address
    if said is not None and inventory.assignment.type_of(said) in _SLOTS:
        home = inventory.at(said)
        return None if home is not None and home.full else said
    journaled = _journaled(library, drive)
    if journaled is None or inventory.assignment.type_of(journaled) not in _SLOTS:
        return None
    home = inventory.at(journaled) or library.reader.read_again(inventory, [journaled]).at(
        journaled
    )
    return journaled if _is_empty(home, journaled) else None


def _is_empty(home: Element | None, address: int) -> bool:
    finding = find_element_presence(home, address=address)
    return home is not None and finding.presence is Presence.PRESENT and not home.full


def _journaled(library: Library, drive: Element) -> int | None:
    """Where the last move that is known of this cartridge began, if it ended in the drive."""
    tag = drive.tag
    if tag is None:
        return None
    for move in library.store.moves(library.id, limit=_REMEMBERED):
        if move.outcome == "not-executed":
            continue
        for leg in _legs(move):
            if leg[0] == tag:
                completed = move.outcome == "completed" and leg[2] == drive.address
                return leg[1] if completed else None
    return None


def _legs(move: Move) -> tuple[tuple[str | None, int, int], ...]:
    """Label, source and destination of each cartridge that was moved."""
    first = (move.volume_tag, move.source_address, move.destination_address)
    if move.second_destination_address is None:
        return (first,)
    return first, (
        move.second_volume_tag,
        move.destination_address,
        move.second_destination_address,
    )
