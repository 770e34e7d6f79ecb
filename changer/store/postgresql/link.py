"""A connection for what concerns processes and not records: one of each process and store.

It is apart from that of the store, which may be in the middle of a transaction when a lease has to
be renewed. Threads share it. It is made when it is first needed, and ends with the process.
"""

from __future__ import annotations

import atexit
import os
from _thread import RLock
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from changer.errors import StoreUnreachable
from changer.host.clock import Clock
from changer.values import dataclass

if TYPE_CHECKING:
    from changer.store.database import Row, Values
    from changer.store.postgresql.database import PostgresDatabase


_WAITED_SECONDS = 5.0


class _Links:
    """Those of this process, by their stores; one that was made by a fork has its own."""

    guard = RLock()
    opened: dict[tuple[int, str], PostgresDatabase] = {}  # noqa: RUF012 - there is one process


def _close(database: PostgresDatabase, process_id: int) -> None:
    """At the end of a process: close its own."""
    if os.getpid() == process_id:
        database.close()


@dataclass(frozen=True, slots=True)
class Link:
    """The connection of this process to the store at ``url``."""

    url: str
    clock: Clock
    allow_async: bool = False

    def execute(self, statement: str, values: Values = (), /) -> Sequence[Row]:
        """Run one statement by itself, and return its rows. Raises as opening the store does.

        When the connection was lost it is run again: whether it was executed before or not, it
        comes to the same, as all of them do that concern processes.
        """
        database, began = self._database(), self.clock.monotonic()
        try:
            return database.execute(statement, values)
        except StoreUnreachable:
            if self.clock.monotonic() - began > _WAITED_SECONDS:
                raise  # another connection was tried, and the server waited for
            return database.execute(statement, values)

    def require_writable(self) -> None:
        """Raise unless what is written now lasts. Raises as opening the store does."""
        self._database().require_writable()

    def listening(self) -> AbstractContextManager[Callable[[float], None]]:
        """What pauses until something is given back, on a connection of its own."""
        from changer.store.postgresql.bell import listening
        from changer.store.postgresql.connection import Server

        return listening(Server(self.url).connect, clock=self.clock)

    def _database(self) -> PostgresDatabase:
        with _Links.guard:
            key = os.getpid(), self.url
            if key not in _Links.opened:
                from changer.store.postgresql.opening import open_database

                opened = open_database(self.url, clock=self.clock, allow_async=self.allow_async)
                _Links.opened[key] = opened
                atexit.register(_close, opened, key[0])
            return _Links.opened[key]
