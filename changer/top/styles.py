"""Looks as a terminal shows them: lines become text of rich, and never markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from changer.printable import printable
from changer.top.lines import Line, Look

PLAIN = Style()
SELECTED = Style(reverse=True, bold=True)
FOUND = Style(underline=True, bold=True)

_COLOURED = {
    Look.HEADING: Style(bold=True),
    Look.URGENT: Style(bold=True, color="red"),
    Look.WARNING: Style(color="yellow"),
    Look.CLEANER: Style(color="cyan"),
    Look.QUIET: Style(dim=True),
    Look.TASK: Style(bold=True, reverse=True, color="yellow"),
}
_WITHOUT_COLOURS = {
    Look.HEADING: Style(bold=True),
    Look.URGENT: Style(bold=True, reverse=True),
    Look.WARNING: Style(bold=True),
    Look.CLEANER: PLAIN,
    Look.QUIET: Style(dim=True),
    Look.TASK: Style(bold=True, reverse=True),
}


class Styles:
    """The styles of all looks, with colours or without."""

    def __init__(self, *, is_coloured: bool) -> None:
        self._styles = _COLOURED if is_coloured else _WITHOUT_COLOURS

    def of(self, look: Look | None) -> Style:
        """The style of a look."""
        return PLAIN if look is None else self._styles[look]

    def text(self, lines: Iterable[Line]) -> Text:
        """Lines below each other, which the terminal does not wrap again."""
        text = Text(no_wrap=True, overflow="crop", end="")
        for number, line in enumerate(lines):
            text.append("\n" if number else "")
            for part in line:
                text.append(printable(part.text), self.of(part.look))
        return text

    def segments(
        self, line: Line, more: Callable[[int], Style | None], *, is_dim: bool
    ) -> list[Segment]:
        """Parts of one line. ``more``: what an element's address adds to its style."""
        segments = []
        for part in line:
            style = self.of(Look.QUIET if is_dim and part.look is None else part.look)
            added = None if part.address is None else more(part.address)
            segments.append(Segment(printable(part.text), style + added if added else style))
        return segments
