"""Leases in PostgreSQL: each step is one statement, by the server's clock.

A step that depends on how the lease stood changes it only if it still stands so: ``version`` rises
with every change.
"""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from changer.errors import HostError, OwnershipLost
from changer.host.clock import time_of_day
from changer.lock.lease import MARGIN_SECONDS, TERM_SECONDS, Holder, Lease, Renewal
from changer.store.postgresql.bell import CHANNEL
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.store.database import Row, Values

NOW = "extract(epoch FROM clock_timestamp())::double precision"
_ATTEMPTS = 3

# Tickets of other hosts that came before: of this host, only whoever holds its lock has one.
_BEFORE = (
    "SELECT 1 FROM tickets WHERE tickets.name = :name AND tickets.host_id <> :host_id"
    f" AND tickets.sequence < :ticket AND tickets.expires_at >= {NOW}"
)
_GENERATION = (
    "(SELECT coalesce(max(number), 0) FROM generations WHERE generations.library_id = :name)"
)
# Of a process that had a lease: it has ended, as the one that asks has its host's lock, or as its
# host has started anew.
_IS_OVER = "host_id = :host_id AND (boot <> :boot OR own_lock = :own_lock)"
# "before": who it is taken from; none where it was given back. That host is noted, and the one that
# takes it has come back, if it was noted before.
_TAKE = (
    "WITH taken AS (UPDATE leases SET epoch = epoch + 1, version = version + 1, host_id = :host_id,"
    " process = :process, holder = :words, granted_at = t.now, renewed_at = t.now,"
    f" expires_at = t.now + {TERM_SECONDS}, command_deadline = NULL, released_at = NULL"
    f" FROM (SELECT {NOW} AS now) t WHERE leases.name = :name"
)
_TAKEN = (
    "RETURNING epoch), before AS (SELECT host_id, split_part(process, ':', 1) AS boot,"
    " split_part(process, ' ', 2) AS own_lock FROM leases WHERE name = :name"
    " AND released_at IS NULL AND EXISTS (SELECT 1 FROM taken)), returned AS"
    f" (DELETE FROM overtaken WHERE name = :name AND {_IS_OVER}"
    " AND EXISTS (SELECT 1 FROM taken)), noted AS"
    " (INSERT INTO overtaken (name, host_id, boot, own_lock)"
    f" SELECT :name, host_id, boot, own_lock FROM before WHERE NOT ({_IS_OVER})"
    f" ON CONFLICT DO NOTHING) SELECT epoch, {_GENERATION} AS generation,"
    f" EXISTS (SELECT 1 FROM before WHERE NOT ({_IS_OVER})) OR EXISTS"
    f" (SELECT 1 FROM overtaken WHERE name = :name AND NOT ({_IS_OVER})) AS has_overtaken"
    " FROM taken"
)
_TAKE_RELEASED = f"{_TAKE} AND released_at IS NOT NULL AND NOT EXISTS ({_BEFORE}) {_TAKEN}"
_TAKE_AS_SEEN = f"{_TAKE} AND version = :version AND NOT EXISTS ({_BEFORE}) {_TAKEN}"
_TAKE_OWN = f"{_TAKE} AND version = :version {_TAKEN}"
_MAKE = (
    "INSERT INTO leases (name, epoch, version, host_id, process, holder, granted_at, renewed_at,"
    f" expires_at) SELECT :name, 1, 1, :host_id, :process, :words, t.now, t.now,"
    f" t.now + {TERM_SECONDS} FROM (SELECT {NOW} AS now) t WHERE NOT EXISTS ({_BEFORE})"
    " ON CONFLICT DO NOTHING"
    f" RETURNING epoch, {_GENERATION} AS generation, false AS has_overtaken"
)
_LOOK = (
    "SELECT leases.*, t.now,"
    " (SELECT count(*) FROM tickets WHERE tickets.name = :name AND tickets.host_id <> :host_id"
    " AND tickets.sequence < :ticket AND tickets.expires_at >= t.now) AS ahead"
    f" FROM (SELECT {NOW} AS now) t LEFT JOIN leases ON leases.name = :name"
)
# A server that lost its last commits may give an epoch twice, but not to the same process.
_IS_OURS = (
    "name = :name AND epoch = :epoch AND host_id = :host_id AND process = :process"
    " AND released_at IS NULL"
)
_RENEW = (
    "UPDATE leases SET version = version + 1, renewed_at = t.now,"
    f" expires_at = t.now + {TERM_SECONDS}, command_deadline ="
)
_WHERE_OURS = f"FROM (SELECT {NOW} AS now) t WHERE {_IS_OURS} RETURNING epoch"
_RENEW_COVERING = f"{_RENEW} t.now + :reach {_WHERE_OURS}"
_RENEW_KEEPING = f"{_RENEW} command_deadline {_WHERE_OURS}"
_RENEW_CLEARING = f"{_RENEW} NULL {_WHERE_OURS}"
# Who had it under an epoch that the server has lost may have been taken over from: any other host.
_RAISE = (
    "WITH raised AS (UPDATE leases SET version = version + 1, epoch = :raised"
    f" WHERE {_IS_OURS} AND epoch < :raised RETURNING epoch), noted AS"
    " (INSERT INTO overtaken (name, host_id, boot, own_lock)"
    " SELECT :name, host_id, '', '' FROM ports WHERE name = :name AND host_id <> :host_id"
    " AND EXISTS (SELECT 1 FROM raised) ON CONFLICT DO NOTHING RETURNING host_id)"
    " SELECT epoch, (SELECT count(*) FROM noted) AS overtaken FROM raised"
)
_RELEASE = (
    f"WITH released AS (UPDATE leases SET version = version + 1, released_at = {NOW},"
    f" command_deadline = NULL WHERE {_IS_OURS} RETURNING name)"
    f" SELECT pg_notify('{CHANNEL}', name) FROM released"
)
# Within a transaction, whose end then comes before any other host takes it.
_REQUIRE = f"SELECT epoch FROM leases WHERE {_IS_OURS} FOR SHARE"


class Statements(Protocol):
    """What runs a statement by itself, and returns its rows."""

    def execute(self, statement: str, values: Values = (), /) -> Sequence[Row]:
        """Raises what the store raises."""


class Seen(NamedTuple):
    """A lease as it was looked at, ``now``: of the server.

    holder_words  the process that has it, for people. ahead: tickets before the one that looks.
    """

    lease: Lease
    version: int
    holder_words: str
    now: float

    def described(self) -> str:
        """The holder and since when, by the server's clock, for people."""
        since = time_of_day(self.lease.granted_at, now=self.now)
        return f"{self.holder_words} since {since}"


class Asking(NamedTuple):
    """A process that asks for a lease.

    words   it and its host, for people. ticket: by which it waits; others are before whoever has
            none.
    """

    name: str
    holder: Holder
    words: str
    ticket: int = (1 << 63) - 1

    def values(self) -> dict[str, object]:
        """The values of a statement."""
        return {
            "name": self.name,
            "host_id": self.holder.host_id,
            "process": f"{self.holder.process} {self.holder.lock}",
            "boot": self.holder.boot,
            "own_lock": self.holder.lock,
            "words": self.words,
            "ticket": self.ticket,
        }


class Taken(NamedTuple):
    """A lease that was taken, with the generation of what the library has.

    ``has_overtaken``: hosts that it was taken from have not come back yet.
    """

    epoch: int
    generation: int
    has_overtaken: bool


def take_released(statements: Statements, asking: Asking) -> Taken | None:
    """Take a lease that was given back, where nobody waits for it."""
    return _taken(statements.execute(_TAKE_RELEASED, asking.values()))


def make_lease(statements: Statements, asking: Asking) -> Taken | None:
    """Take a lease that nobody ever had."""
    return _taken(statements.execute(_MAKE, asking.values()))


def take_as_seen(statements: Statements, asking: Asking, version: int) -> Taken | None:
    """Take a lease that still stands as it was looked at, where nobody came before."""
    return _taken(statements.execute(_TAKE_AS_SEEN, {**asking.values(), "version": version}))


def take_own(statements: Statements, asking: Asking, version: int) -> Taken | None:
    """The same of a process of this host that has ended: nobody who waits may have it as soon."""
    return _taken(statements.execute(_TAKE_OWN, {**asking.values(), "version": version}))


def look(statements: Statements, asking: Asking) -> tuple[Seen | None, int]:
    """Return the lease as it stands, None where there is none yet, and the tickets ahead."""
    row = statements.execute(_LOOK, asking.values())[0]
    return (None if row["epoch"] is None else _seen(row)), int(row["ahead"])


def _seen(row: Row) -> Seen:
    lease = Lease(
        epoch=row["epoch"],
        holder=Holder(row["host_id"], *row["process"].split(" ", 1)),
        granted_at=row["granted_at"],
        renewed_at=row["renewed_at"],
        expires_at=row["expires_at"],
        command_deadline=row["command_deadline"],
        released_at=row["released_at"],
    )
    return Seen(lease, row["version"], row["holder"], row["now"])


def _taken(rows: Sequence[Row]) -> Taken | None:
    if not rows:
        return None
    return Taken(rows[0]["epoch"], rows[0]["generation"], bool(rows[0]["has_overtaken"]))


class HeldLease:
    """A lease that this process holds, until it is released or another host has taken it.

    ``boot_time``: the seconds of this host's clock that goes on in suspend. Threads may share it.
    """

    def __init__(
        self, statements: Statements, *, asking: Asking, epoch: int, boot_time: Callable[[], float]
    ) -> None:
        self.name = asking.name
        self._asking = asking
        self.epoch = epoch
        self._statements = statements
        self.boot_time = boot_time
        self._guard = RLock()
        self._is_lost = False
        self._is_covering = False
        self._covers_seconds = 0.0
        self._is_cut_off = False
        self._renewal: Renewal | None = None  # that covers a command

    @property
    def is_lost(self) -> bool:
        """Whether another host is known to have taken it."""
        return self._is_lost

    @property
    def is_cut_off(self) -> bool:
        """Whether the server did not answer when it was last to be renewed."""
        return self._is_cut_off

    @property
    def is_covering(self) -> bool:
        """Whether a command that was announced may still be under way."""
        return self._is_covering

    def values(self, **more: object) -> dict[str, object]:
        """The values of a statement about it."""
        return {**self._asking.values(), "epoch": self.epoch, **more}

    def renew(self) -> None:
        """Renew it, with what is announced. Raises OwnershipLost, and what the store raises."""
        with self._guard:
            if self._is_covering:
                self._send(_RENEW_KEEPING)
            else:
                self.command_is_over()
                self._send(_RENEW_CLEARING)

    def announce(self, timeout_seconds: float) -> None:
        """Renew it, and announce a command with this time-out. Raises as ``renew``."""
        with self.announcing(timeout_seconds) as reach:
            self._send(_RENEW_COVERING, reach=reach)

    @contextmanager
    def announcing(self, timeout_seconds: float) -> Iterator[float]:
        """Announce a command within ``with``, by a statement that renews the lease.

        Yields the seconds from the renewal to the deadline of the command.
        """
        with self._guard:
            was_covering, self._is_covering = self._is_covering, True
            self._covers_seconds = timeout_seconds
            try:
                yield timeout_seconds + MARGIN_SECONDS
            except BaseException:  # the command is not sent
                self._is_covering = was_covering
                raise

    def _send(self, statement: str, **more: object) -> None:
        sent_at = self.boot_time()
        self._is_cut_off = True  # until an answer comes
        rows = self._statements.execute(statement, self.values(**more))
        self.confirm(rows, sent_at=sent_at)

    def confirm(self, rows: Sequence[object], *, sent_at: float) -> None:
        """Note what a statement that renews it has returned: nothing, where it is not ours.

        Raises OwnershipLost.
        """
        self._is_cut_off = False
        if not rows:
            self._is_lost = True
            raise lost(self.name)
        self._renewal = Renewal(sent_at, self._covers_seconds)

    @contextmanager
    def covering(self, timeout_seconds: float) -> Iterator[None]:
        """Hold it for a command that is sent within ``with``.

        Entering raises OwnershipLost where it may not be sent, also because no answer comes in
        time; what the store raises. A command whose end was not seen stays announced.
        """
        self._require(timeout_seconds)
        try:
            yield
        except HostError:  # it was not sent
            self.command_is_over()
            raise
        self.command_is_over()

    def _require(self, timeout_seconds: float) -> None:
        for _ in range(_ATTEMPTS):
            with self._guard:
                if self._is_lost:
                    raise lost(self.name)
                renewal = self._renewal
                if renewal and renewal.allows(timeout_seconds, now=self.boot_time()):
                    self._is_covering = True
                    return
                self.announce(timeout_seconds)
        raise OwnershipLost(
            f"the state store takes too long to confirm that this host holds {self.name}",
            hint="nothing was sent; look at the database server and the network, then try again",
        )

    def command_is_over(self) -> None:
        """Note that nothing is under way any more: the next command is announced anew."""
        with self._guard:
            self._is_covering = False
            self._covers_seconds = 0.0
            self._renewal = None

    def require_own(self, run: Callable[[str, dict[str, object]], Sequence[object]]) -> None:
        """Raise OwnershipLost where another host has taken it; ``run``: in a transaction."""
        if self._is_lost or not run(_REQUIRE, self.values()):
            self._is_lost = True
            raise lost(self.name)

    def raise_epoch(self, epoch: int) -> bool:
        """Go on under a higher epoch; whether other hosts are noted as overtaken.

        Raises OwnershipLost, and what the store raises.
        """
        with self._guard:
            rows = self._statements.execute(_RAISE, self.values(raised=epoch))
            if not rows:
                self._is_lost = True
                raise lost(self.name)
            self.epoch = epoch
            return bool(rows[0]["overtaken"])

    def release(self) -> None:
        """Give it back. Raises what the store raises."""
        self._statements.execute(_RELEASE, self.values())


def lost(name: str) -> OwnershipLost:
    """The error for a lease that another host has taken."""
    return OwnershipLost(
        f"another host has taken {name} over, because this one did not renew its lease in time",
        hint="that host settles what was under way; look: changer status, changer history",
    )
