"""What the tests of leases share: hosts that ask for one, and a row that can be set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from clocks import HandClock

from changer.lock.lease import TERM_SECONDS, Holder
from changer.store.database import Values
from changer.store.postgresql.lease import Asking, HeldLease
from changer.store.postgresql.opening import open_database
from changer.store.postgresql.waiting import Turn
from changer.store.sharing import Grant

LIBRARY = "IBM_3573-TL_00L4U78K1234_LL0"
ALPHA = Asking(
    LIBRARY, Holder("a" * 32, "boot-1:100:5000", "9:1"), "alpha, pid 100 (changer load 1 0)"
)
BETA = Asking(
    LIBRARY, Holder("b" * 32, "boot-2:200:5000", "9:1"), "beta, pid 200 (changer unload 0)"
)
GAMMA = Asking(
    LIBRARY, Holder("c" * 32, "boot-3:300:5000", "9:1"), "gamma, pid 300 (changer status)"
)


class World:
    """The server, what is sent to it, and the clock of every host, which the test moves."""

    def __init__(self, url: str) -> None:
        self.clock = HandClock()
        self.sent: list[str] = []
        self._database = open_database(url, clock=self.clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._database.close()

    def execute(self, statement: str, values: Values = (), /) -> Sequence[Any]:
        self.sent.append(statement)
        return self._database.execute(statement, values)

    def take(self, asking: Asking, *, wait_seconds: float = 0.0) -> Grant:
        turn = Turn(self, asking, clock=self.clock, on_wait=None)
        return turn.take(deadline=self.clock.monotonic() + wait_seconds, wait_seconds=wait_seconds)

    def hold(self, asking: Asking) -> HeldLease:
        epoch = self.take(asking).epoch
        return HeldLease(self, asking=asking, epoch=epoch, boot_time=self.clock.monotonic)

    def give_back(self) -> None:
        """Whoever has it."""
        self._database.execute("UPDATE leases SET released_at = renewed_at")

    def note_port(self, asking: Asking) -> None:
        """As a host does that has a fence in the library."""
        values = (asking.name, asking.holder.host_id, asking.words, "3:5001")
        self._database.execute("INSERT INTO ports VALUES (?, ?, ?, ?)", values)

    def row(self) -> Any:
        return self._database.execute("SELECT * FROM leases WHERE name = ?", (LIBRARY,))[0]

    def pass_time(self, seconds: float = 2 * TERM_SECONDS) -> None:
        """Let it be that much later for the lease, as if nobody had done anything."""
        self._database.execute(
            "UPDATE leases SET granted_at = granted_at - ?, renewed_at = renewed_at - ?,"
            " expires_at = expires_at - ?, command_deadline = command_deadline - ?",
            (seconds, seconds, seconds, seconds),
        )
        self._database.execute("UPDATE tickets SET expires_at = expires_at - ?", (seconds,))
        self._database.execute("UPDATE marks SET expires_at = expires_at - ?", (seconds,))
