"""A process that works the library: its transport, store and clock, where it can be struck."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any, cast

from changer.errors import ChangerError, CommandTimedOut, StoreFailed, TransportFailed
from changer.host import interrupts
from changer.library.library import Context, Library
from changer.smc.command import Command, Reply
from changer.store.protocol import Store
from changer.store.records import Move, Operation
from changer.store.sharing import Lock

from .connected import DriveTransport, WatchedStore
from .ends import GOOD, GOOD_SEEN_LATE, Death, Lost, Replied
from .explorer import SOMETIMES
from .robot import Motion, legs_of
from .world import IDENTITY, World

COMMAND_SECONDS, SLOW_SECONDS = 0.1, 1.0


class Died(BaseException):
    """The process is dead: nothing catches it, and nothing of the process runs any more."""


class Process:
    """One process, from the start of a request to its end; its own transport and clock.

    ``is_struck``: by whatever is possible. ``is_persons``: its request says what is to become of
    what is in the picker, which is done at once.
    """

    def __init__(self, world: World, *, is_struck: bool = True, is_persons: bool = False) -> None:
        self._world = world
        self._is_struck = is_struck
        self._is_persons = is_persons
        self._is_dead = False
        self._is_cut_off = False
        self._held: list[Lock] = []
        self._sent: list[Motion] = []
        self._operations: set[str] = set()
        self._passed: set[tuple[str, int]] = set()
        self._row: Move | None = None
        self.error: BaseException | None = None

    def run(self, request: Callable[[Library], object]) -> None:
        """Make one request, and hold what it is told against the truth."""
        world = self._world
        try:
            request(self._library())
        except (Died, KeyboardInterrupt) as end:
            self.error = end
        except ChangerError as error:
            self.error = error
        if self._is_dead:
            self.error = Died()
        elif isinstance(self.error, KeyboardInterrupt):
            world.account.interrupted(" ".join(getattr(self.error, "__notes__", ())), self._sent)
        else:
            world.account.told(cast("ChangerError | None", self.error), self._sent)
        world.coordination.living.difference_update(self._operations)

    def _library(self) -> Library:
        return Library(
            IDENTITY,
            self,
            device="the test's",
            store=cast(Store, WatchedStore(self, self._world.store)),
            settings=self._world.settings,
            context=Context(
                coordination=self._world.coordination,
                clock=self,
                command="the test",
                held=self._held,
                warn=self._warn,
            ),
            find_drive=lambda number, _: f"drive {number}",
            open_transport=lambda _device, _number: DriveTransport(self),
        )

    def _warn(self, text: str) -> None:
        self.live()
        self._world.account.said(text, self._sent)

    # strikes

    def live(self) -> None:
        """Raise Died when it does not."""
        if self._is_dead:
            raise Died

    def die(self) -> None:
        """Now."""
        self._is_dead = True
        raise Died

    def may_die(self, where: str) -> None:
        """A place where it may be killed."""
        self.live()
        if not (self._is_struck and self._world.deaths):
            return
        if self._world.choices.choose(where, ["lives", "dies"]) == "dies":
            self._world.deaths -= 1
            self.die()

    def may_be_signalled(self, where: str) -> None:
        """A place where it may get a signal: once before each motion, and once after it, since
        places of the same words are alike.
        """
        self.live()
        place = (where, len(self._sent))
        while self._is_struck and self._world.signals and place not in self._passed:
            if self._world.choices.choose(where, ["no signal", "a signal"]) == "no signal":
                self._passed.add(place)
                break
            self._world.signals -= 1
            signal.raise_signal(signal.SIGINT)
            interrupts.checkpoint()

    # the clock

    def now(self) -> float:
        return self._world.now()

    monotonic = now

    def sleep(self, seconds: float) -> None:
        self.may_be_signalled("while it waits")
        self._world.sleep(seconds)

    # the transport

    def execute(self, command: Command[Any]) -> Reply:
        """Carry one command to the changer, and wait for its end as sg_raw does."""
        self.live()
        if command.occupies_robot:
            with interrupts.motion(lambda: None):
                return self._carry_motion(command)
        with interrupts.held():
            return self._carry(command)

    def _carry(self, command: Command[Any]) -> Reply:
        self.may_be_signalled(command.name)
        robot = self._world.robot
        if command.cdb[0] == 0xB8:
            self._world.robot_may_move(f"before a reading of type {command.cdb[1] & 0x0F}, it")
            for motion in self._sent[-1:]:
                motion.readings.update(robot.addresses(command.cdb))
        self._may_break()
        reply = robot.answer(command.cdb)
        self._reply_takes_time()
        return reply

    def _may_break(self) -> None:
        world = self._world
        if self._is_struck and self._sent and world.breaks:
            options = ["reached", "not this time", "no more"]
            chosen = world.choices.choose("the library is", options)
            world.breaks -= chosen != "reached"
            self._is_cut_off = chosen == "no more"
            if chosen == "not this time":
                raise TransportFailed("the path is lost")
        if self._is_cut_off:
            world.pass_time(COMMAND_SECONDS)
            raise TransportFailed("the path is lost")

    def _reply_takes_time(self) -> None:
        seconds, world = COMMAND_SECONDS, self._world
        if (
            self._is_struck
            and self._sent
            and world.slow_replies
            and world.choices.choose("the reply comes", ["soon", "late"]) == "late"
        ):
            world.slow_replies -= 1
            seconds = SLOW_SECONDS
        world.pass_time(seconds)

    def carry_to_drive(self, command: Command[Any]) -> Reply:
        """Carry one command to the drive."""
        self.may_be_signalled(f"{command.name} to the drive")
        self._world.pass_time(COMMAND_SECONDS)
        return self._world.robot.answer_of_drive(command.cdb, self._world.time)

    def close(self) -> None:
        """Nothing is open."""

    def _carry_motion(self, command: Command[Any]) -> Reply:
        world, robot, row = self._world, self._world.robot, self._row
        assert row is not None, "a motion without an intent in the journal"
        self.may_be_signalled("before the motion")
        motion = Motion(row.id, legs_of(command.cdb))
        if self._is_persons and robot.is_moving:
            world.robot_ends()  # whoever names the picker has to know; the device takes turns
        world.account.sending(motion, self._sent)
        self._sent.append(motion)
        if (refusal := robot.refusal(command.cdb, world.time)) is not None:
            motion.left.clear()
            motion.refused = True
            return refusal
        robot.motion = motion
        ends = world.possible.ends if self._is_struck else ((GOOD,),)
        offered = ends[min(len(self._sent), len(ends)) - 1]
        end = world.choices.choose("the motion ends", offered, calm=SOMETIMES)
        try:
            before = dict(robot.at)
            self._robot_works(motion, is_whole=end in (GOOD, GOOD_SEEN_LATE))
            if end is GOOD_SEEN_LATE:
                robot.shown = before
            return self._end(end, motion, command)
        except BaseException:
            motion.unseen_at = world.time
            raise

    def _robot_works(self, motion: Motion, *, is_whole: bool) -> None:
        """As far as it comes before its end."""
        world = self._world
        while motion.left:
            self.may_be_signalled(f"with {len(motion.left)} legs left")
            if world.possible.beside and self._is_struck:
                world.beside()
            goes_on = is_whole or world.choices.choose(
                "before its end the robot", [False, True], calm=SOMETIMES
            )
            if not goes_on:
                break
            world.robot.step(world.time)
        self.may_be_signalled("before its end")

    def _end(self, end: object, motion: Motion, command: Command[Any]) -> Reply:
        world = self._world
        if isinstance(end, Replied):
            motion.left.clear()
            motion.refused = end not in (GOOD, GOOD_SEEN_LATE)
            return end.reply
        if end is Lost.TIME:
            world.time += command.timeout_seconds
            raise CommandTimedOut("no reply in time")
        if end is Lost.PATH:
            raise TransportFailed("the path is lost")
        if end is Death.PROCESS:
            world.children += [os.dup(each) for lock in self._held for each in lock.descriptors()]
            if motion.is_over:
                world.children_end()
        self.die()
        raise AssertionError

    # the store

    def writing(self, name: str, write: Callable[[], object]) -> object:
        """One write of the store, and what it says is judged."""
        self.may_be_signalled(f"before {name}")
        self.may_die(f"before {name}")
        self._may_fail(name)
        result = write()
        if isinstance(result, Move):
            if name == "begin_move":
                self._row = result
            else:
                self._world.account.recording(result)
        if isinstance(result, Operation) and name == "begin_operation":
            self._operations.add(result.id)
            self._world.coordination.living.add(result.id)
        self.may_die(f"after {name}")
        return result

    def _may_fail(self, name: str) -> None:
        world = self._world
        possible = self._is_struck and world.failures
        if possible and world.choices.choose(name, ["done", "not done"]) == "not done":
            world.failures -= 1
            raise StoreFailed(f"the state store stayed locked, for {name}")
