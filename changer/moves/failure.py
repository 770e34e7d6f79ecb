"""Verdicts on a motion that did not bring every cartridge to its destination."""

from __future__ import annotations

from changer.errors import CartridgeMisplaced, ChangerError, MoveFailed, OutcomeUnknown
from changer.host.clock import time_of_day
from changer.library.element_state import cartridge_name
from changer.library.inventory import Location, MediumLocation, judge_end
from changer.library.library import Library
from changer.library.routes import Routes
from changer.library.session import MotionOutcome, MotionResult
from changer.moves.plan import MotionCommand
from changer.smc.sense import Action
from changer.store.records import MoveOutcome
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a motion for the journal, and the error for its caller, with its cause.

    ``address``: where its first cartridge, or the one that is astray, was found at rest; of a move
    to a mail slot with GOOD whose cartridge was not found, that slot: its end was seen.
    ``repeat``: nothing moved, and the reply allows to send it again.
    """

    outcome: MoveOutcome
    error: ChangerError
    cause: ChangerError | None = None
    address: int | None = None
    repeat: bool = False


def judge_failure(
    library: Library,
    command: MotionCommand,
    motion: MotionResult,
    found: tuple[MediumLocation, ...],
    *,
    at_rest: bool,
    trouble: ChangerError | None,
) -> Verdict:
    """The verdict by where every cartridge was found, and whether the robot is at rest.

    ``trouble``: why the motion may not be sent again, None if it may.
    """
    why = motion.error.message if motion.error else "the library reported that it was done"
    transports = command.plans[0].inventory.assignment.medium_transport
    in_transport = any(
        each.location is Location.ELSEWHERE and each.address in transports for each in found
    )
    outcome = judge_end(found, at_rest=at_rest, in_transport=in_transport)
    if not at_rest and motion.outcome is MotionOutcome.UNSEEN:
        late = _late(library, command, found, why)
        return Verdict(outcome, late, motion.error)
    if outcome == "not-executed":
        return _not_executed(command, motion, trouble, found[0].address, why)
    return _astray(library, command, found, motion, outcome, why)


def _not_executed(
    command: MotionCommand,
    motion: MotionResult,
    trouble: ChangerError | None,
    address: int | None,
    why: str,
) -> Verdict:
    """Nothing moved: what the device reported is the reason, unless it reported none."""
    if trouble is None and motion.error is not None:
        return Verdict("not-executed", motion.error, address=address, repeat=True)
    refused = motion.action is not None and motion.action.action is not Action.UNKNOWN
    if refused and not motion.deferred and trouble is not None:
        trouble.add_context(command.sentence("was not moved"))
        return Verdict("not-executed", trouble)
    failure = MoveFailed(
        f"{command.sentence('was not moved')}; everything is where it was ({why})",
        hint="look at the library's panel before you try again; the move was not repeated",
        sense=motion.sense,
    )
    return Verdict("not-executed", failure, motion.error, address)


def _astray(
    library: Library,
    command: MotionCommand,
    found: tuple[MediumLocation, ...],
    motion: MotionResult,
    outcome: MoveOutcome,
    why: str,
) -> Verdict:
    """A cartridge is neither at its source nor at its destination."""
    numbering = command.plans[0].inventory.numbering
    routes = Routes(numbering, library.reader.device_capabilities(numbering.assignment))
    for plan, each in zip(command.plans, found, strict=True):
        if each.location is Location.ELSEWHERE and each.address is not None:
            move_on = routes.way(each.address, plan.destination.address)
            ends = plan.source.address, plan.destination.address
            in_transport = each.address in numbering.assignment.medium_transport
            if in_transport and any(routes.allow(each.address, end) for end in ends):
                move_on = "finish the move, or undo it: changer recover"
            misplaced = CartridgeMisplaced(
                f"{plan.sentence('was to be moved')}, but is in {numbering.name_of(each.address)} "
                f"({why})",
                hint=f"look at the library's panel, then {move_on}",
                sense=motion.sense,
            )
            return Verdict(outcome, misplaced, motion.error, each.address)
    return Verdict("unknown", _unknown(command, why), motion.error, _promised(command, motion))


def _promised(command: MotionCommand, motion: MotionResult) -> int | None:
    """The mail slot that the first cartridge came to by the library's reply, if it was GOOD."""
    plan = command.plans[0]
    is_mail = plan.destination.address in plan.inventory.assignment.import_export
    is_executed = motion.outcome is MotionOutcome.EXECUTED
    return plan.destination.address if is_executed and is_mail else None


def _late(
    library: Library, command: MotionCommand, found: tuple[MediumLocation, ...], why: str
) -> OutcomeUnknown:
    """The robot may still be on its way."""
    numbering = command.plans[0].inventory.numbering
    now = library.context.clock.now()
    settled_at = time_of_day(now + library.settings.move_timeout_seconds, now=now)
    shown = [
        f"{cartridge_name(plan.source)} is in {numbering.name_of(each.address)}"
        for plan, each in zip(command.plans, found, strict=True)
        if each.address is not None
    ]
    where = " and ".join(shown) or "the library does not show the cartridge"
    return OutcomeUnknown(
        f"{command.sentence('may still be on its way')}: {where}, and the end of the move was not "
        f"seen ({why})",
        hint=f"changer recover settles it from {settled_at} on; sooner, if you see "
        "that the robot stands still: changer recover --at-rest",
    )


def unreadable(command: MotionCommand, motion: MotionResult, lost: ChangerError) -> Verdict:
    """The verdict where the library can't be read, for the reason given."""
    unknown = _unknown(command, f"the library can't be read: {lost.message}")
    return Verdict("unknown", unknown, lost, _promised(command, motion))


def _unknown(command: MotionCommand, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{command.sentence('was to be moved')}, and can't be located now ({why})",
        hint="look at the library's panel, and at changer status; do not repeat the move before "
        "you know where the cartridge is",
    )
