"""Connection to the store's file: statements, transactions, and rows as records."""

from __future__ import annotations

import sqlite3
from _thread import RLock
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args

from changer.errors import NoLibrary, StoreFailed, StoreNewer, StoreUnreachable
from changer.host import interrupts
from changer.host.clock import Clock
from changer.host.shared_files import refusal
from changer.store import records
from changer.store.failures import is_busy, patience, roll_back, store_failures

RecordT = TypeVar("RecordT")
Values = Sequence[object] | Mapping[str, object]

APPLICATION_ID = 0x43484752  # "CHGR"
SCHEMA_VERSION = 8  # the number of the last migration; reading the folder would cost at each open
# SQLite looks again after 1, 2, 5, 10 ms and so on: a long wait polls every 100 ms, and
# loses to newcomers, for ever where there are many. So each wait begins anew after a while.
_ROUND_MILLISECONDS = 40

# By the annotation of a record's field: what a column may hold.
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, NoneType),
    "int": (int,),
    "int | None": (int, NoneType),
    "float": (float,),
    "float | None": (float, NoneType),
}
_WORDS: dict[str, tuple[str | None, ...]] = {
    "CleaningRequest | None": (*get_args(records.CleaningRequest), None),
    "CleanerCondition": get_args(records.CleanerCondition),
    "OperationKind": get_args(records.OperationKind),
    "OperationState": get_args(records.OperationState),
    "MoveKind": get_args(records.MoveKind),
    "MoveOutcome | None": (*get_args(records.MoveOutcome), None),
    "TransferOutcome | None": (*get_args(records.TransferOutcome), None),
}


class Database:
    """A connection shared by threads; its errors are ChangerErrors."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, identity: tuple[int, int] | None
    ) -> None:
        """``identity``: of the file before it was opened; None: in memory."""
        self._path = path
        self._connection = connection
        self._guard = RLock()
        self._identity = identity

    @property
    def is_on_disk(self) -> bool:
        """Whether what is written is kept, and not thrown away when it is closed."""
        return any(row["file"] for row in self.execute("PRAGMA database_list"))

    @classmethod
    def of_memory(cls, connection: sqlite3.Connection, path: Path) -> Database:
        """Return a database in memory; ``path``: of the file that it stands for."""
        return cls(path, connection, identity=None)

    def execute(self, statement: str, values: Values = ()) -> list[sqlite3.Row]:
        """Run one statement, alone or within a transaction; return its rows."""
        with self._guard, store_failures(self._path):
            return self._connection.execute(statement, values).fetchall()

    def insert(self, table: str, **values: object) -> None:
        """Add one row, by the names of its columns."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        self.execute(statement, tuple(values.values()))

    def delete(self, table: str, **where: object) -> None:
        """Delete the rows whose columns have these values."""
        condition = " AND ".join(f"{name} IS ?" for name in where)
        self.execute(f"DELETE FROM {table} WHERE {condition}", tuple(where.values()))  # noqa: S608

    def records(
        self, record_type: type[RecordT], statement: str, values: Values = ()
    ) -> tuple[RecordT, ...]:
        """Return the rows of a query as records."""
        return read_records(record_type, self.execute(statement, values))

    def select(
        self, record_type: type[RecordT], table: str, end: str = "", **where: object
    ) -> tuple[RecordT, ...]:
        """Return the rows of a table whose columns have these values; ``end``: of the statement."""
        condition = " AND ".join(f"{name} IS ?" for name in where) or "TRUE"
        statement = f"SELECT * FROM {table} WHERE {condition} {end}"  # noqa: S608
        return self.records(record_type, statement, tuple(where.values()))

    def find(self, record_type: type[RecordT], table: str, **where: object) -> RecordT | None:
        """Return the first of these rows as a record, or None."""
        return next(iter(self.select(record_type, table, "", **where)), None)

    @contextmanager
    def transaction(self, *, patient: bool = True) -> Iterator[None]:
        """Run a transaction: on disk at the end, undone by any exception.

        BEGIN IMMEDIATE: what is read inside can't change before it is written. Signals are held;
        one ends the wait for other writers, which is a short one unless ``patient``.
        """
        with interrupts.held(), self._guard, store_failures(self._path):
            try:
                self._begin(patient=patient)
                self._check_file()
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                roll_back(self._connection)
                raise

    @contextmanager
    def brief_transaction(self) -> Iterator[None]:
        """Run one that nothing waits for: others hardly, and it not for the disk.

        It is undone or whole like any; a loss of power may undo it afterwards.
        """
        with self._guard, store_failures(self._path):
            self._connection.execute("PRAGMA synchronous = NORMAL")
            try:
                with self.transaction(patient=False):
                    yield
            finally:
                self._connection.execute("PRAGMA synchronous = FULL")

    def _begin(self, *, patient: bool) -> None:
        """Wait for the other writers, in rounds. Raises sqlite3.Error."""
        with self._rounds() as rounds:
            for left in reversed(range(rounds if patient else 1)):
                try:
                    self._connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if not is_busy(error) or not left:
                        raise
                interrupts.checkpoint()

    @contextmanager
    def _rounds(self) -> Iterator[int]:
        """Lend the number of rounds to wait for a lock; SQLite gives up after each."""
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
        with self._guard, store_failures(self._path):
            pages, others = (
                each.execute("PRAGMA page_size").fetchone()[0] for each in (self._connection, other)
            )
        if pages != others:
            raise StoreFailed(
                (
                    f"{self._path} has a page size of {pages} bytes and can't take over pages of "
                    f"{others} bytes"
                ),
                hint=(
                    f"sqlite3 FILE 'PRAGMA page_size = {pages}; VACUUM' changes the page size of a "
                    "backup"
                ),
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
        """Return a copy in memory of all that is committed."""
        copy = memory_database()
        try:
            with self._guard, store_failures(self._path):
                self._connection.backup(copy)
                copy.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            copy.close()
            raise
        return Database(self._path, copy, identity=self._identity)

    def close(self) -> None:
        """Close the connection, and ignore errors: what is committed stays."""
        with self._guard, suppress(sqlite3.Error):
            self._connection.close()

    def _check_file(self) -> None:
        """Raise if the file was replaced, which would lose writes, or has a newer schema."""
        self._check_identity()
        read_schema_version(self._connection, self._path)

    def _check_identity(self) -> None:
        if self._identity is not None:
            require_identity(self._path, self._identity)


def memory_database() -> sqlite3.Connection:
    """Return an empty database in memory, in autocommit, which threads may share."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def file_identity(path: Path) -> tuple[int, int]:
    """Return device and inode, which change if another file takes the name. Raises ChangerError."""
    try:
        status = path.stat()
    except OSError as error:
        raise refusal(error, path, doing="open") from error
    return status.st_dev, status.st_ino


def require_identity(path: Path, identity: tuple[int, int]) -> None:
    """Raise StoreUnreachable if another file has taken the name."""
    if file_identity(path) != identity:
        raise StoreUnreachable(
            f"the state store {path} was replaced while in use", hint="try again"
        )


class Tables:
    """Base of the tables of one database; ``clock``: for their times."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _require_library(self, library_id: str) -> None:
        """Within a transaction: raise NoLibrary for a library that rows can't refer to."""
        if not self._database.execute("SELECT 1 FROM libraries WHERE id = ?", (library_id,)):
            raise NoLibrary(f"the state store has no library {library_id}")


def read_schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version, 0 for an empty database. Raises StoreNewer, StoreFailed.

    Call it within a transaction: it reads more than once.
    """
    application_id = pragma(connection, "application_id")
    version = pragma(connection, "user_version")
    if application_id != APPLICATION_ID:
        first_table = connection.execute("SELECT name FROM sqlite_master").fetchone()
        if application_id or version or first_table:
            raise StoreFailed(
                f"{path} is a database of another program", hint="name another file with --state"
            )
        return 0
    if not isinstance(version, int) or version < 1:
        raise StoreFailed.damage(f"the state store {path} is damaged: schema version {version}")
    if version > SCHEMA_VERSION:
        raise StoreNewer(
            f"the state store {path} has schema {version}; this program knows {SCHEMA_VERSION}",
            hint="update changer on this host; the store was left untouched",
        )
    return version


def pragma(connection: sqlite3.Connection, name: str) -> object:
    """Return the value of a PRAGMA."""
    row = connection.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None


def read_records(record_type: type[RecordT], rows: Iterable[sqlite3.Row]) -> tuple[RecordT, ...]:
    """Return rows as records, by the names of their fields.

    Raises StoreFailed (damaged) for a value that does not fit its field.
    """
    columns = [*record_type.__annotations__.items()]  # those are texts
    return tuple(
        record_type(**{name: _checked(row, name, kind) for name, kind in columns}) for row in rows
    )


def _checked(row: sqlite3.Row, name: str, annotation: str) -> Any:
    try:
        value = row[name]
    except IndexError:
        raise StoreFailed.damage(f"the state store is damaged: column {name} is missing") from None
    words = _WORDS.get(annotation)
    fits = isinstance(value, _TYPES[annotation]) if words is None else value in words
    if not fits:
        raise StoreFailed.damage(f"the state store is damaged: {name} can't be {value!r}")
    return value
