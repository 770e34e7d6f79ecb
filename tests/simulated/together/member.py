"""A process of the crowd: random operations on the library, the same for the same seed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from driver.virtual_library import MOVE_MEDIUM

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.recover import recover
from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError
from changer.library.addressing import Place, PlaceKind, parse_place
from changer.library.history import history
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.opening import open_library
from changer.moves.execute import exchange, load, move, unload
from changer.smc.command import Command, Reply
from changer.smc.elements import ElementType
from changer.transport import Transport

from .world import CLEANER, Diary, HeldLocks, Report, World, now

PATIENCE_SECONDS = 3600.0  # of those who wait: longer than any test lasts
_WEIGHTS = {
    "read": 20,
    "history": 3,
    "load": 14,
    "unload": 14,
    "move": 12,
    "exchange": 4,
    "reserve": 5,
    "release": 2,
    "insert": 8,
    "clean": 9,
    "eject": 2,
    "recover": 2,
    "strand": 1,
}
_CHANCE_TO_DIE = 0.015
_FIRST_SLOT = 1001


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class MortalWire:
    """Carries commands; at one of the steps before and after each, the process is killed.

    ``strands``: it dies when a cartridge is in the robot's hand.
    """

    inner: Transport
    world: World
    step: int = 0
    last_step: int = 0
    strands: bool = False

    def execute(self, command: Command[Any]) -> Reply:
        self._count()
        if self.strands and command.cdb[0] == MOVE_MEDIUM:
            self.world.fault("move-fails in-transport")
            self.inner.execute(command)
            _die()
        reply = self.inner.execute(command)
        self._count()
        return reply

    def close(self) -> None:
        self.inner.close()

    def _count(self) -> None:
        self.step += 1
        if self.step == self.last_step:
            _die()


@dataclass
class Member:
    """``limit``: whether it may go on, asked with the number of operations that it did."""

    world: World
    seed: int
    limit: Callable[[int], bool]
    wires: list[MortalWire] = field(default_factory=list)
    library: Library | None = None
    waits: bool = False
    queued_at: int | None = None
    dies_waiting: bool = False
    last_outcome: str = ""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def run(self) -> None:
        """Until the limit; in a process of its own."""
        self.diary = Diary(self.world.diaries, self.seed)
        self.number = 0
        while self.limit(self.number):
            self.number += 1
            self._report(self._next_kind())
        self._close()

    def _next_kind(self) -> str:
        if self.last_outcome == "recovery-needed" and self._perhaps():
            return "recover"
        return self.random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]

    def _report(self, kind: str) -> None:
        self._open()
        self._be_mortal(kind)
        report = Report(
            process_id=os.getpid(), number=self.number, kind=kind, waits=self.waits, began_at=now()
        )
        self.diary.write(report)
        outcome, message = "done", ""
        try:
            self._do(kind)
        except ChangerError as error:
            outcome, message = error.code, error.message
        self.last_outcome = outcome
        self.diary.write(
            replace(
                report,
                ended_at=now(),
                queued_at=self.queued_at,
                turn=self.held.first_turn,
                outcome=outcome,
                message=message,
            )
        )

    def _open(self) -> None:
        """Every third time the library is opened anew, as each command does."""
        if self.library is not None and self.random.random() > 0.3:
            return
        self._close()
        self.waits = self.random.random() < 0.3
        self.held = HeldLocks(self.world.turns)
        request = self.world.request(
            wire=self._wire, wait_seconds=PATIENCE_SECONDS if self.waits else 0.0
        )
        self.library = open_library(replace(request, held=self.held, progress=self._progress))

    def _close(self) -> None:
        if self.library is not None:
            self.library.close()
        self.library = None
        self.wires.clear()

    def _wire(self, transport: Transport) -> Transport:
        wire = MortalWire(transport, self.world)
        self.wires.append(wire)
        return wire

    def _progress(self, words: str) -> None:
        if words.startswith("waiting for the library"):
            self.queued_at = self.queued_at or now()
            if self.dies_waiting:
                _die()

    def _be_mortal(self, kind: str) -> None:
        self.queued_at = self.held.first_turn = None
        dies = self.random.random() < _CHANCE_TO_DIE
        self.dies_waiting = dies and self.random.random() < 0.2
        last_step = self.random.randint(1, 16)
        for wire in self.wires:
            wire.step, wire.last_step = 0, last_step if dies else 0
            wire.strands = kind == "strand"

    # what it does

    def _do(self, kind: str) -> None:
        assert self.library is not None
        getattr(self, f"_do_{kind}")(self.library)

    def _do_read(self, library: Library) -> None:
        library.read()

    def _do_history(self, library: Library) -> None:
        history(
            library.store, library.id, limit=20, is_running=library.context.coordination.is_running
        )

    def _do_load(self, library: Library) -> None:
        seen = library.read()
        load(library, self._cartridge(seen, ElementType.STORAGE), self._drive(seen, full=False))

    def _do_unload(self, library: Library) -> None:
        unload(library, self._drive(library.read(), full=True))

    def _do_move(self, library: Library) -> None:
        seen = library.read()
        move(library, self._cartridge(seen, ElementType.STORAGE), self._slot(seen))

    def _do_strand(self, library: Library) -> None:
        self._do_move(library)

    def _do_exchange(self, library: Library) -> None:
        seen = library.read()
        source, first = (self._cartridge(seen, ElementType.STORAGE) for _ in range(2))
        exchange(library, source, first)

    def _do_reserve(self, library: Library) -> None:
        reserve(library, self._slot(library.read()))

    def _do_release(self, library: Library) -> None:
        slots = [each.slot_address for each in library.store.reservations(library.id)]
        # Where none is reserved, or another was, that is refused.
        address = self.random.choice(slots or [_FIRST_SLOT])
        release(library, Place(PlaceKind.ADDRESS, address))

    def _do_insert(self, library: Library) -> None:
        insert(
            library,
            InsertionRequest(source=parse_place(CLEANER), ask_cleans=lambda _: self._cleans_left()),
        )

    def _do_clean(self, library: Library) -> None:
        drive = self._drive(library.read(), full=False)
        # Named: nobody knows of which family these drives are.
        clean(library, drive, cleaner=parse_place(CLEANER), may_unload=self._perhaps())

    def _do_eject(self, library: Library) -> None:
        timeout_seconds = self.random.choice((0.0, 1.0))
        eject(library, parse_place(CLEANER), timeout_seconds=timeout_seconds)

    def _do_recover(self, library: Library) -> None:
        recover(library)

    # what it does it with

    def _perhaps(self) -> bool:
        return self.random.random() < 0.5

    def _cartridge(self, seen: Inventory, kind: ElementType) -> Place:
        tags = [each.tag for each in seen.of_type(kind) if each.full and each.tag != CLEANER]
        return parse_place(self.random.choice([tag for tag in tags if tag]))

    def _cleans_left(self) -> int:
        """The person who has just taken the cleaner out brings it back soon."""
        while True:
            with suppress(StopIteration):
                return self.world.cleans_left()
            time.sleep(0.01)

    def _drive(self, seen: Inventory, *, full: bool) -> Place:
        return self._place(seen, ElementType.DATA_TRANSFER, full=full)

    def _slot(self, seen: Inventory) -> Place:
        return self._place(seen, ElementType.STORAGE, full=False)

    def _place(self, seen: Inventory, kind: ElementType, *, full: bool) -> Place:
        """A choice that fits what was just read; now and then any other."""
        every = seen.of_type(kind)
        fitting = [each for each in every if each.full is full]
        chosen = every if not fitting or self.random.random() < 0.1 else fitting
        return Place(PlaceKind.ADDRESS, self.random.choice(chosen).address)
