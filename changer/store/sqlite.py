"""State store in one SQLite file, shared by the programs of a host."""

from __future__ import annotations

import _sqlite3 as sqlite3
import os
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import AccessDenied, StoreUnreachable
from changer.host import interrupts
from changer.host.clock import Clock
from changer.host.shared_files import GROUP, prepare_file, prepare_folder
from changer.host.trust import absolute_path, real_path, reduced_rights
from changer.store.cartridge_tables import SightingTables
from changer.store.database import APPLICATION_ID, SCHEMA_VERSION, TableStore
from changer.store.failures import (
    check_rights,
    is_busy,
    refuse_emptied,
    refuse_journal,
    refuse_links,
    roll_back,
    store_failures,
)
from changer.store.library_tables import LibraryTables
from changer.store.sqlite_database import (
    SqliteDatabase,
    file_identity,
    pragma,
    read_schema_version,
    require_identity,
)

if TYPE_CHECKING:
    from changer.store.protocol import Events

BUSY_TIMEOUT_SECONDS = 10.0
_WAL_RETRY_SECONDS = 0.01
_RETRIES_SECONDS = (0.01, 0.03, 0.1, 0.3, 0.6, 1.0)


class SqliteStore(LibraryTables, SightingTables, TableStore):
    """All tables, as a ``changer.store.protocol.Store``."""

    def events(self) -> Events:
        """Return the events; what works on them is imported when there are some."""
        from changer.store.event_tables import EventTables

        return EventTables(self._database, clock=self._clock)

    def scratch(self) -> SqliteStore:
        """Return a copy in memory, to write to and throw away."""
        return SqliteStore(self._database.in_memory(), clock=self._clock)


def is_missing(path: Path) -> bool:
    """Whether there is no file of that name; one that can't be looked for may be there.

    Raises StoreUnreachable for a relative name in a folder that was deleted.
    """
    path = absolute_path(path, StoreUnreachable)
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def missing(path: Path) -> StoreUnreachable:
    """The error for a store that was named, and is not there."""
    return StoreUnreachable(
        f"there is no state store {path}", hint=f"make one: changer state init {path}"
    )


def open_store(
    path: Path,
    *,
    clock: Clock,
    group: str | None = GROUP,
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
) -> SqliteStore:
    """Open the store at ``path``, made on demand, migrated when its schema is older.

    A folder that root makes is for the members of ``group``; anybody else's is private. A lock of
    another program is waited for up to ``busy_timeout_seconds``.

    Raises: AccessDenied when the caller may not read and write folder and file; StoreUnreachable
    when the path can't hold a store (not a regular file, a parent that can't be made) or its file
    system is read-only; StoreNewer; StoreFailed (also for a database of another program);
    StoreFull.
    """
    database = open_database(
        path, clock=clock, group=group, busy_timeout_seconds=busy_timeout_seconds
    )
    return SqliteStore(database, clock=clock)


def open_database(
    path: Path,
    *,
    clock: Clock,
    group: str | None,
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
) -> SqliteDatabase:
    """Open the file as ``open_store`` does, for work on all tables alike; the caller closes it."""
    path = absolute_path(path, StoreUnreachable)
    prepare_folder(path.parent, group=group if os.geteuid() == 0 else None)
    prepare_file(path)
    with store_failures(path), reduced_rights(path):
        return _open_patiently(path, clock=clock, busy_timeout_seconds=busy_timeout_seconds)


def _open_patiently(path: Path, *, clock: Clock, busy_timeout_seconds: float) -> SqliteDatabase:
    path = real_path(path, StoreUnreachable)  # SQLite keeps -wal and -shm beside the real file
    refuse_links(path)
    for retry_seconds in _RETRIES_SECONDS:
        try:
            return _open(path, clock=clock, busy_timeout_seconds=busy_timeout_seconds)
        except AccessDenied:
            # SQLite makes -wal and -shm with the umask, and lets the group in a moment later.
            if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
                raise
        clock.sleep(retry_seconds)
    return _open(path, clock=clock, busy_timeout_seconds=busy_timeout_seconds)


def _open(path: Path, *, clock: Clock, busy_timeout_seconds: float) -> SqliteDatabase:
    with interrupts.held(), store_failures(path):
        refuse_journal(path)
        check_rights(path)
        refuse_emptied(path)
        identity = file_identity(path)
        connection = _connect(path, busy_timeout_seconds=busy_timeout_seconds)
        try:
            version = _first_read(connection, path, identity)
            if version < SCHEMA_VERSION:
                from changer.store.schema import migrate

                migrate(connection, path)
            _prepare(connection, clock=clock, busy_timeout_seconds=busy_timeout_seconds)
            _check_writable(connection, busy_timeout_seconds=busy_timeout_seconds)
            return SqliteDatabase(path, connection, identity=identity)
        except BaseException:
            connection.close()
            raise


def _first_read(connection: sqlite3.Connection, path: Path, identity: tuple[int, int]) -> int:
    """Read the schema version; check that the database is a state store, and still has its name.

    From now on SQLite holds a lock, by which a restore sees that the file is in use. Raises
    StoreNewer, StoreFailed (another program's), StoreUnreachable, sqlite3.Error.
    """
    connection.execute("BEGIN")
    try:
        version = read_schema_version(connection, path)
    finally:
        roll_back(connection)
    require_identity(path, identity)
    return version


def _prepare(connection: sqlite3.Connection, *, clock: Clock, busy_timeout_seconds: float) -> None:
    if pragma(connection, "journal_mode") != "wal":  # kept in the file
        _switch_to_wal(connection, clock, deadline=clock.monotonic() + busy_timeout_seconds)
    connection.execute("PRAGMA synchronous = FULL")  # kept by the connection, as is the next
    connection.execute("PRAGMA foreign_keys = ON")


def _switch_to_wal(connection: sqlite3.Connection, clock: Clock, *, deadline: float) -> None:
    """Wait for other connections: SQLite itself does not, here."""
    while True:
        try:
            if pragma(connection, "journal_mode = WAL") == "wal":
                return
            raise sqlite3.OperationalError("its file system does not support a write-ahead log")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or clock.monotonic() >= deadline:
                raise
        clock.sleep(_WAL_RETRY_SECONDS)


def _connect(path: Path, *, busy_timeout_seconds: float) -> sqlite3.Connection:
    """Open a file that exists, in autocommit. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=busy_timeout_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _check_writable(connection: sqlite3.Connection, *, busy_timeout_seconds: float) -> None:
    """Raise sqlite3.Error now, not in the middle of an operation, if the file is read-only.

    Writes nothing, and does not wait.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")  # of a file that is read-only, it begins to read
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")  # which it has
    except sqlite3.OperationalError as error:
        if not is_busy(error):  # a busy file can be written
            raise
    roll_back(connection)
    connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout_seconds * 1000)}")
