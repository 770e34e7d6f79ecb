"""A user of the crowd at a shell: random commands of the installed program."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace

from changer.simulator.geometry import Kind

from .member import PATIENCE_SECONDS
from .world import CLEANER, Diary, Report, World, now

_WEIGHTS = {
    "status": 4,
    "load": 6,
    "unload": 6,
    "move": 6,
    "reserve": 2,
    "release": 1,
    "clean": 2,
    "recover": 2,
}
_CHANCE_TO_BE_KILLED = 0.15
_SIGKILLED = -signal.SIGKILL


@dataclass
class Shell:
    """``limit``: whether it may go on, asked with the number of commands that it gave.

    ``alive``: a descriptor that each command holds until it ends.
    """

    world: World
    seed: int
    limit: Callable[[int], bool]
    alive: int

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def run(self) -> None:
        """Until the limit; in a process of its own."""
        self.diary = Diary(self.world.diaries, self.seed)
        number = 0
        while self.limit(number):
            number += 1
            kinds = self.random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
            self._report(number, kinds[0])

    def _report(self, number: int, kind: str) -> None:
        waits = self.random.random() < 0.5
        report = Report(
            process_id=os.getpid(), number=number, kind=kind, waits=waits, began_at=now()
        )
        self.diary.write(report)
        words = [*self._words(kind), "--json"]
        words += ["--wait", f"{PATIENCE_SECONDS:.0f}"] if waits else []
        status, errors = self._run(words)
        if status == _SIGKILLED:
            return
        outcome, message = "done", ""
        if status:
            assert errors.rstrip().endswith("}}"), f"{words} ended with {status}: {errors}"
            error = json.loads(errors.splitlines()[-1])["error"]
            outcome, message = error["code"], error["message"]
        self.diary.write(replace(report, ended_at=now(), outcome=outcome, message=message))

    def _run(self, words: list[str]) -> tuple[int, str]:
        process = self.world.program(*words, held=(self.alive,))
        try:
            is_killed = self.random.random() < _CHANCE_TO_BE_KILLED
            seconds = self.random.uniform(0.05, 0.5) if is_killed else None
            _, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
        return process.returncode, errors

    def _words(self, kind: str) -> list[str]:
        if kind == "load":
            return ["load", self._cartridge(), f"drive:{self.random.randrange(4)}"]
        if kind == "unload":
            return ["unload", str(self.random.randrange(4))]
        if kind == "move":
            return ["move", self._cartridge(), self._slot()]
        if kind == "reserve":
            return ["cleaner", "reserve", self._slot()]
        if kind == "release":
            return ["cleaner", "release"]
        if kind == "clean":
            return ["clean", str(self.random.randrange(4)), "--unload"]
        return [kind]

    def _cartridge(self) -> str:
        elements = self.world.truth.elements
        tags = [each.cartridge.tag for each in elements if each.cartridge is not None]
        return self.random.choice([tag for tag in tags if tag != CLEANER])

    def _slot(self) -> str:
        slots = [each for each in self.world.truth.elements if each.kind is Kind.STORAGE]
        free = [each.place for each in slots if each.cartridge is None]
        return self.random.choice(free or [each.place for each in slots])
