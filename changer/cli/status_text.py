"""A status as people read it: what wants attention, a line for each place, and a summary.

Where the slots don't fit the screen, they are folded into ranges, and all else stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from changer.cli.output import Span, Style, count
from changer.cli.screen import GAP, INDENT, Line, Screen, fitted, length, wrapped
from changer.cli.status_ranges import range_lines
from changer.library.columns import Row, exception_words, plain_text, text_cells
from changer.library.findings import Finding
from changer.library.folding import Fold, fold_rows
from changer.library.status import DriveStatus, LibraryStatus, PickerStatus, SlotStatus
from changer.values import NamedTuple, dataclass

_FEWEST_LINES_OF_FINDINGS = 6
_LEVELS = {"critical": Style.URGENT, "warning": Style.WARNING, "note": None}


@dataclass(frozen=True, slots=True)
class StatusView:
    """What is to be shown, and where.

    title      the library, in words.
    status     of the chosen rows; ``whole``: of all.
    attention  what is to be said first.
    titles     the columns of a table; without them lines are as people read them.
    is_listed  each slot has a line of its own, whatever the screen's size.
    nothing    what is said where no row was chosen; without it, of how many that is.
    """

    title: str
    status: LibraryStatus
    whole: LibraryStatus
    attention: tuple[Finding, ...]
    screen: Screen
    titles: tuple[str, ...]
    is_listed: bool
    nothing: str

    @property
    def is_folded(self) -> bool:
        """Whether there are more slots, or mail slots, than the screen has lines for."""
        lines = self.screen.lines
        most = max(len(self.status.slots), len(self.status.mail))
        return not (self.is_listed or lines is None) and most >= lines


def status_lines(view: StatusView) -> Iterator[Line]:
    """All lines, none wider than the screen."""
    if view.titles:
        return (fitted(each, view.screen) for each in _table(view))
    findings = list(_finding_lines(view))
    last = _summary(view)
    room = (view.screen.lines or 0) - 1 - 1 - len(findings) - len(last)
    return (
        fitted(each, view.screen)
        for each in chain(
            [[Span(view.title, Style.HEADING)]], findings, _element_lines(view, room), last
        )
    )


# What wants attention


def _finding_lines(view: StatusView) -> Iterator[Line]:
    screen = view.screen
    shown: list[list[Line]] = [list(_lines_of_finding(each, screen)) for each in view.attention]
    if not view.is_folded or screen.lines is None:
        return chain.from_iterable(shown)
    most = max(_FEWEST_LINES_OF_FINDINGS, screen.lines // 3)
    lines: list[Line] = []
    for number, each in enumerate(shown):
        left = len(shown) - number
        if len(lines) + len(each) + (left > 1) > most and number:
            more = f"! and {left} more: changer status --problems"
            return iter([*lines, [Span(more, Style.WARNING)]])
        lines += each
    return iter(lines)


def _lines_of_finding(finding: Finding, screen: Screen) -> Iterator[Line]:
    style = _LEVELS[finding.level]
    words = ["!", *finding.words.split()]
    yield from ([Span(each, style)] for each in wrapped(words, screen.columns, indent=INDENT))
    hint = (finding.hint or "").split()
    if hint:
        hint[0] = f"{INDENT}{hint[0]}"
        yield from ([Span(each)] for each in wrapped(hint, screen.columns, indent=INDENT))


# Places


class _Block(NamedTuple):
    """Elements of one type: those with a line of their own, and the others in ranges."""

    name: str
    rows: tuple[Row, ...]
    folds: tuple[Fold, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines it has, at least."""
        return len(self.rows) + len(self.folds)


def _element_lines(view: StatusView, room: int) -> Iterator[Line]:
    """``room``: how many lines they have, if they are folded."""
    blocks = _blocks(view, room)
    rows = [row for block in blocks for row in block.rows]
    cells = {id(row): text_cells(row) for row in rows}
    names = [each[0] for each in cells.values()] + [each.name for each in blocks if each.folds]
    widths = (
        max(map(len, names), default=0),
        max((len(each[1]) for each in cells.values()), default=0),
    )
    folded = range_lines(
        {block.name: block.folds for block in blocks},
        name_columns=widths[0],
        screen=view.screen,
        room=room - len(rows),
    )
    for block in blocks:
        for row in block.rows:
            yield _line(row, cells[id(row)], widths, view.screen)
        yield from folded[block.name]


def _blocks(view: StatusView, room: int) -> tuple[_Block, ...]:
    status = view.status
    picker = _Block("picker", _full_picker(status.picker))
    drives, mail = _Block("drives", status.drives), _Block("mail", status.mail)
    if not view.is_folded:
        return drives, _Block("slots", status.slots), mail, picker
    slots = _Block("slots", (), fold_rows(status.slots))
    # Drives are of more interest than mail slots.
    if sum(each.lines for each in (drives, slots, mail, picker)) > room:
        mail = _crowded("mail", status.mail)
    if sum(each.lines for each in (drives, slots, mail, picker)) > room:
        drives = _crowded("drives", status.drives)
    return drives, slots, mail, picker


def _full_picker(picker: PickerStatus | None) -> tuple[PickerStatus, ...]:
    """The picker, unless it is empty, as it mostly is."""
    return (picker,) if picker is not None and picker.full is not False else ()


def _crowded(name: str, rows: tuple[SlotStatus | DriveStatus, ...]) -> _Block:
    """Where there is no room for all of them: what is empty, and nothing else, in ranges."""
    told = tuple(each for each in rows if each.full is not False or _is_unusual(each))
    return _Block(name, told, fold_rows(set(rows).difference(told)))


def _line(row: Row, cells: tuple[str, ...], widths: Sequence[int], screen: Screen) -> Line:
    line = _spans(row, cells, widths)
    if screen.columns is not None and length(line) > screen.columns:
        line = _spans(row, text_cells(row, short=True), widths)
    return line


def _spans(row: Row, cells: tuple[str, ...], widths: Sequence[int]) -> Line:
    name, content, notes = cells
    if not notes:
        return (Span(f"{INDENT}{name.ljust(widths[0])}{GAP}"), Span(content, _style_of(row)))
    return (
        Span(f"{INDENT}{name.ljust(widths[0])}{GAP}"),
        Span(content, _style_of(row)),
        Span(f"{' ' * (widths[1] - len(content))}{GAP}"),
        Span(notes, Style.WARNING if _is_unusual(row) else None),
    )


def _style_of(row: Row) -> Style | None:
    if isinstance(row, PickerStatus) and row.full:
        return Style.URGENT
    if row.full is False:
        return Style.QUIET
    if row.full is None:
        is_bay = isinstance(row, DriveStatus) and row.present is False
        return Style.QUIET if is_bay else Style.WARNING
    return Style.CLEANER if row.cleaner else None


def _is_unusual(row: Row) -> bool:
    asks = isinstance(row, DriveStatus) and row.cleaning_request is not None
    return asks or exception_words(row) is not None


# Summary


def _summary(view: StatusView) -> list[Line]:
    status, whole = view.status, view.whole
    if status is whole:
        words = _slots_summary(whole)
    else:
        total, shown = len(_all_rows(whole)), len(_all_rows(status))
        words = f"{shown} of {count(total, 'place')}"
        if not shown:
            words = view.nothing or f"none of {count(total, 'place')}"
    words = f"{words} (--all lists each)" if view.is_folded else words
    columns = view.screen.columns
    return [[Span(each)] for each in wrapped(words.split(), columns, indent=INDENT)]


def _all_rows(status: LibraryStatus) -> tuple[Row, ...]:
    picker = (status.picker,) if status.picker else ()
    return (*status.drives, *status.slots, *status.mail, *picker)


def _slots_summary(status: LibraryStatus) -> str:
    full = sum(slot.full is True for slot in status.slots)
    empty = sum(slot.full is False for slot in status.slots)
    absent = sum(slot.present is False for slot in status.slots)
    unknown = len(status.slots) - full - empty - absent
    parts = [f"{full} full", f"{empty} empty"]
    parts += [f"{absent} not present"] if absent else []
    parts += [f"{unknown} unknown"] if unknown else []
    return f"{count(len(status.slots), 'slot')}: {', '.join(parts)}"


# Tables of chosen columns


def _table(view: StatusView) -> Iterator[Line]:
    rows = _all_rows(view.status)
    header = tuple(each.upper() for each in view.titles)
    table = [header, *(tuple(plain_text(row, each) for each in view.titles) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for number, cells in enumerate(table):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        style = None if number else Style.HEADING
        yield [Span(GAP.join(padded).rstrip(), style)]
