"""Tests that pytest has collected once, and runs again and again: to collect them takes longest."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from contextlib import suppress
from dataclasses import asdict
from time import monotonic
from typing import Any

import pytest

from . import serving
from .copies import Copy
from .runs import Result, kill_all
from .serving import Request

_COLLECT_SECONDS = 600.0
_KILL_SECONDS = 60.0


class Collected:
    """All tests of some folders of a copy; ``close`` ends the process that has them."""

    def __init__(self, copy: Copy, folders: list[str]) -> None:
        taken, requests = os.pipe()
        self._answers, given = os.pipe()
        environment = {
            **os.environ,
            "CHANGER_SWEEPS": "",
            "PYTHONPATH": str(copy.folder / "tests"),
            serving.REQUESTS: str(taken),
            serving.ANSWERS: str(given),
        }
        command = [str(copy.python), "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        self._process = subprocess.Popen(
            [*command, "-p", serving.__name__, *folders],
            cwd=copy.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(taken, given),
            start_new_session=True,
        )
        os.close(taken)
        os.close(given)
        self._requests = os.fdopen(requests, "w")
        self._read = b""
        self._next(monotonic() + _COLLECT_SECONDS)

    def run(
        self, tests: list[str], seconds: float, *, file: str = "", before: str = ""
    ) -> Result | None:
        """One after the other up to the first that fails; None if they can't be run like that.

        ``file``: of a module that had another text, ``before``, when it was imported.
        """
        print(json.dumps(asdict(Request(tests, file, before))), file=self._requests, flush=True)
        until = monotonic() + seconds
        group = self._next(until)
        failure, has_ended = None, True
        try:
            while "status" not in (answer := self._next(until)):
                failure = failure or answer
        except TimeoutError:
            has_ended = False
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)  # also what a test left behind
        if not has_ended:
            while "status" not in self._next(monotonic() + _KILL_SECONDS):
                pass
            return Result(passed=False, has_ended=False)
        if answer["status"] == pytest.ExitCode.OK:
            return Result(passed=True)
        if answer["status"] != pytest.ExitCode.TESTS_FAILED or failure is None:
            return None
        text = f"{failure['failed']} - {failure['reason']}"
        return Result(passed=False, failed=failure["failed"], failure=text[:200])

    def close(self) -> None:
        self._requests.close()
        kill_all(self._process)
        os.close(self._answers)

    def _next(self, until: float) -> Any:
        """The next answer; TimeoutError."""
        while b"\n" not in self._read:
            ready, _, _ = select.select([self._answers], [], [], max(0, until - monotonic()))
            if not ready:
                raise TimeoutError
            if not (found := os.read(self._answers, 65536)):
                raise SystemExit("the process that has collected the tests has ended")
            self._read += found
        line, _, self._read = self._read.partition(b"\n")
        return json.loads(line)
