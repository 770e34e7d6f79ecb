"""The foot of the screen: the selected element, the search, and the keys. Pure."""

from __future__ import annotations

from changer.library.columns import content_words
from changer.printable import printable
from changer.top.elements import Cell, Filter, name_of, notes_of
from changer.top.lines import Line, Look, Part, spread, words
from changer.values import NamedTuple


class Foot(NamedTuple):
    """What the foot tells.

    selected  the element; None: none that is drawn.
    wanted    what is searched for; ``found``: how many elements that means.
    sight     the first and the last line that is seen, and how many there are.
    """

    selected: Cell | None
    wanted: str
    found: int
    shown: Filter
    libraries: int
    sight: tuple[int, int, int]


def foot_lines(foot: Foot, columns: int) -> tuple[Line, ...]:
    """Two lines."""
    return (_upper(foot, columns), spread(words(_keys(foot), Look.QUIET), (), columns))


def _upper(foot: Foot, columns: int) -> Line:
    first, last, lines = foot.sight
    seen = f"  lines {first}-{last} of {lines}" if last - first + 1 < lines else ""
    left = _selected(foot.selected)
    if foot.wanted:
        found = f"{foot.found or 'nothing'} found for '{printable(foot.wanted)}'"
        where = "" if foot.shown is Filter.ALL else f" among what is {foot.shown.word}"
        left = (Part(f"{found}{where}  "), *left)
    return spread(left, words(seen, Look.QUIET), columns)


def _selected(cell: Cell | None) -> Line:
    if cell is None:
        return ()
    notes = notes_of(cell.row)
    return (
        Part(name_of(cell.row), Look.HEADING),
        Part(f"  {cell.mark.letter} "),
        Part(printable(content_words(cell.row)), cell.mark.look),
        Part(f"  {printable(notes)}" if notes else ""),
    )


def _keys(foot: Foot) -> str:
    which = "f filter" if foot.shown is Filter.ALL else f"f: only {foot.shown.word}"
    more = "] library  " if foot.libraries > 1 else ""
    return f"/ search  {which}  m map  p pause  {more}? help  q quit"
