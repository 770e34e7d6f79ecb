"""Measures a program that a test runs: which lines, and for which test.

`measuring` puts it beside what Python itself imports in each program; `timing` says when it
measures.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import coverage

_RUNNING = "PYTEST_CURRENT_TEST"  # pytest sets it: the name, and the phase


class _Measurement:
    """Of this process, and then of each that is forked from it, for whom it is its own."""

    def __init__(self, started: coverage.Coverage) -> None:
        self._coverage = started
        self._save = started.save
        self._kill = os.kill

    def begin(self) -> None:
        """Have it saved by whichever way the process ends."""
        os.register_at_fork(after_in_child=self._forget)
        self._coverage.save = self._save_for_test  # type: ignore[method-assign, unused-ignore]
        os.kill = self._kill_saved

    def _forget(self) -> None:
        """What the parent ran: it saves that itself."""
        collector = self._coverage._collector
        for lines in collector.data.values() if collector else ():
            lines.clear()

    def _save_for_test(self) -> None:
        # A forked program has its environment later than this interpreter was started.
        data = self._coverage._data
        if data is not None and (running := os.environ.get(_RUNNING)):
            data.set_context(running)
        self._save()

    def _kill_saved(self, process_id: int, number: int) -> None:
        """By a signal to itself a process ends without another word."""
        if process_id == os.getpid() and signal.getsignal(number or 1) is signal.SIG_DFL:
            self._coverage.save()
        self._kill(process_id, number)


if os.environ.get("COVERAGE_PROCESS_START"):
    from coverage import process_startup

    if started := process_startup():
        _Measurement(started).begin()
