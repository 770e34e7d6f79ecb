"""Copy of a PostgreSQL store as a database of SQLite's in memory: of one moment, free to change."""

from __future__ import annotations

import _sqlite3 as sqlite3
from contextlib import suppress

import psycopg

from changer.store.postgresql.connection import Connection
from changer.store.postgresql.schema import NUMBERS
from changer.store.schema import new_schema
from changer.store.table_columns import Table, tables_of

_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def copied(connection: Connection) -> sqlite3.Connection:
    """All that is committed, with the newest schema; closed by the caller. Raises psycopg.Error.

    It is read in one round trip, and nothing is locked: a standby will do.
    """
    copy = new_schema()
    try:
        tables = tables_of(copy)
        queries = [*map(_rows_of, tables), *map(_last_number_of, NUMBERS)]
        cursor = connection.execute("; ".join((_SNAPSHOT, *queries, "COMMIT")).encode())
        copy.execute("BEGIN")
        for table in tables:
            cursor.nextset()
            copy.executemany(table.insertion, map(tuple, cursor))
        for name in NUMBERS:
            cursor.nextset()
            _give_no_number_again(copy, name, int(cursor.fetchall()[0][0]))
        copy.execute("COMMIT")
        copy.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        copy.close()
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK")
        raise
    return copy


def _rows_of(table: Table) -> str:
    names = ", ".join(f'"{each}"' for each in table.names)
    return f"SELECT {names} FROM {table.name} ORDER BY {table.order}"  # noqa: S608


def _last_number_of(table: str) -> str:
    sequence = f"{table}_{NUMBERS[table]}_seq"
    return f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"  # noqa: S608


def _give_no_number_again(copy: sqlite3.Connection, table: str, last: int) -> None:
    """Have numbers go on after the last one; of a table whose numbers SQLite keeps for it."""
    made = copy.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if last and "AUTOINCREMENT" in made[0]:
        copy.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        copy.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
