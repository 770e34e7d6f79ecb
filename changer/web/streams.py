"""Streams of server-sent events: each client gets what is new, and the newest of what changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from changer.values import NamedTuple

ALIVE_SECONDS = 15.0
_ALIVE = b": alive\n\n"
_BYE = b"event: bye\ndata: {}\n\n"
_MOST_PENDING = 1000


class Message(NamedTuple):
    """Something to send. ``key``: one that is sent later takes the place of one that waits."""

    library_id: str
    key: str
    data: bytes


def overview_message(library_id: str, version: int) -> Message:
    """That a library's overview has changed."""
    data = json.dumps({"library": library_id, "version": version})
    return Message(library_id, "overview", f"event: overview\ndata: {data}\n\n".encode())


def event_message(library_id: str, document: Mapping[str, Any]) -> Message:
    """An event of the store, ``changer.event/1``."""
    number = document["id"]
    text = f"id: {number}\nevent: event\ndata: {json.dumps(document)}\n\n"
    return Message(library_id, f"event {number}", text.encode())


class Stream:
    """What waits for one client. ``library_id``: of one library alone; None: of all."""

    def __init__(self, library_id: str | None) -> None:
        self._library_id = library_id
        self._pending: dict[tuple[str, str], bytes] = {}
        self._news = asyncio.Event()
        self._is_over = False

    def put(self, message: Message) -> None:
        """Have a message sent; a client that takes nothing for too long is let go."""
        if self._is_over or self._library_id not in (None, message.library_id):
            return
        key = (message.library_id, message.key)
        self._pending.pop(key, None)
        self._pending[key] = message.data
        if len(self._pending) > _MOST_PENDING:
            self.end()
        self._news.set()

    def end(self) -> None:
        """End it after what waits."""
        self._is_over = True
        self._news.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is to be sent, as it comes, and a sign of life where nothing does."""
        while True:
            try:
                await asyncio.wait_for(self._news.wait(), ALIVE_SECONDS)
            except TimeoutError:
                yield _ALIVE
                continue
            self._news.clear()
            waiting, self._pending = self._pending, {}
            if waiting:
                yield b"".join(waiting.values())
            if self._is_over:
                yield _BYE
                return


class Streams:
    """All streams of the server."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._open: set[Stream] = set()

    @property
    def are_full(self) -> bool:
        """Whether there is no place for another one."""
        return len(self._open) >= self._most

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, library_id: str | None, first: Iterable[Message]) -> Stream:
        """A new one, that begins with these messages."""
        stream = Stream(library_id)
        for each in first:
            stream.put(each)
        self._open.add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget one."""
        self._open.discard(stream)

    def send(self, message: Message) -> None:
        """Send to all."""
        for each in self._open:
            each.put(message)

    def end(self) -> None:
        """End all."""
        for each in self._open:
            each.end()
