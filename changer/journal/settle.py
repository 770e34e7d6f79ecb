"""Settlement of what dead processes left open, by what the library reports, under its lock.

What needs no motion is settled by the next command that moves something; what does, and a cartridge
that the library does not show anywhere, stops that command until a person has seen to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from changer.errors import ChangerError
from changer.library.addressing import Place
from changer.library.library import Library

# What is rarely needed is imported when something is open.
if TYPE_CHECKING:
    from changer.journal.open_moves import OpenTransfer

_DIED = "it was not confirmed when it was made"


def settle(
    library: Library,
    *,
    bring: Callable[[Library, int, Place], None] | None,
    accept_missing: bool = False,
) -> tuple[OpenTransfer, ...]:
    """Settle every open move and operation; what was found. Only under the lock.

    ``bring``: moves a cartridge from an address to a place, as a step of its own in the journal;
    None settles only what needs no motion.
    """
    transfers: tuple[OpenTransfer, ...] = ()
    if open_moves := library.store.unsettled_moves(library.id):
        from changer.journal.open_moves import closable, examine

        transfers = examine(library, open_moves, accept_missing=accept_missing)
        for move_id in closable(transfers, may_move=bring is not None):
            of_it = [each for each in transfers if each.move.id == move_id]
            for each in of_it:
                if bring is not None and each.to is not None and each.address is not None:
                    bring(library, each.address, each.to)
            _record(library, of_it)
    if unfinished := library.store.unfinished_operations(library.id):
        from changer.journal.open_operations import settle_operations

        settle_operations(library, unfinished)
    return transfers


def _record(library: Library, transfers: list[OpenTransfer]) -> None:
    outcomes = {each.outcome for each in transfers}
    told = "; ".join(
        f"{each.cartridge} was in {each.where}, {each.action.value}" for each in transfers
    )
    library.store.finish_move(
        transfers[0].move.id,
        outcome=outcomes.pop() if len(outcomes) == 1 else "misplaced",
        final_address=transfers[0].end,
        message=f"{_DIED}; {told}",
    )


def settle_or_refuse(library: Library) -> None:
    """Settle what needs no motion, before a command moves something.

    Raises RecoveryNeeded when a cartridge is in the transport, CartridgeMissing when the library
    shows one nowhere. One that only a person's command can move is warned of.
    """
    for opened, error in _settle_in_place(library):
        if not opened.needs_person:
            raise error
        library.context.warn(f"{error.message}; {error.hint}")


def settle_or_warn(library: Library) -> None:
    """Settle what needs no motion, for a command that moves nothing; warn of the rest."""
    for _, error in _settle_in_place(library):
        library.context.warn(f"{error.message}; {error.hint}")


def _settle_in_place(library: Library) -> list[tuple[OpenTransfer, ChangerError]]:
    """Settle what needs no motion, and warn of it; what is left, with the error that says so."""
    transfers = settle(library, bring=None)
    if not transfers:
        return []
    from changer.journal.open_moves import closable, refusal

    settled = closable(transfers, may_move=False)
    for each in transfers:
        if each.move.id in settled:
            library.context.warn(
                f"an interrupted move of {each.cartridge} is settled: it is in {each.where}"
            )
    return [(each, error) for each in transfers if (error := refusal(each)) is not None]
