"""Source slot of a drive's cartridge: as the library reports it, else as the journal proves it.

It is never guessed: backup software has the cartridge put there, and calls it by that number.
"""

from __future__ import annotations

from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementType

_SLOTS = (ElementType.STORAGE, ElementType.IMPORT_EXPORT)
# How many moves of the journal are searched for the one that loaded a drive.
_NEWEST_MOVES = 1000


def source_address(library: Library, inventory: Inventory, drive: Element) -> int | None:
    """Element address of the slot that a full drive's cartridge came from; None if not known.

    The library's own word (SVALID, SMC-3) stands, unless the reading shows that slot full by now.
    Without it, the journal's last move of that label counts, if it ended in this drive and its
    source slot is present and empty. Reads that slot, if the reading lacks it.
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
    return find_condition(home, address=address).is_free


def _journaled(library: Library, drive: Element) -> int | None:
    """Source of the last move in the journal of a drive's cartridge, if that ended in the drive."""
    from changer.journal.open_moves import transfers_of

    if drive.tag is None:
        return None
    for move in library.store.moves(library.id, limit=_NEWEST_MOVES):
        if move.outcome == "not-executed":
            continue
        for transfer in transfers_of(move):
            if transfer.volume_tag == drive.tag:
                completed = move.outcome == "completed"
                loaded = transfer.destination_address == drive.address
                return transfer.source_address if completed and loaded else None
    return None
