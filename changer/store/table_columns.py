"""Tables and columns of a schema, as the schema itself has them: a migration adds to them."""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import cache
from itertools import chain
from typing import Any, Protocol

from changer.store.schema import new_schema
from changer.values import dataclass

LIBRARIES = "libraries"
LIBRARY_KEY = "library_id"  # the column by which a row belongs to a library
# What libraries were seen to refuse. Of a copy it is asked anew: the unit attentions that make it
# stale went to the store that was in use meanwhile.
ASKED_ANEW = "capabilities"
Row = dict[str, Any]


class Executes(Protocol):
    """A store that is open, or a copy of one in memory."""

    def execute(self, statement: str, values: Sequence[object] = ..., /) -> Iterable[Any]:
        """The rows of one statement."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """``kind``: TEXT, INTEGER or REAL."""

    name: str
    kind: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One table. ``key``: the columns of its primary key, by which its rows are ordered."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(each.name for each in self.columns)

    @property
    def of_library(self) -> bool:
        """Its rows belong to a library, or to none where ``may_stand_alone``."""
        return LIBRARY_KEY in self.names

    @property
    def may_stand_alone(self) -> bool:
        """It may have rows that belong to no library."""
        if self.name == LIBRARIES:
            return False
        return not any(each.name == LIBRARY_KEY and not each.nullable for each in self.columns)

    @property
    def number(self) -> str | None:
        """The column that only orders the rows: a number that the store itself gives."""
        is_number = any(each.name in self.key and each.kind == "INTEGER" for each in self.columns)
        return self.key[0] if len(self.key) == 1 and is_number else None

    @property
    def insertion(self) -> str:
        """The statement that adds a row, of values in the order of ``names``."""
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({', '.join(self.names)}) VALUES ({marks})"  # noqa: S608

    @property
    def order(self) -> str:
        """The key, for ORDER BY and ON CONFLICT."""
        return ", ".join(self.key)

    def rows(self, store: Executes) -> list[Row]:
        """All rows in a store of this schema, in order. Raises StoreFailed, sqlite3.Error."""
        found = store.execute(f"SELECT * FROM {self.name} ORDER BY {self.order}")  # noqa: S608
        return [dict(row) for row in found]


def tables_of(copy: sqlite3.Connection) -> tuple[Table, ...]:
    """The tables of a sound store: libraries first, and each after those that it refers to."""
    return _tables_of_schema(copy.execute("PRAGMA user_version").fetchone()[0])


@cache
def _tables_of_schema(version: int) -> tuple[Table, ...]:
    with closing(new_schema(version)) as model:
        names = model.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            " ORDER BY rowid"  # as they were made
        ).fetchall()
        return tuple(_table(model, name) for name in _referred_first(model, [*chain(*names)]))


def _referred_first(model: sqlite3.Connection, names: list[str]) -> list[str]:
    """The same names, each after those of the tables that its own refers to."""
    referred = {
        name: {row["table"] for row in model.execute(f"PRAGMA foreign_key_list({name})")}
        for name in names
    }
    ordered: list[str] = []
    while left := [name for name in names if name not in ordered]:
        ordered.append(next(name for name in left if referred[name] <= {*ordered}))
    return ordered


def _table(model: sqlite3.Connection, name: str) -> Table:
    rows = model.execute(f"PRAGMA table_info({name})").fetchall()
    columns = (Column(row["name"], row["type"], not row["notnull"]) for row in rows)
    key = sorted((row["pk"], row["name"]) for row in rows if row["pk"])
    return Table(name, tuple(columns), tuple(name for _, name in key))
