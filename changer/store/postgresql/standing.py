"""Standing of a server: whether what is written to it lasts, and whether it is the same as before.

All of it is asked anew at the beginning of each transaction, in the statement that begins it: a
server that was promoted or restored answers to the same name.
"""

from __future__ import annotations

from collections.abc import Sequence

from changer.errors import StoreFailed, StoreNewer, StoreUnreachable
from changer.store.database import SCHEMA_VERSION
from changer.store.postgresql.failures import missing
from changer.store.postgresql.statements import Row
from changer.values import NamedTuple

CURRENT = """
SELECT
    store.schema_version,
    store.system_identifier AS known_identifier,
    store.timeline AS known_timeline,
    store.changed_at,
    store.change,
    extract(epoch FROM clock_timestamp())::double precision AS now,
    current_setting('fsync') AS fsync,
    current_setting('synchronous_standby_names') AS synchronous_standby_names,
    (SELECT count(*) FROM pg_stat_replication) AS standbys,
    (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
    CASE WHEN pg_is_in_recovery() THEN store.timeline
        ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint
    END AS timeline
FROM store"""
_DOUBTED_SECONDS = 86400.0
# Whether a commit waits for the disk, and for standbys, is set for this transaction alone.
BEGIN = f"""
BEGIN;
SET LOCAL lock_timeout = {{lock_timeout:d}};
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 60000;
SELECT set_config(
    'synchronous_commit',
    CASE WHEN NOT {{durable!s}} THEN 'off'
        WHEN current_setting('synchronous_commit') = 'remote_apply' THEN 'remote_apply'
        ELSE 'on' END,
    TRUE
);
{CURRENT} FOR UPDATE OF store
"""


class Standing(NamedTuple):
    """What the server says of itself, and what is on record of it."""

    url: str
    schema_version: int
    known_identifier: int
    known_timeline: int
    changed_at: float | None
    change: str | None
    now: float
    fsync: str
    synchronous_standby_names: str
    standbys: int
    system_identifier: int
    timeline: int

    @classmethod
    def of(cls, rows: Sequence[Row], url: str) -> Standing:
        """From the rows of BEGIN. Raises StoreUnreachable where no store was made."""
        if not rows:
            raise missing(url)
        return cls(url, *rows[0])

    @property
    def is_other_server(self) -> bool:
        """Whether it is not the server that was written to last, or has another history."""
        known = (self.known_identifier, self.known_timeline)
        return known != (self.system_identifier, self.timeline)

    @property
    def as_recorded(self) -> bytes:
        """The statement that puts this server on record."""
        return (
            f"UPDATE store SET system_identifier = {self.system_identifier:d},"  # noqa: S608
            f" timeline = {self.timeline:d}, changed_at = {self.now!r}, change = '{self._change}'"
        ).encode()

    @property
    def doubt(self) -> str | None:
        """What to say for a day after another server took over, or its history; or None."""
        change, at = self.change, self.changed_at
        if self.is_other_server:
            change, at = self._change, self.now
        if change is None or at is None or abs(self.now - at) > _DOUBTED_SECONDS:
            return None
        return (
            f"the server of the state store {self.url} was replaced or restored ({change}); what"
            " was recorded just before may be lost: compare changer history and changer cleaner"
            " status with the library"
        )

    @property
    def _change(self) -> str:
        if self.known_identifier != self.system_identifier:
            return f"system identifier {self.known_identifier}, now {self.system_identifier}"
        return f"timeline {self.known_timeline}, now {self.timeline}"

    def require_writable(self, *, allow_async: bool) -> None:
        """Raise unless this program knows the schema, and what is committed lasts.

        Raises StoreNewer, StoreFailed, StoreUnreachable.
        """
        require_schema(self.schema_version, self.url)
        if allow_async:
            return
        if self.fsync != "on":
            raise StoreUnreachable(
                f"the server of the state store {self.url} may lose what it has committed: fsync is"
                " off",
                hint="set fsync = on in postgresql.conf, or allow_async = true in changer.toml",
            )
        if self.standbys and not self.synchronous_standby_names:
            raise StoreUnreachable(
                f"the server of the state store {self.url} has standbys that may lack what it has"
                " committed: synchronous_standby_names is empty",
                hint="set synchronous_standby_names in postgresql.conf, or allow_async = true in"
                " changer.toml",
            )


def require_schema(version: int, url: str) -> None:
    """Raise StoreNewer, or StoreFailed for an older one, unless it is this program's schema."""
    if version > SCHEMA_VERSION:
        raise StoreNewer(
            f"the state store {url} has schema {version}; this program knows {SCHEMA_VERSION}",
            hint="update changer on this host, or, if it was updated just now, run the "
            "command again; the store was left untouched",
        )
    if version < SCHEMA_VERSION:
        raise StoreFailed(
            f"the state store {url} has schema {version}; this program needs {SCHEMA_VERSION}",
            hint="when changer was updated on all hosts: changer state init",
        )
