"""The time of the database server, so that what hosts record can be compared.

Clocks of hosts differ: what one of them recorded as of an hour ago may be of this moment.
"""

from __future__ import annotations

from changer.errors import ChangerError
from changer.host.clock import Clock
from changer.store.postgresql.lease import NOW, Statements

_ASK = f"SELECT {NOW} AS now"


class ServerClock:
    """A clock that differs from this host's by what the server's did when it was first asked."""

    def __init__(self, own: Clock, statements: Statements) -> None:
        self._own = own
        self._statements = statements
        self._ahead_seconds: float | None = None

    def now(self) -> float:
        """The server's time; this host's as long as the server can't be asked."""
        if self._ahead_seconds is None:
            before = self._own.now()
            try:
                server = float(self._statements.execute(_ASK)[0]["now"])
            except ChangerError:
                return self._own.now()
            self._ahead_seconds = server - (before + self._own.now()) / 2
        return self._own.now() + self._ahead_seconds

    def monotonic(self) -> float:
        """As this host's."""
        return self._own.monotonic()

    def sleep(self, seconds: float) -> None:
        """As this host's."""
        self._own.sleep(seconds)
