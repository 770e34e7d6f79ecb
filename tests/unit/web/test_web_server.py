"""What the server does with clients that take nothing, with too many, and with its own mistakes."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest
import uvicorn
from clocks import HandClock
from uvicorn.server import ServerState

from changer.web import guarded_protocol
from changer.web.admission import Policy
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
def test_client_that_sends_no_whole_request_is_given_up(sent: bytes) -> None:
    async def run() -> None:
        protocol, wire = connected(ServerState())
        if sent:
            protocol.data_received(sent)
        now = protocol.loop.time()
        for seconds, end in ((HEAD_SECONDS - 1, ""), (HEAD_SECONDS + 1, "aborted")):
            protocol.sweep(now + seconds)
            assert wire.end == end

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


def test_questions_that_too_many_wait_for_are_refused() -> None:
    async def run() -> None:
        feed, goes_on = empty_feed(), threading.Event()
        waiting = [asyncio.ensure_future(feed.in_thread(goes_on.wait)) for _ in range(100)]
        for _ in range(3):  # each of them begins
            await asyncio.sleep(0)
        goes_on.set()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(each) for each in ended} == {bool, TooBusy}
        answer = busy()
        assert answer.status == 503 and dict(answer.headers) == {"retry-after": "5"}
        assert await feed.in_thread(lambda: "again") == "again"
        feed.close()

    asyncio.run(run())
