"""One mutant in a copy of the checkout, and what its tests made of it."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from .copies import Copy
from .seen import Seen
from .sites import Mutant

# Tests of so many seconds at a time: most mutants are killed by the first ones.
_FIRST_SECONDS = 10.0
_SLOWER = 6  # than when it was measured, that a run may be
_START_SECONDS = 60.0


class End(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    LIVED = "lived"
    NO_TEST = "no test"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True)
class Trial:
    """One mutant that was tried. ``by``: the test that failed, or how many did not."""

    mutant: Mutant
    end: End
    by: str = ""


def try_mutant(mutant: Mutant, copy: Copy, seen: Seen, *, limit_seconds: float) -> Trial:
    """Run the tests that run its line, unlike ones first, up to that many measured seconds.

    If none sees it, all rows and cases of these tests, for as many seconds again.
    """
    tests = seen.in_turn(seen.tests_of(mutant.module, mutant.line, mutant.source))
    if not tests:
        return Trial(mutant, End.NO_TEST)
    file, changed = copy.folder / mutant.module, mutant.changed
    assert changed is not None
    file.write_text(changed)
    try:
        for batch in _batches(tests, seen, limit_seconds):
            seconds = _START_SECONDS + _SLOWER * sum(seen.seconds[each] for each in batch)
            end, by = _run(copy, batch, seconds)
            if end is not End.LIVED:
                return Trial(mutant, end, by)
        # A test that doesn't end fails by its own limit: here time that is up says nothing.
        functions = list(dict.fromkeys(each.partition("[")[0] for each in tests))
        end, by = _run(copy, functions, limit_seconds, lane="whole")
        if end is End.KILLED:
            return Trial(mutant, end, by)
        return Trial(mutant, End.LIVED, f"{len(tests)} tests run its line")
    finally:
        file.write_text(mutant.source)


def _batches(tests: list[str], seen: Seen, limit_seconds: float) -> list[list[str]]:
    batches: list[list[str]] = [[]]
    spent, goal = 0.0, _FIRST_SECONDS
    for each in tests:
        if spent and spent + seen.seconds[each] > limit_seconds:
            continue
        spent += seen.seconds[each]
        batches[-1].append(each)
        if spent >= goal:
            batches.append([])
            goal = spent * 3
    return [each for each in batches if each]


def _run(copy: Copy, tests: list[str], seconds: float, *, lane: str = "") -> tuple[End, str]:
    """What these tests make of it, each with a spread of its cases, or as the lane has it."""
    listed = copy.folder / "tests-to-run"
    listed.write_text("\n".join(tests))
    command = [str(copy.python), "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"@{listed}"]
    environment = {**os.environ, "CHANGER_SWEEPS": lane}
    environment.pop("PYTHONPATH", None)
    process = subprocess.Popen(
        command,
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
        return End.TIMED_OUT, ""
    finally:
        _kill_all(process)
    if process.returncode == 0:
        return End.LIVED, ""
    failed = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
    return End.KILLED, (failed or output.splitlines() or [""])[-1][:200]


def _kill_all(process: subprocess.Popen[str]) -> None:
    """Also what a test left behind."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
