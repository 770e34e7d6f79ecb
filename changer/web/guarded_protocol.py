"""Connections that nobody can keep: of slow clients, of stuck ones, and of too many."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from changer.web.answer import SECURITY_HEADERS, TEXT

MOST_CONNECTIONS = 512
HEAD_SECONDS = 10.0
STUCK_SECONDS = 30.0
SWEEP_SECONDS = 2.0
_NOT_UNDERSTOOD = b"this request can't be understood\n"


class GuardedProtocol(H11Protocol):
    """A connection. ``sweep`` ends it where its client takes too long.

    ``_waiting_since``: when it began to wait for the head of a request; None: one is answered.
    ``_stuck``: how much was unsent at a sweep, and since when no less is.
    """

    _waiting_since: float | None = None
    _stuck: tuple[int, float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, or end it at once where there are too many."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._waiting_since = self.loop.time()
        if len(self.connections) > MOST_CONNECTIONS:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._waiting_since is None and not self._is_answering():
            self._waiting_since = self.loop.time()
        super().data_received(data)
        if self._is_answering():
            self._waiting_since = None

    def sweep(self, now: float) -> None:
        """End it where no whole head came in time, or what is sent is not taken."""
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            return
        if self._waiting_since is not None and now - self._waiting_since > HEAD_SECONDS:
            self.transport.abort()
            return
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._stuck = None
        elif self._stuck is None or unsent < self._stuck[0]:
            self._stuck = unsent, now
        elif now - self._stuck[1] > STUCK_SECONDS:
            self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its words are uvicorn's
        """Answer what is not HTTP, and end the connection."""
        headers: list[Any] = [
            *((name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()),
            (b"content-type", TEXT.encode()),
            (b"content-length", str(len(_NOT_UNDERSTOOD)).encode()),
            (b"connection", b"close"),
        ]
        with suppress(h11.LocalProtocolError):  # in the middle of an answer
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=_NOT_UNDERSTOOD),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
