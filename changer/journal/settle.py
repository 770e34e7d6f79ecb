"""Settlement of what dead processes left open, by what the library reports, under its lock.

What needs no motion is settled by the next command that moves something; what does, and a cartridge
that the library does not show anywhere, stops that command until a person has seen to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from changer.errors import ChangerError
from changer.library.addressing import Place, PlaceKind
from changer.library.library import Library

# What is rarely needed is imported when something is open.
if TYPE_CHECKING:
    from changer.journal.open_moves import OpenTransfer, RecoveryOptions

_DIED = "it was not confirmed when it was made"


def settle(
    library: Library,
    *,
    bring: Callable[[OpenTransfer], None] | None,
    options: RecoveryOptions | None = None,
) -> tuple[OpenTransfer, ...]:
    """Settle every open move and operation; what was found. Only under the lock.

    ``bring``: moves the cartridge of a transfer where that is to go, as a step of its own in the
    journal; None settles only what needs no motion.
    """
    transfers: tuple[OpenTransfer, ...] = ()
    if open_moves := library.store.unsettled_moves(library.id):
        from changer.journal.open_move_findings import examine
        from changer.journal.open_moves import NO_OPTIONS, closable

        transfers = examine(library, open_moves, options or NO_OPTIONS)
        for move_id in closable(transfers, may_move=bring is not None):
            of_it = [each for each in transfers if each.move.id == move_id]
            for each in of_it:
                if bring is not None and each.needs_motion:
                    bring(each)
            _record(library, of_it)
    late = _keep_open(library, transfers)
    unfinished = library.store.unfinished_operations(library.id)
    if dead := tuple(each for each in unfinished if each.id not in late):
        from changer.journal.open_operations import settle_operations

        settle_operations(library, dead)
    return transfers


def _keep_open(library: Library, transfers: tuple[OpenTransfer, ...]) -> frozenset[str | None]:
    """The operations whose motion may still be under way, which are settled with it.

    What a dead process left is recorded as unknown now: from here on its time is measured.
    """
    late = [each.move for each in transfers if each.is_late]
    now = library.context.clock.now()
    for move in late:
        if move.finished_at is None or move.finished_at > now:  # the clock was set back since
            library.store.finish_move(move.id, outcome="unknown", message=move.message or _DIED)
    return frozenset(move.operation_id for move in late)


def _record(library: Library, transfers: list[OpenTransfer]) -> None:
    from changer.journal.recovery_words import outcome_words

    outcomes = {each.outcome for each in transfers}
    told = "; ".join(map(outcome_words, transfers))
    library.store.finish_move(
        transfers[0].move.id,
        outcome=outcomes.pop() if len(outcomes) == 1 else "misplaced",
        final_address=transfers[0].end,
        message=f"{_DIED}; {told}",
    )


def settle_or_refuse(library: Library, *, taking: Place | None = None) -> tuple[OpenTransfer, ...]:
    """Settle what needs no motion, before a command moves something.

    ``taking``: where the command takes a cartridge from. If that is a transport, what an earlier
    move left in it is no obstacle, and is returned, for ``close_taken``.

    Raises RecoveryNeeded when a cartridge is in the transport, or a motion may still be under way;
    CartridgeMissing when the library shows one nowhere. One that only a person's command can move
    is warned of.
    """
    left = _settle_in_place(library)
    taken = tuple(each for each, _ in left if taking is not None and _is_taken(each, taking))
    for opened, error in left:
        if opened in taken:
            continue
        if not opened.needs_person:
            raise error
        library.context.warn(f"{error.message}; {error.hint}")
        taken = tuple(each for each in taken if each.move.id != opened.move.id)
    return taken


def _is_taken(opened: OpenTransfer, source: Place) -> bool:
    """Whether the cartridge is in a transport, and that is the place, or it has that label."""
    if opened.place is None or opened.place.kind is not PlaceKind.PICKER:
        return False
    if source.kind is PlaceKind.TAG:
        return source.tag == opened.transfer.volume_tag
    return source in (opened.place, Place(PlaceKind.ADDRESS, opened.address or 0))


def close_taken(library: Library, taken: tuple[OpenTransfer, ...], address: int) -> None:
    """Record that the cartridge of open moves was moved from the transport to this address.

    Of an exchange it is one of two: that is judged by where both are now.
    """
    if any(each.move.kind == "exchange" for each in taken):
        settle(library, bring=None)
    for opened in taken:
        if opened.move.kind == "exchange":
            continue
        library.store.finish_move(
            opened.move.id,
            outcome=opened.transfer.outcome_at(address),
            final_address=address,
            message=f"{_DIED}; {opened.cartridge} was in {opened.where}, and was moved from there",
        )


def settle_or_warn(library: Library) -> tuple[OpenTransfer, ...]:
    """Settle what needs no motion, for a command that moves nothing; what is left, warned of."""
    left = _settle_in_place(library)
    for _, error in left:
        library.context.warn(f"{error.message}; {error.hint}")
    return tuple(opened for opened, _ in left)


def _settle_in_place(library: Library) -> list[tuple[OpenTransfer, ChangerError]]:
    """Settle what needs no motion, and warn of it; what is left, with the error that says so."""
    transfers = settle(library, bring=None)
    if not transfers:
        return []
    from changer.journal.open_moves import closable, refusal
    from changer.journal.recovery_words import outcome_words

    settled = closable(transfers, may_move=False)
    for each in transfers:
        if each.move.id in settled:
            library.context.warn(outcome_words(each))
    left = [(each, error) for each in transfers if (error := refusal(each)) is not None]
    if left:
        from changer.journal.told import open_move

        library.tell(
            *(open_move(each.move, error.message, library_id=library.id) for each, error in left)
        )
    return left
