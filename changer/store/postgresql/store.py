"""State store in a PostgreSQL database, shared by the programs of several hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from changer.store.cartridge_tables import SightingTables
from changer.store.library_tables import LibraryTables

if TYPE_CHECKING:
    from changer.store.protocol import Events, Store


class PostgresStore(LibraryTables, SightingTables):
    """All tables, as a ``changer.store.protocol.Store``."""

    def events(self) -> Events:
        """Return the events; what works on them is imported when there are some."""
        from changer.store.event_tables import EventTables

        return EventTables(self._database, clock=self._clock)

    def scratch(self) -> Store:
        """Return a copy in memory, to write to and throw away."""
        from changer.store.sqlite import SqliteStore

        return SqliteStore(self._database.in_memory(), clock=self._clock)

    def keeps(self) -> bool:
        """Return whether what is written outlives this process."""
        return self._database.is_on_disk

    def close(self) -> None:
        """Close the store; closing twice is harmless."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
