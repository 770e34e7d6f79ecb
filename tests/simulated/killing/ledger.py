"""The points of each function in words and numbers, and how often it was killed at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .points import Kind, Point


@dataclass
class Ledger:
    """The points of one function, and how many processes were killed at them and recovered from."""

    points: list[Point]
    runs: int = 0


# By the name of what was killed; printed at the end.
ledger: dict[str, Ledger] = {}


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
