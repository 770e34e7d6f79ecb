"""What the tables of the store have in common."""

from __future__ import annotations

from changer.errors import NoLibrary
from changer.host.clock import Clock
from changer.store.database import Database

__all__ = ["Tables"]


class Tables:
    """Some tables of one database, and the clock for their times."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _require_library(self, library_id: str) -> None:
        """Within a transaction: rows will refer to it. Raises NoLibrary."""
        if not self._database.execute("SELECT 1 FROM libraries WHERE id = ?", (library_id,)):
            raise NoLibrary(f"the state store knows no library {library_id}")
