"""A virtual library that many processes share in real time, and their reports.

Each process writes down every operation before it begins and after it ended, so that of one that
was killed it is known what it was about. Turns at the library's lock are counted in memory that all
of them share: by whoever holds it, which shows as well that nobody else does.
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import forked_program
from cli.terminal import PROGRAM
from driver.virtual_library import NAME, VirtualLibrary

from changer.host.clock import SystemClock
from changer.simulator.catalogue import changing
from changer.simulator.operator_actions import apply_action, parse_action
from changer.simulator.state import Cartridge
from changer.store.records import Move, Operation
from changer.store.sharing import Lock

CLEANER = "CLN001"  # of no known kind: whoever brings it in is asked how often it still cleans
LONGEST_SLEEP_SECONDS = 0.2
_EXITING = 0x4  # PF_EXITING of linux/sched.h


class HurriedClock(SystemClock):
    """The host's time with short sleeps: people and robots are quick here.

    What is left out of a sleep has passed for whoever measures a wait. Else a drive that a dead
    process made eject its cleaner is given the whole minute in which it might notice one.
    """

    def __init__(self) -> None:
        self._left_out_seconds = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._left_out_seconds

    def sleep(self, seconds: float) -> None:
        slept = min(seconds, LONGEST_SLEEP_SECONDS)
        super().sleep(slept)
        self._left_out_seconds += seconds - slept


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One operation of one process. Times are nanoseconds of one clock for all.

    ``queued_at``: when it was in the lock's queue already, at the latest. ``turn``: its first turn
    at the lock. ``outcome``: ``done``, the code of an error, or None: it was killed.
    """

    process_id: int
    number: int
    kind: str
    waits: bool
    began_at: int
    queued_at: int | None = None
    turn: int | None = None
    ended_at: int | None = None
    outcome: str | None = None
    message: str = ""


class Diary:
    """Where one process writes its reports: two lines for each, the second one when it ended."""

    def __init__(self, folder: Path, name: int) -> None:
        """``name``: of the process, and of no other; its number may be another's later on."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.jsonl"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, report: Report) -> None:
        os.write(self._descriptor, json.dumps(asdict(report)).encode() + b"\n")

    @staticmethod
    def read(folder: Path, name: int | None = None) -> list[Report]:
        """Every report, or those of one process; of each its last line."""
        reports: dict[tuple[str, int], Report] = {}
        for path in folder.glob(f"{'*' if name is None else name}.jsonl"):
            # Of one that is at work the last line may not be there yet.
            for line in path.read_text().rpartition("\n")[0].splitlines():
                report = Report(**json.loads(line))
                reports[path.name, report.number] = report
        return list(reports.values())


class Turns:
    """Counts turns at the lock, one holder at a time."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16)  # shared with every child

    def take(self) -> int:
        """The lock was taken; the number of this turn, from 1."""
        holder, turn = self._read(0), self._read(8) + 1
        assert not holder or has_died(holder), f"{holder} and {os.getpid()} hold the lock"
        self._write(0, os.getpid())
        self._write(8, turn)
        return turn

    def give_up(self) -> None:
        assert self._read(0) == os.getpid(), f"{self._read(0)} came in before {os.getpid()} left"
        self._write(0, 0)

    @property
    def number(self) -> int:
        return self._read(8)

    def _read(self, offset: int) -> int:
        return int.from_bytes(self._memory[offset : offset + 8], "little")

    def _write(self, offset: int, number: int) -> None:
        self._memory[offset : offset + 8] = number.to_bytes(8, "little")


class HeldLocks(list[Lock]):
    """What a library that is open holds; ``first_turn``: of the operation under way."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns
        self.first_turn: int | None = None

    def append(self, lock: Lock) -> None:
        turn = self._turns.take()
        self.first_turn = self.first_turn or turn
        super().append(lock)

    def remove(self, lock: Lock) -> None:
        self._turns.give_up()
        super().remove(lock)


class World(VirtualLibrary):
    """A library with four drives, the cleaner in a mail slot, and a folder for diaries."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            "demo",
            slots=20,
            magazine_size=0,
            drives=4,
            mail=3,
            data_cartridges=12,
            free_slots=(),
            cleaners=0,
            cleans_allowed=9999,
            drive_product="VIRTUAL",
            drive_load_seconds=0.0,
            cleaning_seconds=0.0,
            ejects_cleaner=False,  # else a drive that is done at once never seems to clean
        )
        self.operate(f"put {CLEANER} mail:1", noticed=False)
        self.clock: Any = HurriedClock()
        self.diaries = folder / "diaries"
        self.turns = Turns()
        self.at_first = self.contents()

    def contents(self) -> dict[int, str]:
        """Where every cartridge truly is, by element address."""
        return {
            each.address: each.cartridge.tag
            for each in self.truth.elements
            if each.cartridge is not None
        }

    def cleans_left(self) -> int:
        """What a person reads on the cleaner, where it says how often it cleaned."""
        return _cleans_left(self.cleaner)

    def take_cleaner(self) -> int:
        """Take it out of a mail slot; returns the cleanings left. Raises SimulatorRefused."""
        with changing(NAME, folder=self.simulated) as state:
            found = [each for each in state.cartridges.values() if each.tag == CLEANER]
            apply_action(state, parse_action(["take", CLEANER]), now=self.clock.now())
        return _cleans_left(found[0])

    @property
    def cleaner(self) -> Cartridge:
        found = [each.cartridge for each in self.truth.elements if each.cartridge is not None]
        return next(each for each in found if each.tag == CLEANER)

    def program(self, *words: str, held: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        """The installed program, at work. ``held``: descriptors that it holds until it ends."""
        return forked_program.Popen(
            [str(PROGRAM), *words],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=held,
        )

    def journal(self) -> tuple[Move, ...]:
        """Every move, oldest first."""
        with self.store() as store:
            return tuple(reversed(store.moves(self.id, limit=1_000_000)))

    def operations(self) -> tuple[Operation, ...]:
        """Every operation of cleaner management, in the order of their ends."""
        with self.store() as store:
            known = store.operations(self.id, limit=1_000_000)
        return tuple(sorted(known, key=lambda each: each.finished_at or float("inf")))


def _cleans_left(cleaner: Cartridge) -> int:
    return cleaner.cleans_allowed - cleaner.cleans_used


def has_died(process_id: int) -> bool:
    """Nothing of the process runs any more; its parent may not have asked yet."""
    try:
        content = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return True
    state, *fields = content.rpartition(")")[2].split()
    return state in "ZX" or bool(int(fields[5]) & _EXITING)


def now() -> int:
    return time.monotonic_ns()
