"""The screen of ``changer top``, by textual: it shows lines, and answers keys and signals."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from changer.top.board import Wanted, is_labelled
from changer.top.board_view import BoardView
from changer.top.details import NOT_READ, History, detail_lines
from changer.top.dialogs import FRAME_COLUMNS, Window
from changer.top.elements import Cell, Cells, Filter, is_match
from changer.top.foot import Foot, foot_lines
from changer.top.frame import drawn_cells, elements
from changer.top.head import head_lines
from changer.top.keys import help_lines
from changer.top.lines import Line
from changer.top.shown import Shown
from changer.top.side import side_lines
from changer.top.source import Row, Source
from changer.top.styles import Styles
from changer.top.terminal import TerminalDriver, is_gone

if TYPE_CHECKING:
    from types import FrameType

TICK_SECONDS = 0.5
_WIDE_COLUMNS = 110
_GAP_COLUMNS = 2
_KEYBOARD = 0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Whoever exports them has no window of another size from then on, as far as programs know.
_SIZES = ("COLUMNS", "LINES")
_PARTS = ("head", "side", "foot")


class Search(Input):
    """The line in which a person types what is looked for."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.go_back", show=False)]


class HistoryRead(Message):
    """What is on record of an element was read, in another thread."""

    def __init__(self, address: int, history: History) -> None:
        super().__init__()
        self.address = address
        self.history = history


class TopApplication(App[int]):
    """Shows libraries, one at a time. ``run`` returns the exit status."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: ansi_default; color: ansi_default; layout: vertical; }
    Static, BoardView, VerticalScroll, Horizontal, Search {
        background: ansi_default; color: ansi_default;
    }
    #head, #foot { height: auto; width: 100%; }
    #middle { height: 1fr; width: 100%; }
    #beside { scrollbar-size: 0 0; height: 100%; }
    #side { height: auto; }
    BoardView { height: 100%; }
    Search { border: none; height: 1; padding: 0; width: 100%; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", show=False),
        Binding("n", "find(1)", show=False),
        Binding("N", "find(-1)", show=False),
        Binding("f", "filter", show=False),
        Binding("m", "labels", show=False),
        Binding("p", "pause", show=False),
        Binding("right_square_bracket", "library(1)", show=False),
        Binding("left_square_bracket", "library(-1)", show=False),
        Binding("question_mark", "help", show=False),
        Binding("escape", "go_back", show=False),
        Binding("q", "quit_with(0)", show=False),
        Binding("ctrl+q", "quit_with(0)", show=False, priority=True),
        Binding("ctrl+c", f"quit_with({128 + signal.SIGINT})", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        local_time: Callable[[float], str],
        is_coloured: bool,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(driver_class=TerminalDriver, ansi_color=True)
        self._sources = sources
        self._local_time = local_time
        self._now = now
        self._looks = Styles(is_coloured=is_coloured)
        self._number = 0
        self._filter = Filter.ALL
        self._labelled: bool | None = None
        self._paused: Shown | None = None
        self._wanted = ""
        self._found: tuple[Cell, ...] = ()
        self._cells = Cells()
        self._history = NOT_READ
        self._details: Window | None = None
        self._drawn: dict[str, object] = {}
        self._signalled = 0
        self._board = BoardView(self._looks)
        self._head, self._side, self._foot = (Static(markup=False, id=each) for each in _PARTS)
        self._beside = VerticalScroll(self._side, id="beside")
        self._search = Search(placeholder="a label, a part of one, or a place; Enter")

    def compose(self) -> ComposeResult:
        """Head, elements with what stands beside them, foot, and the line of a search."""
        yield self._head
        with Horizontal(id="middle"):
            yield self._board
            yield self._beside
        yield self._foot
        yield self._search

    def on_mount(self) -> None:
        """Look again and again."""
        self._board.focus()
        self.set_interval(TICK_SECONDS, self._tick)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def on_resize(self) -> None:
        """Draw for another size, and for the first one."""
        self.call_later(self.look)

    def note_signal(self, number: int, _frame: FrameType | None) -> None:
        """Have the next look end this: in a handler there is no telling what else is half done."""
        self._signalled = number
        if isinstance(self._driver, TerminalDriver):
            self._driver.file.give_up()

    def _tick(self) -> None:
        if self._signalled:
            self.exit(128 + self._signalled)
        elif not self.is_headless and is_gone(_KEYBOARD):
            self.exit(128 + signal.SIGHUP)
        else:
            self.look()

    # What is drawn

    @property
    def _source(self) -> Source:
        return self._sources[self._number]

    def _shown(self) -> Shown:
        if self._paused is not None:
            return self._paused._replace(now=self._now())
        source = self._source
        return Shown(
            source.overview(),
            self._now(),
            source.alive_at,
            self._local_time,
            source.events(),
            self._number + 1,
            len(self._sources),
        )

    def look(self) -> None:
        """Draw what differs from what stands there; what it shows may have changed."""
        shown = self._shown()
        columns, lines = self.size
        self._update(self._head, head_lines(shown, columns=columns, lines=lines))
        self._draw_middle(shown, columns)
        if self._details is not None:
            self._update_details(shown)
        self._draw_foot()

    def _draw_middle(self, shown: Shown, columns: int) -> None:
        minute = int(shown.now // 60)
        age = int(shown.age_seconds or 0) if shown.is_old else 0
        choice = (self._filter, self._labelled, columns)
        what = (self._number, self._source.version, shown.events, shown.paused_at, choice)
        if self._drawn.get("middle") == (what, minute, age):
            return
        self._drawn["middle"] = (what, minute, age)
        beside = columns * 2 // 5 if columns >= _WIDE_COLUMNS else 0
        self._beside.display = bool(beside)
        self._beside.styles.width = beside
        self._board.styles.width = columns - beside
        wanted = Wanted(columns - beside - (_GAP_COLUMNS if beside else 0), *choice[:2])
        self._cells = drawn_cells(shown, wanted)
        lines = [*elements(shown, self._cells, wanted)]
        if beside:
            self._update(self._side, tuple(side_lines(shown, beside)))
        else:
            lines += side_lines(shown, columns)
        self._board.draw(lines, columns=wanted.columns, is_dim=shown.is_old)
        self._look_for_wanted()

    def _draw_foot(self) -> None:
        foot = Foot(
            self._selected,
            self._wanted,
            len(self._found),
            self._filter,
            len(self._sources),
            self._board.sight,
        )
        self._update(self._foot, foot_lines(foot, self.size.width))

    def _update(self, part: Static, lines: tuple[Line, ...]) -> None:
        if self._drawn.get(part.id or "") != lines:
            self._drawn[part.id or ""] = lines
            part.update(self._looks.text(lines))

    @property
    def _selected(self) -> Cell | None:
        address = self._board.selected
        return next((each for each in self._cells.all if each.row.address == address), None)

    def on_board_view_selected(self) -> None:
        """Say what is selected."""
        self._draw_foot()

    # Keys

    def action_quit_with(self, status: int) -> None:
        """End."""
        self.exit(status)

    def action_filter(self) -> None:
        """Draw other elements."""
        self._filter = self._filter.next
        self.look()

    def action_labels(self) -> None:
        """Draw slots the other way."""
        number = len(self._cells.slots)
        self._labelled = not is_labelled(Wanted(0, self._filter, self._labelled), number)
        self.look()

    def action_pause(self) -> None:
        """Keep the picture as it is, or let it go on."""
        if self._paused is None:
            shown = self._shown()
            self._paused = shown._replace(paused_at=shown.now)
        else:
            self._paused = None
        self.look()

    def action_library(self, by: int) -> None:
        """Show another library."""
        self._number = (self._number + by) % len(self._sources)
        self._paused, self._board.selected = None, None
        self.look()

    def action_go_back(self) -> None:
        """Out of the search, else out of the choice of elements."""
        if self._wanted or self._search.display:
            self._wanted = ""
            self._end_search()
        else:
            self._filter = Filter.ALL
        self.look()

    def action_help(self) -> None:
        """Say what the keys do."""
        window = Window(self._looks)
        self.push_screen(window)
        window.show([*help_lines(self.size.width - FRAME_COLUMNS)])

    # Search

    def action_search(self) -> None:
        """Have a person type what is looked for."""
        self._search.value = ""
        self._search.display = True
        self._search.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Mark what is found so far."""
        if self._search.display:
            self._wanted = event.value.strip()
            self._look_for_wanted()
            self._draw_foot()

    def on_input_submitted(self) -> None:
        """Go to the first one that was found."""
        self._end_search()
        self.action_find(0)

    def action_find(self, by: int) -> None:
        """Go to the next one that was found, or to the one before."""
        found = [each.row.address for each in self._found]
        if found:
            here = self._board.selected
            place = found.index(here) + by if here in found else min(by, 0)
            self._board.select(found[place % len(found)])

    def _end_search(self) -> None:
        self._search.display = False
        self._board.focus()
        self._look_for_wanted()

    def _look_for_wanted(self) -> None:
        self._found = tuple(
            each for each in self._cells.all if self._wanted and is_match(each.row, self._wanted)
        )
        self._board.mark_found(frozenset(each.row.address for each in self._found))

    # Details

    def on_board_view_opened(self) -> None:
        """Show all that is known of the selected element."""
        cell = self._selected
        if cell is None:
            return
        self._history = NOT_READ
        self._details = Window(self._looks)
        self.push_screen(self._details, self._details_closed)
        self._update_details(self._shown())
        self.run_worker(partial(self._read_history, self._source, cell.row), thread=True)

    def _read_history(self, source: Source, row: Row) -> None:
        self.post_message(HistoryRead(row.address, source.history(row)))

    def on_history_read(self, message: HistoryRead) -> None:
        """Show it, if it is still wanted."""
        if self._details is not None and message.address == self._board.selected:
            self._history = message.history
            self._update_details(self._shown())

    def _update_details(self, shown: Shown) -> None:
        cell, window = self._selected, self._details
        if cell is not None and window is not None:
            columns = self.size.width - FRAME_COLUMNS
            window.show([*detail_lines(cell.row, shown, self._history, columns)])

    def _details_closed(self, _: None) -> None:
        self._details = None


def run_on_terminal(
    sources: Sequence[Source], *, local_time: Callable[[float], str], is_coloured: bool
) -> int:
    """Show libraries until a person or a signal ends it, and return the exit status."""
    for name in _SIZES:  # before anything of textual or rich looks at them
        os.environ.pop(name, None)
    application = TopApplication(sources, local_time=local_time, is_coloured=is_coloured)
    former = {each: signal.getsignal(each) for each in _SIGNALS}
    for number, handler in former.items():
        if handler is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, application.note_signal)
    try:
        status = application.run()
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    return application.return_code or 0 if status is None else status
