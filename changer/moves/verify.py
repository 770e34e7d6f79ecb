"""Verification of a motion: where every cartridge is afterwards, recorded in the journal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    DeviceFailed,
    MoveFailed,
    OutcomeUnknown,
)
from changer.library.addressing import Place
from changer.library.element_state import cartridge_name
from changer.library.inventory import Inventory, Location, MediumLocation, locate
from changer.library.library import Library
from changer.library.session import MotionOutcome, MotionResult
from changer.moves.plan import Plan
from changer.smc.cdb import test_unit_ready
from changer.smc.command import Command
from changer.smc.elements import ElementType
from changer.store.records import Move, MoveOutcome

# Some libraries report GOOD before their element status has caught up.
SETTLING_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)


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
    """Outcome of a motion for the journal, and the error for its caller, with its cause."""

    outcome: MoveOutcome
    address: int | None = None
    error: ChangerError | None = None
    cause: ChangerError | None = None


def verify_move(
    library: Library, command: MotionCommand, record: Move, motion: MotionResult
) -> tuple[MoveResult, ...]:
    """Record the outcome of a motion that was executed, refused, or is in doubt."""
    verdict = _judge(library, command, motion)
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
    if error is not None:
        raise error from verdict.cause
    return tuple(_result(plan, warning) for plan in command.plans)


def _judge(library: Library, command: MotionCommand, motion: MotionResult) -> _Verdict:
    """Look where every cartridge is, unless nothing moved, and conclude."""
    if motion.outcome is MotionOutcome.REFUSED and motion.error is not None:
        _look_for_the_cause(library, motion.error)
        return _Verdict("not-executed", error=motion.error)
    try:
        found = _look(library, command, motion)
    except ChangerError as error:
        unknown = _unknown(command, f"the library can't be read: {error.message}")
        return _Verdict("unknown", error=unknown, cause=error)
    if _all_at(found, Location.DESTINATION):
        return _Verdict("completed", command.plans[0].destination.address)
    return _judge_failure(command, found, motion)


def _judge_failure(
    command: MotionCommand, found: tuple[MediumLocation, ...], motion: MotionResult
) -> _Verdict:
    """The verdict on a motion that did not bring every cartridge where it was to go."""
    why = motion.error.message if motion.error else "the library said that it was done"
    if _all_at(found, Location.SOURCE):
        failure = MoveFailed(
            f"{command.words}: not moved, everything is where it was ({why})",
            hint="look at the library's panel; the move was not and will not be sent again",
            sense=motion.sense,
        )
        return _Verdict("not-executed", found[0].address, failure, motion.error)
    numbering = command.plans[0].inventory.numbering
    for plan, each in zip(command.plans, found, strict=True):
        if each.location is Location.ELSEWHERE and each.address is not None:
            here = numbering.place_of(each.address)
            there = numbering.place_of(plan.destination.address)
            misplaced = CartridgeMisplaced(
                f"{plan.words}: the cartridge is in {numbering.name_of(each.address)} ({why})",
                hint=f"look at the library's panel, then move it on: changer move {here} {there}",
                sense=motion.sense,
            )
            return _Verdict("misplaced", each.address, misplaced, motion.error)
    return _Verdict("unknown", error=_unknown(command, why), cause=motion.error)


def _unknown(command: MotionCommand, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{command.words}: can't tell where the cartridge is ({why})",
        hint="look at the library's panel; changer status shows what it says. Do not repeat the "
        "move before you know",
    )


def _look_for_the_cause(library: Library, error: ChangerError) -> None:
    """A refusal that names none may come from a cartridge that was left in the transport."""
    if type(error) is not DeviceFailed:
        return
    with suppress(ChangerError):
        inventory = library.read([ElementType.MEDIUM_TRANSPORT])
        for each in inventory.elements:
            if each.full:
                numbering = inventory.numbering
                place = numbering.place_of(each.address)
                error.add_context(
                    hint=f"{cartridge_name(each)} is in {numbering.name_of(each.address)}; "
                    f"put it away first: changer move {place} SLOT"
                )


def _look(
    library: Library, command: MotionCommand, motion: MotionResult
) -> tuple[MediumLocation, ...]:
    """Locate every cartridge of the command; after an executed motion two elements mostly do.

    After a failure to read it is read again, until the library has had time to get ready.
    """
    clock = library.context.clock
    deadline = clock.monotonic() + library.session.patience.ready_timeout_seconds
    if motion.outcome is MotionOutcome.EXECUTED:
        try:
            found = _look_at_both_ends(library, command)
        except ChangerError:
            if clock.monotonic() >= deadline:
                raise
        else:
            if _all_at(found, Location.DESTINATION):
                return found
    return _look_everywhere(library, command, deadline)


def _look_at_both_ends(library: Library, command: MotionCommand) -> tuple[MediumLocation, ...]:
    wanted = [each for plan in command.plans for each in (plan.source, plan.destination)]
    inventory = command.plans[0].inventory
    fresh = library.reader.read_again(inventory, (each.address for each in wanted))
    library.ensure_identity()
    return _locate(command, fresh)


def _look_everywhere(
    library: Library, command: MotionCommand, deadline: float
) -> tuple[MediumLocation, ...]:
    """Read the whole library until every cartridge is at its destination, or it stays elsewhere."""
    clock = library.context.clock
    library.context.progress("looking where the cartridge is")
    found: tuple[MediumLocation, ...] = ()
    lost: ChangerError | None = None
    for number, pause in enumerate((0.0, *SETTLING_PAUSES_SECONDS, SETTLING_PAUSES_SECONDS[-1])):
        if number > len(SETTLING_PAUSES_SECONDS) and lost is None:
            break  # the last one is there to make up for a reading that failed
        if pause:
            clock.sleep(pause)
        try:
            library.session.send(test_unit_ready())
            found, lost = _locate(command, library.read()), None
        except ChangerError as error:  # it may be back in a moment
            lost = error
        if (clock.monotonic() >= deadline) if lost else _all_at(found, Location.DESTINATION):
            break
    if lost is not None:
        raise lost
    return found


def _locate(command: MotionCommand, inventory: Inventory) -> tuple[MediumLocation, ...]:
    return tuple(locate(inventory, plan.transfer) for plan in command.plans)


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
