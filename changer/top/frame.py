"""A whole picture of a library as lines: what ``changer top --once`` prints. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from changer.top.board import Wanted, board_lines
from changer.top.elements import Cells, cells_of
from changer.top.head import board_age, head_lines
from changer.top.lines import BLANK, Line, Look, words
from changer.top.magazines import Model
from changer.top.shown import Shown
from changer.top.side import side_lines


def drawn_cells(shown: Shown, wanted: Wanted) -> Cells:
    """The elements that are drawn; none before the first reading."""
    reading = shown.overview.reading
    if reading is None:
        return Cells()
    return cells_of(reading.status, shown.overview.attention, reading.numbering, shown=wanted.shown)


def elements(shown: Shown, cells: Cells, wanted: Wanted) -> Iterator[Line]:
    """The elements, under the time at which they were so, where that is long ago."""
    if shown.overview.reading is None:
        yield words("what is in the library is not known", Look.WARNING)
        yield BLANK
        return
    if shown.is_old:
        yield board_age(shown)
    yield from board_lines(cells, model_of(shown), wanted)
    yield BLANK


def model_of(shown: Shown) -> Model:
    """The model, by which the rows of slots may be known."""
    identity = shown.overview.identity
    return Model("", "") if identity is None else Model(identity.vendor, identity.product)


def frame_lines(shown: Shown, columns: int) -> Iterator[Line]:
    """Everything, as long as it is."""
    wanted = Wanted(columns)
    yield from head_lines(shown, columns=columns)
    yield BLANK
    yield from elements(shown, drawn_cells(shown, wanted), wanted)
    yield from side_lines(shown, columns, is_short=True)
