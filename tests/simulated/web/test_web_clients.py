"""Clients that are slow, many, or gone: others are answered, and nothing of them is left."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from waiting import wait_until

from .running import Host, Server

MANY = 200
SECONDS = {
    "changer.web.guarded_protocol.HEAD_SECONDS": 1.0,
    "changer.web.server.SWEEP_SECONDS": 0.1,
}
ASKED = "/api/v1/libraries"


def descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 60)


def is_ended(opened: socket.socket) -> bool:
    try:
        return opened.recv(65536) == b""
    except ConnectionResetError:
        return True


def test_requests_that_never_end_are_given_up_and_others_answered(host: Host) -> None:
    """As they are after ten seconds, which unit tests hold (tests/unit/web/test_web_server.py)."""
    begun = (b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
    with Server(host, seconds=SECONDS) as server, ExitStack() as stack:
        slow = [stack.enter_context(connected(server)) for _ in range(40)]
        for number, each in enumerate(slow):
            each.sendall(begun[number % len(begun)])
        assert server.ask(ASKED).status == 200
        for each in slow[:20]:
            each.settimeout(0.01)
            try:
                while not is_ended(each):
                    each.sendall(b"x")
            except TimeoutError:
                each.settimeout(60)
        assert all(is_ended(each) for each in slow)
        assert server.ask(ASKED).status == 200


def test_many_streams_each_get_what_is_new_and_leave_nothing(server: Server) -> None:
    server.wait_for_reading()
    before = descriptors(server)
    with ExitStack() as stack:
        streams = [stack.enter_context(server.events()) for _ in range(MANY)]
        for each in streams:
            each.next("overview")
        server.host.run("load", "1", "0")
        for each in streams:
            each.next("overview")
        assert server.ask(ASKED).status == 200
    wait_until(lambda: descriptors(server) <= before + 1, seconds=60)


def test_there_is_an_end_to_streams_and_to_connections(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(256):
            stack.enter_context(server.events()).next("overview")
        full = server.ask("/events")
        assert (full.status, full.error, full.headers["retry-after"]) == (503, "busy", "30")
        idle = [stack.enter_context(connected(server)) for _ in range(300)]
        assert any(is_ended(each) for each in idle[260:])
    wait_until(lambda: descriptors(server) < 100, seconds=60)
    assert server.ask(ASKED).status == 200


def test_one_that_takes_nothing_does_not_hold_up_the_others(server: Server) -> None:
    """Its requests are not read any more when what is sent is not taken."""
    with connected(server) as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        stuck.setblocking(False)
        wanted = b"GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try:
            for _ in range(10_000):
                stuck.send(wanted)
        except BlockingIOError:
            pass
        assert server.ask(ASKED).status == 200
        resident = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
        assert int(resident) * os.sysconf("SC_PAGE_SIZE") < 200 << 20


def test_one_that_goes_in_the_middle_leaves_nothing(server: Server) -> None:
    server.wait_for_reading()
    before = descriptors(server)
    for _ in range(50):
        with connected(server) as opened:
            opened.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            opened.recv(10)
        with connected(server) as opened:
            opened.sendall(b"GET /api/v1/plots HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_until(lambda: descriptors(server) <= before + 1, seconds=60)
    assert [each for each in server.said if "warning" in each] == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_waits_for_no_client(server: Server, number: int, status: int) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(server.events()).next("overview")
            stack.enter_context(connected(server)).sendall(b"GET / HTTP/1.1\r\n")
        assert server.end(number) == status


def test_all_who_ask_the_same_question_at_once_get_its_answer(server: Server) -> None:
    server.wait_for_reading()
    with ExitStack() as stack:
        asked = [server.connection() for _ in range(MANY)]
        for each in asked:
            stack.callback(each.close)
            each.request("GET", "/api/v1/plots?days=366")
        answers = [each.getresponse() for each in asked]
        assert {each.status for each in answers} == {200}
        assert len({each.read() for each in answers}) == 1
