"""Lines of text with looks, before anything shows them. Pure.

A look is a part's meaning; it never says more than the words and letters of the part do, so that
nothing is lost without colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from changer.printable import printable
from changer.values import NamedTuple


class Look(Enum):
    """What a part of a line is, for who shows it."""

    HEADING = "heading"
    URGENT = "urgent"
    WARNING = "warning"
    CLEANER = "cleaner"
    QUIET = "quiet"
    TASK = "task"


class Part(NamedTuple):
    """Part of a line. ``address``: of the element that it stands for; None: for none."""

    text: str
    look: Look | None = None
    address: int | None = None


Line = tuple[Part, ...]
BLANK: Line = ()


def words(text: str, look: Look | None = None) -> Line:
    """A line of one part."""
    return (Part(text, look),)


def length(line: Iterable[Part]) -> int:
    """How many columns a line takes."""
    return sum(len(each.text) for each in line)


def cut(line: Line, columns: int) -> Line:
    """The line, ended by ``...`` where it does not fit."""
    if length(line) <= columns:
        return line
    left = max(columns - 3, 0)
    parts = []
    for each in line:
        text = each.text[:left]
        left -= len(text)
        if text:
            parts.append(each._replace(text=text))
    return (*parts, Part("..."[: max(columns, 0)]))


def wrapped(text: str, columns: int, *, indent: str = "") -> Iterator[str]:
    """Lines of the words of a text, no longer than that; ``indent``: of all but the first,
    which begins with the blanks that the text begins with.

    A word that is longer is broken: a screen has no room beside it.
    """
    line = text[: len(text) - len(text.lstrip(" "))]
    for word in text.split():
        longer = f"{line} {word}" if line.strip() else f"{line}{word}"
        if len(longer) <= columns:
            line = longer
            continue
        if line.strip():
            yield line
        line = f"{indent}{word}"
        while len(line) > columns > len(indent):
            yield line[:columns]
            line = f"{indent}{line[columns:]}"
    yield line


def spread(left: Line, right: Line, columns: int) -> Line:
    """The ends of a line at both sides of the screen; where there is no room, the left one."""
    gap = columns - length(left) - length(right)
    if gap < 1:
        return cut(left, columns)
    return (*left, Part(" " * gap), *right)


def text_of(line: Iterable[Part]) -> str:
    """What a line says, printable, without blanks at its end."""
    return "".join(printable(each.text) for each in line).rstrip()
