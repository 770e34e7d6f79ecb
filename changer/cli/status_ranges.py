"""Ranges of elements that are alike, as lines that fit the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from changer.cli.output import Span, Style
from changer.cli.screen import GAP, INDENT, Line, Screen, wrapped
from changer.library.folding import Fold
from changer.library.number_ranges import range_words


def range_lines(
    folds: Mapping[str, Sequence[Fold]], *, name_columns: int, screen: Screen, room: int
) -> dict[str, list[Line]]:
    """Of each kind of elements its ranges, on as many lines as there is room for.

    Where there is not enough, first the reasons are left out, and then ranges. ``folds``: by what
    the elements are called; of each, the first line has that.
    """
    columns = (screen.columns or 0) - len(INDENT) - name_columns - len(GAP)
    heads, most = _fitting(tuple(chain.from_iterable(folds.values())), columns, room)
    return {
        called: list(_lines_of(called.ljust(name_columns), each, heads, (columns, most)))
        for called, each in folds.items()
    }


def _fitting(folds: Sequence[Fold], columns: int, room: int) -> tuple[dict[Fold, str], int]:
    """What the ranges of each begin with, and on how many lines each may be, at most."""
    for heads in (
        {each: _head(each) for each in folds},
        {each: f"{each.words}:" for each in folds},
    ):
        needed = [len(_words(each, heads[each], columns, room)) for each in folds]
        if sum(needed) <= room:
            break
    most = max(needed, default=1)
    while most > 1 and sum(min(each, most) for each in needed) > room:
        most -= 1
    return heads, most


def _lines_of(
    name: str, folds: Sequence[Fold], heads: Mapping[Fold, str], size: tuple[int, int]
) -> Iterator[Line]:
    """``size``: columns of a line, and how many lines each may be on."""
    begin = name
    for fold in folds:
        for text in _words(fold, heads[fold], *size):
            yield Span(f"{INDENT}{begin}{GAP}"), Span(text, _style_of(fold))
            begin = " " * len(name)


def _head(fold: Fold) -> str:
    return f"{fold.words}, {fold.reason}:" if fold.reason else f"{fold.words}:"


def _words(fold: Fold, head: str, columns: int, most: int) -> list[str]:
    """``full: 1-180, 190``, on ``most`` lines; then it says how many ranges are left out.

    One range is shown at least.
    """
    lines = list(wrapped(head.split(), columns, indent=INDENT))
    words = [range_words(each) for each in fold.ranges]
    for number, each in enumerate(words):
        left = len(words) - number
        more = f" and {left} more"
        longer = f"{lines[-1]} {each}{',' if left > 1 else ''}"
        is_last = len(lines) >= most and len(f"{lines[-1]} {', '.join(words[number:])}") > columns
        if len(longer) <= (columns - len(more) if is_last else columns):
            lines[-1] = longer
        elif len(lines) < most or not number:
            lines.append(f"{INDENT}{each}{',' if left > 1 else ''}")
        else:
            lines[-1] = f"{lines[-1].removesuffix(',')}{more}"
            break
    return lines


def _style_of(fold: Fold) -> Style | None:
    if fold.reason or fold.words.startswith(("not present", "unknown")):
        return Style.WARNING
    if fold.words.startswith("cleaning"):
        return Style.CLEANER
    return Style.QUIET if fold.words.startswith("empty") else None
