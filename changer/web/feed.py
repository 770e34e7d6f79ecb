"""What is shown of all libraries: their readers' news for the streams, and questions to records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from changer.errors import ChangerError
from changer.events.document import event_json
from changer.host.clock import Clock
from changer.web.answer import Answer, refusal
from changer.web.asked_once import AskedOnce
from changer.web.records import ASKED, Question, Records
from changer.web.streams import Message, Stream, Streams, event_message, overview_message
from changer.web.view import LibraryView

_T = TypeVar("_T")
_THREADS = 2
_MOST_WAITING = 32
_MISSED_SECONDS = 86400.0


class Feed:
    """Libraries that are shown. ``views``: of each; made and used in the server's loop."""

    def __init__(
        self,
        views: Sequence[LibraryView],
        records: Sequence[Records],
        *,
        clock: Clock,
        most_streams: int,
    ) -> None:
        self.views = tuple(views)
        self.streams = Streams(most=most_streams)
        self._records = {each.library_id: each for each in records}
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="records")
        self._waiting = 0
        self._asked = AskedOnce(clock)
        self._told: dict[str, int | None] = {}
        self._changed: set[str] = set()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Pass on the readers' news, until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        ends = []
        for view in self.views:
            self._told[view.id] = _last_event(view)
            ends.append(view.reader.subscribe(partial(self._hear, view.id)))
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                changed, self._changed = self._changed, set()
                for view in self.views:
                    if view.id in changed:
                        await self._pass_on(view)
        finally:
            for end in ends:
                end()

    def _hear(self, library_id: str) -> None:
        """In the thread of a reader."""
        self._loop.call_soon_threadsafe(self._note, library_id)

    def _note(self, library_id: str) -> None:
        self._changed.add(library_id)
        self._news.set()

    async def _pass_on(self, view: LibraryView) -> None:
        self.streams.send(overview_message(view.id, view.reader.version))
        last, told = _last_event(view), self._told[view.id]
        self._told[view.id] = last
        if told is not None and last is not None and told < last and len(self.streams):
            for each in await self._events_after(view.id, told):
                self.streams.send(each)

    async def _events_after(self, library_id: str, event_id: int) -> list[Message]:
        since = self._clock.now() - _MISSED_SECONDS
        ask = partial(self._records[library_id].events_after, event_id, since=since)
        try:
            events = await self.in_thread(ask)
        except (ChangerError, TooBusy):
            return []  # the overview has it as its trouble; what is missed can be asked for
        return [event_message(library_id, event_json(each)) for each in events]

    async def open_stream(self, library_id: str | None, last_event: str | None) -> Stream:
        """A stream that begins with the state of now, and with the events after the last one."""
        meant = [each for each in self.views if library_id in (None, each.id)]
        first = [overview_message(each.id, each.reader.version) for each in meant]
        if last_event is not None and last_event.isascii() and last_event.isdecimal():
            for each in meant:
                first += await self._events_after(each.id, int(last_event[:18]))
        return self.streams.begin(library_id, first)

    async def ask(self, view: LibraryView, question: Question) -> Answer:
        """Answer a question to the records, or as it was answered a moment ago.

        Of what was known then: after a change it is asked anew. Raises TooBusy, and others.
        """
        asking, overview = ASKED[question.name], view.overview()
        version = view.reader.version if asking.is_news else None
        ask = partial(self._records[view.id].answer, question, overview)
        return await self._asked.answer(
            (view.id, question, version),
            lambda: self.in_thread(ask),
            kept_seconds=asking.kept_seconds,
        )

    async def in_thread(self, ask: Callable[[], _T]) -> _T:
        """Call a function that may wait for the disk. Raises TooBusy."""
        if self._waiting >= _MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End what is asked."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _last_event(view: LibraryView) -> int | None:
    records = view.overview().records
    return None if records is None else records.last_event


class TooBusy(Exception):
    """Too many questions wait for their answers."""


def busy() -> Answer:
    """The answer to a question that can't be asked now."""
    answer = refusal(503, "busy", "too many questions wait for the records", hint="try again later")
    return answer._replace(headers=(("retry-after", "5"),))
