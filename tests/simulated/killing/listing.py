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
    """A row for each function: its points by kind, and how often it was killed, if it was."""
    was_killed = any(known.runs for known in ledger.values())
    yield _row("", *(kind.value for kind in Kind), "points", *["killed"] * was_killed)
    rows = {name: _numbers(known)[: None if was_killed else -1] for name, known in ledger.items()}
    for name, numbers in rows.items():
        yield _row(name, *(f"{each:,}" for each in numbers))
    yield _row("", *(f"{sum(column):,}" for column in zip(*rows.values(), strict=True)))


def _numbers(known: Ledger) -> list[int]:
    kinds = [sum(each.kind is kind for each in known.points) for kind in Kind]
    return [*kinds, len(known.points), known.runs]


def _row(name: str, *cells: str) -> str:
    return f"{name:<40}" + "".join(f"{each:>11}" for each in cells)
