"""A store as it is now, for hints alone: neither made, nor migrated, written, or waited for."""

from __future__ import annotations

import _sqlite3 as sqlite3
from pathlib import Path

from changer.errors import StoreFailed, StoreUnreachable
from changer.host.clock import Clock
from changer.host.trust import absolute_path, real_path, reduced_rights
from changer.store.database import SCHEMA_VERSION
from changer.store.failures import refuse_links, roll_back, side_file, store_failures
from changer.store.sqlite import SqliteStore
from changer.store.sqlite_database import SqliteDatabase, read_schema_version


def open_at_a_glance(path: Path, *, clock: Clock) -> SqliteStore:
    """Open the store at ``path`` to read; the caller closes it.

    What is being written meanwhile may be missing. Raises ChangerError where it can't be read at
    once: it is missing, has another schema, is locked, or has a journal that is to be undone.
    """
    path = absolute_path(path, StoreUnreachable)
    with store_failures(path), reduced_rights(path):
        real = real_path(path, StoreUnreachable)
        refuse_links(real)
        if _size(side_file(real, "-journal")):
            raise StoreFailed(f"{real} must be recovered")
        connection = _connect(real)
        try:
            _require_schema(connection, real)
        except BaseException:
            connection.close()
            raise
    return SqliteStore(SqliteDatabase(real, connection, identity=None), clock=clock)


def _connect(path: Path) -> sqlite3.Connection:
    # With a write-ahead log, under SQLite's locks; else all is in the file, and none is taken.
    mode = "mode=ro" if _size(side_file(path, "-wal")) else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, timeout=0)
    connection.row_factory = sqlite3.Row
    return connection


def _require_schema(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN")
    try:
        version = read_schema_version(connection, path)
    finally:
        roll_back(connection)
    if version != SCHEMA_VERSION:
        raise StoreFailed(f"{path} has schema {version}")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
