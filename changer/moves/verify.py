"""Verification of a motion: where every cartridge is afterwards, recorded in the journal.

A motion is over when it is known to be over. After any reply of the device, readings that agree
are the truth. Where its end was not seen, a cartridge at its destination ends it at once; at its
source, or in a transport, it may still be moved, until a whole move time has passed.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from changer.errors import ChangerError, CommandTimedOut
from changer.host.clock import TimedStep
from changer.library.addressing import Place
from changer.library.element_state import cartridge_name
from changer.library.inventory import Inventory, Location, MediumLocation, has_left, locate
from changer.library.library import Library
from changer.library.session import MotionOutcome, MotionResult
from changer.moves.plan import MotionCommand, Plan
from changer.smc.cdb import test_unit_ready
from changer.smc.sense import Action
from changer.store.records import Move
from changer.values import dataclass

if TYPE_CHECKING:
    from changer.moves.failure import Verdict

# Some libraries report GOOD before their element status has caught up.
SETTLING_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
_SETTLING = 7.5  # all of them
# A reading that failed is made up for by one more.
_LOST_SECONDS = _SETTLING + 4.0
_WATCHING_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class MoveResult:
    """A cartridge that the library shows at its destination, or that left by it.

    ``warning``: why the move's end had to be found out by looking, or None. ``has_left``: the
    destination is a mail slot, and the cartridge left the library by it.
    """

    volume_tag: str | None
    source: Place
    destination: Place
    source_address: int
    destination_address: int
    words: str
    warning: str | None
    has_left: bool


def verify_move(
    library: Library, command: MotionCommand, record: Move, motion: MotionResult
) -> tuple[MoveResult, ...] | MotionResult:
    """Look where every cartridge is, and record the outcome of a motion that was sent.

    Returns the motion for one that was not executed and may be sent again, after a new plan.
    """
    verdict = _judge(library, command, motion, _prepare_repeat(library, command, motion))
    if isinstance(verdict, tuple):
        return _record_done(library, command, record, motion, verdict)
    with library.store_error_context(f"{verdict.error.message}; that could not be recorded"):
        library.store.finish_move(
            record.id,
            outcome=verdict.outcome,
            final_address=verdict.address,
            message=verdict.error.message,
        )
    if verdict.outcome == "unknown":
        from changer.journal.told import open_move

        library.tell(open_move(record, verdict.error.message, library_id=library.id))
    if verdict.repeat:
        return motion
    raise verdict.error from verdict.cause


def _record_done(
    library: Library,
    command: MotionCommand,
    record: Move,
    motion: MotionResult,
    found: tuple[MediumLocation, ...],
) -> tuple[MoveResult, ...]:
    """Record a motion that brought every cartridge to its destination, or out of the library."""
    looked = motion.error.message if motion.error else None
    results = tuple(
        _result(plan, looked, has_left=each.location is Location.LEFT)
        for plan, each in zip(command.plans, found, strict=True)
    )
    done = command.sentence("was moved")
    with library.store_error_context(f"{done}, but that could not be recorded"):
        library.store.finish_move(
            record.id,
            outcome="completed",
            final_address=found[0].address,
            message="; ".join(filter(None, dict.fromkeys(each.warning for each in results)))
            or None,
        )
    return results


def _prepare_repeat(
    library: Library, command: MotionCommand, motion: MotionResult
) -> ChangerError | None:
    """Let the library become ready, as its reply asks for; why it may not be asked again."""
    try:
        library.session.prepare_repeat(command.command, motion)
    except ChangerError as trouble:
        return trouble
    return None if motion.may_repeat else motion.error


def _judge(
    library: Library, command: MotionCommand, motion: MotionResult, trouble: ChangerError | None
) -> Verdict | tuple[MediumLocation, ...]:
    """The cartridges of a motion that brought each to its destination; else what is wrong."""
    lost: ChangerError | None = None
    found: tuple[MediumLocation, ...] = ()
    at_rest = False
    try:
        found, at_rest = _look(library, command, motion)
    except ChangerError as error:
        lost = error
    if found and _all_at(found, Location.DESTINATION, *([Location.LEFT] if at_rest else [])):
        return found
    from changer.moves.failure import judge_failure, unreadable

    if lost is not None:
        return unreadable(command, motion, lost)
    return judge_failure(library, command, motion, found, at_rest=at_rest, trouble=trouble)


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
    library.context.progress(_waiting(library, motion))
    return _Watch(library, command, motion).look(*_patience(library, motion))


def _waiting(library: Library, motion: MotionResult) -> str:
    quiet_seconds, limit_seconds = _patience(library, motion)
    words = "looking for the cartridge"
    if min(quiet_seconds, limit_seconds) > _SETTLING:
        words = f"the reply was lost; watching until nothing has changed for {quiet_seconds:.0f} s"
    return TimedStep(words, limit_seconds=limit_seconds)


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

    def __init__(self, library: Library, command: MotionCommand, motion: MotionResult) -> None:
        self._library = library
        self._command = command
        self._is_executed = motion.outcome is MotionOutcome.EXECUTED
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
            found = _locate(self._command, self._library.read(), is_executed=self._is_executed)
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


def _locate(
    command: MotionCommand, inventory: Inventory, *, is_executed: bool = False
) -> tuple[MediumLocation, ...]:
    before = command.plans[0].inventory
    found = tuple(locate(inventory, plan.transfer, before=before) for plan in command.plans)
    return tuple(
        MediumLocation(Location.LEFT)
        if is_executed
        and each.location is Location.UNKNOWN
        and has_left(inventory, plan.transfer, end_seen=True, before=before)
        else each
        for plan, each in zip(command.plans, found, strict=True)
    )


def _all_at(found: tuple[MediumLocation, ...], *where: Location) -> bool:
    return all(each.location in where for each in found)


def _result(plan: Plan, warning: str | None, *, has_left: bool) -> MoveResult:
    numbering = plan.inventory.numbering
    if has_left:
        warning = (
            f"{cartridge_name(plan.source)} left through "
            f"{numbering.name_of(plan.destination.address)}: no element shows it any more"
        )
    return MoveResult(
        volume_tag=plan.tag,
        source=numbering.place_of(plan.source.address),
        destination=numbering.place_of(plan.destination.address),
        source_address=plan.source.address,
        destination_address=plan.destination.address,
        words=plan.words,
        warning=warning,
        has_left=has_left,
    )
