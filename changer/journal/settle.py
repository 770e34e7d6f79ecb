"""Settles what dead processes left open, by what the library says, under its lock.

What needs no motion is settled by the next command that moves something; what does, and a cartridge
that the library does not show anywhere, stops that command until somebody has seen to it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from changer.errors import CartridgeMissing, ChangerError, RecoveryNeeded
from changer.journal.open_moves import Finding, RecoveryAction, examine
from changer.journal.open_operations import settle_operations
from changer.library.addressing import Place
from changer.library.library import Library

__all__ = ["refusal", "settle", "settle_or_refuse", "settle_or_warn"]

_DIED = "it was not confirmed when it was made"


def settle(
    library: Library,
    *,
    bring: Callable[[Library, int, Place], None] | None,
    accept_missing: bool = False,
) -> tuple[Finding, ...]:
    """Settle every open move and operation; what was found. Only under the lock.

    ``bring``: moves a cartridge from an address to a place, as a step of its own in the journal;
    None settles only what needs no motion.
    """
    findings = examine(library, accept_missing=accept_missing)
    for move_id in _settled(findings, may_move=bring is not None):
        legs = [each for each in findings if each.leg.move.id == move_id]
        for each in legs:
            if bring is not None and each.to is not None and each.address is not None:
                bring(library, each.address, each.to)
        _record(library, legs)
    settle_operations(library)
    return findings


def _settled(findings: tuple[Finding, ...], *, may_move: bool) -> list[int]:
    """The moves that can be settled, because every leg of theirs can; newest first.

    So what a motion depends on is in the journal until it was made.
    """
    settled: list[int] = []
    for move_id, legs in groupby(reversed(findings), key=lambda each: each.leg.move.id):
        if not any(
            each.stays_open
            or (each.needs_motion and not may_move)
            or (each.overtaken_by is not None and each.overtaken_by not in settled)
            for each in legs
        ):
            settled.append(move_id)
    return settled


def _record(library: Library, legs: list[Finding]) -> None:
    outcomes = {each.outcome for each in legs}
    told = "; ".join(f"{each.cartridge} was in {each.where}, {each.remedy.value}" for each in legs)
    library.store.finish_move(
        legs[0].leg.move.id,
        outcome=outcomes.pop() if len(outcomes) == 1 else "misplaced",
        final_address=legs[0].end,
        message=f"{_DIED}; {told}",
    )


def settle_or_refuse(library: Library) -> None:
    """What every command does that is about to move something: settle what needs no motion.

    Raises RecoveryNeeded when a cartridge is in the transport, CartridgeMissing when the library
    shows one nowhere. One that only a person's command can move is warned of.
    """
    for finding, error in _settle_in_place(library):
        if finding.remedy is not RecoveryAction.BY_HAND:
            raise error
        library.context.warn(f"{error.message}; {error.hint}")


def settle_or_warn(library: Library) -> None:
    """What a command does that moves nothing: settle what needs no motion, and tell the rest."""
    for _, error in _settle_in_place(library):
        library.context.warn(f"{error.message}; {error.hint}")


def _settle_in_place(library: Library) -> list[tuple[Finding, ChangerError]]:
    """Settle what needs no motion, and tell it; what is left, with the error that says so."""
    findings = settle(library, bring=None)
    settled = _settled(findings, may_move=False)
    for each in findings:
        if each.leg.move.id in settled:
            library.context.warn(
                f"an interrupted move of {each.cartridge} is settled: it is in {each.where}"
            )
    return [(each, error) for each in findings if (error := refusal(each)) is not None]


def refusal(finding: Finding) -> ChangerError | None:
    """The error that says what is still to be done about a finding, or None."""
    leg = finding.leg
    if finding.remedy is RecoveryAction.SEARCH:
        return CartridgeMissing(
            f"{finding.cartridge}, which was to go from @{leg.source} to @{leg.destination}, "
            "can't be found in the library",
            hint="look into the library; to give it up: changer recover --accept-missing",
        )
    left = f"an interrupted move left {finding.cartridge} in {finding.where}"
    if finding.remedy is RecoveryAction.BY_HAND:
        return RecoveryNeeded(
            f"{left}, and neither @{leg.destination} nor @{leg.source} can take it",
            hint=f"move it to a free place: changer move @{finding.address} SLOT",
        )
    if finding.needs_motion:
        return RecoveryNeeded(left, hint="changer recover brings it home; --dry-run shows how")
    return None
