"""How the functions ended on which faults were tried: cases by function and outcome."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

__all__ = ["FAULT_REPORT", "FaultReport"]


class FaultReport:
    """Counted in each process of a run, and added up in the one that prints it."""

    def __init__(self) -> None:
        self._cases: Counter[tuple[str, str]] = Counter()

    def count(self, function: str, outcome: str) -> None:
        """One case."""
        self._cases[function, outcome] += 1

    def as_text(self) -> str:
        """For another process."""
        return json.dumps([[*case, number] for case, number in self._cases.items()])

    def add(self, text: str) -> None:
        """What another process counted."""
        for function, outcome, number in json.loads(text):
            self._cases[function, outcome] += number

    def lines(self) -> Iterator[str]:
        """A table, with functions across and outcomes down; none where nothing was tried."""
        functions = sorted({function for function, _ in self._cases})
        outcomes = sorted(
            {outcome for _, outcome in self._cases}, key=lambda it: (it != "done", it)
        )
        if functions:
            yield _line("", functions, functions)
        for each in outcomes:
            numbers = [f"{self._cases[function, each]:,}" for function in functions]
            yield _line(each, numbers, functions)
        if functions:
            sums = [sum(self._cases[function, each] for each in outcomes) for function in functions]
            yield _line("all", [f"{number:,}" for number in sums], functions)


def _line(title: str, cells: list[str], functions: list[str]) -> str:
    widths = (max(len(function), 6) + 3 for function in functions)
    columns = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{title:<22}{''.join(columns)}"


# As FIGURES: one for each process.
FAULT_REPORT = FaultReport()
