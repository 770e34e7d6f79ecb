"""Liveness of what processes of other hosts do: each renews a mark of it while it goes on.

A process that ends takes its mark away; that of one that died, or was stopped, counts until its
time has passed by the server's clock, and not until nothing was heard for a while.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from changer.errors import ChangerError
from changer.lock.lease import RENEWAL_SECONDS, TERM_SECONDS, Holder
from changer.store.postgresql.heartbeat import repeated
from changer.store.postgresql.lease import NOW, Statements

_SET = (
    "INSERT INTO marks (number, host_id, process, expires_at)"
    f" VALUES (:number, :host_id, :process, {NOW} + {TERM_SECONDS})"
    " ON CONFLICT (number) DO UPDATE SET expires_at = excluded.expires_at"
)
_DELETE = "DELETE FROM marks WHERE number = :number"
_IS_SET = f"SELECT 1 FROM marks WHERE number = :number AND expires_at >= {NOW}"
_IS_SET_ELSEWHERE = f"{_IS_SET} AND process NOT LIKE :own"
_HOLDS = (
    "SELECT 1 FROM leases WHERE name = :name AND host_id = :host_id AND released_at IS NULL"
    f" AND greatest(expires_at, command_deadline) >= {NOW}"
)
_IS_HELD = (
    "SELECT 1 FROM leases WHERE name = :name AND released_at IS NULL"
    f" AND greatest(expires_at, command_deadline) >= {NOW}"
)


@contextmanager
def marked(statements: Statements, number: int, holder: Holder) -> Iterator[None]:
    """Keep a mark of something under way as long as ``with`` lasts; raises as the store does."""
    values = {
        "number": number,
        "host_id": holder.host_id,
        "process": f"{holder.process} {holder.lock}",
    }

    def renew() -> None:
        statements.execute(_SET, values)

    renew()
    try:
        with repeated(renew, every_seconds=RENEWAL_SECONDS):
            yield
    finally:
        with suppress(ChangerError):  # it counts no more when it is not renewed
            statements.execute(_DELETE, values)


def is_marked(statements: Statements, number: int) -> bool:
    """Whether something is under way on whatever host. Raises what the store raises."""
    return bool(statements.execute(_IS_SET, {"number": number}))


def is_marked_elsewhere(statements: Statements, number: int, lock: str) -> bool:
    """Whether it is where this process does not see it, by whose locks are kept elsewhere."""
    return bool(statements.execute(_IS_SET_ELSEWHERE, {"number": number, "own": f"% {lock}"}))


def holds(statements: Statements, name: str, host_id: str) -> bool:
    """Whether a process of a host has a lease, or a command of it may be under way."""
    return bool(statements.execute(_HOLDS, {"name": name, "host_id": host_id}))


def is_held(statements: Statements, name: str) -> bool:
    """Whether a process of any host has a lease, or a command of it may be under way."""
    return bool(statements.execute(_IS_HELD, {"name": name}))
