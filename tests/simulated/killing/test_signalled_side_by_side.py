"""Two programs that clean at once, each met by two signals: nothing is lost, or stays claimed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import forked_program
import pytest
from cleaning.cleaner_library import CleanerLibrary
from driver.virtual_library import NAME
from sweeps import turn
from together.world import HurriedClock

from changer.cleaning.clean_drive import clean
from changer.library.addressing import parse_place
from changer.simulator.drive_life import Phase

from .aftermath import Aftermath, Look
from .several import HOMES, two_cleaners

PROGRAM = Path(sys.executable).with_name("changer")
PATIENCE_SECONDS = 240.0
_PAUSE_SECONDS = 0.05  # between the two signals of the one; those of the other come in one go
_TRIES = 10  # a host that is slow to look may see a program's moment only when it has ended
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Cleaning:
    """A program that cleans a drive. ``left``: the signals that it is still to get.

    ``at_once``: the second one comes with the first one, whatever else this host has to do.
    """

    library: CleanerLibrary
    drive: int
    left: list[signal.Signals]
    at_once: bool
    again_at: float = 0.0
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        words = ("clean", str(self.drive), "--wait", "60")
        self.process = forked_program.Popen(
            (PROGRAM, "--library", f"sim:{NAME}", "--state", self.library.state, *words),
            env={"PATH": os.environ["PATH"], **self.library.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def operation(self) -> dict[str, Any] | None:
        rows = self.library.rows("operations")
        return next((each for each in rows if each["process_id"] == self.process.pid), None)

    @property
    def is_due(self) -> bool:
        """Whether signals are left for a program that still runs."""
        return bool(self.left) and self.process.poll() is None

    @property
    def was_met(self) -> bool:
        return not self.left

    def signal(self) -> None:
        """Send the next signal, or both; what a program that has ended meanwhile got is left."""
        sent = [*self.left] if self.at_once else self.left[:1]
        for each in sent:
            os.kill(self.process.pid, each)  # nobody waited for it yet: the number is its own
        if self.process.poll() is None:
            del self.left[: len(sent)]
            self.again_at = time.monotonic() + _PAUSE_SECONDS


def has_begun(cleaning: Cleaning) -> bool:
    return cleaning.operation is not None


def has_claimed(cleaning: Cleaning) -> bool:
    claims = cleaning.library.rows("claims")
    operation = cleaning.operation or {}
    return any(each["operation_id"] == operation.get("id") for each in claims)


def robot_moves(cleaning: Cleaning) -> bool:
    return _moves(cleaning) == 1


def drive_cleans(cleaning: Cleaning) -> bool:
    return cleaning.library.truth.drives[cleaning.drive].phase is Phase.CLEANING


def use_is_counted(cleaning: Cleaning) -> bool:
    return bool((cleaning.operation or {}).get("use_counted"))


def robot_brings_it_back(cleaning: Cleaning) -> bool:
    return _moves(cleaning) == 2


def _moves(cleaning: Cleaning) -> int:
    operation = cleaning.operation or {}
    moves = cleaning.library.rows("moves")
    return sum(each["operation_id"] == operation.get("id") for each in moves)


MOMENTS: tuple[Callable[[Cleaning], bool], ...] = (
    has_begun,
    has_claimed,
    robot_moves,
    drive_cleans,
    use_is_counted,
    robot_brings_it_back,
)


def name_of(moment: Callable[[Cleaning], bool]) -> str:
    return moment.__name__.replace("_", "-")


@pytest.fixture(autouse=True)
def signals_are_not_ignored() -> Iterator[None]:
    """As they are by what runs in the background, or under nohup, and by what it starts."""
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, signal.SIG_DFL)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for each, action in before.items():
        signal.signal(each, action)


def a_library(folder: Path) -> CleanerLibrary:
    """Two drives, two cleaners; the robot and the drives take a moment, which really passes."""
    library = CleanerLibrary(
        folder,
        cleaners=0,
        cleaning_seconds=0.6,
        drive_load_seconds=0.0,
        ejects_cleaner=False,  # else it never seems to clean where this host is slow to ask
    )
    two_cleaners(library)
    library.fault("robot-delay 0.3")
    library.clock = HurriedClock()  # type: ignore[assignment]
    return library


def signalled(library: CleanerLibrary, moments: list[Callable[[Cleaning], bool]]) -> list[Cleaning]:
    """Both programs, run to their ends, each met at its moment."""
    hurried = turn([each.__name__ for each in moments], 2)
    cleanings = [
        Cleaning(library, 0, list(SIGNALS), at_once=hurried == 0),
        Cleaning(library, 1, list(reversed(SIGNALS)), at_once=hurried == 1),
    ]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(each.is_due for each in cleanings):
        assert time.monotonic() < deadline, "a program does not come to its moment, or to its end"
        for comes, each in zip(moments, cleanings, strict=True):
            is_first = len(each.left) == len(SIGNALS)
            if each.is_due and (comes(each) if is_first else time.monotonic() >= each.again_at):
                each.signal()
        time.sleep(0.002)
    for each in cleanings:
        _, errors = each.process.communicate(timeout=PATIENCE_SECONDS)
        assert "Traceback" not in errors, errors
    return cleanings


@pytest.mark.rows(one_in=12)
@pytest.mark.parametrize("second", MOMENTS, ids=name_of)
@pytest.mark.parametrize("first", MOMENTS, ids=name_of)
def test_two_cleanings_met_by_two_signals_lose_nothing(
    folder: Path, first: Callable[[Cleaning], bool], second: Callable[[Cleaning], bool]
) -> None:
    tries = (judged(a_library(folder / str(each)), [first, second]) for each in range(_TRIES))
    assert any(tries), "no program met both of its signals"


def judged(library: CleanerLibrary, moments: list[Callable[[Cleaning], bool]]) -> bool:
    """See that nothing was lost. Whether one of the programs met both signals."""
    beginning = Look(library)
    cleanings = signalled(library, moments)
    ends = [(each.process.returncode, each.left) for each in cleanings]
    interrupted = {130, 143, -signal.SIGINT, -signal.SIGTERM}
    assert {code for code, _ in ends} <= {0, *interrupted}, ends
    after = Aftermath(library, beginning, cleans=50, reserved=beginning.reserved)
    after.check()  # no next process had to come for that
    after.recover()
    assert {each: library.place_of(each) for each in HOMES} == HOMES
    with library.open() as opened:
        for drive in ("drive:0", "drive:1"):
            clean(opened, parse_place(drive))
    after.check()
    return any(each.was_met for each in cleanings)
