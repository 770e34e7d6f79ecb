"""Questions to the records of a library, without a server: what is asked, and what can't be."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from driver.virtual_library import VirtualLibrary

from changer.errors import UsageError
from changer.library.addressing import parse_place
from changer.moves.execute import load
from changer.overview.reader import SharedReader
from changer.overview.watched import Watched
from changer.web.admission import Policy
from changer.web.application import Application
from changer.web.feed import Feed
from changer.web.records import Question, Records
from changer.web.view import LibraryView

DAY = 86_400
TAG = "A00001L8"


class Shown:
    """A virtual library as the server has it, before its first reading."""

    def __init__(self, folder: Path) -> None:
        self.library = VirtualLibrary(folder)
        request = self.library.request()
        self.reader = SharedReader(Watched(self.library.id, request), interval_seconds=1.0)
        self.view = LibraryView(self.reader, tag="run")
        self.records = Records(
            self.library.id, request.coordination, auto_clean="off", clock=self.library.clock
        )

    def read(self) -> None:
        self.library.clock.sleep(3600.0)
        self.reader.turn()

    def load(self, source: str, drive: str) -> None:
        with self.library.open() as library:
            load(library, parse_place(source), parse_place(drive))

    def ask(self, name: str, **parameters: str | tuple[str, ...]) -> dict[str, Any]:
        given = tuple(
            (key, (value,) if isinstance(value, str) else value)
            for key, value in parameters.items()
        )
        answer = self.records.answer(Question(name, given), self.reader.overview())
        content: dict[str, Any] = json.loads(answer.body.plain)
        return content

    def feed(self) -> Feed:
        return Feed([self.view], [self.records], clock=self.library.clock, most_streams=3)


@pytest.fixture
def shown(folder: Path) -> Shown:
    return Shown(folder)


def test_history_is_of_as_many_days_as_are_asked_for(shown: Shown) -> None:
    shown.load("1", "drive:0")
    shown.library.clock.sleep(2 * DAY)
    shown.load("2", "drive:1")
    labels = {
        days: [each["volume_tag"] for each in shown.ask("history", days=days)["events"]]
        for days in ("1", "3")
    }
    assert labels == {"1": ["A00002L8"], "3": ["A00002L8", TAG]}


def test_history_is_of_one_cartridge(shown: Shown) -> None:
    with pytest.raises(UsageError, match="label is there more than once"):
        shown.ask("history", label=(TAG, "A00002L8"))


def test_cartridge_that_is_not_shown_is_found_where_it_was(shown: Shown) -> None:
    shown.read()
    shown.library.operate("remove 1")
    shown.read()
    (found,) = shown.ask("find", label=TAG)["cartridges"]
    assert (found["shown"], found["places"]) == (False, [])
    assert found["last_seen"]["place"] == "1"


def test_cleaners_of_several_slots_have_a_document_of_their_own(shown: Shown) -> None:
    shown.library.reserve("4")
    shown.read()
    assert shown.ask("cleaner")["schema"].startswith("changer.cleaner/")
    shown.library.reserve("9")
    shown.read()
    assert shown.ask("cleaner")["schema"].startswith("changer.cleaners/")


@pytest.mark.parametrize("name", ["status", "check", "operations"])
def test_what_was_not_read_yet_is_not_shown_as_empty(shown: Shown, name: str) -> None:
    answer = shown.view.answer(name)
    assert answer.status == 503
    assert json.loads(answer.body.plain)["error"]["code"] == "not-read"


def test_stream_begins_with_the_library_though_its_events_can_not_be_read(shown: Shown) -> None:
    shown.library.state.write_bytes(b"no store " * 1000)

    async def run() -> str:
        stream = await shown.feed().open_stream(None, "0")
        stream.end()
        return b"".join([chunk async for chunk in stream.chunks()]).decode()

    assert asyncio.run(run()).startswith("event: overview\n")


def test_question_that_too_many_wait_before_is_answered_so(shown: Shown) -> None:
    sent: list[MutableMapping[str, Any]] = []
    said: list[str] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    async def run() -> None:
        feed, goes_on = shown.feed(), threading.Event()
        application = Application(feed, {}, Policy(frozenset(), None), report=said.append)
        waiting = [asyncio.ensure_future(feed.in_thread(goes_on.wait)) for _ in range(100)]
        await asyncio.sleep(0)
        scope = {
            "method": "GET",
            "path": "/api/v1/history",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await application(scope, receive, send)
        goes_on.set()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(run())
    assert sent[0]["status"] == 503 and (b"retry-after", b"5") in sent[0]["headers"]
