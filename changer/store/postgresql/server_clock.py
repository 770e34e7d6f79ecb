"""The time of the database server, so that what hosts record can be compared.

Clocks of hosts differ: what one of them recorded as of an hour ago may be of this moment.
"""

from __future__ import annotations

import os

from changer.errors import ChangerError
from changer.host.clock import Clock
from changer.store.postgresql.lease import NOW, Statements

_ASK = f"SELECT {NOW} AS now"


class ServerClock:
    """A clock that differs from this host's by what the server's did when it was first asked.

    ``statements``: asks the server at ``url``, unless it was opened before, and told its time then.
    """

    _ahead_seconds: dict[tuple[int, str], float] = {}  # noqa: RUF012 # of this process's servers

    def __init__(self, own: Clock, statements: Statements, *, url: str) -> None:
        self._own = own
        self._statements = statements
        self._key = os.getpid(), url

    def now(self) -> float:
        """The server's time; this host's as long as the server can't be asked."""
        if self._key not in self._ahead_seconds:
            before = self._own.now()
            try:
                server = float(self._statements.execute(_ASK)[0]["now"])
            except ChangerError:
                return self._own.now()
            self._note(server, before)
        return self._own.now() + self._ahead_seconds[self._key]

    def told(self, server: float) -> None:
        """Note the server's time, as it has just come with another answer."""
        if self._key not in self._ahead_seconds:
            self._note(server, self._own.now())

    def _note(self, server: float, before: float) -> None:
        self._ahead_seconds[self._key] = server - (before + self._own.now()) / 2

    def monotonic(self) -> float:
        """As this host's."""
        return self._own.monotonic()

    def sleep(self, seconds: float) -> None:
        """As this host's."""
        self._own.sleep(seconds)
