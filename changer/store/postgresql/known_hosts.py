"""Hosts on record beside leases: which of them the library is kept for, and one that is gone.

A host that was overtaken may still send a command; the library stays reserved until it has acted
again. One that never will, because it was scrapped, has to be declared gone by a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from changer.errors import LibraryBusy, UsageError
from changer.store.postgresql.lease import NOW, Statements
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.store.database import Row

_NAMED = "LEFT JOIN (SELECT DISTINCT host_id, host FROM ports) names USING (host_id)"
_AWAITED = (
    "SELECT DISTINCT coalesce(host, left(host_id, 12)) AS host FROM overtaken"
    f" {_NAMED} WHERE overtaken.name = :name ORDER BY host"
)
_KNOWN = (
    "SELECT DISTINCT host_id, coalesce(host, left(host_id, 12)) AS host"
    f" FROM (SELECT host_id FROM ports UNION SELECT host_id FROM overtaken) hosts {_NAMED}"
    " ORDER BY host"
)
# A process of it that has shown within its time that it lives, or may have a command under way.
_ALIVE = (
    "SELECT name AS what FROM leases WHERE host_id = :host_id AND released_at IS NULL"
    f" AND greatest(expires_at, command_deadline) >= {NOW}"
    f" UNION SELECT name FROM tickets WHERE host_id = :host_id AND expires_at >= {NOW}"
    " UNION SELECT 'an operation' FROM marks WHERE host_id = :host_id"
    f" AND expires_at >= {NOW}"
)
_FORGET = (
    "WITH kept AS (DELETE FROM overtaken WHERE host_id = :host_id RETURNING name),"
    " noted AS (DELETE FROM ports WHERE host_id = :host_id RETURNING name)"
    " SELECT name FROM kept UNION SELECT name FROM noted ORDER BY name"
)
_OF = (
    "SELECT name FROM overtaken WHERE host_id = :host_id"
    " UNION SELECT name FROM ports WHERE host_id = :host_id ORDER BY name"
)


class KnownHost(NamedTuple):
    """A host on record. ``host_id``: as ``changer.host.processes`` has it."""

    host_id: str
    name: str


def awaited(statements: Statements, library_id: str) -> tuple[str, ...]:
    """Names of the hosts that were overtaken at a library, and have not acted there since."""
    rows = statements.execute(_AWAITED, {"name": library_id})
    return tuple(str(row["host"]) for row in rows)


def forget_host(
    statements: Statements, name: str, *, own_host_id: str, dry_run: bool = False
) -> tuple[str, ...]:
    """Believe a person that a host will send nothing any more; the libraries that were kept for it.

    Raises UsageError for a name that is not on record, or not of one other host; LibraryBusy where
    that host shows that it lives; what the store raises.
    """
    rows = statements.execute(_KNOWN)
    host_id = _meant(rows, name)
    if host_id == own_host_id:
        raise UsageError(
            f"{name} is this host, which is not gone", hint="run it on a host that stays"
        )
    values = {"host_id": host_id}
    if found := statements.execute(_ALIVE, values):
        raise LibraryBusy(
            f"{name} is not gone: it has {found[0]['what']}, or asks for it",
            hint="switch it off for good, and try again when its time is over: changer status",
        )
    gone = statements.execute(_OF if dry_run else _FORGET, values)
    return tuple(str(row["name"]) for row in gone)


def _meant(rows: Sequence[Row], name: str) -> str:
    known = [KnownHost(str(row["host_id"]), str(row["host"])) for row in rows]
    ids = {each.host_id for each in known if name in (each.name, each.host_id, each.host_id[:12])}
    if len(ids) == 1:
        return ids.pop()
    if ids:
        raise UsageError(
            f"more than one host is called {name}",
            hint=f"name it by its id: {', '.join(sorted(each[:12] for each in ids))}",
        )
    names = ", ".join(each.name for each in known)
    raise UsageError(
        f"no host {name} is on record", hint=f"on record: {names}" if names else "there is none"
    )
