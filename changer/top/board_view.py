"""The elements on the screen: scrolled, selected, searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from changer.top.lines import Line
from changer.top.spots import Direction, Spots
from changer.top.styles import FOUND, SELECTED, Styles

if TYPE_CHECKING:
    from textual import events


class BoardView(ScrollView, can_focus=True):
    """Draws only the lines that are in sight."""

    DEFAULT_CSS = "BoardView { scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step('up')", show=False),
        Binding("down,j", "step('down')", show=False),
        Binding("left", "step('left')", show=False),
        Binding("right", "step('right')", show=False),
        Binding("pageup,b", "page('up')", show=False),
        Binding("pagedown,space", "page('down')", show=False),
        Binding("home,g", "end('up')", show=False),
        Binding("end,G", "end('down')", show=False),
        Binding("enter", "open", show=False),
    ]

    class Selected(Message):
        """Another element is selected."""

    class Opened(Message):
        """The details of the selected element are wanted."""

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self._looks = styles
        self._lines: tuple[Line, ...] = ()
        self._found: frozenset[int] = frozenset()
        self._is_dim = False
        self.spots = Spots(())
        self.selected: int | None = None

    def draw(self, lines: Sequence[Line], *, columns: int, is_dim: bool) -> None:
        """Show these lines in place of the former ones."""
        self._lines = tuple(lines)
        self._is_dim = is_dim
        self.spots = Spots(self._lines)
        self.virtual_size = Size(columns, len(self._lines))
        self.refresh()

    def mark_found(self, found: frozenset[int]) -> None:
        """Show which elements a search found."""
        self._found = found
        self.refresh()

    def select(self, address: int) -> None:
        """Select an element, and bring it into sight."""
        self.selected = address
        spot = self.spots.of(address)
        if spot is not None:
            self.scroll_to_region(
                Region(spot.start, spot.line, spot.end - spot.start, 1), animate=False, force=True
            )
        self.refresh()
        self.post_message(self.Selected())

    @property
    def sight(self) -> tuple[int, int, int]:
        """The first and the last line in sight, from 1, and how many there are."""
        first = int(self.scroll_offset.y)
        last = min(first + self.size.height, len(self._lines))
        return first + 1, last, len(self._lines)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        number = y + int(self.scroll_offset.y)
        line = self._lines[number] if number < len(self._lines) else ()
        segments = self._looks.segments(line, self._style_of, is_dim=self._is_dim)
        return Strip(segments).crop_extend(0, self.size.width, self.rich_style)

    def _style_of(self, address: int) -> Style | None:
        if address == self.selected:
            return SELECTED
        return FOUND if address in self._found else None

    def action_step(self, direction: Direction) -> None:
        """Select the next element that way; at the ends, scroll on."""
        self._go(direction, 1)

    def action_page(self, direction: Direction) -> None:
        """The same by a screen."""
        self._go(direction, max(self.size.height - 1, 1))

    def action_end(self, direction: Direction) -> None:
        """The first or the last of all."""
        self._go(direction, max(len(self._lines), 1))

    def _go(self, direction: Direction, lines: int) -> None:
        spot = self.spots.step(self.selected, direction, lines=lines)
        is_end = spot is None or spot.address == self.selected
        if is_end and direction in ("up", "down"):
            by = -lines if direction == "up" else lines
            self.scroll_to(y=self.scroll_offset.y + by, animate=False, force=True)
        elif spot is not None:
            self.select(spot.address)

    def action_open(self) -> None:
        """Have the details shown."""
        if self.spots.of(self.selected) is not None:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Select what is pointed at; once more, and its details are shown."""
        spot = self.spots.at(event.y + int(self.scroll_offset.y), event.x)
        if spot is None:
            return
        if spot.address == self.selected:
            self.action_open()
        self.select(spot.address)
