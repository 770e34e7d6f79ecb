"""What streams and questions get of a library's reader and records, without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path

import pytest

from changer.web.feed import Feed
from changer.web.records import Question
from changer.web.streams import Stream

from .shown import DAY, Shown

TAG = "A00001L8"


@pytest.fixture
def shown(folder: Path) -> Shown:
    shown = Shown(folder)
    shown.read()
    return shown


def change(shown: Shown, *, full: bool) -> None:
    """Something that is an event: a cartridge is put into a mail slot, or taken out."""
    shown.library.operate(f"put X0000{full:d}L8 mail:2" if full else "take mail:2")
    shown.read()


class Client:
    """Reads a stream to where nothing more waits for it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._chunks = stream.chunks()

    async def next(self) -> list[tuple[str, int]]:
        """What came, by kind: versions of overviews, and ids of events."""
        text = (await anext(self._chunks)).decode()
        found = []
        for block in filter(None, text.split("\n\n")):
            fields = dict(line.split(": ", 1) for line in block.splitlines())
            data = json.loads(fields["data"])
            found.append((fields["event"], data.get("version", data.get("id"))))
        return found

    async def until(self, *last: str | int) -> list[tuple[str, int]]:
        """All that comes until that has come."""
        found: list[tuple[str, int]] = []
        while last not in found:
            found += await self.next()
        return found


def while_fed(shown: Shown, script: Callable[[Feed], Coroutine[None, None, None]]) -> None:
    """Run a feed of the library until the script has ended."""

    async def run() -> None:
        with closing(shown.feed()) as feed:
            running = asyncio.create_task(feed.run())
            await asyncio.sleep(0)
            try:
                await script(feed)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())


async def change_beside(shown: Shown, *, full: bool) -> None:
    """As the reader's thread does."""
    await asyncio.get_running_loop().run_in_executor(None, lambda: change(shown, full=full))


def test_each_stream_gets_what_is_new_in_its_order_and_once(shown: Shown) -> None:
    async def script(feed: Feed) -> None:
        first = Client(await feed.open_stream(None, None))
        assert await first.next() == [("overview", 1)]
        await change_beside(shown, full=True)
        assert await first.until("event", 2) == [("overview", 2), ("event", 2)]
        second = Client(await feed.open_stream(shown.view.id, None))
        assert await second.next() == [("overview", 2)], "what was before is not new"
        await change_beside(shown, full=False)
        for client in (first, second):
            assert await client.until("overview", 3) == [("overview", 3)]
        await change_beside(shown, full=True)
        for client in (first, second):
            assert await client.until("event", 3) == [("overview", 4), ("event", 3)]

    while_fed(shown, script)


def test_what_happened_while_nobody_looked_is_not_told_to_who_comes(shown: Shown) -> None:
    async def script(feed: Feed) -> None:
        await change_beside(shown, full=True)
        for _ in range(5):  # it is passed on, to nobody
            await asyncio.sleep(0)
        client = Client(await feed.open_stream(None, None))
        assert await client.next() == [("overview", 2)]
        await change_beside(shown, full=False)
        assert await client.next() == [("overview", 3)]

    while_fed(shown, script)


def test_a_feed_that_has_ended_hears_no_reader(shown: Shown) -> None:
    feeds: list[Feed] = []

    async def script(feed: Feed) -> None:
        feeds.append(feed)

    while_fed(shown, script)
    assert shown.reader._subscribers == {}


@pytest.mark.parametrize(
    ("last", "events"),
    [
        (None, []),
        ("0", [1, 2]),
        ("1", [2]),
        ("2", []),
        ("9" * 40, []),
        ("000000000000000001", [2]),
        ("-1", []),
        ("x", []),
        ("\u0661", []),
        ("", []),
    ],
)
def test_a_stream_begins_after_the_last_event_that_its_client_had(
    shown: Shown, last: str | None, events: list[int]
) -> None:
    change(shown, full=True)

    async def run() -> None:
        with closing(shown.feed()) as feed:
            got = await Client(await feed.open_stream(None, last)).next()
        assert got == [("overview", 2), *(("event", each) for each in events)]

    asyncio.run(run())


def test_events_of_more_than_a_day_ago_are_not_sent_again(shown: Shown) -> None:
    change(shown, full=True)
    times = [each["happened_at"] for each in shown.library.rows("events")]

    async def run(now: float) -> int:
        shown.library.clock.time = now
        with closing(shown.feed()) as feed:
            got = await Client(await feed.open_stream(None, "0")).next()
        return len(got) - 1

    assert asyncio.run(run(times[-1])) == 2
    assert asyncio.run(run(times[-1] + DAY)) == 1
    assert asyncio.run(run(times[-1] + DAY + 1)) == 0


def test_of_more_than_a_thousand_events_the_newest_are_sent_again(shown: Shown) -> None:
    """Which is more than a stream keeps for a client that takes nothing."""
    (first,) = shown.library.rows("events")
    shown.library.execute(
        "INSERT INTO events (library_id, kind, subject, state, happened_at, message, fields)"
        " WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1"
        " FROM numbers WHERE number < 1000) SELECT library_id, kind, number, state, happened_at,"
        " message, fields FROM events, numbers"
    )
    found = shown.records.events_after(0, since=0.0)
    assert [each.id for each in found] == [*range(first["id"] + 1, first["id"] + 1001)]
    assert len(shown.records.events_after(first["id"] + 1, since=0.0)) == 999


def test_a_question_is_answered_anew_after_a_change_but_plots_are_not(shown: Shown) -> None:
    async def run(feed: Feed) -> None:
        asked = [Question("find", (("label", (TAG,)),)), Question("plots")]
        before = [await feed.ask(shown.view, each) for each in asked]
        assert [await feed.ask(shown.view, each) for each in asked] == before
        shown.load("1", "drive:0")
        shown.library.clock.sleep(59.0)
        shown.reader.turn()
        found, plots = [await feed.ask(shown.view, each) for each in asked]
        assert "drive:0" in found.body.plain.decode() and found != before[0]
        assert plots is before[1]
        shown.library.clock.sleep(1.0)
        assert await feed.ask(shown.view, asked[1]) is not plots

    with closing(shown.feed()) as feed:
        asyncio.run(run(feed))
