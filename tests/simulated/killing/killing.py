"""Kills a function by SIGKILL at one boundary after another, always from the same beginning.

What dies is a process of its own, forked for it; the library, the store and the lock's file stay as
it left them. Its boundaries are known from a run that was let live.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from children import ended
from cleaning.cleaner_library import CleanerLibrary
from figures import FIGURES, Figure
from sweeps import spread

from changer.errors import ChangerError
from changer.library.library import Library

from .ledger import Ledger, ledger
from .points import Kind, Point, Recorder, Steps, Trap, load_points, save_points
from .watching import watch

Function = Callable[[Library], object]


def kill_self() -> None:
    """At once, and nothing can be done about it."""
    os.kill(os.getpid(), signal.SIGKILL)


def copy(source: Path, target: Path) -> None:
    """A folder and all that is in it, with owner, group and mode."""
    status = source.stat()
    if not source.is_dir():
        shutil.copyfile(source, target)
    else:
        target.mkdir()
        for each in source.iterdir():
            copy(each, target / each.name)
    os.chown(target, status.st_uid, status.st_gid)
    target.chmod(stat.S_IMODE(status.st_mode))


class Killing:
    """One function on one library. ``name``: what is killed, for the list of points."""

    def __init__(self, library: CleanerLibrary, function: Function, name: str) -> None:
        self.library = library
        self.name = name
        self._function = function
        self._began = library.clock.time
        self._aside = Path(tempfile.mkdtemp(dir=library.folder.parent))
        self._beginning, self._killed = self._aside / "beginning", self._aside / "killed"
        copy(library.folder, self._beginning)
        self.points = self._record()

    def killed(
        self, kinds: frozenset[Kind] = frozenset(Kind), *, are_new: bool = True
    ) -> Iterator[Killed]:
        """The library as the dead process left it, at each of its points of these kinds.

        At each commit and after each motion; of the others at a spread. ``are_new``: no other test
        counts these points.
        """
        points = [each for each in self.points if each.kind in kinds]
        others = spread((each for each in points if not each.is_decisive), one_in=6)
        chosen = [each for each in points if each.is_decisive or each in others]
        known = ledger.setdefault(self.name, Ledger([]))
        if are_new:
            known.points += chosen
            FIGURES.count(Figure.KILL_POINTS, len(chosen))
        for point in chosen:
            self._begin_again()
            self.kill_at(point)
            self.library.clock.sleep(3600)  # whatever a drive was doing is done
            shutil.rmtree(self._killed, ignore_errors=True)
            copy(self.library.folder, self._killed)
            yield Killed(self, point)

    def finished(self) -> None:
        """The library after the function ran to its end."""
        self._begin_again()
        self._in_child(Recorder())

    def die_again(self) -> None:
        """What the dead process left, once more."""
        self._put_back(self._killed)

    def close(self) -> None:
        shutil.rmtree(self._aside)

    def _begin_again(self) -> None:
        self._put_back(self._beginning)
        self.library.clock.time = self._began

    def _put_back(self, kept: Path) -> None:
        folder = self.library.folder
        shutil.rmtree(folder)
        copy(kept, folder)
        self.library.warnings.clear()

    def _record(self) -> list[Point]:
        recorder, file = Recorder(), self._aside / "points"
        self._begin_again()
        status = self._in_child(recorder, at_end=lambda: save_points(recorder.points, file))
        assert status == 0, f"{self.name}: ended with {status}"
        self._begin_again()
        return load_points(file)

    def kill_at(self, point: Point) -> None:
        """Let it run from here to that point."""
        status = self._in_child(Trap(self.points, point, kill_self))
        end = signal.SIGXFSZ if point.kind is Kind.PAGE else signal.SIGKILL
        assert status == -end, f"{self.name} at {point}: ended with {status}"

    def _in_child(self, steps: Steps, *, at_end: Callable[[], object] = lambda: None) -> int:
        def run() -> None:
            watch(steps, locks=self.library.locks, state=self.library.state)
            # It may be refused: an end like any other.
            with suppress(ChangerError), self.library.open() as opened:
                self._function(opened)
            at_end()

        return ended(run)


@dataclass(frozen=True)
class Killed:
    """A library beside which a process was just killed."""

    killing: Killing
    point: Point

    def count_run(self) -> None:
        ledger[self.killing.name].runs += 1
        FIGURES.count(Figure.KILL_RUNS)

    def is_past(self, call: str) -> bool:
        """The process had passed the COMMIT of that function of the store."""
        ends = [
            each.number
            for each in self.killing.points
            if each.call == call and each.text == "after COMMIT"
        ]
        return bool(ends) and self.point.number >= ends[0]
