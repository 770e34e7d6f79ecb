"""Fifty processes at one library: started, killed now and then, replaced, and waited for."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

from children import is_over, started
from sweeps import IS_WHOLE

from changer.errors import SimulatorRefused

from .account import lacking
from .member import Member
from .shell import Shell
from .world import CLEANER, Diary, Report, World

SHELLS_IN_TEN = 1
_FEW = 10
_LOOK_SECONDS = 0.02
_NICE = 19  # other tests run beside these


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is to be done: operations of each process, or, if not None, for how long.

    A command line costs as much as a hundred operations.
    """

    processes: int = 50
    operations: int = 40 if IS_WHOLE else 10
    commands: int = 4 if IS_WHOLE else 2
    kill_every_turns: int = 15
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Process:
    """``name``: of its diary, as process numbers come again. ``left``: operations."""

    place: int
    name: int
    left: int


@dataclass
class Crowd:
    """The processes, and a person who takes the cleaner out and brings it back.

    The last of them go on as long as something has not happened often enough.
    """

    world: World
    amount: Amount
    seed: int
    killed: int = 0
    _running: dict[int, _Process] = field(default_factory=dict)
    _broken: list[str] = field(default_factory=list)

    def run(self, *, timeout_seconds: float) -> None:
        """Until all have done what they were to do; none may fail, or be late."""
        self._random = random.Random(self.seed)
        self._person = Person(self.world, random.Random(self.seed))
        self._began = time.monotonic()
        self._next_kill = self.amount.kill_every_turns
        # Whatever a process starts, and leaves behind when it is killed, has it open as well.
        alive, self._alive = os.pipe()
        try:
            for place in range(self.amount.processes):
                self._start(place, 0 if self.amount.seconds else self._round(place))
            while self._running:
                assert time.monotonic() < self._began + timeout_seconds, self._stuck()
                time.sleep(_LOOK_SECONDS)
                self._person.act()
                self._look()
                self._kill_one()
            os.close(self._alive)
            assert is_over(alive, timeout_seconds), "a command does not end"
            os.close(alive)
        finally:
            for process_id in self._running:
                os.kill(process_id, signal.SIGKILL)
                os.waitpid(process_id, 0)
        self._person.go_home()
        assert not self._broken, "\n".join(self._broken)

    def lacking(self, reports: list[Report]) -> list[str]:
        return lacking(reports, killed=self.killed, processes=self.amount.processes)

    def _round(self, place: int) -> int:
        return self.amount.commands if _is_shell(place) else self.amount.operations

    def _start(self, place: int, left: int) -> None:
        name = self._random.getrandbits(32)
        end = self._began + (self.amount.seconds or 0.0)

        def may_go_on(number: int) -> bool:
            return number < left or time.monotonic() < end

        if _is_shell(place):
            run = Shell(self.world, name, may_go_on, self._alive).run
        else:
            run = Member(self.world, name, may_go_on).run

        def run_last() -> None:
            os.nice(_NICE)
            run()

        self._running[started(run_last)] = _Process(place, name, left)

    def _look(self) -> None:
        for process_id, process in list(self._running.items()):
            ended, status = os.waitpid(process_id, os.WNOHANG)
            if not ended:
                continue
            del self._running[process_id]
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
                self.killed += 1
                self._start(process.place, process.left - _begun(self.world, process))
            elif status:
                self._broken.append(f"{process} failed, as standard error says")
            elif len(self._running) < _FEW and self.lacking(Diary.read(self.world.diaries)):
                self._start(process.place, self._round(process.place))

    def _kill_one(self) -> None:
        """At any moment, not only between two steps."""
        if self.world.turns.number >= self._next_kill and self._running:
            self._next_kill += self.amount.kill_every_turns
            victim = self._random.choice(list(self._running))
            os.kill(victim, signal.SIGSTOP)
            os.waitid(os.P_PID, victim, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            # The fault that one about to strand a cartridge set would strike another's move.
            spared = _is_stranding(self.world, self._running[victim])
            os.kill(victim, signal.SIGCONT if spared else signal.SIGKILL)

    def _stuck(self) -> str:
        reports = Diary.read(self.world.diaries)
        at_work = [each for each in reports if each.outcome is None]
        doing = [each for each in at_work if each.process_id in self._running]
        return f"did not end: {doing}; lacking: {self.lacking(reports)}"


class Person:
    """Takes the cleaner out of a mail slot now and then, and puts it in again a moment later.

    It is not taken out in a turn at the lock in which that was done, or it was put in, already,
    however slow the host is: a library that changes before each attempt at a move makes none.
    """

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._cleans_left: int | None = None
        self._next = 0.0
        self._last_turn = -1

    def act(self) -> None:
        turn = self._world.turns.number
        has_acted = turn == self._last_turn
        if time.monotonic() < self._next or (has_acted and self._cleans_left is None):
            return
        self._next = time.monotonic() + self._chance.uniform(0.2, 1.0)
        with suppress(SimulatorRefused):  # not there; or all mail slots are full
            self._take() if self._cleans_left is None else self._put()
            self._last_turn = turn

    def go_home(self) -> None:
        """Everything is in the library again."""
        if self._cleans_left is not None:
            self._put()

    def _take(self) -> None:
        self._cleans_left = self._world.take_cleaner()

    def _put(self) -> None:
        self._world.operate(f"put {CLEANER} cleans={self._cleans_left}")
        self._cleans_left = None


def _is_shell(place: int) -> bool:
    return place % 10 < SHELLS_IN_TEN


def _begun(world: World, process: _Process) -> int:
    return len(Diary.read(world.diaries, process.name))


def _is_stranding(world: World, process: _Process) -> bool:
    """It is about to leave a cartridge in the robot's hand, and to die of that itself."""
    reports = Diary.read(world.diaries, process.name)
    return any(each.kind == "strand" and each.outcome is None for each in reports)
