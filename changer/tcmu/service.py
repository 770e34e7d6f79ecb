"""Service that answers the commands which the kernel has for the units of a virtual library.

One thread serves all units of a library. What a command does is done when it comes, and its reply
given when the time that the robot takes has passed; meanwhile other commands are served.
"""

from __future__ import annotations

import os
import selectors
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Protocol

from changer.errors import ChangerError
from changer.host.clock import Clock
from changer.simulator.request import Answer, Loss
from changer.simulator.transport import SharedLibrary
from changer.smc.command import Reply, Status
from changer.tcmu.ring import RingCommand, TaskManagement
from changer.tcmu.served_unit import ServedUnit, Waiting
from changer.tcmu.serving_trace import ServingTrace

# How often to look whether a device was unplugged, or the library deleted, at another terminal.
_LOOK_SECONDS = 0.25
# The kernel sends a command that met BUSY again: it then finds the connection lost, or the device.
_BUSY = Reply(Status.BUSY)
_ABORTED = Reply(Status.TASK_ABORTED)


class Overseer(Protocol):
    """Acts on what the service meets. Called in the service's thread; must return at once."""

    def connection_lost(self, unit: ServedUnit) -> None:
        """Commands to the unit are to fail on their way, for a moment."""

    def unplugged(self, numbers: frozenset[int | None]) -> None:
        """These units are to have no device, all others one."""

    def failed(self, error: BaseException) -> None:
        """From now on everything is answered BUSY."""


class Service:
    """Serves from ``start`` to ``stop``."""

    def __init__(
        self,
        library: SharedLibrary,
        units: Sequence[ServedUnit],
        *,
        clock: Clock,
        overseer: Overseer,
        trace: ServingTrace | None = None,
    ) -> None:
        self._library = library
        self._units = units
        self._clock = clock
        self._overseer = overseer
        self._trace = trace
        self._unplugged: frozenset[int | None] = frozenset()
        self._next_look = 0.0
        self._draining = self._stopped = False
        self._wake, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self.serve, name="service", daemon=True)

    def start(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def drain(self) -> None:
        """Let no command wait any longer: the devices are about to go."""
        self._draining = True
        self._ring_bell()

    def stop(self) -> None:
        """Return when nothing is served any more."""
        self._draining = self._stopped = True
        self._ring_bell()
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._wake)
        os.close(self._waker)

    @property
    def is_alive(self) -> bool:
        """The thread serves."""
        return self._thread.is_alive()

    def _ring_bell(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._waker, b"\0")

    def serve(self) -> None:
        """What the thread does."""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._wake, selectors.EVENT_READ)
                for unit in self._units:
                    selector.register(unit, selectors.EVENT_READ, unit)
                    self._serve(unit)  # what came before we listened
                while not self._stopped:
                    self._turn(selector)
        except BaseException as error:
            self._overseer.failed(error)

    def _turn(self, selector: selectors.BaseSelector) -> None:
        for key, _ in selector.select(self._pause_seconds()):
            if key.data is None:
                os.read(self._wake, 4096)
            else:
                self._serve(key.data)
        self._give_what_is_due()
        if self._draining:
            self._give_everything()
        elif self._clock.monotonic() >= self._next_look:
            self._look()

    def _pause_seconds(self) -> float:
        """Until the next reply is due, or the next look."""
        then = min((self._next_look, *(due for due, _ in self._waiting())))
        return max(0.0, then - self._clock.monotonic())

    def _waiting(self) -> Iterator[tuple[float, Waiting]]:
        """The commands whose replies will be due, and when."""
        for unit in self._units:
            for waiting in unit.waiting():
                if waiting.due is not None:
                    yield waiting.due, waiting

    # commands

    def _serve(self, unit: ServedUnit) -> None:
        for arrival in unit.arrivals():
            if isinstance(arrival, TaskManagement):
                self._give_up(unit, arrival)
            else:
                self._execute(unit, arrival)
        unit.tell()

    def _execute(self, unit: ServedUnit, command: RingCommand) -> None:
        at, since = self._clock.now(), self._clock.monotonic()
        answer = self._answer(unit, command)
        due = None if answer.loss is Loss.HANG else since + answer.seconds
        is_lost = answer.loss is Loss.GONE
        waiting = Waiting(unit, command, at, since, due, answer.reply, is_lost)
        if due is None or answer.seconds > 0:
            unit.wait(waiting)
        else:
            self._give(waiting)

    def _answer(self, unit: ServedUnit, command: RingCommand) -> Answer:
        if self._draining:
            return Answer(_BUSY)
        try:
            answer = self._library.execute(
                command.cdb, unit=unit.number, now=self._clock.now(), data_out=command.data_out
            )
        except ChangerError as error:
            self._fail(error)
            return Answer(_BUSY)
        if answer.loss is Loss.UNPLUGGED:
            self._show_unplugged(self._unplugged | {unit.number})
        return answer._replace(reply=_BUSY) if answer.loss else answer

    def _give_what_is_due(self) -> None:
        now = self._clock.monotonic()
        over = [(due, waiting) for due, waiting in self._waiting() if due <= now]
        for _, waiting in sorted(over, key=itemgetter(0)):
            self._give(waiting)
            waiting.unit.tell()

    def _give(self, waiting: Waiting) -> None:
        """The reply that is due, or the loss of the connection first."""
        if waiting.is_lost:
            self._overseer.connection_lost(waiting.unit)
        self._end(waiting, waiting.reply)

    def _give_up(self, unit: ServedUnit, asked: TaskManagement) -> None:
        """The initiator takes commands back: it waits for their replies, and drops them."""
        for waiting in unit.waiting(asked.ids):
            self._end(waiting, None)
        if asked.is_reset and not self._draining:
            try:
                self._library.reset(unit.number)
            except ChangerError as error:
                self._fail(error)

    def _end(self, waiting: Waiting, reply: Reply | None) -> None:
        """None: the initiator took the command back."""
        waiting.unit.reply(waiting.command, reply or _ABORTED)
        if self._trace is not None:
            self._trace.record(
                waiting.unit.number,
                waiting.command.cdb,
                reply,
                data_out=waiting.command.data_out,
                at=waiting.at,
                milliseconds=1000 * (self._clock.monotonic() - waiting.since),
            )

    def _give_everything(self) -> None:
        for unit in self._units:
            for waiting in unit.waiting():
                self._end(waiting, None)
            unit.tell()

    # the world around

    def _look(self) -> None:
        self._next_look = self._clock.monotonic() + _LOOK_SECONDS
        try:
            self._show_unplugged(self._library.unplugged())
        except ChangerError as error:
            self._fail(error)

    def _show_unplugged(self, numbers: frozenset[int | None]) -> None:
        if numbers != self._unplugged:
            self._unplugged = numbers
            self._overseer.unplugged(numbers)

    def _fail(self, error: ChangerError) -> None:
        self._draining = True
        self._overseer.failed(error)
