"""Migrations of a PostgreSQL store: migrations/NNNN_*.sql, in order, numbered as SQLite's.

The first one makes the whole schema of its number.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from changer.errors import StoreFailed, UsageError
from changer.host.trust import own_rights
from changer.store.database import SCHEMA_VERSION
from changer.store.postgresql.connection import Connection

FIRST_VERSION = 8
# The columns whose numbers the database gives.
NUMBERS = {
    "reservations": "id",
    "operations": "sequence",
    "moves": "id",
    "cleaners": "id",
    "events": "id",
    "pruned_totals": "id",
}
_MIGRATIONS = Path(__file__).with_name("migrations")
_VERSION = """
SELECT to_regclass('store') IS NOT NULL, EXISTS (
    SELECT FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v')
), current_setting('server_encoding'), current_schema(), current_setting('server_version_num')::int
"""
_OLDEST_SERVER = 130000
_RECORD = """
INSERT INTO store (schema_version, system_identifier, timeline)
SELECT {version:d}, system_identifier,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint
FROM pg_control_system()
ON CONFLICT (is_only) DO UPDATE SET schema_version = excluded.schema_version
"""
# Others that make or migrate it at the same time wait, for this transaction alone.
_ALONE = b"SELECT pg_advisory_xact_lock(1128812371)"  # "CHGR"


def migrate(connection: Connection, url: str, *, dry_run: bool) -> bool:
    """Make the tables, or bring them up to date, in one transaction; return whether it made them.

    Raises UsageError for a database of another program, or with an encoding that can't hold all
    labels; StoreNewer; psycopg.Error.
    """
    from changer.store.postgresql.standing import require_schema

    with connection.transaction(force_rollback=dry_run):
        connection.execute(_ALONE)
        version = _version(connection, url)
        if version > SCHEMA_VERSION:
            require_schema(version, url)
        for number in range(max(version + 1, FIRST_VERSION), SCHEMA_VERSION + 1):
            connection.execute(migration_scripts()[number].encode())
        connection.execute(_RECORD.format(version=SCHEMA_VERSION).encode())
    return version == 0


def _version(connection: Connection, url: str) -> int:
    """The schema version, 0 for an empty database."""
    row = connection.execute(_VERSION.encode()).fetchall()[0]
    has_store, has_tables, encoding, schema, server = row
    if server < _OLDEST_SERVER:
        raise UsageError(f"{url} is a PostgreSQL server older than 13", hint="update it")
    if schema is None:
        raise UsageError(f"{url} has no schema to make tables in", hint="CREATE SCHEMA public")
    if encoding != "UTF8":
        raise UsageError(
            f"{url} has the encoding {encoding}, which can't hold every label",
            hint="CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
        )
    if not has_store:
        if has_tables:
            raise UsageError(
                f"{url} is a database of another program", hint="make one for changer alone"
            )
        return 0
    rows = connection.execute(b"SELECT schema_version FROM store FOR UPDATE").fetchall()
    return int(rows[0][0]) if rows else 0


@cache
def migration_scripts() -> dict[int, str]:
    """Return the SQL of each migration, by its number. Raises StoreFailed."""
    try:
        with own_rights():
            found = {
                int(file.name[:4]): file.read_text(encoding="utf-8")
                for file in _MIGRATIONS.iterdir()
                if file.suffix == ".sql"
            }
    except OSError as error:
        found = {}
        cause: OSError | None = error
    else:
        cause = None
    if [*range(FIRST_VERSION, SCHEMA_VERSION + 1)] != sorted(found):
        raise StoreFailed(
            f"the program's own files in {_MIGRATIONS} are missing, or can't be read",
            hint="reinstall changer so that its users can read it",
        ) from cause
    return found
