"""Windows over the screen: the details of an element, and help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from changer.top.lines import BLANK, Line, words
from changer.top.styles import Styles

FRAME_COLUMNS = 4


class Window(ModalScreen[None]):
    """Lines to scroll through; Escape, q or Enter close it."""

    DEFAULT_CSS = """
    Window { align: center middle; background: ansi_default; }
    Window > VerticalScroll {
        width: 100%; height: 100%; padding: 0 1; scrollbar-size: 0 0; border: ascii ansi_default;
        background: ansi_default; color: ansi_default;
    }
    Window Static { width: 100%; height: auto; background: ansi_default; color: ansi_default; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark", "close", show=False)
    ]

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self._looks = styles
        self._content = Static(markup=False)

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with VerticalScroll():
            yield self._content

    def show(self, lines: Iterable[Line]) -> None:
        """Show other lines."""
        text = self._looks.text([*lines, BLANK, words("Escape: back")])
        self._content.update(text)

    def action_close(self) -> None:
        """Go back to the library."""
        self.dismiss(None)
