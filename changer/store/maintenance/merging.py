"""Import: what another store holds is added to this one, library by library, in one transaction."""

from __future__ import annotations

import _sqlite3 as sqlite3
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import closing, nullcontext
from pathlib import Path

from changer.errors import UsageError
from changer.host.clock import Clock
from changer.host.shared_files import GROUP
from changer.store.database import SCHEMA_VERSION, Database
from changer.store.failures import store_failures
from changer.store.maintenance.sources import copy_of
from changer.store.maintenance.summary import Contents, contents_of
from changer.store.schema import migrate, new_schema
from changer.store.sqlite import open_database
from changer.store.sqlite_database import SqliteDatabase
from changer.store.table_columns import (
    ASKED_ANEW,
    LIBRARIES,
    LIBRARY_KEY,
    Executes,
    Row,
    Table,
    tables_of,
)

# Tables whose rows may be there already, of another library or of none: the newer row is kept.
_NEWER_BY = {"drive_conditions": "seen_at", "sightings": "seen_at"}
# What a library has once it was looked at: it can be read again, or stays where it is newer.
_READ_FROM_IT = ("drives", ASKED_ANEW, *_NEWER_BY)


def add_content(
    place: Path | str,
    other: sqlite3.Connection,
    *,
    replace: bool,
    clock: Clock,
    allow_async: bool = False,
) -> tuple[Contents, Contents]:
    """Add all libraries of another store; returns what this one held before, and what it holds now.

    A library of which this one keeps something is refused, or replaced with ``replace``. The
    caller holds the locks of the libraries. Raises UsageError; as ``open_store``.
    """
    database: Database
    if isinstance(place, Path):
        database = open_database(place, clock=clock, group=GROUP)
    else:
        from changer.store.postgresql import opening

        database = opening.open_database(place, clock=clock, allow_async=allow_async)
    with closing(database), database.transaction():
        return _merge(database, other, replace=replace)


def rehearse_adding(
    place: Path | str, other: sqlite3.Connection, *, replace: bool
) -> tuple[Contents, Contents]:
    """The same on a copy in memory that is thrown away; a missing store is an empty one."""
    path = Path(place)
    with store_failures(path):
        is_new = isinstance(place, Path) and (not path.exists() or not path.stat().st_size)
        with nullcontext(new_schema()) if is_new else copy_of(place) as copy, closing(copy):
            migrate(copy, path)
            copy.execute("PRAGMA foreign_keys = ON")
            return _merge(SqliteDatabase.of_memory(copy, path), other, replace=replace)


def _merge(
    store: Database, other: sqlite3.Connection, *, replace: bool
) -> tuple[Contents, Contents]:
    before, tables = contents_of(store, schema_version=SCHEMA_VERSION), tables_of(other)
    newer = {each.name: each.rows(store) for each in tables if each.name in _NEWER_BY}
    for (library_id,) in other.execute(f"SELECT id FROM {LIBRARIES} ORDER BY id"):  # noqa: S608
        if not replace:
            _refuse_known(store, tables, library_id)
        store.execute(f"DELETE FROM {LIBRARIES} WHERE id = ?", (library_id,))  # noqa: S608
    numbers: dict[str, dict[int, int]] = {}
    for table in tables:
        rows = [] if table.name == ASKED_ANEW else table.rows(other)
        numbers[table.name] = _renumber(store, table, rows)
        if table.name == "moves":
            _follow_operations(rows, numbers["operations"])
        for row in [*rows, *newer.get(table.name, ())]:
            _add(store, table, row)
    for table in tables:
        if table.number is not None and numbers[table.name]:
            store.go_on_after(table.name, max(numbers[table.name].values()))
    return before, contents_of(store, schema_version=SCHEMA_VERSION)


def _refuse_known(store: Executes, tables: Iterable[Table], library_id: str) -> None:
    """A library that was only looked at is no loss."""
    kept = [
        table.name
        for table in tables
        if table.of_library and table.name not in _READ_FROM_IT
        if _has_rows(store, table.name, f"{LIBRARY_KEY} = ?", library_id)
    ]
    if _has_rows(store, LIBRARIES, "id = ? AND removal_prevented_at IS NOT NULL", library_id):
        kept.append("a lock of its door")
    if kept:
        raise UsageError(
            f"this store already has data of library {library_id}: {', '.join(kept)}",
            hint="preview the change with --dry-run --replace; replace that data with --replace",
        )


def _renumber(store: Database, table: Table, rows: list[Row]) -> dict[int, int]:
    """Numbers that only order the rows go on from the last one here; old ones to new ones."""
    number = table.number
    if number is None:
        return {}
    given = store.execute(f"SELECT max({number}) FROM {table.name}")  # noqa: S608
    last = max(given[0][0] or 0, store.last_number(table.name))
    changed = {row[number]: last + count for count, row in enumerate(rows, 1)}
    for row in rows:
        row[number] = changed[row[number]]
    return changed


def _follow_operations(moves: list[Row], operations: dict[int, int]) -> None:
    """Let moves that come after an operation come after it under its new number."""
    old = sorted(operations)
    first = min(operations.values(), default=1)
    for row in moves:
        row["operations_before"] = first - 1 + bisect_right(old, row["operations_before"])


def _add(store: Executes, table: Table, row: Row) -> None:
    if table.name == "operations" and _has_rows(store, table.name, "id = ?", row["id"]):
        raise UsageError(
            f"operation {row['id']} of library {row[LIBRARY_KEY]} is already in this store, under "
            "another library"
        )
    statement = table.insertion
    newer = _NEWER_BY.get(table.name)
    if newer is not None:
        changes = ", ".join(f"{each} = excluded.{each}" for each in table.names)
        statement += (
            f" ON CONFLICT ({table.order}) DO UPDATE SET {changes}"
            f" WHERE coalesce(excluded.{newer}, 0) > coalesce({table.name}.{newer}, 0)"
        )
    store.execute(statement, [row[each] for each in table.names])


def _has_rows(store: Executes, table: str, condition: str, value: object) -> bool:
    found = store.execute(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1", (value,))  # noqa: S608
    return bool(list(found))
