"""A library for ``changer top``: its reader, its last events, and the history of a cartridge."""

from __future__ import annotations

from changer.cli.history_text import result_words, ways
from changer.errors import ChangerError
from changer.library.history import Event, history
from changer.library.place_names import PlaceNames
from changer.library.status import DriveStatus, PickerStatus, SlotStatus
from changer.overview.overview import Overview
from changer.overview.reader import SharedReader
from changer.overview.watched import Watched
from changer.store.protocol import Store
from changer.store.records import EventRecord, JournalQuery
from changer.top.details import History, Past

_LAST_EVENTS = 100
# Among so many of all libraries those of one are looked for.
_RECENT_EVENTS = 1000
_STOP_SECONDS = 1.0


class LibrarySource:
    """Implements ``changer.top.source.Source``."""

    def __init__(self, watched: Watched, *, interval_seconds: float) -> None:
        self._watched = watched
        self._coordination = watched.request.coordination
        self._reader = SharedReader(watched, interval_seconds=interval_seconds)
        self._events: tuple[EventRecord, ...] = ()
        self._last_event = -1
        self._reader.subscribe(self._read_events)

    @property
    def version(self) -> int:
        """As the reader has it."""
        return self._reader.version

    @property
    def alive_at(self) -> float:
        """As the reader has it."""
        return self._reader.alive_at

    def start(self) -> None:
        """Begin to read, in a thread."""
        self._reader.start()

    def stop(self) -> None:
        """End; a reading that hangs is left to itself."""
        self._reader.stop(timeout_seconds=_STOP_SECONDS)

    def read_once(self) -> None:
        """Read in this thread, without another one."""
        self._reader.turn()

    def overview(self) -> Overview:
        """As the reader has it."""
        return self._reader.overview()

    def events(self) -> tuple[EventRecord, ...]:
        """The last ones, the newest first."""
        return self._events

    def _read_events(self) -> None:
        """In the reader's thread, after each change: the store may make one wait."""
        records = self.overview().records
        if records is None or records.last_event == self._last_event:
            return
        first = max(records.last_event - _RECENT_EVENTS, 0)
        with self._coordination.open_store("read") as store:
            found = store.events().after(first, library_id=self._watched.id)
        self._events = found[: -_LAST_EVENTS - 1 : -1]
        self._last_event = records.last_event

    def history(self, row: SlotStatus | DriveStatus | PickerStatus) -> History:
        """Of its cartridge, else of the element."""
        query = JournalQuery(addresses=(row.address,))
        if row.volume_tag:
            query = JournalQuery(volume_tag=row.volume_tag)
        try:
            with self._coordination.open_store("read") as store:
                return History(tuple(self._past(store, query)))
        except ChangerError as error:
            return History(trouble=error.message)

    def _past(self, store: Store, query: JournalQuery) -> list[Past]:
        events = history(
            store,
            self._watched.id,
            limit=_LAST_EVENTS,
            is_running=self._coordination.is_running,
            query=query,
        )
        names = PlaceNames(store)
        return [past for each in events for past in _lines(each, names)]


def _lines(event: Event, names: PlaceNames) -> list[Past]:
    result, message = result_words(event, names), event.message or ""
    return [
        Past(event.at, label, way, result, event.user, message if event.is_failed else "")
        for label, way in ways(event, names)
    ]
