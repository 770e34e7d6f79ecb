"""The seam below the tables: a database, its statements and transactions, and rows as records.

The tables' statements are written once, for SQLite 3.34 and PostgreSQL 13 alike: with ``?`` or
``:name`` for values. What a statement can't say to both is a method here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import NoneType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, get_args

from changer.errors import NoLibrary, StoreFailed
from changer.host.clock import Clock
from changer.store import records

RecordT = TypeVar("RecordT")
Values = Sequence[object] | Mapping[str, object]

if TYPE_CHECKING:

    class Row(Protocol):
        """A row of a query: its values by number or name; IndexError for another name."""

        def __getitem__(self, key: int | str, /) -> Any: ...


APPLICATION_ID = 0x43484752  # "CHGR"
SCHEMA_VERSION = 9  # the number of the last migration; reading the folder would cost at each open

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
    "MoveOutcome": get_args(records.MoveOutcome),
    "MoveOutcome | None": (*get_args(records.MoveOutcome), None),
    "FinalState": get_args(records.FinalState),
    "TransferOutcome | None": (*get_args(records.TransferOutcome), None),
}


class Database(ABC):
    """A database, shared by threads; its errors are ChangerErrors."""

    @property
    @abstractmethod
    def is_on_disk(self) -> bool:
        """Whether what is written is kept, and not thrown away when it is closed."""

    @abstractmethod
    def execute(self, statement: str, values: Values = ()) -> Sequence[Row]:
        """Run one statement, alone or within a transaction; return its rows."""

    @abstractmethod
    def transaction(self, *, patient: bool = True) -> AbstractContextManager[None]:
        """Run a transaction: on disk at the end, undone by any exception.

        What is read inside can't change before it is written: there is one writer at a time.
        Signals are held; one ends the wait for other writers, which is a short one unless
        ``patient``.
        """

    @abstractmethod
    def brief_transaction(self) -> AbstractContextManager[None]:
        """Run one that nothing waits for: others hardly, and it not for the disk.

        It is undone or whole like any; a loss of power may undo it afterwards.
        """

    @abstractmethod
    def insert_numbered(self, table: str, number: str, **values: object) -> int:
        """Within a transaction: add a row; return what the database gave its column ``number``."""

    @abstractmethod
    def last_number(self, table: str) -> int:
        """Return the last number that was given to a row of that table, 0 if there was none."""

    @abstractmethod
    def go_on_after(self, table: str, number: int) -> None:
        """Within a transaction: have the numbers of a table's new rows go on after that one."""

    @abstractmethod
    def change(self, statement: str, values: Values = ()) -> int:
        """Within a transaction: run a statement, and return how many rows it changed."""

    @abstractmethod
    def defer_references(self) -> None:
        """Within a transaction: let rows refer to nothing until its end."""

    @abstractmethod
    def in_memory(self) -> Database:
        """Return a copy in memory of all that is committed."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection, and ignore errors: what is committed stays."""

    def matching(self, **columns: object) -> tuple[str, tuple[object, ...]]:
        """Return the condition that columns have these values, or NULL for None; its values."""
        condition = " AND ".join(f"{name} IS ?" for name in columns) or "TRUE"
        return condition, tuple(columns.values())

    def insert(self, table: str, **values: object) -> None:
        """Add one row, by the names of its columns."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        self.execute(statement, tuple(values.values()))

    def delete(self, table: str, **where: object) -> None:
        """Delete the rows whose columns have these values."""
        condition, values = self.matching(**where)
        self.execute(f"DELETE FROM {table} WHERE {condition}", values)  # noqa: S608

    def records(
        self, record_type: type[RecordT], statement: str, values: Values = ()
    ) -> tuple[RecordT, ...]:
        """Return the rows of a query as records."""
        return read_records(record_type, self.execute(statement, values))

    def select(
        self, record_type: type[RecordT], table: str, end: str = "", **where: object
    ) -> tuple[RecordT, ...]:
        """Return the rows of a table whose columns have these values; ``end``: of the statement."""
        condition, values = self.matching(**where)
        statement = f"SELECT * FROM {table} WHERE {condition} {end}"  # noqa: S608
        return self.records(record_type, statement, values)

    def find(self, record_type: type[RecordT], table: str, **where: object) -> RecordT | None:
        """Return the first of these rows as a record, or None."""
        return next(iter(self.select(record_type, table, "", **where)), None)


class Tables:
    """Base of the tables of one database; ``clock``: for their times."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _require_library(self, library_id: str) -> None:
        """Within a transaction: raise NoLibrary for a library that rows can't refer to."""
        if not self._database.execute("SELECT 1 FROM libraries WHERE id = ?", (library_id,)):
            raise NoLibrary(f"the state store has no library {library_id}")


class TableStore(Tables):
    """What a store is whose tables are of one database."""

    def keeps(self) -> bool:
        """Return whether what is written outlives this process: it is not a copy in memory."""
        return self._database.is_on_disk

    def close(self) -> None:
        """Close the store; closing twice is harmless."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def read_records(record_type: type[RecordT], rows: Iterable[Row]) -> tuple[RecordT, ...]:
    """Return rows as records, by the names of their fields.

    Raises StoreFailed (damaged) for a value that does not fit its field.
    """
    columns = [*record_type.__annotations__.items()]  # those are texts
    return tuple(
        record_type(**{name: _checked(row, name, kind) for name, kind in columns}) for row in rows
    )


def _checked(row: Row, name: str, annotation: str) -> Any:
    try:
        value = row[name]
    except IndexError:
        raise StoreFailed.damage(f"the state store is damaged: column {name} is missing") from None
    words = _WORDS.get(annotation)
    fits = isinstance(value, _TYPES[annotation]) if words is None else value in words
    if not fits:
        raise StoreFailed.damage(f"the state store is damaged: {name} can't be {value!r}")
    return value
