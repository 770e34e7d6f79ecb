"""A library, its host's store, locks and clock: all that outlives a process."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from on_record import bring_in, primary_cleaner

from changer.library.element_reader import DEVICE_CAPABILITIES, DEVICE_IDENTIFIERS
from changer.library.model import Identity, UnitMemory
from changer.library.settings import LibrarySettings
from changer.smc.elements import ElementAddressAssignment, ElementRange
from changer.store.coordination import HostCoordination
from changer.store.records import Move, Operation

from .ends import GOOD, End
from .explorer import SOMETIMES, Choices
from .judging import Account
from .robot import CLEANER, RANGES, RANGES_WITH_MAIL, SLOT_4, Robot

MOVE_SECONDS = 9.35
CLEANS = 50
IDENTITY = Identity("TEST", "ROBOT", "0001", "INTERLEAVED")


@dataclass(frozen=True)
class Possible:
    """What may happen in an order.

    ends             of the first motion of a request, of its second, and of those after it.
    signals, deaths  at most so many.
    slow_replies     at most so many, of commands that move nothing.
    breaks           at most so often a process can't reach the library after a motion: by one
                     command, or by all that follow.
    is_late          a motion whose end nobody sees begins only when a move time ends.
    failures         at most so many writes of the store fail: it stays locked by another program.
    beside           another process may try something meanwhile.
    is_next_struck   what may happen to the first process may happen to the next one.
    """

    ends: tuple[tuple[End, ...], ...] = ((GOOD,),)
    signals: int = 0
    deaths: int = 0
    slow_replies: int = 0
    breaks: int = 0
    failures: int = 0
    is_late: bool = False
    beside: bool = False
    is_next_struck: bool = False


CALM = Possible()


@dataclass(frozen=True, slots=True)
class _Processes(HostCoordination):
    """Of a host whose processes are the test's. ``living``: the operations of those that live."""

    living: set[str] = field(default_factory=set)

    def is_running(self, record: Operation | Move) -> bool:
        return record.finished_at is None and record.id in self.living


class World:
    """All of it, begun again for each order. ``prepare``: what the store keeps before."""

    def __init__(self, folder: Path, *, has_mail: bool = False, **settings: Any) -> None:
        self._ranges = RANGES_WITH_MAIL if has_mail else RANGES
        self.settings = LibrarySettings(
            move_timeout_seconds=MOVE_SECONDS, ready_timeout_seconds=MOVE_SECONDS, **settings
        )
        self._began = self.time = 1_700_000_000.0
        state = folder / "state" / "state.db"
        self.coordination = _Processes(state=state, locks=folder / "lock", clock=self)
        self.store = self.coordination.open_store()
        self._remember()
        self._writer, self._pristine = sqlite3.connect(state), sqlite3.connect(":memory:")
        self.keep()

    def keep(self) -> None:
        """What the store holds now, each order begins with."""
        self._writer.backup(self._pristine)

    def _remember(self) -> None:
        self.store.remember_library(
            IDENTITY.id, vendor="TEST", product="ROBOT", revision="0001", serial=None, device=None
        )
        memory = UnitMemory(IDENTITY.id, self.store)
        ranges = (ElementRange(*there) for _, *there in self._ranges)
        memory.note_geometry(ElementAddressAssignment(*ranges))
        for feature in (DEVICE_CAPABILITIES, DEVICE_IDENTIFIERS):
            memory.learn_refusal(feature)

    def keep_a_cleaner(self) -> None:
        """In slot 4, which is reserved for it."""
        reserving = self.store.begin_operation(IDENTITY.id, "reserve")
        self.store.reserve(reserving.id, slot_address=SLOT_4)
        bring_in(self.store, IDENTITY.id, volume_tag=CLEANER, cleans_left=CLEANS)
        self.keep()

    def close(self) -> None:
        self._pristine.close()
        self._writer.close()
        self.store.close()

    def begin(self, choices: Choices, possible: Possible, at: dict[int, str]) -> None:
        """A new order, with these cartridges."""
        self._pristine.backup(self._writer)
        self.coordination.living.clear()
        self.time = self._began
        self.choices = choices
        self.become(possible)
        self.robot = Robot(at, self._ranges)
        self.account = Account(self.robot, at)
        self.children: list[int] = []
        self.beside: Callable[[], None] = lambda: None

    def become(self, possible: Possible) -> None:
        """From now on this may happen."""
        self.possible = possible
        self.signals, self.deaths = possible.signals, possible.deaths
        self.slow_replies, self.breaks = possible.slow_replies, possible.breaks
        self.failures = possible.failures

    @property
    def uses(self) -> int:
        """The uses of the cleaner that the store has counted."""
        cleaner = primary_cleaner(self.store, IDENTITY.id)
        assert cleaner is not None
        assert cleaner.cleans_left is not None
        return CLEANS - cleaner.cleans_left

    # the clock

    def now(self) -> float:
        return self.time

    monotonic = now

    def pass_time(self, seconds: float) -> None:
        """A motion whose end nobody saw has come to it after a whole move time."""
        motion, end = self.robot.motion, self.time + seconds
        if motion is not None and motion.unseen_at is not None and self.robot.is_moving:
            deadline = motion.unseen_at + MOVE_SECONDS
            if end >= deadline:
                self.time = max(self.time, deadline)
                self.robot_ends()
        self.time = end

    def sleep(self, seconds: float) -> None:
        """Time passes, and the library's element status catches up."""
        self.pass_time(seconds)
        self.robot.shown = None

    # the robot

    def robot_ends(self) -> None:
        """The robot carries out what it has begun, or gives it up."""
        done = self.choices.choose("at last the robot", ["does it", "gives up"], calm=SOMETIMES)
        while done == "does it" and self.robot.is_moving:
            self.robot.step(self.time)
        self.robot.stop()
        self.children_end()

    def robot_may_move(self, what: str) -> None:
        """Before something that shows where the cartridges are."""
        motion = self.robot.motion
        if motion is None or motion.unseen_at is None or motion.is_over:
            return
        if self.settings.answers_at_rest:
            self.robot_ends()
        if self.possible.is_late:
            return
        while self.robot.is_moving and self.choices.choose(what, ["stays", "moves"]) == "moves":
            self.robot.step(self.time)
        if motion.is_over:
            self.children_end()

    def children_end(self) -> None:
        """Programs that outlived their processes end with the motion, and let go of the lock."""
        while self.children:
            os.close(self.children.pop())
