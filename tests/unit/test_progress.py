"""Progress of a command on standard error: what is shown when, on a terminal and elsewhere."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace

import pytest

from changer.cli import application
from changer.cli.application import Progress
from changer.host.clock import TimedStep

ERASED = "\r\033[K"
LONG = "moving A00001L8 from slot 1 to drive 0"


class Screen(io.StringIO):
    """Standard error; on a terminal of so many columns, unless that is None."""

    def __init__(self, columns: int | None) -> None:
        super().__init__()
        self.columns = columns
        self.far_size = (columns or 0, 24)

    def isatty(self) -> bool:
        return self.columns is not None


class Passing:
    """Time that passes only while the watcher of a progress waits, up to an end.

    ``then``: what the command does at a time, before the watcher looks again.
    """

    def __init__(self, end: float, then: Mapping[float, Callable[[], None]]) -> None:
        self.time = 0.0
        self.pauses: list[float] = []
        self.has_begun = threading.Event()
        self._end, self._then = end, dict(then)

    def wait(self, seconds: float) -> bool:
        self.has_begun.wait()
        if self.time + seconds > self._end:
            return True
        self.pauses.append(seconds)
        until = self.time + seconds
        for at in [each for each in self._then if each <= until]:
            self.time = at
            self._then.pop(at)()
        self.time = until
        return False

    def set(self) -> None:
        pass


def shown(
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    *,
    columns: int | None,
    end: float,
    verbose: bool = False,
    then: Mapping[float, Callable[[Progress], None]] | None = None,
) -> tuple[str, list[float]]:
    """All that is written while a step lasts until the end; and how long was waited each time."""
    progresses: list[Progress] = []

    def with_it(do: Callable[[Progress], None]) -> None:
        do(progresses[0])

    passing = Passing(end, {at: partial(with_it, do) for at, do in (then or {}).items()})
    host = SimpleNamespace(Lock=threading.Lock, Thread=threading.Thread, Event=lambda: passing)
    monkeypatch.setattr(application, "threading", host)
    monkeypatch.setattr(time, "monotonic", lambda: passing.time)
    screen = Screen(columns)
    monkeypatch.setattr(sys, "stderr", screen)
    with Progress(verbose=verbose) as progress:
        progresses.append(progress)
        progress.step(step)
        passing.has_begun.set()
    return screen.getvalue(), passing.pauses


def test_a_terminal_shows_each_second_from_the_second_one_and_is_left_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, pauses = shown(monkeypatch, "reading", columns=80, end=4.5)
    lines = [f"reading: {each} s" for each in (2, 3, 4)]
    assert text == "".join(f"{ERASED}{each}" for each in (*lines, ""))
    assert pauses == [2.0, 1.0, 1.0]


def test_a_log_has_a_line_each_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    text, pauses = shown(monkeypatch, "reading", columns=None, end=130.0)
    assert text == "reading: 2 s\nreading: 62 s\nreading: 2 min 2 s\n"
    assert pauses == [2.0, 60.0, 60.0]


def test_what_ends_within_two_seconds_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, "reading", columns=80, end=1.9) == ("", [])
    assert shown(monkeypatch, "reading", columns=None, end=1.9) == ("", [])


def test_a_limit_is_shown_with_the_time_that_had_passed_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = TimedStep("waiting", limit_seconds=900.0, spent_seconds=58.0)
    text, _ = shown(monkeypatch, step, columns=None, end=2.0)
    assert text == "waiting: 60 s of up to 15 min\n"


@pytest.mark.parametrize(
    ("columns", "end", "expected"),
    [
        (len(f"{LONG}: 2 s") + 1, 3.0, [f"{LONG}: 2 s", f"{LONG}: 3 s", ""]),
        (len(f"{LONG}: 2 s"), 3.0, [f"{LONG}\n{ERASED}2 s", "3 s", ""]),
        (0, 2.0, [f"{LONG}: 2 s", ""]),
    ],
    ids=["fits", "too long", "of unknown width"],
)
def test_a_step_as_long_as_the_line_stands_once_above_its_seconds(
    monkeypatch: pytest.MonkeyPatch, columns: int, end: float, expected: list[str]
) -> None:
    text, _ = shown(monkeypatch, LONG, columns=columns, end=end)
    assert text == "".join(f"{ERASED}{each}" for each in expected)


def test_a_terminal_of_unknown_width_has_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    fits, too_long = "x" * (79 - len(": 2 s")), "x" * (80 - len(": 2 s"))
    for step, seconds in ((fits, f"{ERASED}{fits}: 2 s"), (too_long, f"{ERASED}2 s")):
        text, _ = shown(monkeypatch, step, columns=0, end=2.0)
        assert text.endswith(f"{seconds}{ERASED}")
        assert (f"{step}\n" in text) is (step == too_long)


@pytest.mark.parametrize("columns", [80, 20, None])
def test_verbose_says_each_step_at_once_and_never_twice(
    monkeypatch: pytest.MonkeyPatch, columns: int | None
) -> None:
    text, _ = shown(monkeypatch, LONG, columns=columns, end=2.0, verbose=True)
    seconds = {
        80: f"{ERASED}{LONG}: 2 s{ERASED}",
        20: f"{ERASED}2 s{ERASED}",
        None: f"{LONG}: 2 s\n",
    }
    assert text == f"{LONG}\n{seconds[columns]}"


def test_each_step_has_its_own_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    text, pauses = shown(
        monkeypatch,
        "reading",
        columns=80,
        end=7.0,
        then={2.5: lambda it: it.step("moving"), 5.2: lambda it: it.step("moving")},
    )
    lines = ["reading: 2 s", "", "moving: 2 s", "moving: 3 s", "moving: 4 s", ""]
    assert text == "".join(f"{ERASED}{each}" for each in lines)
    assert pauses == [2.0, 1.0, 1.5, 1.0, 1.0]


def test_a_line_of_data_has_the_terminal_to_itself_and_the_time_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, pauses = shown(
        monkeypatch, "reading", columns=80, end=6.0, then={2.5: lambda it: it.clear()}
    )
    lines = ["reading: 2 s", "", "reading: 2 s", "reading: 3 s", ""]
    assert text == "".join(f"{ERASED}{each}" for each in lines)
    assert pauses == [2.0, 1.0, 1.5, 1.0]


def test_nothing_is_shown_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    text, pauses = shown(
        monkeypatch,
        "reading",
        columns=80,
        end=6.0,
        then={2.5: lambda it: it.rest(), 4.5: lambda it: it.step("reading")},
    )
    assert text == "".join(f"{ERASED}{each}" for each in ("reading: 2 s", ""))
    assert pauses[:3] == [2.0, 1.0, 1.0]


def test_a_warning_stands_on_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    text, _ = shown(
        monkeypatch, "reading", columns=80, end=3.0, then={2.5: lambda it: it.say("busy")}
    )
    lines = ["reading: 2 s", "busy\n", "reading: 3 s", ""]
    assert text == f"{ERASED}{lines[0]}{ERASED}{lines[1]}{ERASED}{lines[2]}{ERASED}"


@pytest.mark.parametrize("missing", [RuntimeError, MemoryError])
def test_a_host_that_can_start_no_thread_shows_no_seconds(
    monkeypatch: pytest.MonkeyPatch, missing: type[Exception]
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise missing

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert shown(monkeypatch, "reading", columns=80, end=9.0) == ("", [])
