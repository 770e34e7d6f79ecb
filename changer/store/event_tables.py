"""Table of events: what is to be told, what was told, and what still lasts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from changer.store.database import Tables
from changer.store.records import EventRecord

_KEPT = 10_000  # events that are told and over, of all libraries

if TYPE_CHECKING:

    class ToTell(Protocol):
        """An event that is to be recorded, as ``EventRecord`` has it."""

        @property
        def kind(self) -> str:
            """As EventRecord."""

        @property
        def subject(self) -> str:
            """As EventRecord."""

        @property
        def state(self) -> str:
            """As EventRecord."""

        @property
        def message(self) -> str:
            """As EventRecord."""

        @property
        def fields(self) -> Mapping[str, object]:
            """The JSON object."""

        @property
        def lasts(self) -> bool:
            """Whether it is not over at once."""

    Decide = Callable[[Sequence[EventRecord]], tuple[Iterable[ToTell], Iterable[int]]]


class EventTables(Tables):
    """Contracts: ``changer.store.protocol.Events``."""

    def record(
        self, library_id: str, decide: Decide, *, to_deliver: bool
    ) -> tuple[EventRecord, ...]:
        if not self._database.is_on_disk:
            return ()
        with self._database.transaction():
            self._require_library(library_id)
            told, over = decide(self.lasting(library_id))
            now = self._clock.now()
            for event_id in over:
                self._database.execute(
                    "UPDATE events SET over_at = ? WHERE id = ?", (now, event_id)
                )
            return tuple(
                self._insert(library_id, each, now=now, to_deliver=to_deliver) for each in told
            )

    def _insert(
        self, library_id: str, event: ToTell, *, now: float, to_deliver: bool
    ) -> EventRecord:
        number = self._database.insert_numbered(
            "events",
            "id",
            library_id=library_id,
            kind=event.kind,
            subject=event.subject,
            state=event.state,
            happened_at=now,
            message=event.message,
            fields=json.dumps(dict(event.fields)),
            delivered_at=None if to_deliver else now,
            over_at=None if event.lasts else now,
        )
        self._database.execute(
            "DELETE FROM events WHERE id <= ? AND over_at IS NOT NULL AND delivered_at IS NOT NULL",
            (number - _KEPT,),
        )
        found = self._database.find(EventRecord, "events", id=number)
        assert found is not None, "it was just inserted"
        return found

    def lasting(self, library_id: str) -> tuple[EventRecord, ...]:
        return self._database.records(
            EventRecord,
            "SELECT * FROM events WHERE library_id = ? AND over_at IS NULL ORDER BY id",
            (library_id,),
        )

    def last_id(self) -> int:
        return int(self._database.execute("SELECT coalesce(max(id), 0) FROM events")[0][0])

    def after(
        self, event_id: int, *, library_id: str, since: float | None = None
    ) -> tuple[EventRecord, ...]:
        return self._database.records(
            EventRecord,
            "SELECT * FROM events WHERE library_id = ? AND id > ? AND happened_at >= ? ORDER BY id",
            (library_id, event_id, float("-inf") if since is None else since),
        )

    def undelivered(self, *, limit: int) -> tuple[EventRecord, ...]:
        return self._database.records(
            EventRecord,
            f"SELECT * FROM events WHERE delivered_at IS NULL ORDER BY id LIMIT {limit:d}",  # noqa: S608
        )

    def delivered(self, event_id: int) -> None:
        with self._database.transaction():
            self._database.execute(
                "UPDATE events SET delivered_at = ? WHERE id = ?", (self._clock.now(), event_id)
            )
