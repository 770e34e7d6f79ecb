"""SQLite's database: the connection to the store's file, or to a database in memory."""

from __future__ import annotations

import _sqlite3 as sqlite3  # all of it but two converters, which import datetime
from _thread import RLock
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.errors import StoreFailed, StoreNewer, StoreUnreachable
from changer.host import interrupts
from changer.host.shared_files import refusal
from changer.store.database import APPLICATION_ID, SCHEMA_VERSION, Database, Values
from changer.store.failures import is_busy, patience, roll_back, store_failures

# SQLite looks again after 1, 2, 5, 10 ms and so on: a long wait polls every 100 ms, and
# loses to newcomers, for ever where there are many. So each wait begins anew after a while.
_ROUND_MILLISECONDS = 40


class SqliteDatabase(Database):
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
    def of_memory(cls, connection: sqlite3.Connection, path: Path) -> SqliteDatabase:
        """Return a database in memory; ``path``: of the file that it stands for."""
        return cls(path, connection, identity=None)

    def execute(self, statement: str, values: Values = ()) -> list[sqlite3.Row]:
        """Run one statement, alone or within a transaction; return its rows."""
        with self._guard, store_failures(self._path):
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self, *, patient: bool = True) -> Iterator[None]:
        """As Database has it, by BEGIN IMMEDIATE."""
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
        """As Database has it: the disk is not waited for."""
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

    def insert_numbered(self, table: str, number: str, **values: object) -> int:  # noqa: ARG002
        """As Database has it: the number is SQLite's own, of the row."""
        self.insert(table, **values)
        return int(self.execute("SELECT last_insert_rowid()")[0][0])

    def last_number(self, table: str) -> int:
        """As Database has it, of a table with AUTOINCREMENT."""
        rows = self.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(rows[0][0]) if rows else 0

    def go_on_after(self, table: str, number: int) -> None:
        """As Database has it: SQLite goes on after the largest one by itself."""

    def change(self, statement: str, values: Values = ()) -> int:
        """As Database has it."""
        self.execute(statement, values)
        return int(self.execute("SELECT changes()")[0][0])

    def defer_references(self) -> None:
        """As Database has it."""
        self.execute("PRAGMA defer_foreign_keys = ON")

    def take_over(self, other: sqlite3.Connection, *, begun: Callable[[], None]) -> None:
        """Replace the whole content by that of another database, as one transaction.

        ``begun`` is called when nobody else can write any more and nothing is written yet; it may
        change ``other``, and what it raises undoes all. Raises as ``transaction``.
        """
        once = iter((self._check_identity, begun))
        with self._guard, store_failures(self._path), self._rounds() as rounds:
            self._require_page_size_of(other)
            wait = patience(rounds)

            def progress(status: int, remaining: int, total: int) -> None:
                wait(status, remaining, total)
                if status == sqlite3.SQLITE_OK:  # the first page: the write lock is taken
                    for each in once:
                        each()

            other.backup(self._connection, pages=1, progress=progress, sleep=0)

    def _require_page_size_of(self, other: sqlite3.Connection) -> None:
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

    def in_memory(self) -> SqliteDatabase:
        """Return a copy in memory of all that is committed."""
        copy = memory_database()
        try:
            with self._guard, store_failures(self._path):
                self._connection.backup(copy)
                copy.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            copy.close()
            raise
        return SqliteDatabase(self._path, copy, identity=self._identity)

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
            hint="update changer on this host, or, if it was updated just now, run the "
            "command again; the store was left untouched",
        )
    return version


def pragma(connection: sqlite3.Connection, name: str) -> object:
    """Return the value of a PRAGMA."""
    row = connection.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None
