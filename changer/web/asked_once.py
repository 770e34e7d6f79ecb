"""Questions that many ask at once: each is asked once, and its answer is given to all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from changer.host.clock import Clock
from changer.values import NamedTuple
from changer.web.answer import Answer

_MOST_KEPT = 64


class _Asked(NamedTuple):
    began: float
    task: asyncio.Task[Answer]


class AskedOnce:
    """Answers by what was asked. One that failed is not kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: dict[Hashable, _Asked] = {}

    async def answer(
        self, key: Hashable, ask: Callable[[], Awaitable[Answer]], *, kept_seconds: float
    ) -> Answer:
        """The answer of ``ask``, or that of another one who asked, so many seconds ago at most.

        Raises what ``ask`` raises.
        """
        now = self._clock.monotonic()
        asked = self._asked.get(key)
        if asked is None or (asked.task.done() and now - asked.began >= kept_seconds):
            asked = _Asked(now, asyncio.ensure_future(_made(ask)))
            self._forget(key)
            self._asked[key] = asked
            asked.task.add_done_callback(lambda task: self._drop_failed(key, task))
        # One of those who ask may go; the others still want it.
        return await asyncio.shield(asked.task)

    def _forget(self, key: Hashable) -> None:
        """Make room: for this one, and by what was asked first."""
        self._asked.pop(key, None)
        over = [each for each, asked in self._asked.items() if asked.task.done()]
        for each in over[: max(0, len(self._asked) - _MOST_KEPT + 1)]:
            del self._asked[each]

    def _drop_failed(self, key: Hashable, task: asyncio.Task[Answer]) -> None:
        if task.cancelled() or task.exception() is not None:
            asked = self._asked.get(key)
            if asked is not None and asked.task is task:
                del self._asked[key]


async def _made(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    return await ask()
