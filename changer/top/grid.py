"""Elements in rows: with their labels, or as single letters where there are many. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from changer.library.columns import content_words
from changer.library.status import PickerStatus
from changer.top.elements import Cell, Mark
from changer.top.lines import Line, Look, Part
from changer.values import NamedTuple

_ElementT = TypeVar("_ElementT")
_INDENT = "  "
_GAP = "  "
_GROUP = 10
_LONGEST_LABEL = 16


class Rows(NamedTuple):
    """Elements of one type in rows, each of which begins a line.

    number_columns  how wide the longest of their numbers is.
    """

    rows: tuple[tuple[Cell, ...], ...]
    number_columns: int


def rows_of_cells(cells: Sequence[Cell], banks: Iterable[range] | None) -> Rows:
    """Of one at least. ``banks``: the places of each row, by address; None: all are in one."""
    numbers = max(len(number_of(each)) for each in cells)
    if banks is None:
        return Rows((tuple(cells),), numbers)
    return Rows(tuple(tuple(cells[place] for place in bank) for bank in banks), numbers)


def number_of(cell: Cell) -> str:
    """Its number; none of the picker."""
    return "" if isinstance(cell.row, PickerStatus) else str(cell.row.number)


def label_lines(rows: Rows, columns: int) -> Iterator[Line]:
    """Each element with its number, its mark and its label."""
    cells = [each for row in rows.rows for each in row]
    labels = min(max(len(_label(each)) for each in cells), _LONGEST_LABEL)
    width = rows.number_columns + 1 + 2 + labels
    in_line = max((columns - len(_INDENT) + len(_GAP)) // (width + len(_GAP)), 1)
    for row in rows.rows:
        for some in _chunks(row, _even(len(row), in_line) if len(rows.rows) > 1 else in_line):
            parts: list[Part] = [Part(_INDENT)]
            for place, each in enumerate(some):
                parts += [Part(_GAP)] if place else []
                parts += _labelled(each, rows.number_columns, labels)
            yield tuple(parts)


def _label(cell: Cell) -> str:
    """What the letter, and the legend above, do not say already."""
    return content_words(cell.row) if cell.row.full else ""


def _even(number: int, most: int) -> int:
    """How many of a row stand in each of its lines, so that none is much shorter."""
    lines = -(-number // most)
    return -(-number // lines)


def _labelled(cell: Cell, numbers: int, labels: int) -> Iterator[Part]:
    look = cell.shown_mark.look
    letters = cell.mark.letter + (Mark.PROBLEM.letter if cell.has_problem else " ")
    text = _label(cell)
    if len(text) > labels:
        text = f"{text[: labels - 3]}..."
    yield Part(f"{number_of(cell):>{numbers}} ", Look.QUIET)
    yield Part(f"{letters}{text:<{labels}}", look, cell.row.address)


def mark_lines(rows: Rows, columns: int) -> Iterator[Line]:
    """Each element as a letter; a line begins with the number of its first one."""
    room = columns - len(_INDENT) - rows.number_columns - 1
    if len(rows.rows) > 1:
        yield from _bank_lines(rows, room, columns)
        return
    groups = max((room + 1) // (_GROUP + 1), 1)
    for row in rows.rows:
        for some in _chunks(row, groups * _GROUP):
            yield (Part(_INDENT), *_marked(some, rows.number_columns))


def _bank_lines(rows: Rows, room: int, columns: int) -> Iterator[Line]:
    """Whole rows, side by side where there is room; one that is too long goes on below."""
    longest = max(map(len, rows.rows))
    groups = max((room + 1) // (_GROUP + 1), 1)
    broken = [some for row in rows.rows for some in _chunks(row, groups * _GROUP)]
    width = rows.number_columns + 1 + _marks_columns(min(longest, groups * _GROUP))
    beside = max((columns - len(_INDENT) + len(_GAP)) // (width + len(_GAP)), 1)
    for some in _chunks(broken, beside):
        parts: list[Part] = [Part(_INDENT)]
        for place, row in enumerate(some):
            marked = [*_marked(row, rows.number_columns)]
            gap = width - sum(len(each.text) for each in marked)
            is_last = place == len(some) - 1
            parts += [*marked, Part("" if is_last else " " * gap + _GAP)]
        yield tuple(parts)


def _marks_columns(number: int) -> int:
    return number + (number - 1) // _GROUP


def _marked(row: Sequence[Cell], numbers: int) -> Iterator[Part]:
    yield Part(f"{number_of(row[0]):>{numbers}} ", Look.QUIET)
    for place, each in enumerate(row):
        if place and place % _GROUP == 0:
            yield Part(" ")
        mark = each.shown_mark
        yield Part(mark.letter, mark.look, each.row.address)


def _chunks(row: Sequence[_ElementT], size: int) -> Iterator[Sequence[_ElementT]]:
    for first in range(0, len(row), size):
        yield row[first : first + size]
