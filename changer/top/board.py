"""The elements of a library, section by section: lines to scroll through. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from changer.library.columns import content_words
from changer.top.elements import Cell, Cells, Filter, Mark, counts, notes_of
from changer.top.grid import Rows, label_lines, mark_lines, number_of, rows_of_cells
from changer.top.lines import BLANK, Line, Look, Part, cut, length, words
from changer.top.magazines import Model, rows_of
from changer.values import NamedTuple

_MOST_LISTED = 32
_MOST_LABELLED = 200
_NARROWEST_CONTENT = 8


class Wanted(NamedTuple):
    """How elements are drawn.

    columns   of the screen.
    shown     which of them.
    labelled  slots with their labels, or as letters; None: as their number suggests.
    """

    columns: int
    shown: Filter = Filter.ALL
    labelled: bool | None = None


def board_lines(cells: Cells, model: Model, wanted: Wanted) -> Iterator[Line]:
    """All sections that have elements; what the library has none of is not mentioned."""
    yield from _listed("drives", cells.drives, wanted)
    for each in cells.picker:
        title = Part("picker  ", Look.HEADING)
        yield cut((title, *_element_line(each, 0, 0)[1:]), wanted.columns)
    yield from _mail(cells.mail, wanted)
    yield from _slots(cells.slots, model, wanted)
    if not cells.all:
        yield words(f"  nothing here is to be shown as {wanted.shown.word}; f: show something else")


def is_labelled(wanted: Wanted, number: int) -> bool:
    """Whether slots are drawn with their labels."""
    return number <= _MOST_LABELLED if wanted.labelled is None else wanted.labelled


# A line for each


def _listed(title: str, cells: Sequence[Cell], wanted: Wanted) -> Iterator[Line]:
    if not cells:
        return
    if len(cells) > _MOST_LISTED:
        yield from _drawn(title, cells, rows_of_cells(cells, None), wanted)
        return
    yield _heading(title, cells)
    numbers = max(len(number_of(each)) for each in cells)
    contents = max(max(len(content_words(each.row)) for each in cells), _NARROWEST_CONTENT)
    for each in cells:
        yield cut(_element_line(each, numbers, contents), wanted.columns)


def _element_line(cell: Cell, numbers: int, contents: int) -> Line:
    number = f"{number_of(cell):>{numbers}} " if numbers else ""
    letters = cell.mark.letter + (Mark.PROBLEM.letter if cell.has_problem else " ")
    notes = notes_of(cell.row)
    content = content_words(cell.row)
    return (
        Part(f"  {number}", Look.QUIET),
        Part(f"{letters} {content:<{contents if notes else 0}}", cell.mark.look, cell.row.address),
        Part(f"  {notes}" if notes else "", Look.WARNING if cell.has_problem else None),
    )


# In rows


def _mail(cells: Sequence[Cell], wanted: Wanted) -> Iterator[Line]:
    if cells:
        yield from _drawn("mail slots", cells, rows_of_cells(cells, None), wanted)


def _slots(cells: Sequence[Cell], model: Model, wanted: Wanted) -> Iterator[Line]:
    if not cells:
        return
    banks = rows_of(model, len(cells)) if wanted.shown is Filter.ALL else None
    title = f"slots, in {len(banks)} magazines" if banks else "slots"
    yield from _drawn(title, cells, rows_of_cells(cells, banks), wanted)


def _drawn(title: str, cells: Sequence[Cell], rows: Rows, wanted: Wanted) -> Iterator[Line]:
    yield BLANK
    legend = _legend(cells)
    heading = _heading(title, cells)
    if length((*heading, *legend)) < wanted.columns:
        yield (*heading, Part("  "), *legend)
    else:
        yield cut(heading, wanted.columns)
        yield cut((Part("  "), *legend), wanted.columns)
    draw = label_lines if is_labelled(wanted, len(cells)) else mark_lines
    yield from draw(rows, wanted.columns)


def _heading(title: str, cells: Sequence[Cell]) -> Line:
    number = f"  {len(cells):,}" if len(cells) > 1 else ""
    return (Part(title, Look.HEADING), Part(number))


def _legend(cells: Sequence[Cell]) -> Line:
    parts: list[Part] = []
    for mark, number in counts(cells).items():
        parts += [Part("  ")] if parts else []
        parts += [Part(mark.letter, mark.look), Part(f" {mark.word} {number:,}")]
    return tuple(parts)
