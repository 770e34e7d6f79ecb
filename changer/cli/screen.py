"""The terminal that data is shown on: its size, its colours, and lines that fit it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from changer.cli.output import Span, terminal_size
from changer.values import NamedTuple

Color = Literal["auto", "always", "never"]
Line = Sequence[Span]
INDENT = GAP = "  "
_USUAL_COLUMNS, _USUAL_LINES = 80, 24
_WITHOUT_COLOURS = ("", "dumb")


class Screen(NamedTuple):
    """``columns`` and ``lines`` of a terminal; None where output goes elsewhere, and all of it."""

    columns: int | None = None
    lines: int | None = None
    is_coloured: bool = False
    ellipsis: str = "…"


def screen_of_output(color: Color) -> Screen:
    """What standard output is; ``color``: auto has colours on a terminal, unless NO_COLOR is set.

    https://no-color.org
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return Screen(is_coloured=color == "always")
    environment = os.environ
    has_colours = environment.get("TERM", "") not in _WITHOUT_COLOURS
    is_wanted = has_colours and not environment.get("NO_COLOR")
    encoding = (sys.stdout.encoding or "").lower()
    columns, lines = terminal_size(sys.stdout)
    return Screen(
        columns=columns or _USUAL_COLUMNS,
        lines=lines or _USUAL_LINES,
        is_coloured=color == "always" or (color == "auto" and is_wanted),
        ellipsis="…" if encoding.startswith("utf") else "...",
    )


def length(line: Iterable[Span]) -> int:
    """How many columns a line takes."""
    return sum(len(each.text) for each in line)


def fitted(line: Line, screen: Screen) -> Line:
    """The line, cut with an ellipsis where the screen is not wide enough."""
    if screen.columns is None or length(line) <= screen.columns:
        return line
    left = max(screen.columns - len(screen.ellipsis), 0)
    cut: list[Span] = []
    for each in line:
        text = each.text[:left]
        left -= len(text)
        cut.append(each._replace(text=text))
    return [*cut, Span(screen.ellipsis)]


def wrapped(words: Iterable[str], columns: int | None, *, indent: str = "") -> Iterator[str]:
    """Lines of words that are not longer than the screen is wide; ``indent``: of all but the first.

    A word that is longer stands on a line of its own.
    """
    line = ""
    for word in words:
        longer = f"{line} {word}" if line.strip() else f"{line}{word}"
        if columns is not None and len(longer) > columns and line.strip():
            yield line
            longer = f"{indent}{word}"
        line = longer
    yield line
