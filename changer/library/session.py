"""Session with one logical unit: commands, retried only where that is safe."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import Enum, auto
from typing import Any, TypeVar, cast

from changer.errors import (
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    InDoubt,
    LibraryOffline,
    MalformedData,
    NotReady,
    OwnershipLost,
    ReservationConflict,
    TransportFailed,
)
from changer.host import interrupts
from changer.host.clock import Clock, TimedStep
from changer.smc.cdb import initialize_element_status, test_unit_ready
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import UNKNOWN_MODEL, Model
from changer.smc.sense import Action, SenseAction, SenseData, UnitAttention, parse_sense
from changer.smc.sense_action import judge_sense, judge_status
from changer.transport import Transport
from changer.values import NamedTuple, replace

ResultT = TypeVar("ResultT")

_EXECUTED = SenseAction(Action.ACCEPT)


class Patience(NamedTuple):
    """Limits of a session's retries.

    ``ready_timeout_seconds``: for a library that scans or starts. ``retry_timeout_seconds``: for
    one that is busy or gives no cause. ``attentions``: unit attentions in a row before one command.
    """

    ready_timeout_seconds: float = 600.0
    retry_timeout_seconds: float = 30.0
    attentions: int = 32
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0


class MotionOutcome(Enum):
    """How a command that moves a medium ended, after it was sent once.

    EXECUTED  with GOOD.
    ENDED     with any other status. Nothing moves any more; what did is to be read.
    UNSEEN    its end was not seen (time-out, lost path): the robot may still come to it.
    """

    EXECUTED = auto()
    ENDED = auto()
    UNSEEN = auto()


class MotionResult(NamedTuple):
    """End of one motion command; ``error`` says why, for all but an executed one.

    ``action``: what the reply asks for, None without one. ``deferred``: it is about an earlier
    command.
    """

    outcome: MotionOutcome
    error: ChangerError | None = None
    action: SenseAction | None = None
    deferred: bool = False

    @property
    def may_repeat(self) -> bool:
        """Whether the reply reports that it was not executed, and can be sent again."""
        asked = None if self.action is None else self.action.action
        return asked in _REPEATED and not self.deferred

    @property
    def sense(self) -> bytes | None:
        """The sense data of the error, if a device gave some."""
        return self.error.sense if self.error else None


# The unit is offline, or is not reached at all.
UNREACHABLE = (CommandTimedOut, DeviceNotAvailable, LibraryOffline, NotReady, TransportFailed)
_PUT_OFF = (Action.WAIT, Action.ATTENTION)
_REPEATED = (*_PUT_OFF, Action.RETRY, Action.INITIALIZE)


def _nothing(_: object) -> None:
    """The default callback: ignores what it gets."""


def _uncovered(_timeout_seconds: float) -> AbstractContextManager[None]:
    """The default of what is held over a command: nothing."""
    return nullcontext()


class Session:
    """Sends commands to one SCSI logical unit and retries those that did not execute.

    Unit attentions, BUSY, TASK SET FULL and 02/04/01 are retried within the limits of ``patience``
    (``sense_action``, SPC-4 sense keys); a command that moves a medium is sent once
    (``send_motion``).

    model            the device's, for the meaning of vendor-specific sense codes.
    attention_count  unit attentions so far. Compare before and after several reads: if it differs,
                     read again.
    lost             why the last command of ``send`` did not reach a unit that serves, or None.
    has_answered     a command of ``send`` was answered.
    may_initialize   False: 02/04/02 is an error instead of INITIALIZE ELEMENT STATUS (which moves
                     the robot; to a tape drive its opcode, 07h, means something else).
    on_attention     called with the kind of each unit attention, before the retry.
    covering         called with the time-out of each command that occupies the robot; the command
                     is sent within what it returns, and not sent if entering that raises.
    explain          called with each reservation conflict; returns the error that it means.
    progress         called with words for each wait.
    warn             called with words when a signal has to wait for the robot.
    transform        applied to every parsed result (dry run: shows planned moves as done).
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        may_initialize: Callable[[], bool],
        model: Model = UNKNOWN_MODEL,
        patience: Patience | None = None,
        progress: Callable[[str], None] = _nothing,
        warn: Callable[[str], None] = _nothing,
        on_attention: Callable[[UnitAttention], None] = _nothing,
        covering: Callable[[float], AbstractContextManager[None]] = _uncovered,
        explain: Callable[[ChangerError], ChangerError] = lambda error: error,
        transform: Callable[[Any], Any] = lambda result: result,
    ) -> None:
        self.transport = transport
        self.clock = clock
        self.model = model
        self.patience = patience or Patience()
        self.progress = progress
        self.warn = warn
        self.on_attention = on_attention
        self.attention_count = 0
        self.lost: ChangerError | None = None
        self.has_answered = False
        self._may_move_robot = may_initialize
        self._covering = covering
        self._explain = explain
        self._transform = transform

    def carry(self, command: Command[Any]) -> Reply:
        """Send a command once, and return its reply unjudged; no signal ends the robot's."""
        if not command.occupies_robot:
            return self.transport.execute(command)
        seconds = command.timeout_seconds
        words = f"interrupted: waiting for the robot, up to {seconds:.0f} s"
        with self._covering(seconds), interrupts.motion(lambda: self.warn(words)):
            return self.transport.execute(command)

    def send(self, command: Command[ResultT]) -> ResultT:
        """Send a command that moves no medium; repeat it while the table says so.

        Raises the error that the table names, or MalformedData, or what the transport raised.
        """
        try:
            result = self._send(command)
        except UNREACHABLE as error:
            # A scan that does not end in time is not a library that does not answer.
            if not (command.occupies_robot and isinstance(error, CommandTimedOut)):
                self.lost = error
            raise
        self.lost, self.has_answered = None, True
        return result

    def _send(self, command: Command[ResultT]) -> ResultT:
        waiting = _Waiting(self)
        while True:
            reply = self.carry(command)
            sense, verdict = self._judge(reply, command)
            if verdict.action is Action.ACCEPT:
                return cast(ResultT, self._transform(command.parse(reply.data)))
            if not command.moves_medium:
                verdict = verdict.without_medium()
            error = self._error(verdict, command, reply, sense)
            self._prepare_repeat(command, verdict, error, waiting)

    def _prepare_repeat(
        self, command: Command[Any], verdict: SenseAction, error: ChangerError, waiting: _Waiting
    ) -> None:
        """Wait until the command may be sent again; raise where it may not."""
        if verdict.action is Action.ATTENTION:
            self._notice(verdict)
            waiting.after_attention(error)
        elif verdict.action is Action.WAIT:
            waiting.until_ready(error)
        elif verdict.action is Action.RETRY:
            waiting.shortly(error)
        elif verdict.action is Action.INITIALIZE and self._may_initialize(command):
            waiting.initialize(error)
        else:
            raise error

    def send_motion(self, command: Command[None]) -> MotionResult:
        """Send a command that moves a medium, once.

        Raises only what was found before it was sent (groups HostError, Refused): from then on it
        is in the result.
        """
        try:
            reply = self.carry(command)
        except OwnershipLost:  # before it was sent
            raise
        except InDoubt as lost:
            return MotionResult(MotionOutcome.UNSEEN, lost)
        sense, verdict = self._judge(reply, command)
        if verdict.action is Action.ACCEPT:
            return MotionResult(MotionOutcome.EXECUTED)
        error = self._error(verdict, command, reply, sense)
        if isinstance(error, OwnershipLost):  # a reservation conflict: it was not executed
            raise error
        deferred = sense is not None and sense.deferred
        return MotionResult(MotionOutcome.ENDED, error, verdict, deferred)

    def prepare_repeat(self, command: Command[None], motion: MotionResult) -> None:
        """Do what the reply to a motion asks for, until the library is ready again.

        Raises the error of the motion, or what the library reports, if it may not be sent again.
        """
        if motion.action is None or motion.error is None:
            return
        self._prepare_repeat(command, motion.action, motion.error, _Waiting(self))
        self.send(test_unit_ready())

    def _error(
        self, verdict: SenseAction, command: Command[Any], reply: Reply, sense: SenseData | None
    ) -> ChangerError:
        """The error for a reply that reports a failure."""
        from changer.library.reply_error import reply_error

        error = reply_error(verdict.error, command.name, reply, sense)
        return self._explain(error) if isinstance(error, ReservationConflict) else error

    def _may_initialize(self, command: Command[Any]) -> bool:
        """Whether the scan that the library asks for may be started; not in place of itself."""
        return self._may_move_robot() and command.cdb[0] != initialize_element_status().cdb[0]

    def _judge(self, reply: Reply, command: Command[Any]) -> tuple[SenseData | None, SenseAction]:
        """Sense data of a reply, and the action on the reply."""
        if reply.status == Status.GOOD:
            return None, _EXECUTED
        sense = self._sense_of(reply)
        return sense, judge_status(reply, command) or judge_sense(sense)

    def _sense_of(self, reply: Reply) -> SenseData | None:
        try:
            sense = parse_sense(reply.sense) if reply.sense else None
        except MalformedData:
            return None
        if sense is None or sense.additional is None:
            return sense
        return sense._replace(additional=replace(sense.additional, model=self.model))

    def _notice(self, verdict: SenseAction) -> None:
        self.attention_count += 1
        self.on_attention(verdict.attention or UnitAttention.OTHER)


class _Waiting:
    """How long and how often one command has been put off.

    Each kind of wait has its own time, from the first reply that asks for it: neither what the
    command itself took nor a long scan before leaves a busy library without a second try.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._unready_since: float | None = None
        self._busy_since: float | None = None
        self._pause_seconds = session.patience.first_pause_seconds
        self._attentions = 0
        self._initialized = False

    def after_attention(self, error: ChangerError) -> None:
        """Count a unit attention; raise when there are too many."""
        self._attentions += 1
        if self._attentions > self._session.patience.attentions:
            raise error

    def until_ready(self, error: ChangerError) -> None:
        """Sleep before asking a library again that becomes ready; raise when it takes too long."""
        now = self._session.clock.monotonic()
        self._unready_since = now if self._unready_since is None else self._unready_since
        self._busy_since = None
        limit = self._session.patience.ready_timeout_seconds
        self._pause(error, limit, spent_seconds=now - self._unready_since)

    def shortly(self, error: ChangerError) -> None:
        """Sleep before asking a busy library again; raise when it stays so."""
        now = self._session.clock.monotonic()
        self._busy_since = now if self._busy_since is None else self._busy_since
        limit = self._session.patience.retry_timeout_seconds
        self._pause(error, limit, spent_seconds=now - self._busy_since)

    def _pause(self, error: ChangerError, limit_seconds: float, *, spent_seconds: float) -> None:
        """Longer each time, but no longer than what is left."""
        left_seconds = limit_seconds - spent_seconds
        if left_seconds <= 0:
            raise error
        words = f"waiting: {error.message}"
        step = TimedStep(words, limit_seconds=limit_seconds, spent_seconds=spent_seconds)
        self._session.progress(step)
        self._session.clock.sleep(min(self._pause_seconds, left_seconds))
        longest = self._session.patience.longest_pause_seconds
        self._pause_seconds = min(self._pause_seconds * 2, longest)

    def initialize(self, error: ChangerError) -> None:
        """Send INITIALIZE ELEMENT STATUS; raise when that was done before."""
        if self._initialized:
            raise error
        self._initialized = True
        command = initialize_element_status()
        words = "the library is taking inventory"
        self._session.progress(TimedStep(words, limit_seconds=command.timeout_seconds))
        self._session.send(command)
        self._unready_since = self._busy_since = None
