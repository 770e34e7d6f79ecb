"""Execution of moves: intent in the journal, one motion command, then verification."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from changer.errors import ChangerError, NotReady
from changer.library.addressing import Place
from changer.library.library import Library
from changer.library.session import MotionOutcome, MotionResult
from changer.moves.plan import Plan, find_address, plan_exchange, plan_load, plan_move, plan_unload
from changer.moves.verify import MotionCommand, MoveResult, verify_move
from changer.smc.cdb import exchange_medium, move_medium, position_to_element
from changer.store.records import Move

# A unit attention means that a move was not executed: look, check, and send it again, this often.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """Options of MOVE MEDIUM and EXCHANGE MEDIUM (SMC-3).

    invert         the cartridge is turned over, as double-sided media are.
    invert_second  as ``invert``, for the cartridge that is exchanged for it.
    control        the CONTROL byte, whose bits 7 and 6 are the vendor's.
    """

    invert: bool = False
    invert_second: bool = False
    control: int = 0


DEFAULT_OPTIONS = MoveOptions()


def move(library: Library, source: Place, destination: Place) -> MoveResult:
    """Move a cartridge (MOVE MEDIUM), and return when the library shows it at its destination.

    Raises what forbids the move; MoveFailed when the cartridge is where it was; CartridgeMisplaced
    when it is elsewhere; OutcomeUnknown when the library does not say.
    """
    return _run(library, lambda: _single(library, plan_move(library, source, destination)))[0]


def move_locked(
    library: Library,
    plan: Callable[[], Plan],
    *,
    operation_id: str | None = None,
    options: MoveOptions = DEFAULT_OPTIONS,
) -> MoveResult:
    """As move, under the library's lock, which the caller holds: a step of an operation.

    ``plan``: reads and checks anew, each time that the move is to be sent.
    """
    return _run_locked(library, lambda: _single(library, plan(), options), operation_id)[0]


def exchange_locked(
    library: Library,
    plan: Callable[[], tuple[Plan, Plan]],
    *,
    options: MoveOptions = DEFAULT_OPTIONS,
) -> tuple[MoveResult, ...]:
    """As exchange, under the caller's lock; ``plan`` as in move_locked."""
    return _run_locked(library, lambda: _double(library, plan(), options), None)


def load(library: Library, source: Place, drive: Place) -> MoveResult:
    """Move a cartridge to a drive. Raises as move, and NoSuchDrive for any other place."""
    return _run(library, lambda: _single(library, plan_load(library, source, drive)))[0]


def unload(library: Library, drive: Place, slot: Place | None = None) -> MoveResult:
    """Move a drive's cartridge to a slot, or to the one that it came from. Raises as move."""
    return _run(library, lambda: _single(library, plan_unload(library, drive, slot)))[0]


def exchange(
    library: Library, source: Place, first: Place, second: Place | None = None
) -> tuple[MoveResult, ...]:
    """Exchange two cartridges (EXCHANGE MEDIUM); the second goes to ``second``, or the source."""
    return _run(library, lambda: _double(library, plan_exchange(library, source, first, second)))


def position(library: Library, place: Place) -> str:
    """Move the transport to an element (POSITION TO ELEMENT); returns the element in words."""
    library.require_usable()
    with library.locked():
        numbering, address = find_address(library, place)
        command = position_to_element(
            address, timeout_seconds=library.settings.move_timeout_seconds
        )
        for _ in range(ATTEMPTS):
            library.ensure_identity()
            motion = library.session.send_motion(command)
            if motion.outcome is not MotionOutcome.NOT_EXECUTED:
                break
        if motion.error is not None:
            raise motion.error
        return numbering.name_of(address)


def _single(library: Library, plan: Plan, options: MoveOptions = DEFAULT_OPTIONS) -> MotionCommand:
    command = move_medium(
        plan.source.address,
        plan.destination.address,
        invert=options.invert,
        control=options.control,
        timeout_seconds=library.settings.move_timeout_seconds,
    )
    return MotionCommand((plan,), command, plan.words)


def _double(
    library: Library, plans: tuple[Plan, Plan], options: MoveOptions = DEFAULT_OPTIONS
) -> MotionCommand:
    first, second = plans
    command = exchange_medium(
        first.source.address,
        first.destination.address,
        second_destination_address=second.destination.address,
        invert_first=options.invert,
        invert_second=options.invert_second,
        control=options.control,
        timeout_seconds=library.settings.move_timeout_seconds,
    )
    return MotionCommand(plans, command, f"{first.words}, and {second.words}")


def _run(library: Library, next_step: Callable[[], MotionCommand]) -> tuple[MoveResult, ...]:
    """Plan, send and verify under the lock; plan anew when the command was not executed."""
    library.require_usable()
    with library.locked():
        if library.has_open_records():
            from changer.journal.settle import settle_or_refuse

            settle_or_refuse(library)
        return _run_locked(library, next_step, None)


def _run_locked(
    library: Library, next_step: Callable[[], MotionCommand], operation_id: str | None
) -> tuple[MoveResult, ...]:
    for _ in range(ATTEMPTS):
        library.context.progress("reading the library")
        step = next_step()
        library.ensure_identity()
        library.context.progress(f"moving {step.words}")
        with library.store_error_context(
            f"{step.words}: not moved, as the journal can't be written"
        ):
            record = _write_intent(library, step, operation_id)
        motion = _send(library, step, record)
        if motion.outcome is not MotionOutcome.NOT_EXECUTED:
            return verify_move(library, step, record, motion)
        library.store.finish_move(record.id, outcome="not-executed", message=str(motion.error))
    raise NotReady(
        f"the library interrupted the move {ATTEMPTS} times; it was not made",
        hint="look at its panel, then try again",
        sense=motion.sense,
    )


def _write_intent(library: Library, step: MotionCommand, operation_id: str | None) -> Move:
    first, last = step.plans[0], step.plans[-1]
    is_exchange = len(step.plans) > 1
    return library.store.begin_move(
        library.id,
        kind="exchange" if is_exchange else "move",
        source_address=first.source.address,
        destination_address=first.destination.address,
        second_destination_address=last.destination.address if is_exchange else None,
        volume_tag=first.tag,
        second_volume_tag=last.tag if is_exchange else None,
        operation_id=operation_id,
    )


def _send(library: Library, step: MotionCommand, record: Move) -> MotionResult:
    """Send the motion once; Ctrl-C is obeyed only after its outcome is recorded."""
    try:
        return library.session.send_motion(step.command)
    except KeyboardInterrupt:
        if not library.session.motion_in_doubt:
            library.store.finish_move(record.id, outcome="not-executed", message="interrupted")
            raise
        library.context.warn("interrupted during a move; looking where the cartridge is")
        try:
            verify_move(library, step, record, MotionResult(MotionOutcome.IN_DOUBT))
        except ChangerError as error:
            library.context.warn(error.message)
        raise
    except ChangerError as error:
        library.store.finish_move(record.id, outcome="not-executed", message=error.message)
        raise
