"""What the server does with clients that take nothing, with too many, and with its own mistakes."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

import pytest
import uvicorn
from clocks import HandClock
from uvicorn.server import ServerState

from changer.web import guarded_protocol
from changer.web.admission import Policy
from changer.web.answer import SECURITY_HEADERS
from changer.web.application import Application
from changer.web.feed import Feed, TooBusy, busy
from changer.web.guarded_protocol import HEAD_SECONDS, STUCK_SECONDS, GuardedProtocol
from changer.web.server import _logging_to, _Server

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
HEAD = b"POST /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


def empty_feed() -> Feed:
    return Feed([], [], clock=HandClock(), most_streams=1)


class Wire(asyncio.Transport):
    """What is written stays unsent as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent = 0
        self.written = b""
        self.end = ""
        self.is_cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return bool(self.end)

    def abort(self) -> None:
        self.is_cut = True
        self.end = self.end or "aborted"

    def close(self) -> None:
        self.end = self.end or "closed"


async def answering(_scope: object, _receive: object, send: Send) -> None:
    """Begin an answer, which has no end."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    await asyncio.sleep(3600)


async def at_once(_scope: object, _receive: object, send: Send) -> None:
    """A whole answer."""
    length = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": b""})


def configuration(application: object = answering) -> uvicorn.Config:
    made = uvicorn.Config(application, lifespan="off", log_config=None)  # type: ignore[arg-type]
    made.load()
    return made


def connected(state: ServerState, application: object = answering) -> tuple[GuardedProtocol, Wire]:
    protocol, wire = GuardedProtocol(configuration(application), state, {}), Wire()
    protocol.connection_made(wire)
    return protocol, wire


async def answered() -> tuple[GuardedProtocol, Wire]:
    """A connection on which an answer was begun."""
    protocol, wire = connected(ServerState())
    protocol.data_received(HEAD)
    while b"begun" not in wire.written:
        await asyncio.sleep(0)
    return protocol, wire


def test_client_that_takes_nothing_of_its_answer_is_given_up() -> None:
    async def run() -> None:
        protocol, wire = await answered()
        now = protocol.loop.time() + 2 * HEAD_SECONDS
        for unsent, later, end in (
            (100, 0.0, ""),
            (100, STUCK_SECONDS, ""),
            (99, STUCK_SECONDS + 1, ""),
            (99, 2 * STUCK_SECONDS + 1, ""),
            (99, 2 * STUCK_SECONDS + 2, "aborted"),
        ):
            wire.unsent = unsent
            protocol.sweep(now + later)
            assert wire.end == end, later

    asyncio.run(run())


@pytest.mark.parametrize("sent", [HEAD[:-2], b""])
def test_client_that_sends_no_whole_request_is_given_up(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    async def run() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 1000.0)
        protocol, wire = connected(ServerState())
        if sent:
            protocol.data_received(sent)
        for seconds, end in ((HEAD_SECONDS, ""), (HEAD_SECONDS + 0.1, "aborted")):
            protocol.sweep(1000.0 + seconds)
            assert wire.end == end

    asyncio.run(run())


def test_request_in_pieces_is_answered_and_no_client_hurried_while_it_is() -> None:
    async def run() -> None:
        protocol, wire = connected(ServerState())
        protocol.data_received(HEAD[:-2])
        protocol.data_received(HEAD[-2:])
        while b"begun" not in wire.written:
            await asyncio.sleep(0)
        protocol.data_received(b"5\r\nwords")  # of its body
        protocol.sweep(protocol.loop.time() + 10 * HEAD_SECONDS)
        assert wire.end == ""

    asyncio.run(run())


def test_what_is_not_http_is_answered_so_and_ended() -> None:
    async def run() -> None:
        protocol, wire = connected(ServerState())
        protocol.data_received(b"\x16\x03\x01 GET\r\n\r\n")
        head, _, body = wire.written.partition(b"\r\n\r\n")
        first, *headers = head.decode().split("\r\n")
        assert first == "HTTP/1.1 400 Bad Request"
        assert dict(each.split(": ", 1) for each in headers) == {
            **SECURITY_HEADERS,
            "content-type": "text/plain; charset=utf-8",
            "content-length": "33",
            "connection": "close",
        }
        assert body == b"this request can't be understood\n"
        assert wire.end == "closed"

    asyncio.run(run())


def test_client_that_begins_another_request_and_goes_no_further_is_given_up() -> None:
    async def run() -> None:
        protocol, wire = connected(ServerState(), at_once)
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for _ in range(5):  # the answer is sent
            await asyncio.sleep(0)
        assert wire.written.startswith(b"HTTP/1.1 200")
        later = protocol.loop.time() + HEAD_SECONDS + 1
        for sent, end in ((b"", ""), (HEAD[:-2], "aborted")):
            if sent:
                protocol.data_received(sent)
            protocol.sweep(later)
            assert wire.end == end

    asyncio.run(run())


def test_connection_that_ends_by_itself_is_left_alone() -> None:
    async def run() -> None:
        protocol, wire = connected(ServerState())
        wire.close()
        protocol.sweep(protocol.loop.time() + HEAD_SECONDS + 1)
        assert not wire.is_cut

    asyncio.run(run())


def test_connection_that_is_one_too_many_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_protocol, "MOST_CONNECTIONS", 2)

    async def run() -> None:
        state = ServerState()
        assert [connected(state)[1].end for _ in range(3)] == ["", "", "aborted"]

    asyncio.run(run())


def test_no_client_is_waited_for_at_the_end() -> None:
    async def run() -> None:
        server = _Server(configuration())
        wires = [connected(server.server_state)[1] for _ in range(3)]
        wires[0].close()  # which has not sent all yet
        server.abort_connections()
        assert [each.is_cut for each in wires] == [True] * 3

    asyncio.run(run())


def test_what_is_not_http_ends_an_answer_that_was_begun_without_another() -> None:
    async def run() -> None:
        protocol, wire = await answered()
        protocol.data_received(b"no length\r\n")
        assert wire.end == "closed"
        assert wire.written.count(b"HTTP/1.1") == 1

    asyncio.run(run())


def test_what_the_libraries_log_is_said_as_printable_text() -> None:
    said: list[str] = []
    with _logging_to(said.append):
        logging.getLogger("asyncio").error("it\x1b[2J failed", exc_info=OSError("no"))
        logging.getLogger("uvicorn.error").error("a client broke off")
    logging.getLogger("asyncio").error("of another program")
    assert said == ["it?[2J failed: OSError('no')"]


def test_mistake_in_the_program_is_an_answer_and_is_reported() -> None:
    said: list[str] = []
    application = Application(empty_feed(), {}, Policy(frozenset(), None), report=said.append)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if not said:
            raise ZeroDivisionError("by mistake")
        sent.append(message)

    async def receive() -> Message:
        await asyncio.sleep(3600)
        return {}

    scope = {
        "method": "GET",
        "path": "/events",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    asyncio.run(application(scope, receive, send))
    assert said == ["a request was not answered: ZeroDivisionError: by mistake"]
    assert sent[0]["status"] == 500 and b"a mistake in changer" in sent[1]["body"]


@pytest.mark.parametrize("is_gone", [False, True])
def test_stream_is_one_answer_that_ends_and_nothing_of_it_is_left(
    monkeypatch: pytest.MonkeyPatch, *, is_gone: bool
) -> None:
    monkeypatch.setattr("changer.web.streams.ALIVE_SECONDS", 3600.0)

    async def run() -> list[Message]:
        feed, sent, said = empty_feed(), list[Message](), list[str]()
        application = Application(feed, {}, Policy(frozenset(), None), report=said.append)

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            if len(feed.streams) and not is_gone:
                feed.streams.end()
                await asyncio.sleep(3600)
            return {"type": "http.disconnect" if is_gone else "http.request"}

        before = asyncio.all_tasks()
        scope = {
            "method": "GET",
            "path": "/events",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await asyncio.wait_for(application(scope, receive, send), 20)
        assert len(feed.streams) == 0
        for _ in range(5):  # what was cancelled or closed ends
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == before and said == []
        return sent

    begun, *said = asyncio.run(run())
    assert begun == {
        "type": "http.response.start",
        "status": 200,
        "headers": [
            (b"cache-control", b"private, no-cache"),
            (b"content-type", b"text/event-stream"),
            (b"connection", b"close"),
            (b"x-accel-buffering", b"no"),
        ],
    }
    bye = {"type": "http.response.body", "body": b"event: bye\ndata: {}\n\n", "more_body": True}
    end = {"type": "http.response.body", "body": b"", "more_body": False}
    assert said == ([end] if is_gone else [bye, end])


def test_questions_that_too_many_wait_for_are_refused() -> None:
    async def run() -> None:
        feed, goes_on = empty_feed(), threading.Event()
        waiting = [asyncio.ensure_future(feed.in_thread(goes_on.wait)) for _ in range(100)]
        for _ in range(3):  # each of them begins
            await asyncio.sleep(0)
        goes_on.set()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in ended] == [bool] * 32 + [TooBusy] * 68
        answer = busy()
        assert answer.status == 503 and dict(answer.headers) == {"retry-after": "5"}
        assert await feed.in_thread(lambda: "again") == "again"
        feed.close()

    asyncio.run(run())


def test_questions_that_wait_when_it_is_closed_are_not_asked_any_more() -> None:
    async def run() -> list[str]:
        feed, goes_on, asked = empty_feed(), threading.Event(), list[str]()
        waiting: list[asyncio.Future[Any]] = [
            *(asyncio.ensure_future(feed.in_thread(goes_on.wait)) for _ in "12"),
            asyncio.ensure_future(feed.in_thread(partial(asked.append, "asked"))),
        ]
        for _ in range(3):  # each of them begins
            await asyncio.sleep(0)
        feed.close()
        goes_on.set()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert ended[:2] == [True, True] and isinstance(ended[2], asyncio.CancelledError)
        return asked

    assert asyncio.run(run()) == []
