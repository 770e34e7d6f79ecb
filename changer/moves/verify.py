"""Verification of a motion: where every cartridge is afterwards, recorded in the journal.

A motion is over when it is known to be over. After any reply of the device, readings that agree
are the truth. Where its end was not seen, a cartridge at its destination ends it at once; at its
source, or in a transport, it may still be moved, until a whole move time has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat

from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    CommandTimedOut,
    MoveFailed,
    OutcomeUnknown,
)
from changer.host.clock import time_of_day
from changer.library.addressing import Place
from changer.library.element_state import cartridge_name
from changer.library.inventory import Inventory, Location, MediumLocation, judge_end, locate
from changer.library.library import Library
from changer.library.session import MotionOutcome, MotionResult
from changer.moves.plan import Plan
from changer.smc.cdb import test_unit_ready
from changer.smc.command import Command
from changer.smc.elements import ElementType
from changer.smc.sense import Action
from changer.store.records import Move, MoveOutcome

# Some libraries report GOOD before their element status has caught up.
SETTLING_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
_SETTLING = 7.5  # all of them
# A reading that failed is made up for by one more.
_LOST_SECONDS = _SETTLING + 4.0
_WATCHING_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class MoveResult:
    """A cartridge that the library shows at its destination.

    ``warning``: why the move's end had to be found out by looking, or None.
    """

    volume_tag: str | None
    source: Place
    destination: Place
    source_address: int
    destination_address: int
    words: str
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class MotionCommand:
    """One motion command: what it is to bring about, and what the journal says of it."""

    plans: tuple[Plan, ...]
    command: Command[None]
    words: str


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Outcome of a motion for the journal, and the error for its caller, with its cause.

    ``repeat``: nothing moved, and the reply allows to send it again.
    """

    outcome: MoveOutcome
    address: int | None = None
    error: ChangerError | None = None
    cause: ChangerError | None = None
    repeat: bool = False


def verify_move(
    library: Library, command: MotionCommand, record: Move, motion: MotionResult
) -> tuple[MoveResult, ...] | MotionResult:
    """Look where every cartridge is, and record the outcome of a motion that was sent.

    Returns the motion for one that was not executed and may be sent again, after a new plan.
    """
    trouble = _prepare_repeat(library, command, motion)
    verdict = _judge(library, command, motion, trouble)
    warning = motion.error.message if motion.error else None
    error = verdict.error
    done = f"{error.message}; and" if error else f"{command.words}: done, but"
    with library.store_error_context(f"{done} it could not be recorded"):
        library.store.finish_move(
            record.id,
            outcome=verdict.outcome,
            final_address=verdict.address,
            message=error.message if error else warning,
        )
    if verdict.repeat:
        return motion
    if error is not None:
        raise error from verdict.cause
    return tuple(_result(plan, warning) for plan in command.plans)


def _prepare_repeat(
    library: Library, command: MotionCommand, motion: MotionResult
) -> ChangerError | None:
    """Let the library become ready, as its reply asks for; why it may not be asked again."""
    if motion.outcome is not MotionOutcome.ENDED:
        return motion.error
    try:
        library.session.prepare_repeat(command.command, motion)
    except ChangerError as trouble:
        return trouble
    return None if motion.may_repeat else motion.error


# Judgement


def _judge(
    library: Library, command: MotionCommand, motion: MotionResult, trouble: ChangerError | None
) -> _Verdict:
    try:
        found, at_rest = _look(library, command, motion)
    except ChangerError as error:
        unknown = _unknown(command, f"the library can't be read: {error.message}")
        return _Verdict("unknown", error=unknown, cause=error)
    in_transport = _find_in_transport(command, found)
    outcome = judge_end(found, at_rest=at_rest, in_transport=in_transport is not None)
    if outcome == "completed":
        return _Verdict(outcome, command.plans[0].destination.address)
    why = motion.error.message if motion.error else "the library reported that it was done"
    if not at_rest and motion.outcome is MotionOutcome.UNSEEN:
        late = _late(library, command, found, why)
        return _Verdict(outcome, error=late, cause=motion.error)
    if outcome == "not-executed":
        return _not_executed(command, motion, trouble, found[0].address, why)
    return _astray(command, found, motion, outcome, why)


def _not_executed(
    command: MotionCommand,
    motion: MotionResult,
    trouble: ChangerError | None,
    address: int | None,
    why: str,
) -> _Verdict:
    """Nothing moved: what the device reported is the reason, unless it reported none."""
    if trouble is None and motion.may_repeat:
        return _Verdict("not-executed", address, motion.error, repeat=True)
    refused = motion.action is not None and motion.action.action is not Action.UNKNOWN
    if refused and not motion.deferred and trouble is not None:
        return _Verdict("not-executed", error=trouble)
    failure = MoveFailed(
        f"{command.words}: not moved, everything is where it was ({why})",
        hint="look at the library's panel; the move was not and will not be sent again",
        sense=motion.sense,
    )
    return _Verdict("not-executed", address, failure, motion.error)


def _astray(
    command: MotionCommand,
    found: tuple[MediumLocation, ...],
    motion: MotionResult,
    outcome: MoveOutcome,
    why: str,
) -> _Verdict:
    """A cartridge is neither at its source nor at its destination."""
    numbering = command.plans[0].inventory.numbering
    for plan, each in zip(command.plans, found, strict=True):
        if each.location is Location.ELSEWHERE and each.address is not None:
            here = numbering.place_of(each.address)
            there = numbering.place_of(plan.destination.address)
            move_on = f"move it on: changer move {here} {there}"
            if numbering.assignment.type_of(each.address) is ElementType.MEDIUM_TRANSPORT:
                move_on = "bring it on or back: changer recover"
            misplaced = CartridgeMisplaced(
                f"{plan.words}: the cartridge is in {numbering.name_of(each.address)} ({why})",
                hint=f"look at the library's panel, then {move_on}",
                sense=motion.sense,
            )
            return _Verdict(outcome, each.address, misplaced, motion.error)
    return _Verdict("unknown", error=_unknown(command, why), cause=motion.error)


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
        f"{command.words}: its end was not seen ({why}); {where}, and the robot may still move it",
        hint=f"changer recover settles it from {settled_at} on; sooner, if you see "
        "that the robot stands still: changer recover --at-rest",
    )


def _unknown(command: MotionCommand, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{command.words}: can't tell where the cartridge is ({why})",
        hint="look at the library's panel; changer status shows what it says. Do not repeat the "
        "move before you know",
    )


# Looking


def _look(
    library: Library, command: MotionCommand, motion: MotionResult
) -> tuple[tuple[MediumLocation, ...], bool]:
    """Locate every cartridge of the command; and whether the robot is known to be at rest.

    After an executed motion two elements mostly do.
    """
    if motion.outcome is MotionOutcome.EXECUTED:
        try:
            found = _look_at_both_ends(library, command)
        except ChangerError:
            found = ()
        if found and _all_at(found, Location.DESTINATION):
            return found, True
    library.context.progress("looking where the cartridge is")
    return _Watch(library, command).look(*_patience(library, motion))


def _patience(library: Library, motion: MotionResult) -> tuple[float, float]:
    """How long readings have to agree, and when to give up, in seconds.

    A command that timed out has had its time: its caller is not kept waiting for another.
    """
    whole_move = library.settings.move_timeout_seconds
    if motion.outcome is MotionOutcome.UNSEEN and not library.answers_at_rest:
        timed_out = isinstance(motion.error, CommandTimedOut)
        return whole_move, _SETTLING if timed_out else 3 * whole_move
    is_refusal = motion.action is not None and motion.action.action is not Action.UNKNOWN
    return SETTLING_PAUSES_SECONDS[0] if is_refusal else _SETTLING, 3 * _SETTLING


class _Watch:
    """Readings of the elements of one motion, until they tell how it ended."""

    def __init__(self, library: Library, command: MotionCommand) -> None:
        self._library = library
        self._command = command
        self._clock = library.context.clock

    def look(
        self, quiet_seconds: float, limit_seconds: float
    ) -> tuple[tuple[MediumLocation, ...], bool]:
        """Read until every cartridge is at its destination, or all stay where they are.

        Returns False where they did not stay for ``quiet_seconds``. Raises the error of the last
        reading, where the library can't be read for long.
        """
        began = read_at = since = self._clock.monotonic()
        found: tuple[MediumLocation, ...] = ()
        for pause in chain((0.0, *SETTLING_PAUSES_SECONDS), repeat(_WATCHING_PAUSE_SECONDS)):
            if pause:
                self._clock.sleep(pause)
            asked_at = self._clock.monotonic()
            try:
                before, found = found, self._read()
            except ChangerError:
                if self._clock.monotonic() - read_at >= _LOST_SECONDS:
                    raise
                continue
            read_at = self._clock.monotonic()
            if found != before:
                since = read_at
            if _all_at(found, Location.DESTINATION):
                break
            is_known = all(each.address is not None for each in found)
            # It may have moved since the last one was begun.
            if asked_at - since >= (quiet_seconds if is_known else max(quiet_seconds, _SETTLING)):
                break
            if read_at - began >= limit_seconds:
                return found, False
        return found, True

    def _read(self) -> tuple[MediumLocation, ...]:
        """One reading: of the elements that it is about, of all if they don't tell."""
        self._library.session.send(test_unit_ready())
        inventory = self._command.plans[0].inventory
        reader = self._library.reader
        fresh = reader.read_again(inventory, _ends(self._command), transports=True)
        found = _locate(self._command, fresh)
        if not all(each.address is not None for each in found):
            found = _locate(self._command, self._library.read())
        self._library.ensure_identity()
        return found


def _look_at_both_ends(library: Library, command: MotionCommand) -> tuple[MediumLocation, ...]:
    fresh = library.reader.read_again(command.plans[0].inventory, _ends(command))
    library.ensure_identity()
    return _locate(command, fresh)


def _ends(command: MotionCommand) -> tuple[int, ...]:
    """The addresses of the elements that the command names."""
    return tuple(
        address
        for plan in command.plans
        for address in (plan.source.address, plan.destination.address)
    )


def _locate(command: MotionCommand, inventory: Inventory) -> tuple[MediumLocation, ...]:
    return tuple(locate(inventory, plan.transfer) for plan in command.plans)


def _find_in_transport(command: MotionCommand, found: tuple[MediumLocation, ...]) -> int | None:
    """The transport that holds a cartridge which did not start there."""
    assignment = command.plans[0].inventory.assignment
    for each in found:
        if each.location is Location.ELSEWHERE and each.address in assignment.medium_transport:
            return each.address
    return None


def _all_at(found: tuple[MediumLocation, ...], where: Location) -> bool:
    return all(each.location is where for each in found)


def _result(plan: Plan, warning: str | None) -> MoveResult:
    numbering = plan.inventory.numbering
    return MoveResult(
        volume_tag=plan.tag,
        source=numbering.place_of(plan.source.address),
        destination=numbering.place_of(plan.destination.address),
        source_address=plan.source.address,
        destination_address=plan.destination.address,
        words=plan.words,
        warning=warning,
    )
