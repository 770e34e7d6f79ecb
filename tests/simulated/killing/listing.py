"""The points in words: every one of them, and how many there are of each function and kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .killing import Ledger
from .points import Kind, Point

__all__ = ["lines_of_points", "table"]


def lines_of_points(name: str, points: list[Point]) -> Iterator[str]:
    """All of one function, numbered."""
    for each in points:
        yield f"{name} {each}"


def table(ledger: Mapping[str, Ledger]) -> Iterator[str]:
    """A row for each function, a column for each kind, and their sums."""
    yield _row("", *(kind.value for kind in Kind), "points", "killed")
    sums = [0] * (len(Kind) + 2)
    for name, known in ledger.items():
        kinds = [sum(each.kind is kind for each in known.points) for kind in Kind]
        numbers = [*kinds, len(known.points), known.runs]
        sums = [one + other for one, other in zip(sums, numbers, strict=True)]
        yield _row(name, *(f"{each:,}" for each in numbers))
    yield _row("", *(f"{each:,}" for each in sums))


def _row(name: str, *cells: str) -> str:
    return f"{name:<36}" + "".join(f"{each:>11}" for each in cells)
