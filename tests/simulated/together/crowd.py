"""Fifty processes at one library: started, killed now and then, replaced, and waited for."""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from changer.errors import SimulatorRefused

from .member import Member
from .shell import Shell
from .world import CLEANER, Diary, World

SHELLS_IN_TEN = 1
_LOOK_SECONDS = 0.02
_BROKEN = 3


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is to be done: operations of each process, or, if not None, for how long.

    A command line costs as much as a hundred operations.
    """

    processes: int = 50
    operations: int = 60
    commands: int = 6
    kill_every_turns: int = 15
    seconds: float | None = None


@dataclass
class Crowd:
    """The processes, and a person who takes the cleaner out and brings it back."""

    world: World
    amount: Amount
    seed: int
    killed: int = 0
    _running: dict[int, int] = field(default_factory=dict)
    _done: Counter[int] = field(default_factory=Counter)
    _broken: list[str] = field(default_factory=list)

    def run(self, *, limit_seconds: float) -> None:
        """Until all have done what they were to do; none may fail, or be late."""
        self._random = random.Random(self.seed)
        self._person = Person(self.world, random.Random(self.seed))
        self._began = time.monotonic()
        self._next_kill = self.amount.kill_every_turns
        for place in range(self.amount.processes):
            self._start(place)
        while self._running:
            assert time.monotonic() < self._began + limit_seconds, self._stuck()
            time.sleep(_LOOK_SECONDS)
            self._person.act()
            self._look()
            self._kill_one()
        self._person.go_home()
        assert not self._broken, "\n".join(self._broken)

    def _start(self, place: int) -> None:
        done = self._done[place]
        is_shell = place % 10 < SHELLS_IN_TEN
        seed = self._random.getrandbits(32)
        most = self.amount.commands if is_shell else self.amount.operations
        end = None if self.amount.seconds is None else self._began + self.amount.seconds

        def may_go_on(number: int) -> bool:
            return done + number < most if end is None else time.monotonic() < end

        make = Shell if is_shell else Member
        self._running[_started(make(self.world, seed, may_go_on).run, self.world.folder)] = place

    def _look(self) -> None:
        for process_id, place in list(self._running.items()):
            ended, status = os.waitpid(process_id, os.WNOHANG)
            if not ended:
                continue
            del self._running[process_id]
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
                self.killed += 1
                self._done[place] += _begun(self.world, process_id)
                self._start(place)
            elif status:
                self._broken.append((self.world.folder / f"{process_id}.broken").read_text())

    def _kill_one(self) -> None:
        """At any moment, not only between two steps."""
        if self.world.turns.number >= self._next_kill and self._running:
            self._next_kill += self.amount.kill_every_turns
            victim = self._random.choice(list(self._running))
            os.kill(victim, signal.SIGSTOP)
            # The fault that one about to strand a cartridge set would strike another's move.
            spared = _is_stranding(self.world, victim)
            os.kill(victim, signal.SIGCONT if spared else signal.SIGKILL)

    def _stuck(self) -> str:
        for process_id in self._running:
            os.kill(process_id, signal.SIGKILL)
            os.waitpid(process_id, 0)
        left = [each for each in Diary.read(self.world.diaries) if each.outcome is None]
        return f"did not end: {[each for each in left if each.process_id in self._running]}"


class Person:
    """Takes the cleaner out of a mail slot now and then, and puts it in again a moment later."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._cleans_left: int | None = None
        self._next = 0.0

    def act(self) -> None:
        """If it is time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._chance.uniform(0.2, 1.0)
        with suppress(SimulatorRefused, StopIteration):  # not there; or all mail slots are full
            self._take() if self._cleans_left is None else self._put()

    def go_home(self) -> None:
        """Everything is in the library again."""
        if self._cleans_left is not None:
            self._put()

    def _take(self) -> None:
        left = self._world.cleans_left()
        self._world.operate(f"take {CLEANER}")
        self._cleans_left = left

    def _put(self) -> None:
        self._world.operate(f"put {CLEANER} cleans={self._cleans_left}")
        self._cleans_left = None


def _started(function: Callable[[], None], folder: Path) -> int:
    """Run in a child; its process id."""
    child = os.fork()
    if child:
        return child
    try:
        function()
        os._exit(0)
    except BaseException:
        (folder / f"{os.getpid()}.broken").write_text(traceback.format_exc())
        os._exit(_BROKEN)


def _begun(world: World, process_id: int) -> int:
    """How many operations a process began."""
    return len(Diary.read(world.diaries, process_id))


def _is_stranding(world: World, process_id: int) -> bool:
    """It is about to leave a cartridge in the robot's hand, and to die of that itself."""
    reports = Diary.read(world.diaries, process_id)
    return any(each.kind == "strand" and each.outcome is None for each in reports)
