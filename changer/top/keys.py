"""The keys, as the foot of the screen and the help tell them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from changer.top.elements import Filter, Mark
from changer.top.lines import BLANK, Line, Look, Part, words, wrapped
from changer.values import NamedTuple


class Key(NamedTuple):
    """A key, and what it does."""

    name: str
    does: str


KEYS = (
    Key("arrows", "select an element; Page Up, Page Down, Home, End go further"),
    Key("Enter", "show all that is known of it, and the history of its cartridge"),
    Key("/", "search for a label or a place; n and N go to the next and the last one"),
    Key("f", f"show only {', '.join(each.word for each in Filter if each is not Filter.ALL)}"),
    Key("m", "draw the slots with their labels, or as letters"),
    Key("] [", "the next library, and the one before"),
    Key("p", "stop the picture, and let it go on"),
    Key("?", "this help"),
    Key("Escape", "back: out of a search, a choice, or a window"),
    Key("q", "quit; so does Ctrl-C"),
)
_NAME_COLUMNS = 8


def help_lines(columns: int) -> Iterator[Line]:
    """What the keys do, and what the letters mean."""
    yield words("keys", Look.HEADING)
    for each in KEYS:
        indent = " " * (_NAME_COLUMNS + 2)
        name = Part(f"  {each.name:<{_NAME_COLUMNS}}")
        for number, text in enumerate(wrapped(each.does, columns - len(indent))):
            yield (Part(indent) if number else name, Part(text))
    yield BLANK
    yield words("letters", Look.HEADING)
    for mark in Mark:
        yield (Part(f"  {mark.letter:<{_NAME_COLUMNS}}", mark.look), Part(mark.word))
    yield BLANK
    text = "A mouse selects and scrolls. Nothing here moves a cartridge."
    yield from (words(each, Look.QUIET) for each in wrapped(text, columns))
