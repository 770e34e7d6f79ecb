"""A person before the screen of top: its keys, its mouse, and what is seen, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from changer.overview.overview import Overview
from changer.store.records import EventRecord
from changer.top.application import TopApplication
from changer.top.board_view import BoardView
from changer.top.details import History, Past
from changer.top.dialogs import Window
from changer.top.source import Row

from .pictures import NOW, event


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

    async def strike(self, *keys: str) -> None:
        """Press keys, and have nothing drawn but by them."""
        await self._pilot.press(*keys)
        for _ in range(3):
            await self._pilot.pause()

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

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until it is so."""
        while not condition():
            await self._pilot.pause()
        await self._pilot.pause()

    @property
    def seen(self) -> list[str]:
        """All that stands on the screen, with what is scrolled out of sight left out."""
        strips = self.application.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    @property
    def board(self) -> list[str]:
        return self._lines(self.application.screen_stack[0].query_one(BoardView))

    @property
    def head(self) -> list[str]:
        return self._lines(self.application.screen_stack[0].query_one("#head", Static))

    @property
    def side(self) -> list[str]:
        """What stands beside the board."""
        beside = self.application.screen_stack[0].query_one("#beside")
        return self._lines(beside.query_one("#side", Static)) if beside.display else []

    @property
    def foot(self) -> list[str]:
        return self._lines(self.application.screen_stack[0].query_one("#foot", Static))

    def marked(self, style: str) -> list[str]:
        """The parts of the board that have a style."""
        board = self.application.screen_stack[0].query_one(BoardView)
        parts = (part for y in range(board.size.height) for part in board.render_line(y))
        return [each.text.strip() for each in parts if getattr(each.style, style, None)]

    @property
    def window(self) -> list[str]:
        assert isinstance(self.application.screen, Window)
        return self._lines(self.application.screen.query_one(Static))

    def _lines(self, part: Any) -> list[str]:
        return [part.render_line(y).text.rstrip() for y in range(part.size.height)]


Script = Callable[[Person], Awaitable[None]]


def show(
    *libraries: Library,
    script: Script,
    size: tuple[int, int] = (80, 30),
    is_coloured: bool = True,
    now: Callable[[], float] = lambda: NOW,
) -> int | None:
    """Run the application while a person does something; return the exit status."""

    async def run() -> int | None:
        application = TopApplication(
            libraries, local_time=lambda at: f"t{at:.0f}", is_coloured=is_coloured, now=now
        )
        async with application.run_test(size=size) as pilot:
            person = Person(pilot, application)
            await person.look()
            await script(person)
        return application.return_value

    return asyncio.run(run())
