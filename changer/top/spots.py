"""Where elements stand among lines, and the way from one to the next by keys or mouse. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

from changer.top.lines import Line
from changer.values import NamedTuple

Direction = Literal["left", "right", "up", "down"]


class Spot(NamedTuple):
    """An element's part of a line: the line, and its columns from ``start`` before ``end``."""

    line: int
    start: int
    end: int
    address: int


class Spots:
    """The elements among lines, in their order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.all = tuple(_spots(lines))
        self._places = {each.address: place for place, each in enumerate(self.all)}
        self._lines = sorted({each.line for each in self.all})

    def of(self, address: int | None) -> Spot | None:
        """Where an element stands; None where it is not shown."""
        place = None if address is None else self._places.get(address)
        return None if place is None else self.all[place]

    def at(self, line: int, column: int) -> Spot | None:
        """The element there; in a line of one element, wherever the line is pointed at."""
        here = self._in_line(line)
        if len(here) == 1:
            return here[0]
        return next((each for each in here if each.start <= column < each.end), None)

    def step(self, address: int | None, direction: Direction, *, lines: int = 1) -> Spot | None:
        """The next element that way, ``lines`` further for up and down; the first from nowhere."""
        here = self.of(address)
        if here is None:
            return self.all[0] if self.all else None
        if direction in ("left", "right"):
            place = self._places[here.address] + (1 if direction == "right" else -1)
            return self.all[min(max(place, 0), len(self.all) - 1)]
        row = self._lines.index(here.line) + (lines if direction == "down" else -lines)
        near = self._in_line(self._lines[min(max(row, 0), len(self._lines) - 1)])
        middle = (here.start + here.end) / 2
        return min(near, key=lambda each: abs((each.start + each.end) / 2 - middle))

    def _in_line(self, line: int) -> tuple[Spot, ...]:
        first = bisect_left(self.all, line, key=lambda each: each.line)
        last = bisect_left(self.all, line + 1, key=lambda each: each.line)
        return self.all[first:last]


def _spots(lines: Sequence[Line]) -> list[Spot]:
    spots = []
    for number, line in enumerate(lines):
        column = 0
        for part in line:
            end = column + len(part.text)
            if part.address is not None:
                spots.append(Spot(number, column, end, part.address))
            column = end
    return spots
