"""The connection of a process for what concerns processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from clocks import HandClock
from postgres import Server
from postgres_proxy import proxy_to

from changer.errors import StoreUnreachable
from changer.store.postgresql.link import Link
from changer.store.postgresql.opening import open_database

PROGRAM = """
import sys
from changer.host.clock import SystemClock
from changer.store.postgresql.link import Link

print(Link(sys.argv[1], clock=SystemClock()).execute("SELECT 1")[0][0])
"""


def test_a_process_that_ends_takes_leave_of_the_server(url: str) -> None:
    """psycopg warns of a connection that was left open."""
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", PROGRAM, url]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("1\n", "", 0)


def test_threads_have_one_connection_among_them(postgres: Server, url: str) -> None:
    clock = HandClock()
    found: list[int] = []
    with proxy_to(postgres) as proxy:
        link = Link(proxy.url(url), clock=clock)
        barrier = threading.Barrier(8)

        def ask() -> None:
            barrier.wait(60)
            found.append(link.execute("SELECT 1")[0][0])

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert (found, proxy.connections) == ([1] * 8, 1)


def test_a_server_that_does_not_come_back_is_waited_for_once(postgres: Server, url: str) -> None:
    """As long as by a store: a lease that is renewed too late is lost."""
    clock = HandClock()

    def waited(execute: Callable[[str], object]) -> float:
        began = clock.monotonic()
        with pytest.raises(StoreUnreachable):
            execute("SELECT 1")
        return clock.monotonic() - began

    with proxy_to(postgres) as proxy:
        link = Link(proxy.url(url), clock=clock)
        database = open_database(link.url, clock=clock)
        link.execute("SELECT 1")
        proxy.cut = lambda _: "before"
        assert waited(link.execute) == pytest.approx(waited(database.execute))
        assert clock.slept
