"""All that ``changer serve`` runs, in this process: from its first answer to its last."""

from __future__ import annotations

import http.client
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary
from waiting import wait_until

from changer.errors import UsageError
from changer.overview.watched import Watched
from changer.web.guarded_protocol import GuardedProtocol
from changer.web.listening import Address, Listening
from changer.web.serving import Place, serve

TOKEN = "0123456789abcdef"
LIMIT_SECONDS = 12.0
HERE = Address("127.0.0.1", 0)
HEAD = b"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
pytestmark = pytest.mark.timeout(60)


class Serving:
    """A server of one virtual library, and a client that asks it from a thread of its own."""

    def __init__(self, folder: Path, place: Place) -> None:
        self.library = VirtualLibrary(folder)
        self.place = place
        self.said: list[str] = []
        self.failed: list[BaseException] = []
        self.address: tuple[str, int] = ("", 0)
        self.is_told = False
        self.is_over = threading.Event()

    def end(self, number: int = signal.SIGTERM) -> None:
        self.is_told = True
        os.kill(os.getpid(), number)

    def while_it_runs(self, client: Callable[[Serving], object]) -> int:
        """Serve until the client has sent a signal; what ended it."""

        def run() -> None:
            try:
                client(self)
            except BaseException as error:
                self.failed.append(error)
                if not self.is_told:
                    self.end()

        thread = threading.Thread(target=run)

        def ready(listening: Listening) -> None:
            self.address = listening.sockets[0].getsockname()
            thread.start()

        ended = serve(
            [Watched(self.library.id, self.library.request())],
            self.place,
            interval_seconds=30.0,
            clock=self.library.clock,
            say=self.said.append,
            ready=ready,
        )
        self.is_over.set()
        thread.join()
        assert self.failed == []
        return ended

    def status(self, token: str = TOKEN) -> int:
        """Of an answer with data, for one who has that token."""
        connection = http.client.HTTPConnection(*self.address, timeout=LIMIT_SECONDS)
        headers = {"authorization": f"Bearer {token}"}
        connection.request("GET", "/api/v1/history", headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def connected(self) -> socket.socket:
        return socket.create_connection(self.address, LIMIT_SECONDS)

    def stream(self, token: str = TOKEN) -> socket.socket:
        """An open stream of events that has begun."""
        opened = self.connected()
        opened.sendall(HEAD % token.encode())
        received = b""
        while b"event: overview" not in received:
            received += opened.recv(4096)
        return opened


@pytest.fixture
def tokens(folder: Path) -> Path:
    file = folder / "tokens"
    file.write_text(TOKEN)
    file.chmod(0o600)
    return file


@pytest.fixture
def serving(folder: Path, tokens: Path) -> Iterator[Serving]:
    handlers = {each: signal.getsignal(each) for each in (1, 2, 15)}
    before = set(threading.enumerate())

    def are_left(name: str) -> bool:
        return any(name in each.name for each in set(threading.enumerate()) - before)

    yield Serving(folder, Place(HERE, token_file=tokens))
    assert {each: signal.getsignal(each) for each in handlers} == handlers
    assert not are_left("reader of")
    wait_until(lambda: not are_left("records"), seconds=5)


def rest_of(opened: socket.socket) -> bytes:
    return b"".join(iter(lambda: opened.recv(4096), b""))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_each_stream_is_told(serving: Serving, number: int) -> None:
    def client(_: Serving) -> None:
        with serving.stream() as stream:
            serving.end(number)
            assert rest_of(stream).endswith(b"event: bye\ndata: {}\n\n\r\n0\r\n\r\n")

    assert serving.while_it_runs(client) == number
    with pytest.raises(ConnectionRefusedError):
        serving.connected()


def test_at_its_end_a_client_that_takes_nothing_is_not_waited_for(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("changer.web.server._PATIENCE_SECONDS", 0.01)
    is_stuck, pause = threading.Event(), GuardedProtocol.pause_writing

    def pause_writing(protocol: GuardedProtocol) -> None:
        pause(protocol)
        is_stuck.set()

    monkeypatch.setattr(GuardedProtocol, "pause_writing", pause_writing)

    def client(_: Serving) -> None:
        with serving.connected() as stuck:
            stuck.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    stuck.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert is_stuck.wait(LIMIT_SECONDS)
            serving.end()
            assert serving.is_over.wait(LIMIT_SECONDS)

    serving.while_it_runs(client)


def test_connections_are_swept_again_and_again(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("changer.web.server.SWEEP_SECONDS", 0.01)
    monkeypatch.setattr("changer.web.guarded_protocol.HEAD_SECONDS", 0.05)

    def client(_: Serving) -> None:
        for _again in range(2):
            with serving.connected() as slow:
                slow.sendall(HEAD[:20])
                assert rest_of(slow) == b""
        serving.end()

    serving.while_it_runs(client)


def test_tokens_are_those_of_the_file_when_it_is_told_to_read_it(
    serving: Serving, tokens: Path
) -> None:
    def client(_: Serving) -> None:
        assert (serving.status(), serving.status(TOKEN[::-1])) == (200, 401)
        with serving.stream() as stream:
            tokens.write_text("short")
            os.kill(os.getpid(), signal.SIGHUP)
            wait_until(lambda: serving.said, seconds=LIMIT_SECONDS)
            assert serving.status() == 200
            tokens.write_text(TOKEN[::-1])
            os.kill(os.getpid(), signal.SIGHUP)
            assert b"event: bye" in rest_of(stream), "who holds it has to show the new one"
        assert (serving.status(), serving.status(TOKEN[::-1])) == (401, 200)
        serving.end()

    serving.while_it_runs(client)
    (said,) = serving.said
    assert said.startswith("the tokens stay as they were: a token in ")


def test_what_goes_wrong_within_the_libraries_is_said_while_it_runs(serving: Serving) -> None:
    def client(_: Serving) -> None:
        logging.getLogger("asyncio").error("a task has failed")
        serving.end()

    serving.while_it_runs(client)
    assert serving.said == ["a task has failed"]
    assert logging.getLogger("asyncio").propagate


def test_what_others_can_reach_needs_a_token(folder: Path) -> None:
    place = Place(Address("0.0.0.0", 0))
    with pytest.raises(UsageError, match=r"can be reached from other hosts, and so needs a token"):
        Serving(folder, place).while_it_runs(Serving.end)


def test_socket_of_a_path_is_asked_without_a_token_by_whoever_may_open_it(folder: Path) -> None:
    path = folder / "http"

    def client(serving: Serving) -> None:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.connect(str(path))
            opened.sendall(b"GET /api/v1/libraries HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert rest_of(opened).startswith(b"HTTP/1.1 200 ")
        serving.end()

    Serving(folder, Place(HERE, path)).while_it_runs(client)
    assert not path.exists()
