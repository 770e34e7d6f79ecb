"""Which schema a database has, and how it becomes the newest: migrations/NNNN_*.sql, in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from changer.errors import StoreFailed, StoreNewer
from changer.host.clock import Clock
from changer.store.failures import is_busy, roll_back
from changer.store.reduced_rights import own_rights

__all__ = [
    "APPLICATION_ID",
    "SCHEMA_VERSION",
    "migrate",
    "migration_scripts",
    "new_schema",
    "prepare_schema",
    "read_schema_version",
]

APPLICATION_ID = 0x43484752  # "CHGR"
SCHEMA_VERSION = 3  # the number of the last migration; reading the folder would cost at each open

_MIGRATIONS = Path(__file__).with_name("migrations")
_RETRY_SECONDS = 0.01


def prepare_schema(
    connection: sqlite3.Connection, path: Path, *, clock: Clock, busy_timeout_seconds: float
) -> None:
    """Check whose database it is, and migrate it when it is older; writes nothing otherwise.

    Raises StoreNewer, StoreFailed (another program's), sqlite3.Error.
    """
    connection.execute("BEGIN")
    try:
        version = read_schema_version(connection, path)
    finally:
        roll_back(connection)
    if version < SCHEMA_VERSION:
        migrate(connection, path)
    if _pragma(connection, "journal_mode") != "wal":  # kept in the file
        _switch_to_wal(connection, clock, deadline=clock.monotonic() + busy_timeout_seconds)
    connection.execute("PRAGMA synchronous = FULL")  # kept by the connection, as is the next
    connection.execute("PRAGMA foreign_keys = ON")


def read_schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version, 0 for an empty database. Raises StoreNewer, StoreFailed.

    To be called within a transaction: it reads more than once.
    """
    application_id = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    if application_id != APPLICATION_ID:
        first_table = connection.execute("SELECT name FROM sqlite_master").fetchone()
        if application_id or version or first_table:
            raise StoreFailed(
                f"{path} is a database of another program", hint="name another file with --state"
            )
        return 0
    if not isinstance(version, int) or version < 1:
        raise StoreFailed(f"the state store {path} is damaged: schema version {version}")
    if version > SCHEMA_VERSION:
        raise StoreNewer(
            f"the state store {path} has schema {version}; this program knows {SCHEMA_VERSION}",
            hint="update changer on this host; the store was left untouched",
        )
    return version


def new_schema(version: int = SCHEMA_VERSION) -> sqlite3.Connection:
    """A database in memory, with that schema and nothing in it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrate(connection, Path(":memory:"), upto=version)
    return connection


def migrate(connection: sqlite3.Connection, path: Path, *, upto: int = SCHEMA_VERSION) -> None:
    """All missing migrations in one transaction; who comes second finds them done.

    Raises as ``prepare_schema``.
    """
    connection.execute("PRAGMA foreign_keys = OFF")  # a table may be rebuilt
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for number in range(read_schema_version(connection, path) + 1, upto + 1):
            for statement in _statements(migration_scripts()[number - 1]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise StoreFailed(f"the state store {path} is damaged: rows refer to missing rows")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


@cache
def migration_scripts() -> tuple[str, ...]:
    """The SQL of each migration, from the first to the last. Raises StoreFailed."""
    try:
        with own_rights():
            found = {
                int(file.name[:4]): file.read_text(encoding="utf-8")
                for file in _MIGRATIONS.iterdir()
                if file.suffix == ".sql"
            }
        return tuple(found[number] for number in range(1, SCHEMA_VERSION + 1))
    except (OSError, KeyError) as error:
        raise StoreFailed(
            f"the program's own files in {_MIGRATIONS} are missing, or can't be read",
            hint="install it again, for those who use it to read",
        ) from error


def _statements(script: str) -> Iterator[str]:
    """One by one: executescript would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _switch_to_wal(connection: sqlite3.Connection, clock: Clock, *, deadline: float) -> None:
    """SQLite does not wait for other connections here, so this does."""
    while True:
        try:
            if _pragma(connection, "journal_mode = WAL") == "wal":
                return
            raise sqlite3.OperationalError("its file system can't keep a write-ahead log")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or clock.monotonic() >= deadline:
                raise
        clock.sleep(_RETRY_SECONDS)


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    row = connection.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None
