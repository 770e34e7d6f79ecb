"""One connection to the store's file: statements, transactions, and the end of both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TypeVar

from changer.errors import StoreFailed, StoreUnreachable
from changer.host.shared_files import refusal
from changer.store.failures import is_busy, patience, roll_back, store_failures
from changer.store.rows import read_records
from changer.store.schema import read_schema_version

__all__ = ["BUSY_TIMEOUT_SECONDS", "Database", "check_writable", "connect", "file_identity"]

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

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, identity: tuple[int, int]
    ) -> None:
        """``identity``: of the file before it was opened. Raises StoreUnreachable."""
        self._path = path
        self._connection = connection
        self._guard = RLock()
        self._identity = identity
        self._check_identity()

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
        with self._rounds() as rounds:
            for left in reversed(range(rounds)):
                try:
                    self._connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if not is_busy(error) or not left:
                        raise

    @contextmanager
    def _rounds(self) -> Iterator[int]:
        """How many times to wait for a lock; meanwhile SQLite gives up after each."""
        limit = int(self._connection.execute("PRAGMA busy_timeout").fetchone()[0])
        self._connection.execute(f"PRAGMA busy_timeout = {min(limit, _ROUND_MILLISECONDS)}")
        try:
            yield max(1, limit // _ROUND_MILLISECONDS)
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {limit}")

    def take_over(self, other: sqlite3.Connection, *, begun: Callable[[], None]) -> None:
        """Replace the whole content by that of another database, as one transaction.

        ``begun`` is called when nobody else can write any more and nothing is written yet; it may
        change ``other``, and what it raises undoes all. Raises as ``transaction``.
        """
        pages, others = (
            each.execute("PRAGMA page_size").fetchone()[0] for each in (self._connection, other)
        )
        if pages != others:
            raise StoreFailed(
                f"{self._path} has pages of {pages} bytes, and can't take those of {others}",
                hint=f"sqlite3 FILE 'PRAGMA page_size = {pages}; VACUUM' changes that of a backup",
            )
        once = iter((self._check_identity, begun))
        with self._guard, store_failures(self._path), self._rounds() as rounds:
            wait = patience(rounds)

            def progress(status: int, remaining: int, total: int) -> None:
                wait(status, remaining, total)
                if status == sqlite3.SQLITE_OK:  # the first page: the write lock is taken
                    for each in once:
                        each()

            other.backup(self._connection, pages=1, progress=progress, sleep=0)

    def in_memory(self) -> Database:
        """A copy of all that is committed, which no other program sees."""
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        copy.row_factory = sqlite3.Row
        with self._guard, store_failures(self._path):
            self._connection.backup(copy)
            copy.execute("PRAGMA foreign_keys = ON")
        return Database(self._path, copy, identity=self._identity)

    def close(self) -> None:
        """Close the connection; what is committed stays, whatever this meets."""
        with self._guard, suppress(sqlite3.Error):
            self._connection.close()

    def _check_file(self) -> None:
        """What is written to a replaced file is lost; to a newer schema, wrong."""
        self._check_identity()
        read_schema_version(self._connection, self._path)

    def _check_identity(self) -> None:
        if file_identity(self._path) != self._identity:
            raise StoreUnreachable(
                f"the state store {self._path} was replaced while in use", hint="try again"
            )


def file_identity(path: Path) -> tuple[int, int]:
    """Device and inode; they change when another file takes its name. Raises ChangerError."""
    try:
        status = path.stat()
    except OSError as error:
        raise refusal(error, path, doing="open") from error
    return status.st_dev, status.st_ino
