"""Execution of moves: intent in the journal, one motion command, then verification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from changer.errors import ChangerError, InvalidSlot, NotReady
from changer.host import interrupts
from changer.host.clock import TimedStep
from changer.library.addressing import Place
from changer.library.claims import when_unclaimed
from changer.library.element_reader import ANY_TRANSPORT
from changer.library.element_state import cartridge_name, is_cleaner
from changer.library.library import Library
from changer.library.session import MotionResult
from changer.moves.plan import (
    MotionCommand,
    Plan,
    find_address,
    plan_exchange,
    plan_load,
    plan_move,
    plan_unload,
)
from changer.moves.verify import MoveResult, verify_move
from changer.smc.cdb import exchange_medium, move_medium, naming_transport, position_to_element
from changer.smc.elements import ElementAddressAssignment, ElementType
from changer.store.records import Move
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.moves.free_drive import DriveChoice

ChooseTransport = Callable[[ElementAddressAssignment], int]

# A unit attention means that a move was not executed: look, plan, and send it again, this often.
ATTEMPTS = 3


class MoveOptions(NamedTuple):
    """Options of MOVE MEDIUM and EXCHANGE MEDIUM (SMC-3).

    invert         the cartridge is turned over, as double-sided media are.
    invert_second  as ``invert``, for the cartridge that is exchanged for it.
    control        the CONTROL byte, whose bits 7 and 6 are the vendor's.
    """

    invert: bool = False
    invert_second: bool = False
    control: int = 0


DEFAULT_OPTIONS = MoveOptions()
_LOAD_CLEANER = 1 << 6  # vendor specific


def move(library: Library, source: Place, destination: Place, *, as_is: bool = False) -> MoveResult:
    """Move a cartridge (MOVE MEDIUM), and return when the library shows it at its destination.

    ``as_is``: a cleaning cartridge may go into a drive, which cleans then (else CleanerAsData).

    Raises what forbids the move; MoveFailed when the cartridge is where it was; CartridgeMisplaced
    when it is elsewhere; OutcomeUnknown when the library does not say.
    """
    plan = partial(plan_move, library, source, destination, as_is=as_is)
    return _run(library, lambda: _single(library, plan()), source)[0]


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
    library: Library, plan: Callable[[], tuple[Plan, Plan]], *, options: MoveOptions
) -> tuple[MoveResult, ...]:
    """As exchange, under the caller's lock; ``plan`` as in move_locked."""
    return _run_locked(library, lambda: _double(library, plan(), options), None)


def load(
    library: Library, source: Place, drive: Place | DriveChoice, *, as_is: bool = False
) -> MoveResult:
    """Move a cartridge to a drive. Raises as move, NoSuchDrive for any other place, as choosing."""
    plan = partial(plan_load, library, source, drive, as_is=as_is)
    return _run(library, lambda: _single(library, plan()), source)[0]


def unload(library: Library, drive: Place, slot: Place | None = None) -> MoveResult:
    """Move a drive's cartridge to a slot, or to the one that it came from. Raises as move."""
    return _run(library, lambda: _single(library, plan_unload(library, drive, slot)))[0]


def exchange(
    library: Library,
    source: Place,
    first: Place,
    second: Place | None = None,
    *,
    as_is: bool = False,
) -> tuple[MoveResult, ...]:
    """Exchange two cartridges (EXCHANGE MEDIUM); the second goes to ``second``, or the source."""
    plan = partial(plan_exchange, library, lambda _: (source, first, second), as_is=as_is)
    return _run(library, lambda: _double(library, plan()))


def position(library: Library, place: Place) -> str:
    """Move the transport to an element (POSITION TO ELEMENT); returns the element in words."""
    library.require_usable()
    with library.locked():
        numbering, address = find_address(library, place)
        library.ensure_identity()
        timeout_seconds = library.settings.move_timeout_seconds
        words = f"moving the picker to {numbering.name_of(address)}"
        library.context.progress(TimedStep(words, limit_seconds=timeout_seconds))
        command = position_to_element(address, timeout_seconds=timeout_seconds)
        first, other = (
            naming_transport(command, way(numbering.assignment)) for way in _transport_ways(library)
        )
        try:
            library.session.send(first)
        except InvalidSlot:
            if other == first:
                raise
            library.session.send(other)
            _remember_other_way(library)
        return numbering.name_of(address)


def _single(library: Library, plan: Plan, options: MoveOptions = DEFAULT_OPTIONS) -> MotionCommand:
    command = move_medium(
        plan.source.address,
        plan.destination.address,
        invert=options.invert,
        control=options.control | _control_for_cleaner(library, plan),
        timeout_seconds=library.settings.move_timeout_seconds,
    )
    return MotionCommand((plan,), command, plan.words)


def _control_for_cleaner(library: Library, plan: Plan) -> int:
    """What the control byte has to have besides for a cleaner on its way to a drive."""
    is_to_drive = plan.destination.element_type is ElementType.DATA_TRANSFER
    if not (is_to_drive and is_cleaner(plan.source, prefixes=library.settings.cleaner_prefixes)):
        return 0
    from changer.smc.atlas.habits import Habit, has_habit

    return _LOAD_CLEANER if has_habit(Habit.MARKS_CLEANERS, library.session.model) else 0


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


def _run(
    library: Library, next_step: Callable[[], MotionCommand], source: Place | None = None
) -> tuple[MoveResult, ...]:
    """Plan, send and verify under the lock; plan anew when the command was not executed.

    ``source``: what is taken from there may be what an earlier move left in the picker.
    """

    def run() -> tuple[MoveResult, ...]:
        with library.locked():
            if not library.has_open_records():
                return _run_locked(library, next_step, None)
            from changer.journal.settle import close_taken, settle_or_refuse

            taken = settle_or_refuse(library, taking=source)
            results = _run_locked(library, next_step, None)
            close_taken(library, taken, results[0].destination_address)
            return results

    library.require_usable()
    return when_unclaimed(library, run)


def _any_transport(_: ElementAddressAssignment) -> int:
    return 0  # SMC-3: the library chooses; some refuse it, and take an address (mtx, CHANGES 1.2.8)


def _first_transport(assignment: ElementAddressAssignment) -> int:
    return assignment.medium_transport.first if assignment.medium_transport.count else 0


def _transport_ways(library: Library) -> list[ChooseTransport]:
    """The ways to say which transport makes a motion; first the one not known to be refused."""
    ways = [_any_transport, _first_transport]
    return ways[::-1] if library.memory.lacks(ANY_TRANSPORT) else ways


def _remember_other_way(library: Library) -> None:
    if library.memory.lacks(ANY_TRANSPORT):
        library.memory.forget()
    else:
        library.memory.learn_refusal(ANY_TRANSPORT)


def _with_transport(step: MotionCommand, way: ChooseTransport) -> MotionCommand:
    address = way(step.plans[0].inventory.assignment)
    return step._replace(command=naming_transport(step.command, address))


def _run_locked(
    library: Library, next_step: Callable[[], MotionCommand], operation_id: str | None
) -> tuple[MoveResult, ...]:
    sense: bytes | None = None
    ways = _transport_ways(library)
    for _ in range(ATTEMPTS):
        library.context.progress("reading the library")
        step = _with_transport(next_step(), ways[0])
        library.ensure_identity()
        try:
            with _on_record(library, step, operation_id) as row_of:
                made = _make(library, step, row_of)
        except InvalidSlot:  # nothing moved; the address that is refused may be the transport's
            if _with_transport(step, ways[-1]).command == step.command:
                raise
            del ways[0]
            continue
        if not isinstance(made, MotionResult):
            if len(ways) == 1:
                _remember_other_way(library)
            return made
        sense = made.sense
    raise NotReady(
        f"the library interrupted the move {ATTEMPTS} times; nothing was moved",
        hint="look at its panel, then try again",
        sense=sense,
    )


@contextmanager
def _on_record(
    library: Library, step: MotionCommand, operation_id: str | None
) -> Iterator[str | None]:
    """The operation of a step; that of its own for one that brings the cleaner into a drive."""
    drives = step.plans[0].inventory.assignment.data_transfer
    into_drive = any(each.destination.address in drives for each in step.plans)
    if operation_id is not None or not into_drive or not library.store.reservations(library.id):
        yield operation_id
        return
    from changer.moves.cleaner_use import use_counted

    with use_counted(library, step) as own:
        yield own


def _make(
    library: Library, step: MotionCommand, operation_id: str | None
) -> tuple[MoveResult, ...] | MotionResult:
    """Make a motion, from the intent to the outcome in the journal; returns as verify_move.

    A signal in between is obeyed when that is recorded, with the cartridge's place in its notes.
    """
    with interrupts.held():
        interrupts.checkpoint()  # one that came before: nothing is sent
        try:
            with interrupts.motion(_say_once(library, step)):
                made = _send_and_verify(library, step, operation_id)
        except ChangerError as error:
            _obey(f"{error.message}; {error.hint}" if error.hint else error.message)
            raise
        _obey(_place(step, made))
    return made


def _obey(place: str) -> None:
    """Obey a signal that came during the motion."""
    try:
        interrupts.checkpoint()
    except KeyboardInterrupt as interrupt:
        interrupt.add_note(place)
        raise


def _say_once(library: Library, step: MotionCommand) -> Callable[[], None]:
    clock = library.context.clock
    deadline = clock.monotonic() + step.command.timeout_seconds

    def say() -> None:
        left_seconds = max(0.0, deadline - clock.monotonic())
        library.context.warn(
            f"interrupted: waiting for the robot, up to {left_seconds:.0f} s; "
            "kill -9 leaves the move open"
        )

    return say


def _place(step: MotionCommand, made: tuple[MoveResult, ...] | MotionResult) -> str:
    """Where the cartridges are, for the last line of an interrupted command."""
    name_of = step.plans[0].inventory.numbering.name_of
    if isinstance(made, MotionResult):
        places = [f"is in {name_of(plan.source.address)}" for plan in step.plans]
    else:
        places = [
            f"{'left through' if each.has_left else 'is in'} {name_of(each.destination_address)}"
            for each in made
        ]
    return " and ".join(
        f"{cartridge_name(plan.source)} {place}"
        for plan, place in zip(step.plans, places, strict=True)
    )


def _send_and_verify(
    library: Library, step: MotionCommand, operation_id: str | None
) -> tuple[MoveResult, ...] | MotionResult:
    limit_seconds = step.command.timeout_seconds
    library.context.progress(TimedStep(f"moving {step.words}", limit_seconds=limit_seconds))
    not_moved = step.sentence("was not moved")
    with library.store_error_context(f"{not_moved}, because the journal can't be written"):
        record = _write_intent(library, step, operation_id)
    try:
        motion = library.session.send_motion(step.command)
    except ChangerError as error:  # it was not sent
        library.store.finish_move(record.id, outcome="not-executed", message=error.message)
        raise
    return verify_move(library, step, record, motion)


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
        command=library.context.command,
    )
