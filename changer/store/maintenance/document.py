"""The whole store as one JSON document, which another host can read.

Every library has its rows, table by table, without the library's id; beside the libraries stand
the rows that belong to none. Tables and columns are those of the schema, which the document names.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from changer.errors import ChangerError
from changer.store.failures import store_failures
from changer.store.maintenance.copies import copied
from changer.store.maintenance.inspection import require_sound
from changer.store.maintenance.summary import Contents, contents_of
from changer.store.maintenance.table_columns import LIBRARIES, LIBRARY_KEY, Table, tables_of
from changer.store.schema import migrate

__all__ = ["DOCUMENT_SCHEMA", "OWN_KEYS", "exported", "to_document"]

DOCUMENT_SCHEMA = "changer.store/1"
OWN_KEYS = ("schema", "store_schema", "exported_at", "host", LIBRARIES)

Row = dict[str, Any]


def exported(path: Path, *, exported_at: float, host: str) -> tuple[Row, Contents]:
    """The document of the store at ``path``, with the newest schema, and what is in it in short.

    The store is not changed. Raises as ``load``; StoreFailed when it is damaged.
    """
    with copied(path) as copy:
        try:
            require_sound(copy, path)
        except ChangerError as error:
            error.add_context(after="nothing was exported")
            raise
        with store_failures(path):
            migrate(copy, path)
            document = to_document(copy, exported_at=exported_at, host=host)
            return document, contents_of(copy)


def to_document(copy: sqlite3.Connection, *, exported_at: float, host: str) -> Row:
    """All that is in a copy of a sound store. Times are seconds since the epoch, UTC."""
    tables = tables_of(copy)
    known = next(each for each in tables if each.name == LIBRARIES)
    return {
        "schema": DOCUMENT_SCHEMA,
        "store_schema": copy.execute("PRAGMA user_version").fetchone()[0],
        "exported_at": exported_at,
        "host": host,
        LIBRARIES: [_library(copy, tables, row) for row in _rows(copy, known)],
        **{each.name: _of(copy, each, None) for each in tables if each.may_stand_alone},
    }


def _library(copy: sqlite3.Connection, tables: tuple[Table, ...], row: Row) -> Row:
    owned = {each.name: _of(copy, each, row["id"]) for each in tables if each.of_library}
    return {**row, **owned}


def _of(copy: sqlite3.Connection, table: Table, library_id: str | None) -> list[Row]:
    """The rows of a library, or those of none."""
    return [
        {name: value for name, value in row.items() if name != LIBRARY_KEY}
        for row in _rows(copy, table)
        if row.get(LIBRARY_KEY) == library_id
    ]


def _rows(copy: sqlite3.Connection, table: Table) -> Iterator[Row]:
    for row in copy.execute(f"SELECT * FROM {table.name} ORDER BY {table.order}"):  # noqa: S608
        yield {name: row[name] for name in table.names}
