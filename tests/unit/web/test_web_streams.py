"""Streams: of what changes the newest alone, of events each; and an end to what waits."""

from __future__ import annotations

import asyncio

import pytest

from changer.web.streams import Stream, Streams, event_message, overview_message


def received(stream: Stream) -> str:
    """All that it sends until its end."""

    async def read() -> bytes:
        return b"".join([chunk async for chunk in stream.chunks()])

    return asyncio.run(read()).decode()


def test_the_newest_version_stands_for_those_before() -> None:
    streams = Streams(most=2)
    stream = streams.begin(None, [overview_message("it", 1)])
    for number in range(2, 100):
        streams.send(overview_message("it", number))
    streams.send(overview_message("other", 7))
    streams.end()
    text = received(stream)
    assert [line for line in text.splitlines() if line.startswith('data: {"')] == [
        'data: {"library": "it", "version": 99}',
        'data: {"library": "other", "version": 7}',
    ]
    assert text.endswith("event: bye\ndata: {}\n\n")


def test_an_event_is_not_overtaken_by_a_version_that_came_after_it() -> None:
    stream = Stream(None)
    stream.put(overview_message("it", 1))
    stream.put(event_message("it", {"id": 3}))
    stream.put(overview_message("it", 2))
    stream.end()
    sent = [line for line in received(stream).splitlines() if line.startswith('data: {"')]
    assert sent == ['data: {"id": 3}', 'data: {"library": "it", "version": 2}']


def test_every_event_is_sent_in_its_order() -> None:
    stream = Stream("it")
    for number in (3, 4, 5):
        stream.put(event_message("it", {"id": number, "message": "two\nlines"}))
        stream.put(event_message("other", {"id": number}))
    stream.end()
    text = received(stream)
    assert [line for line in text.splitlines() if line.startswith("id: ")] == [
        "id: 3",
        "id: 4",
        "id: 5",
    ]
    assert len(text.split("\n\n")) == 3 + 1 + 1, "no line of a message ends it early"


def test_a_client_that_takes_nothing_is_let_go_and_keeps_little() -> None:
    stream = Stream(None)
    for number in range(100_000):
        stream.put(event_message("it", {"id": number}))
    text = received(stream)
    assert text.count("\nevent: event") == 1001
    assert text.endswith("event: bye\ndata: {}\n\n")


def test_nothing_new_is_a_sign_of_life_and_news_go_on_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("changer.web.streams.ALIVE_SECONDS", 0.001)
    stream = Stream(None)

    async def run() -> None:
        chunks = stream.chunks()
        assert [await anext(chunks) for _ in range(2)] == [b": alive\n\n"] * 2
        stream.put(overview_message("it", 1))
        assert b'"version": 1' in await anext(chunks)
        await chunks.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_there_is_an_end_to_their_number() -> None:
    streams = Streams(most=2)
    first, _ = streams.begin(None, []), streams.begin(None, [])
    assert streams.are_full and len(streams) == 2
    streams.close(first)
    assert not streams.are_full
