"""Measures of time, in processor time where other work must not count, and their tables."""

from __future__ import annotations

import math
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BIN = REPOSITORY / ".venv" / "bin"


def machine() -> str:
    """The machine, its kernel, the interpreter and the day, for the head of a table."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    processor = f"{len(names)} x {names[0]}" if names else platform.machine()
    return (
        f"{time.strftime('%d %B %Y')}, {processor},"
        f" Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )


def processor_seconds(call: Callable[..., object], *arguments: object, times: int) -> float:
    """The least processor time of several calls, in this process."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        kept = call(*arguments)  # so that its end is no part of it
        taken.append(time.process_time() - began)
        del kept
    return min(taken)


def programs_seconds(
    programs: Mapping[str, Sequence[str | Path]], *, times: int, environment: Mapping[str, str]
) -> dict[str, tuple[float, float]]:
    """Of each program: the median time, and the least processor time; they take turns."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for turn in range(times + 1):
        for name, argv in programs.items():
            both = seconds_of(argv, environment)
            if turn:  # the first one warms the caches
                taken[name].append(both)
    return {
        name: (statistics.median(wall for wall, _ in each), min(own for _, own in each))
        for name, each in taken.items()
    }


def seconds_of(argv: Sequence[str | Path], environment: Mapping[str, str]) -> tuple[float, float]:
    """Time and processor time of one run, which must succeed.

    Modules are compiled once, as those of an installed program are.
    """
    variables = {**environment}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    ended = subprocess.run(
        [*argv],
        env=variables,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        raise SystemExit(f"{argv}: exit status {ended.returncode}\n{ended.stderr}")
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, own


def exponent(costs: Mapping[int, float]) -> float:
    """By which power the cost grows from the fewest elements to the most: 1 is linear."""
    few, many = min(costs), max(costs)
    return math.log(costs[many] / costs[few]) / math.log(many / few)


def print_table(title: str, rows: Sequence[Sequence[str]], *, words: int = 1) -> None:
    """Columns as wide as they need to be; after the first ones, of ``words``, those of numbers."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"\n{title}")
    for row in rows:
        cells = [each.ljust(width) for each, width in zip(row[:words], widths, strict=False)]
        cells += [
            each.rjust(width) for each, width in zip(row[words:], widths[words:], strict=True)
        ]
        print(("  " + "  ".join(cells)).rstrip(), flush=True)
