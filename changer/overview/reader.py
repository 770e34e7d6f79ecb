"""The one reader of a library for all who look: it is read as often however many there are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from changer.errors import ChangerError, IdentityChanged
from changer.library.drive_map import device_finder
from changer.library.library import Library
from changer.library.library_settings import LibrarySettings
from changer.library.model import Identity
from changer.library.opening import open_library
from changer.library.pace import Pace
from changer.overview.overview import Overview, Records, Trouble
from changer.overview.taking import read_all, take_records
from changer.overview.watched import Courtesy, Watched, be_impatient
from changer.store.protocol import Store
from changer.store.records import JournalQuery
from changer.values import replace

# What other commands do is on record, which costs the library nothing.
TURN_SECONDS = 1.0
COURTESY_SECONDS = 120.0


class SharedReader:
    """Reads a library, and its records, in a thread of its own.

    ``version``: goes up with each overview that differs from the one before.
    ``courtesy_seconds``: for how long it is not read while another process uses it.
    ``alive_at``: when the thread last looked at the records, in seconds since the epoch; 0.0 before
    its first turn. One that stays behind shows that the overview is the past.
    """

    def __init__(
        self,
        watched: Watched,
        *,
        interval_seconds: float,
        courtesy_seconds: float = COURTESY_SECONDS,
    ) -> None:
        self.library_id = watched.id
        self.version = 0
        self.alive_at = 0.0
        request = watched.request
        self._request = replace(
            request, held=[], purpose="read", progress=lambda _: None, warn=lambda _: None
        )
        self._coordination = request.coordination
        self._clock = request.clock
        self._pace = Pace(interval_seconds)
        self._courtesy = Courtesy(self._coordination, watched.id, longest_seconds=courtesy_seconds)
        self._journal: object = None
        alias = self._settings(None).alias
        self._overview = Overview(watched.id, None, alias, None, interval_seconds)
        self._subscribers: dict[object, Callable[[], None]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"reader of {watched.id}", daemon=True
        )

    def overview(self) -> Overview:
        """What is known now. Never waits for the library."""
        return self._overview

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Have this called, in the reader's thread, after each change; return what ends that."""
        key = object()
        self._subscribers[key] = changed

        def end() -> None:
            self._subscribers.pop(key, None)

        return end

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, *, timeout_seconds: float) -> None:
        """End; a reading that hangs is left to itself."""
        self._stopped.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.turn()
            except Exception as error:  # else what is shown would stay, as if it were of now
                trouble = Trouble(
                    "bug",
                    f"{self.library_id} could not be looked at: {type(error).__name__}: {error}",
                    "this is a mistake in changer; please report it",
                    self._since("bug", self._overview.records_trouble),
                )
                self._publish(replace(self._overview, records_trouble=trouble))
            self._stopped.wait(TURN_SECONDS)

    def turn(self) -> None:
        """Look at the records, read the library if it is time, and tell of what changed."""
        overview = self._read_records(self._overview)
        now = self._clock.monotonic()
        if now >= self._pace.next_at and not self._courtesy.is_due(now):
            # What the reading shows goes on record, and what wants attention depends on it.
            overview = self._read_records(self._read(overview))
        self._publish(overview)

    def _read(self, overview: Overview) -> Overview:
        began = self._clock.monotonic()
        try:
            with open_library(self._request) as library:
                self._require_same(library)
                be_impatient(library)
                overview = replace(
                    overview,
                    identity=library.identity,
                    device=library.device,
                    reading=read_all(library, find_device=device_finder(library)),
                    trouble=None,
                )
        except ChangerError as error:
            overview = replace(overview, trouble=self._trouble(error, before=overview.trouble))
        ended, failed = self._clock.monotonic(), overview.trouble is not None
        self._pace.was_read(began=began, ended=ended, whole=True, failed=failed)
        return overview

    def _require_same(self, library: Library) -> None:
        if library.id != self.library_id:
            raise IdentityChanged(
                f"{library.device} is {library.id} now, not {self.library_id}",
                hint="changer list shows the libraries of this host",
            )

    def _read_records(self, overview: Overview) -> Overview:
        try:
            with self._coordination.open_store("read") as store:
                known = store.library(self.library_id)
                if overview.identity is None and known is not None:
                    identity = Identity(known.vendor, known.product, known.revision, known.serial)
                    overview = replace(overview, identity=identity, device=known.device)
                records = take_records(
                    store,
                    self.library_id,
                    coordination=self._coordination,
                    settings=self._settings(overview.identity),
                    reading=overview.reading,
                )
                records = self._with_totals(store, records, before=overview.records)
        except ChangerError as error:
            trouble = self._trouble(error, before=overview.records_trouble)
            return replace(overview, records_trouble=trouble)
        self.alive_at = records.at
        return replace(overview, records=records, records_trouble=None)

    def _settings(self, identity: Identity | None) -> LibrarySettings:
        model = () if identity is None else (identity.model_id,)
        return self._request.configuration.settings(self.library_id, *model)

    def _with_totals(self, store: Store, records: Records, *, before: Records | None) -> Records:
        """The records with the totals of the journal, which are added up only when it changed."""
        is_changed = self._look_for_moves(store)
        if before is not None and not is_changed and _ongoing(before) == _ongoing(records):
            return replace(records, totals=before.totals, operation_totals=before.operation_totals)
        return replace(
            records,
            totals=store.move_totals(self.library_id),
            operation_totals=store.operation_totals(self.library_id),
        )

    def _look_for_moves(self, store: Store) -> bool:
        """Whether something began or ended in the library since the last turn: it is read soon."""
        query = JournalQuery(library_id=self.library_id)
        newest = (store.find_moves(query, limit=1), store.find_operations(query, limit=1))
        is_changed = newest != self._journal
        if self._journal is not None and is_changed:
            self._pace.want_soon()
        self._journal = newest
        return is_changed

    def _trouble(self, error: ChangerError, *, before: Trouble | None) -> Trouble:
        return Trouble(error.code, error.message, error.hint, self._since(error.code, before))

    def _since(self, code: str, before: Trouble | None) -> float:
        """Since when there is trouble of this code."""
        return before.since if before is not None and before.code == code else self._clock.now()

    def _publish(self, overview: Overview) -> None:
        if overview == self._overview:
            self._overview = overview
            return
        self._overview = overview
        self.version += 1
        for changed in self._subscribers.copy().values():  # others come and go meanwhile
            with suppress(Exception):
                changed()


def _ongoing(records: Records) -> object:
    return records.moves, records.operations
