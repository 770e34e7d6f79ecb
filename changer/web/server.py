"""The server: it runs the application until a signal ends it, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from changer.printable import printable
from changer.web.answer import SECURITY_HEADERS
from changer.web.application import Application
from changer.web.feed import Feed
from changer.web.guarded_protocol import SWEEP_SECONDS, GuardedProtocol
from changer.web.listening import Listening

_KEEP_ALIVE_SECONDS = 30
_PATIENCE_SECONDS = 1.0
_LOGGERS = ("asyncio", "uvicorn", "uvicorn.error")


class _Server(uvicorn.Server):
    """One whose signals are handled here."""

    def install_signal_handlers(self) -> None:
        """As older versions do."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As newer versions do."""
        yield

    def connections(self) -> list[GuardedProtocol]:
        """Those that are open."""
        found = list(self.server_state.connections)
        return [each for each in found if isinstance(each, GuardedProtocol)]

    def abort_connections(self) -> None:
        """Wait for no client any longer."""
        for each in self.connections():
            each.transport.abort()


class _Said(logging.Handler):
    """Passes on what the libraries log, as printable text."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        reason = "" if not record.exc_info else f": {record.exc_info[1]!r}"
        self._say(printable(f"{record.getMessage().strip()}{reason}"))


def run_server(
    application: Application,
    feed: Feed,
    listening: Listening,
    *,
    reload: Callable[[], None],
    say: Callable[[str], None],
    ready: Callable[[], None],
) -> int:
    """Serve until a signal comes, and return its number. ``reload``: called on SIGHUP."""
    with _logging_to(say):
        return asyncio.run(_serve(application, feed, listening, reload, ready))


async def _serve(
    application: Application,
    feed: Feed,
    listening: Listening,
    reload: Callable[[], None],
    ready: Callable[[], None],
) -> int:
    server = _Server(
        uvicorn.Config(
            application,
            http=GuardedProtocol,
            ws="none",
            loop="asyncio",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            headers=list(SECURITY_HEADERS.items()),
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
    )
    came: list[int] = []
    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        came.append(number)
        server.should_exit = True
        feed.streams.end()
        loop.call_later(_PATIENCE_SECONDS, server.abort_connections)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    loop.add_signal_handler(signal.SIGHUP, reload)
    beside = [asyncio.create_task(feed.run()), asyncio.create_task(_sweep(server))]
    loop.call_soon(ready)
    try:
        await server.serve(sockets=list(listening.sockets))
    finally:
        for each in beside:
            each.cancel()
        feed.close()
    return came[0] if came else signal.SIGTERM


async def _sweep(server: _Server) -> None:
    """End connections of slow clients, again and again."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for each in server.connections():
            each.sweep(loop.time())


@contextmanager
def _logging_to(say: Callable[[str], None]) -> Iterator[None]:
    handler = _Said(say)
    loggers = [logging.getLogger(each) for each in _LOGGERS]
    for each in loggers:
        each.handlers, each.propagate = [handler], False
        # The application reports its own errors; what uvicorn says is of clients that break off.
        each.setLevel(logging.ERROR if each.name == "asyncio" else logging.CRITICAL)
    try:
        yield
    finally:
        for each in loggers:
            each.handlers, each.propagate = [], True
