"""The screen of top by its keys and its mouse, on textual's own terminal without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from changer.overview.overview import Overview
from changer.store.records import EventRecord
from changer.top.application import TopApplication
from changer.top.board_view import BoardView
from changer.top.details import History, Past
from changer.top.dialogs import Window
from changer.top.source import Row

from .pictures import NOW, drive, event, overview, picker, slot, status, trouble

HOSTILE = "[red]\x1b[2J\u202e]"


class Library:
    """A library as the screen is told of it, by hand."""

    def __init__(self, picture: Overview) -> None:
        self.version = 1
        self.alive_at = NOW
        self.picture = picture
        self.told: tuple[EventRecord, ...] = (event("the mail slot was filled"),)
        self.asked: list[Row] = []

    def overview(self) -> Overview:
        return self.picture

    def events(self) -> tuple[EventRecord, ...]:
        return self.told

    def history(self, row: Row) -> History:
        self.asked.append(row)
        past = Past(NOW - 60, row.volume_tag or "", "slot 1 -> drive 0", "ok", "root", "")
        return History((past,))

    def change(self, picture: Overview) -> None:
        self.picture = picture
        self.version += 1


class Person:
    """Who presses keys, and what they see."""

    def __init__(self, pilot: Pilot[Any], application: TopApplication) -> None:
        self._pilot = pilot
        self.application = application

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)
        await self.look()

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def click(self, line: int, column: int) -> None:
        await self._pilot.click(BoardView, offset=(column, line))
        await self.look()

    async def resize(self, columns: int, lines: int) -> None:
        await self._pilot.resize_terminal(columns, lines)
        await self.look()

    async def look(self) -> None:
        """Have it look again now, as it does by itself twice a second."""
        for _ in range(3):
            await self._pilot.pause()
            self.application.look()
        await self._pilot.pause()

    @property
    def board(self) -> list[str]:
        return self._lines(self.application.screen_stack[0].query_one(BoardView))

    @property
    def head(self) -> list[str]:
        return self._lines(self.application.screen_stack[0].query_one("#head", Static))

    @property
    def foot(self) -> list[str]:
        return self._lines(self.application.screen_stack[0].query_one("#foot", Static))

    @property
    def window(self) -> list[str]:
        assert isinstance(self.application.screen, Window)
        return self._lines(self.application.screen.query_one(Static))

    def _lines(self, part: Any) -> list[str]:
        return [part.render_line(y).text.rstrip() for y in range(part.size.height)]


Script = Callable[[Person], Awaitable[None]]


def show(
    *libraries: Library, script: Script, size: tuple[int, int] = (80, 30), is_coloured: bool = True
) -> int | None:
    """Run the application while a person does something; return the exit status."""

    async def run() -> int | None:
        application = TopApplication(
            libraries, local_time=lambda at: f"t{at:.0f}", is_coloured=is_coloured, now=lambda: NOW
        )
        async with application.run_test(size=size) as pilot:
            person = Person(pilot, application)
            await person.look()
            await script(person)
        return application.return_value

    return asyncio.run(run())


def test_a_library_is_shown_whole() -> None:
    async def script(person: Person) -> None:
        assert person.head[0].startswith("CHANGER_TEST_1  CHANGER TEST  /dev/sg3  ")
        assert person.head[1] == "OK  read 3 s ago, every 30 s"
        assert "  0 .  empty     /dev/nst0" in person.board
        assert any("1 # A00001L8" in each for each in person.board)
        assert person.foot[1].startswith("/ search  f filter")

    show(Library(overview()), script=script)


def test_what_changes_is_drawn_and_what_is_old_says_so() -> None:
    library = Library(overview())

    async def script(person: Person) -> None:
        library.change(overview(status(drives=(drive(0, "A00001L8"), drive(1)))))
        await person.look()
        assert any("0 #  A00001L8" in each for each in person.board)
        library.change(replace(library.picture, trouble=trouble()))
        await person.look()
        assert person.head[1].startswith("UNKNOWN  OLD, read 3 s ago: no answer for 60 s")
        assert person.board[0] == "AS IT WAS 3 s AGO"
        assert any("0 #  A00001L8" in each for each in person.board)

    show(library, script=script)


def test_arrows_and_enter_show_the_details_of_an_element_with_its_history() -> None:
    library = Library(overview(status(drives=(drive(0, "A00001L8", source_slot=1), drive(1)))))

    async def script(person: Person) -> None:
        await person.press("down")
        assert person.foot[0].startswith("drive 0  # A00001L8  from slot 1, /dev/nst0")
        await person.press("enter")
        await person.application.workers.wait_for_complete()
        await person.look()
        assert person.window[0] == "drive 0  A00001L8"
        assert f"  t{NOW - 60:.0f}  A00001L8  slot 1 -> drive 0  ok  root" in person.window
        assert [each.address for each in library.asked] == [500]
        await person.press("escape")
        assert not isinstance(person.application.screen, Window)

    show(library, script=script)


def test_keys_go_a_screen_further_and_to_the_ends_of_a_long_board() -> None:
    slots = tuple(slot(number) for number in range(1, 3001))

    async def script(person: Person) -> None:
        selected = []
        for key in ("g", "pagedown", "pagedown", "pageup", "end", "home"):
            await person.press(key)
            selected.append(person.application.query_one(BoardView).selected)
        first, further, furthest, back, last, start = (each or 0 for each in selected)
        assert first == start < further == back < furthest < last
        assert last in [each.address for each in slots[-80:]]

    show(Library(overview(status(*slots))), script=script)


def test_a_search_goes_from_one_match_to_the_next_and_back() -> None:
    async def script(person: Person) -> None:
        await person.press("slash")
        await person.type("a0000")
        assert person.foot[0].startswith("5 found for 'a0000'")
        await person.press("enter")
        assert "slot 1  # A00001L8" in person.foot[0]
        await person.press("n", "n")
        assert "slot 3  # A00003L8" in person.foot[0]
        await person.press("N", "N", "N")
        assert "slot 5  # A00005L8" in person.foot[0], "it goes round"
        await person.press("escape")
        assert "found" not in person.foot[0]

    show(Library(overview()), script=script)


def test_keys_are_letters_while_a_search_is_typed() -> None:
    async def script(person: Person) -> None:
        await person.press("slash")
        await person.type("qfp")
        assert person.application.query_one(Input).value == "qfp"
        assert person.foot[0].startswith("nothing found for 'qfp'")
        await person.press("escape", "q")

    assert show(Library(overview()), script=script) == 0


def test_a_search_scrolls_to_what_it_finds() -> None:
    slots = (slot(n, f"A{n:05}L8") for n in range(1, 5001))

    async def script(person: Person) -> None:
        assert not any(" 4481 " in each for each in person.board)
        await person.press("slash")
        await person.type("A04507L8")
        await person.press("enter")
        assert any(" 4481 " in each for each in person.board), person.board
        assert "slot 4507  # A04507L8" in person.foot[0]
        await person.press("right")
        assert "slot 4508  # A04508L8" in person.foot[0], "keys go to the board again"

    show(Library(overview(status(*slots))), script=script, size=(60, 20))


def test_f_shows_what_fits_and_escape_everything_again() -> None:
    async def script(person: Person) -> None:
        await person.press("f")
        assert not any(each.startswith("slots") for each in person.board)
        await person.press("f")
        assert "slots  5  # full 5" in person.board
        assert "f: only full" in person.foot[1]
        await person.press("escape")
        assert any(each.startswith("slots  10") for each in person.board)

    show(Library(overview()), script=script)


def test_m_draws_labels_or_letters() -> None:
    async def script(person: Person) -> None:
        await person.press("m")
        assert "   1 #####....." in person.board
        await person.press("m")
        assert any("1 # A00001L8" in each for each in person.board)

    show(Library(overview()), script=script)


def test_a_paused_picture_stays_and_says_so() -> None:
    library = Library(overview())

    async def script(person: Person) -> None:
        await person.press("p")
        library.change(overview(status(drives=(drive(0, "A00001L8"), drive(1)))))
        await person.look()
        assert any(each.startswith("PAUSED  as of") for each in person.head)
        assert not any("0 #  A00001L8" in each for each in person.board)
        await person.press("p")
        assert any("0 #  A00001L8" in each for each in person.board)
        assert not any("PAUSED" in each for each in person.head)

    show(library, script=script)


def test_brackets_go_from_library_to_library() -> None:
    async def script(person: Person) -> None:
        assert person.head[0].endswith("library 1 of 2")
        await person.press("right_square_bracket")
        assert person.head[0].startswith("other") and person.head[0].endswith("library 2 of 2")
        await person.press("right_square_bracket")
        assert person.head[0].endswith("library 1 of 2")
        await person.press("left_square_bracket")
        assert person.head[0].startswith("other")

    show(Library(overview()), Library(overview(alias="other")), script=script)


def test_a_mouse_selects_and_a_second_click_opens() -> None:
    async def script(person: Person) -> None:
        line = next(n for n, each in enumerate(person.board) if "2 # A00002L8" in each)
        column = person.board[line].index("A00002L8")
        await person.click(line, column)
        assert person.foot[0].startswith("slot 2  # A00002L8")
        await person.click(line, column)
        assert person.window[0] == "slot 2  A00002L8"

    show(Library(overview()), script=script)


def test_help_names_every_key_and_letter_and_closes() -> None:
    async def script(person: Person) -> None:
        await person.press("question_mark")
        text = "\n".join(person.window)
        for word in ("arrows", "Enter", "/", "f", "m", "] [", "p", "q", "unknown", "Ctrl-C"):
            assert word in text
        await person.press("q")
        assert not isinstance(person.application.screen, Window)

    assert show(Library(overview()), script=script, size=(60, 60)) is None


@pytest.mark.parametrize(("key", "status_"), [("q", 0), ("ctrl+q", 0), ("ctrl+c", 130)])
def test_keys_that_end_it_have_the_statuses_of_other_commands(key: str, status_: int) -> None:
    async def script(person: Person) -> None:
        await person.press(key)

    assert show(Library(overview()), script=script) == status_


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (132, 43), (400, 120), (20, 6)])
def test_lines_fit_screens_of_every_size_and_a_hostile_label_is_text(size: tuple[int, int]) -> None:
    rows = (slot(1, HOSTILE), slot(2, "[bold]x[/bold]"), slot(3, full=None, present=None))
    picture = overview(status(*rows, drives=(drive(0, HOSTILE),), picker=picker(HOSTILE)))
    library = Library(replace(picture, alias=HOSTILE))
    library.told = (event(HOSTILE),)

    async def script(person: Person) -> None:
        for keys in ((), ("down", "enter"), ("escape", "f", "f"), ("question_mark",)):
            await person.press(*keys)
            for lines in (person.head, person.board, person.foot):
                assert all(each.isprintable() and len(each) <= size[0] for each in lines)
        assert any("[red]?[2J?]" in each for each in person.head)

    show(library, script=script, size=size)


def test_another_size_of_the_window_is_filled() -> None:
    async def script(person: Person) -> None:
        assert any(each.startswith("wants attention") for each in person.board)
        await person.resize(160, 40)
        assert not any(each.startswith("wants attention") for each in person.board)
        side = person.application.query_one("#side", Static)
        assert side.render_line(0).text.rstrip() == "wants attention"
        await person.resize(60, 20)
        assert len(person.board) + len(person.head) + len(person.foot) == 20

    show(Library(overview()), script=script)


def test_without_colours_there_are_none_and_nothing_is_lost() -> None:
    async def script(person: Person) -> None:
        board = person.application.query_one(BoardView)
        head = person.application.query_one("#head", Static)
        strips = [part.render_line(y) for part in (board, head) for y in range(part.size.height)]
        styles = {segment.style for strip in strips for segment in strip if segment.style}
        colours = {each.color for each in styles} | {each.bgcolor for each in styles}
        assert {each for each in colours if each is not None and not each.is_default} == set()
        assert any("CRITICAL" in each or "OLD" in each for each in person.head)

    shown = overview(status(picker=picker("A00001L8")), trouble=trouble())
    show(Library(shown), script=script, is_coloured=False)


def test_a_library_that_was_never_read_shows_nothing_as_empty() -> None:
    async def script(person: Person) -> None:
        assert person.head[1] == "UNKNOWN  NOT READ YET: reading the library"
        assert person.board[0] == "what is in the library is not known"
        assert not any("empty" in each for each in person.board)
        await person.press("down", "enter", "pagedown", "m", "f")

    show(Library(overview(reading=None)), script=script)
