"""The program itself, stopped at a point and killed from outside: as the functions fare in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from cleaning.cleaner_library import CleanerLibrary
from driver.virtual_library import NAME

from changer.errors import LibraryBusy
from changer.library.addressing import parse_place
from changer.lock.flock import LibraryLock
from changer.moves.execute import move

from .killing import Killing
from .points import Kind, Point, load_points
from .program import environment
from .scenario import Scenario
from .scenarios import SCENARIOS

pytestmark = pytest.mark.sweep

PROGRAM = Path(sys.executable).with_name("changer")
COMMANDS = {
    "move": "move 1 9",
    "reserve": "cleaner reserve 4",
    "release": "cleaner release",
    "recover, carrying on": "recover",
}
OUTSIDE = frozenset({Kind.COMMAND, Kind.COMMIT, Kind.LOCK})


class ProgramKilling(Killing):
    """As Killing, but what dies is ``changer`` with a command line."""

    def __init__(self, library: CleanerLibrary, words: Iterable[str], name: str) -> None:
        self._words = tuple(words)
        super().__init__(library, lambda _: None, name)

    def _record(self) -> list[Point]:
        file = self._file
        self._begin_again()
        with self._started(None) as process:
            error = process.communicate()[1]
        assert process.returncode == 0, error
        self._begin_again()
        return load_points(file)

    def kill_at(self, point: Point) -> None:
        """While it stands still others find its lock as it left it; when it is dead, free."""
        with self._started(point) as process:
            status = os.waitpid(process.pid, os.WUNTRACED)[1]
            assert os.WIFSTOPPED(status), f"{self.name} at {point}: it did not come there"
            is_busy = self._is_busy()
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert is_busy == self._holds_lock(point), point
        assert not self._is_busy(), f"{point}: the lock of the dead is not free"

    @property
    def _file(self) -> Path:
        return self._aside / "points"

    def _started(self, at: Point | None) -> subprocess.Popen[str]:
        library = self.library
        watched = environment(file=self._file, locks=library.locks, state=library.state, at=at)
        place = library.request().environment
        return subprocess.Popen(
            (PROGRAM, "--library", f"sim:{NAME}", "--state", library.state, *self._words),
            env={"PATH": os.environ["PATH"], **place, **watched},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _holds_lock(self, point: Point) -> bool:
        numbers = {each.text: each.number for each in self.points if each.kind is Kind.LOCK}
        return numbers["in the lock's queue"] <= point.number < numbers["lock given back"]

    def _is_busy(self) -> bool:
        library = self.library
        lock = LibraryLock(library.id, folder=library.locks, command="another", clock=library.clock)
        try:
            with lock:
                return False
        except LibraryBusy:
            return True


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize(
    "scenario",
    [each for each in SCENARIOS if each.name in COMMANDS],
    ids=lambda each: each.name.replace(" ", "-"),
)
def test_killed_program_is_recovered(folder: Path, scenario: Scenario) -> None:
    forked, beginning = scenario.prepare(folder / "library")
    words = COMMANDS[scenario.name].split()
    killing = ProgramKilling(forked.library, words, f"changer {COMMANDS[scenario.name]}")
    source, destination = map(parse_place, scenario.ordinary)
    for killed in killing.killed(OUTSIDE):
        after = scenario.aftermath(killed, beginning)
        after.recover()
        assert after.run(lambda library: move(library, source, destination)) == "done"
        killed.count_run()
