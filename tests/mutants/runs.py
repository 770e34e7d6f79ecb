"""Runs of some tests in a copy, one after the other, up to the first that fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .copies import Copy

_COLLECT_SECONDS = 120.0
_FAILURE = re.compile(r"^(?:FAILED|ERROR) (\S+?::.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """Of one run. ``has_ended``: within its time. ``failed``: the test; ``failure``: its line."""

    passed: bool
    has_ended: bool = True
    failed: str = ""
    failure: str = ""

    @property
    def is_failure(self) -> bool:
        """A test did not pass, in time."""
        return self.has_ended and not self.passed


def run_tests(copy: Copy, tests: list[str], seconds: float, *, lane: str = "") -> Result:
    """Each of these with a spread of its cases, or as the lane has it."""
    return _run(copy, tests, seconds, lane, "-x")


def can_collect(copy: Copy, tests: list[str]) -> bool:
    """Whether pytest finds them."""
    return _run(copy, tests, _COLLECT_SECONDS, "", "--collect-only").passed


def _run(copy: Copy, tests: list[str], seconds: float, lane: str, option: str) -> Result:
    listed = copy.folder / "tests-to-run"
    listed.write_text("\n".join(tests))
    command = [str(copy.python), "-m", "pytest", option, "-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "CHANGER_SWEEPS": lane}
    environment.pop("PYTHONPATH", None)
    process = subprocess.Popen(
        [*command, f"@{listed}"],
        cwd=copy.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return Result(passed=False, has_ended=False)
    finally:
        kill_all(process)
    if process.returncode == 0:
        return Result(passed=True)
    found = _FAILURE.search(output)
    last = found.group(0) if found else (output.splitlines() or [""])[-1]
    return Result(passed=False, failed=found.group(1) if found else "", failure=last[:200])


def kill_all(process: subprocess.Popen[Any]) -> None:
    """A process that leads a group, and what its tests left behind."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
