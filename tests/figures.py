"""Figures of what the tests tried and found, printed at the end of a run.

With $CHANGER_FIGURES, a file, each run also adds its figures there; as a program this prints the
sum of all that such a file holds, and fails when something was lost:

    python tests/figures.py FILE
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path

# The address of a slot, or those of all in the order of their reservation.
Reserved = int | tuple[int, ...] | None


class Figure(Enum):
    """A row of the table."""

    KILL_POINTS = "kill points tried"
    KILL_RUNS = "processes killed at them, and recovered from"
    ORDERS = "orders of robot, reply, signal and kill tried"
    HISTORIES = "random histories of several cleaners"
    FAULT_CASES = "fault cases tried"
    SLOW_CASES = "faults of moves that take time"
    SLOW_KILLS = "processes killed while a move took its time"
    LIBRARIES = "libraries tried, of which not all is told"
    ANSWERS = "answers about elements compared"
    RELEASES_REFUSED = "releases of the cleaner's slot refused"
    RELEASES_GRANTED = "releases of the cleaner's slot granted"
    DRIVES_OPENED = "drives opened that might have been others"
    CONCURRENT_OPERATIONS = "concurrent operations done"
    BYTES_FUZZED = "bytes fuzzed"
    MTX_LINES = "lines answered byte for byte as by mtx"
    CARTRIDGES_LOST = "cartridges lost"
    RESERVATIONS_LOST = "reservations lost"
    USES_MISCOUNTED = "uses miscounted"


_LOSSES = (Figure.CARTRIDGES_LOST, Figure.RESERVATIONS_LOST, Figure.USES_MISCOUNTED)


class Figures:
    """The sums of one run."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.looks: Counter[str] = Counter()
        self.faults: Counter[tuple[str, str]] = Counter()

    def count(self, figure: Figure, number: int = 1) -> None:
        """Add what was tried."""
        assert figure not in _LOSSES, "losses are looked for, not counted"
        self.sums[figure.value] += number

    def fault_case(self, function: str, outcome: str) -> None:
        """A fault was tried on a function, which ended so."""
        self.count(Figure.FAULT_CASES)
        self.faults[function, outcome] += 1

    def cartridges(self, *, before: Iterable[str], now: Iterable[str]) -> None:
        """See that every cartridge, by its tag, is still there once; and nothing else is."""
        expected, found = Counter(before), Counter(now)
        wrong = (expected - found) + (found - expected)
        self._looked(Figure.CARTRIDGES_LOST, expected.total(), wrong.total(), dict(wrong))

    def reservation(self, *, expected: Reserved, found: Reserved) -> None:
        """See that the slot, or the slots, that should be reserved are, and no other."""
        self._looked(Figure.RESERVATIONS_LOST, 1, int(expected != found), (expected, found))

    def uses(self, *, expected: int | None, counted: int | None) -> None:
        """See that the store counts the cleans that the cartridge has left."""
        self._looked(Figure.USES_MISCOUNTED, 1, int(expected != counted), (expected, counted))

    def uses_of_rows(self, rows: int, *, wrong: bool, what: object) -> None:
        """See that what the store has of all cleaners, with their uses, is what it should be."""
        self._looked(Figure.USES_MISCOUNTED, rows, int(wrong), what)

    def _looked(self, figure: Figure, looks: int, wrong: int, what: object) -> None:
        self.looks[figure.value] += looks
        self.sums[figure.value] += wrong
        assert not wrong, f"{figure.value}: {what}"

    def as_text(self) -> str:
        faults = [[*case, number] for case, number in self.faults.items()]
        return json.dumps({"sums": self.sums, "looks": self.looks, "faults": faults})

    @classmethod
    def of_text(cls, line: str) -> Figures:
        figures, content = cls(), json.loads(line)
        figures.sums.update(content.get("sums", {}))
        figures.looks.update(content.get("looks", {}))
        figures.faults.update({(f, end): number for f, end, number in content.get("faults", [])})
        return figures

    def add(self, others: Figures) -> None:
        self.sums.update(others.sums)
        self.looks.update(others.looks)
        self.faults.update(others.faults)

    def add_to(self, file: Path) -> None:
        """Append a line, so that several runs make one table."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(self.as_text() + "\n")

    @classmethod
    def read(cls, file: Path) -> Figures:
        """The sum of what several runs added."""
        figures = cls()
        for line in file.read_text(encoding="utf-8").splitlines():
            figures.add(cls.of_text(line))
        return figures

    @property
    def lost(self) -> int:
        return sum(self.sums[each.value] for each in _LOSSES)


# pytest gives each run one process; tests count in it wherever they are.
FIGURES = Figures()


def table(figures: Figures) -> Iterable[str]:
    """Lines of figures, those that were not looked at left out."""
    known: Mapping[str, int] = figures.looks
    for each in Figure:
        name, number = each.value, figures.sums[each.value]
        if each in _LOSSES and known.get(name):
            yield f"{name:<46}{number:>14,}   of {known[name]:,} looked for"
        elif number:
            yield f"{name:<46}{number:>14,}"


def fault_table(figures: Figures) -> Iterable[str]:
    """Cases by function, across, and outcome, down."""
    functions = sorted({function for function, _ in figures.faults})
    outcomes = sorted({end for _, end in figures.faults}, key=lambda it: (it != "done", it))
    rows = {end: [figures.faults[each, end] for each in functions] for end in outcomes}
    rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    widths = [max(len(function), 6) + 3 for function in functions]
    cells = {"": functions, **{end: [f"{n:,}" for n in row] for end, row in rows.items()}}
    for title, row in cells.items() if functions else ():
        yield f"{title:<22}" + "".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True))


def main(arguments: list[str]) -> int:
    figures = Figures.read(Path(arguments[0]))
    print("\n".join(table(figures)))
    missing = [each.value for each in Figure if each.value not in {*figures.sums, *figures.looks}]
    if missing:
        print(f"never looked at: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing or figures.lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
