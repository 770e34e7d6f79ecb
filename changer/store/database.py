"""One connection to the store's file: statements, transactions, and the end of both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TypeVar

from changer.errors import StoreUnreachable
from changer.host.shared_files import refusal
from changer.store.failures import is_busy, roll_back, store_failures
from changer.store.rows import read_records
from changer.store.schema import read_schema_version

__all__ = ["BUSY_TIMEOUT_SECONDS", "Database", "check_writable", "connect"]

RecordT = TypeVar("RecordT")
Values = Sequence[object] | Mapping[str, object]

BUSY_TIMEOUT_SECONDS = 10.0
# SQLite looks again after 1, 2, 5, 10 ms and so on: who has waited long looks every 100 ms, and
# finds that newcomers were quicker, for ever where there are many. So everyone begins anew.
_ROUND_MILLISECONDS = 40


def connect(path: Path, *, busy_timeout_seconds: float) -> sqlite3.Connection:
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


def check_writable(connection: sqlite3.Connection, *, busy_timeout_seconds: float) -> None:
    """Learn now, not in the middle of an operation, that SQLite could open it for reading only.

    Writes nothing and waits for nobody. Raises sqlite3.Error.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not is_busy(error):  # who waits for a lock could write
            raise
    roll_back(connection)
    connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout_seconds * 1000)}")


class Database:
    """A connection that threads share; its errors are ChangerErrors."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._guard = RLock()
        self._identity = self._file_identity()

    def execute(self, statement: str, values: Values = ()) -> list[sqlite3.Row]:
        """Run one statement, alone or within a transaction; its rows."""
        with self._guard, store_failures(self._path):
            return self._connection.execute(statement, values).fetchall()

    def records(
        self, record_type: type[RecordT], statement: str, values: Values = ()
    ) -> tuple[RecordT, ...]:
        """The rows of a query as records."""
        return read_records(record_type, self.execute(statement, values))

    def record(
        self, record_type: type[RecordT], statement: str, values: Values = ()
    ) -> RecordT | None:
        """The first row of a query as a record, or None."""
        return next(iter(self.records(record_type, statement, values)), None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: on disk at the end, undone by any exception.

        BEGIN IMMEDIATE: what is read inside can't change before it is written.
        """
        with self._guard, store_failures(self._path):
            self._begin()
            try:
                self._check_file()
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                roll_back(self._connection)
                raise

    def _begin(self) -> None:
        """Wait for the other writers, in rounds. Raises sqlite3.Error."""
        patience = int(self._connection.execute("PRAGMA busy_timeout").fetchone()[0])
        rounds = max(1, patience // _ROUND_MILLISECONDS)
        self._connection.execute(f"PRAGMA busy_timeout = {min(patience, _ROUND_MILLISECONDS)}")
        try:
            while True:
                rounds -= 1
                try:
                    self._connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if not is_busy(error) or rounds <= 0:
                        raise
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {patience}")

    def in_memory(self) -> Database:
        """A copy of all that is committed, which no other program sees."""
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        copy.row_factory = sqlite3.Row
        with self._guard, store_failures(self._path):
            self._connection.backup(copy)
            copy.execute("PRAGMA foreign_keys = ON")
        return Database(self._path, copy)

    def close(self) -> None:
        """Close the connection; what is committed stays, whatever this meets."""
        with self._guard, suppress(sqlite3.Error):
            self._connection.close()

    def _check_file(self) -> None:
        """What is written to a replaced file is lost; to a newer schema, wrong."""
        if self._file_identity() != self._identity:
            raise StoreUnreachable(f"the state store {self._path} was replaced while in use")
        read_schema_version(self._connection, self._path)

    def _file_identity(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except OSError as error:
            raise refusal(error, self._path, doing="open") from error
        return status.st_dev, status.st_ino
