"""PostgreSQL's database: statements and transactions on one connection, which may be lost.

Writers are in one order, by the one row of the table ``store``: each transaction locks it first.
There is no state of a session: a pooler may give each transaction another connection.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import os
from _thread import RLock
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg import errors

from changer.errors import ChangerError, StoreFailed, StoreUnreachable
from changer.host import interrupts
from changer.host.clock import Clock
from changer.store.database import Database, Values
from changer.store.postgresql.connection import Connection, Server, replicated
from changer.store.postgresql.failures import is_of_connection, server_failures
from changer.store.postgresql.schema import NUMBERS
from changer.store.postgresql.standing import BEGIN, CURRENT, Standing
from changer.store.postgresql.statements import Row, translated

if TYPE_CHECKING:
    from changer.store.postgresql.lease import HeldLease

ResultT = TypeVar("ResultT")

_ROUNDS = 10  # of waiting for other writers, between which a signal is obeyed
_ROUND_MILLISECONDS = 1000
_BRIEF_MILLISECONDS = 40
_PAUSE_SECONDS = 0.25
_PATIENCE_SECONDS = 20.0  # with a server that is being started anew
_FORGET_OTHERS = "DELETE FROM writers WHERE written_at < clock_timestamp() - interval '1 day';"
_WRITTEN = """
INSERT INTO writers (id, writes, written_at) VALUES ('{id}', {writes:d}, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET writes = excluded.writes, written_at = excluded.written_at;
COMMIT
"""


class PostgresDatabase(Database):
    """A connection shared by threads; its errors are ChangerErrors.

    When it was lost, the next statement makes another one. A read is repeated there; of a
    transaction that was being committed it is found out whether it was.
    """

    def __init__(self, server: Server, connection: Connection, *, clock: Clock) -> None:
        self._server = server
        self._connection = connection
        self._clock = clock
        self._guard = RLock()
        self._is_closed = False
        self._is_within = False  # a transaction
        self._has_written = False  # in it
        self.lease: HeldLease | None = None  # without which nothing is written
        self._writer = os.urandom(16).hex()
        self._writes = 0
        self._is_known = False  # as a writer

    @property
    def is_on_disk(self) -> bool:
        """As Database has it."""
        return True

    def execute(self, statement: str, values: Values = ()) -> list[Row]:
        """As Database has it; alone, a read is repeated when the connection was lost."""
        with self._working():
            if self._is_within:
                return _rows(self._sent(statement, values))
            if not statement.lstrip().startswith("SELECT"):
                return _rows(self._connected(lambda: self._sent(statement, values)))
            return self._repeated(lambda: _rows(self._sent(statement, values)))

    def require_writable(self) -> None:
        """Raise unless what is written now lasts, as a transaction does when it begins."""
        standing = Standing.of(self.execute(CURRENT), self._server.url)
        standing.require_writable(allow_async=self._server.allow_async)

    def execute_once(
        self, statement: str, values: Values, *, find: str, sought: Values
    ) -> list[Row]:
        """Run one statement that writes, alone, in one round trip; return its rows.

        It locks the row of ``store`` itself. ``find``, with the values ``sought``, returns the same
        rows once it was executed: if the connection is lost meanwhile, that tells whether it was,
        and if not, it is run again.
        """
        with self._working():
            try:
                return self._connected(lambda: self._replicated(statement, values))
            except psycopg.Error:
                if not self._connection.closed:
                    raise
            with self.transaction():  # when it can begin, what was under way has ended
                found = _rows(self._sent(find, sought))
                return found or _rows(self._sent(statement, values))

    @contextmanager
    def transaction(self, *, patient: bool = True) -> Iterator[None]:
        """As Database has it, by a lock on the row of ``store``."""
        with self._working(), self._begun(patient=patient, durable=True):
            yield

    @contextmanager
    def brief_transaction(self) -> Iterator[None]:
        """As Database has it: its commit does not wait for the disk."""
        with self._working(), self._begun(patient=False, durable=False):
            yield

    def insert_numbered(self, table: str, number: str, **values: object) -> int:
        """As Database has it."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING {number}"  # noqa: S608
        return int(self.execute(statement, tuple(values.values()))[0][0])

    def last_number(self, table: str) -> int:
        """As Database has it; a transaction that was undone has used up its numbers."""
        sequence = f"{table}_{NUMBERS[table]}_seq"
        statement = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"  # noqa: S608
        return int(self.execute(statement)[0][0])

    def go_on_after(self, table: str, number: int) -> None:
        """As Database has it."""
        sequence = f"{table}_{NUMBERS[table]}_seq"
        self.execute("SELECT setval(CAST(? AS regclass), ?)", (sequence, number))

    def change(self, statement: str, values: Values = ()) -> int:
        """As Database has it."""
        with self._working():
            return self._sent(statement, values).rowcount

    def defer_references(self) -> None:
        """As Database has it."""
        self.execute("SET CONSTRAINTS ALL DEFERRED")

    def in_memory(self) -> Database:
        """As Database has it: a database of SQLite's."""
        from changer.store.sqlite_database import SqliteDatabase

        return SqliteDatabase.of_memory(self.copied(), Path(self._server.url))

    def copied(self) -> sqlite3.Connection:
        """Return the same as SQLite's own connection, which the caller closes."""
        from changer.store.postgresql.copying import copied

        with self._working():
            return self._repeated(lambda: copied(self._connection))

    def matching(self, **columns: object) -> tuple[str, tuple[object, ...]]:
        """As Database has it: IS NOT DISTINCT FROM would not find by an index."""
        condition = " AND ".join(
            f"{name} IS NULL" if value is None else f"{name} = ?" for name, value in columns.items()
        )
        return condition or "TRUE", tuple(each for each in columns.values() if each is not None)

    def close(self) -> None:
        """As Database has it."""
        self._is_closed = True
        self._hang_up()

    # Statements

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Hold the connection, and signals: no statement is cut in half."""
        with interrupts.held(), self._guard, server_failures(self._server.url):
            yield

    def _sent(self, statement: str, values: Values) -> psycopg.Cursor[Row]:
        self._has_written = self._has_written or not statement.lstrip().startswith("SELECT")
        return self._connection.execute(translated(statement), values)

    def _replicated(self, statement: str, values: Values) -> list[Row]:
        with replicated(self._connection, self._server.url):
            return _rows(self._sent(statement, values))

    def _connected(self, run: Callable[[], ResultT]) -> ResultT:
        """Run on a connection that was not known to be lost."""
        if self._connection.closed:
            self._connect_again()
        return run()

    def _repeated(self, run: Callable[[], ResultT]) -> ResultT:
        """Run what may be run twice, on another connection if this one was lost."""
        try:
            return self._connected(run)
        except psycopg.Error as error:
            if not (self._connection.closed or is_of_connection(error)):
                raise
        self._connect_again()
        return run()

    def _hang_up(self) -> None:
        with self._guard, suppress(psycopg.Error):
            self._connection.close()

    def _connect_again(self) -> None:
        """Wait for a server that is being started anew, within limits. Raises ChangerError."""
        self._hang_up()
        if self._is_closed:
            raise StoreFailed(f"the state store {self._server.url} is closed")
        deadline = self._clock.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self._connection = self._server.connect()
                return
            except StoreUnreachable:
                if self._clock.monotonic() >= deadline:
                    raise
            self._clock.sleep(_PAUSE_SECONDS)
            interrupts.checkpoint()

    # Transactions

    @contextmanager
    def _begun(self, *, patient: bool, durable: bool) -> Iterator[None]:
        assert not self._is_within, "there are no transactions within transactions"
        self._repeated(lambda: self._begin(patient=patient, durable=durable))
        self._is_within, self._has_written = True, False
        try:
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._is_within = False

    def _begin(self, *, patient: bool, durable: bool) -> None:
        """Wait for other writers, in rounds; check that the server is one to write to."""
        milliseconds = _ROUND_MILLISECONDS if patient else _BRIEF_MILLISECONDS
        begin = BEGIN.format(lock_timeout=milliseconds, durable=durable).encode()
        for left in reversed(range(_ROUNDS if patient else 1)):
            try:
                cursor = self._connection.execute(begin)
                while cursor.nextset():
                    pass
                standing = Standing.of(cursor.fetchall(), self._server.url)
                standing.require_writable(allow_async=self._server.allow_async)
                if self.lease is not None:
                    self.lease.require_own(lambda *words: _rows(self._sent(*words)))
                if standing.is_other_server:
                    self._connection.execute(standing.as_recorded)
                return
            except errors.LockNotAvailable:
                self._roll_back()
                if not left:
                    raise
            except BaseException:
                self._roll_back()
                raise
            interrupts.checkpoint()

    def _commit(self) -> None:
        """Commit; when the connection is lost meanwhile, find out whether it was committed."""
        self._writes += 1
        commit = "COMMIT"
        if self._has_written:
            commit = _WRITTEN.format(id=self._writer, writes=self._writes)
            if not self._is_known:
                commit, self._is_known = f"{_FORGET_OTHERS}{commit}", True
        try:
            with replicated(self._connection, self._server.url):
                cursor = self._connection.execute(commit.encode())
                while cursor.nextset():
                    pass
        except psycopg.Error:
            if not self._connection.closed:
                raise
            self._is_within = False
            if self._has_written:
                self._require_committed()
            return
        if cursor.statusmessage != "COMMIT":
            raise StoreFailed(f"the state store {self._server.url} undid a write", hint="try again")

    def _require_committed(self) -> None:
        """Raise StoreUnreachable unless the last transaction was committed."""
        store, writes = f"the state store {self._server.url}", self._writes
        try:
            with self._begun(patient=True, durable=True):  # when it can begin, the last has ended
                last = self.execute("SELECT writes FROM writers WHERE id = ?", (self._writer,))
        except (ChangerError, psycopg.Error) as error:
            raise StoreUnreachable(
                f"the connection to {store} was lost during a write, and it is not known whether it"
                f" was written: {error}",
                hint="try again when the server is back",
            ) from error
        if not last or last[0][0] != writes:
            raise StoreUnreachable(
                f"the connection to {store} was lost during a write: nothing was written",
                hint="try again",
            )

    def _roll_back(self) -> None:
        """Undo; a server that is gone does so by itself."""
        with suppress(psycopg.Error):
            if not self._connection.closed:
                self._connection.execute(b"ROLLBACK")


def _rows(cursor: psycopg.Cursor[Row]) -> list[Row]:
    return cursor.fetchall() if cursor.description else []
