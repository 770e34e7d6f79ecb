"""How long a cartridge has been where the library shows it, by the journal."""

from __future__ import annotations

from changer.host.processes import host_id
from changer.journal.last_seen import end_of
from changer.journal.open_moves import transfers_of
from changer.library.inventory import Transfer
from changer.library.library import Library
from changer.smc.elements import Element
from changer.store.records import Move

# How many moves are searched for the one that brought it.
_NEWEST_MOVES = 1000


def seconds_in_place(library: Library, element: Element) -> float | None:
    """Seconds that a cartridge has been in its element, at least; None where that is not sure.

    It is by the newest move that the element has part in, if that brought this cartridge there and
    its times are of this host's clock, which was not set back since.
    """
    for move in library.store.moves(library.id, limit=_NEWEST_MOVES):
        transfers = transfers_of(move)
        places = {each.source_address for each in transfers} | {move.final_address}
        places |= {each.destination_address for each in transfers}
        if element.address in places:
            came = (
                each
                for number, each in enumerate(transfers)
                if end_of(move, number) == element.address
            )
            brought = any(_is_of(each, element) for each in came)
            return _seconds_since(library, move) if brought else None
    return None


def _is_of(transfer: Transfer, element: Element) -> bool:
    """Whether the cartridge of an element is the one that was moved there."""
    source = element.source_address
    return (element.tag or None) == (transfer.volume_tag or None) and (
        source is None or source == transfer.source_address
    )


def _seconds_since(library: Library, move: Move) -> float | None:
    """Seconds since a move ended, by this host's clock."""
    now = library.context.clock.now()
    ended = move.finished_at
    if ended is None or not move.started_at <= ended <= now:
        return None
    return now - ended if move.host_id in (None, host_id()) else None
