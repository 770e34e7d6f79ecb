"""The boundaries that a process passes, in order: written down by one run, deadly in another."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Kind(StrEnum):
    """What lies at a boundary. PAGE: in the middle of a write, in one page of it."""

    COMMAND = "commands"
    COMMIT = "commits"
    STATEMENT = "statements"
    PAGE = "pages"
    LOCK = "lock"
    FILE = "files"


COARSE = frozenset({Kind.COMMAND, Kind.COMMIT})


@dataclass(frozen=True, slots=True)
class Point:
    """A boundary. ``call``: the function of the store that it is in, if any.

    ``limit``: of a PAGE, the size in bytes that the written file may not exceed to end there.
    """

    number: int
    kind: Kind
    text: str
    call: str = ""
    limit: int = 0

    @property
    def is_decisive(self) -> bool:
        """What holds after it is other than before: in the library, or by the store."""
        return self.kind is Kind.COMMIT or " MEDIUM" in self.text

    def __str__(self) -> str:
        return f"{self.number:03} {f'{self.call}: ' if self.call else ''}{self.text}"


class Steps(Protocol):
    """Receives every boundary that this process comes to."""

    def step(self, kind: Kind, text: str, call: str = "") -> None:
        """One is reached."""
        ...

    def write(self, write: Callable[[], None], limits: Limits, call: str = "") -> None:
        """Carry out a write whose pages are boundaries; ``limits`` names them afterwards."""
        ...


# Of each page: the size limit that ends the write in it, and which page it is, in words.
Limits = Callable[[], list[tuple[int, str]]]


class Recorder:
    """Writes every boundary down."""

    def __init__(self) -> None:
        self.points: list[Point] = []

    def step(self, kind: Kind, text: str, call: str = "") -> None:
        self._add(kind, text, call, 0)

    def write(self, write: Callable[[], None], limits: Limits, call: str = "") -> None:
        write()
        for limit, text in limits():
            self._add(Kind.PAGE, text, call, limit)

    def _add(self, kind: Kind, text: str, call: str, limit: int) -> None:
        self.points.append(Point(len(self.points) + 1, kind, text, call, limit))


class Trap:
    """Knows what a recorder wrote down of the same run, and does something at one of its points.

    In the middle of a write it is the kernel that ends the process, by a limit to the file's size.
    """

    def __init__(self, points: Iterable[Point], at: Point, action: Callable[[], object]) -> None:
        self._points = list(points)
        self._at = at
        self._action = action
        self._passed = 0

    def step(self, kind: Kind, text: str, call: str = "") -> None:
        self._passed += 1
        if self._passed == self._at.number:
            assert (kind, text, call) == (self._at.kind, self._at.text, self._at.call), text
            self._action()

    def write(self, write: Callable[[], None], limits: Limits, call: str = "") -> None:
        while self._passed < len(self._points) and self._points[self._passed].kind is Kind.PAGE:
            self._passed += 1
            if self._passed == self._at.number:
                end_at_size(self._at.limit)
        write()


def end_at_size(limit: int) -> None:
    """A write past this size ends the process at once (SIGXFSZ), with what it wrote until there."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def save_points(points: Iterable[Point], file: Path) -> None:
    """For a process that shares no memory with this one."""
    file.write_text(json.dumps([asdict(each) for each in points]), encoding="utf-8")


def load_points(file: Path) -> list[Point]:
    read = json.loads(file.read_text(encoding="utf-8"))
    return [Point(**{**each, "kind": Kind(each["kind"])}) for each in read]
