"""State store in a PostgreSQL database, shared by the programs of several hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changer.store.cartridge_tables import SightingTables
from changer.store.database import TableStore
from changer.store.library_tables import LibraryTables
from changer.store.postgresql.leased_journal import LeasedJournal

if TYPE_CHECKING:
    from changer.store.postgresql.lease import HeldLease
    from changer.store.protocol import Events, Store


class PostgresStore(LeasedJournal, LibraryTables, SightingTables, TableStore):
    """All tables, as a ``changer.store.protocol.Store``."""

    def hold(self, lease: HeldLease | None, *, motion_seconds: float) -> None:
        """From now on, write only while the lease is this process's own; None: whatever is.

        ``motion_seconds``: the time-out of each motion that is put on record.
        """
        self._lease, self._motion_seconds = lease, motion_seconds
        self._server.lease = lease

    def events(self) -> Events:
        """Return the events; what works on them is imported when there are some."""
        from changer.store.event_tables import EventTables

        return EventTables(self._database, clock=self._clock)

    def scratch(self) -> Store:
        """Return a copy in memory, to write to and throw away."""
        from changer.store.sqlite import SqliteStore

        return SqliteStore(self._database.in_memory(), clock=self._clock)
