"""Ranges of the numbers in a store: what a program can work with, where the type allows more."""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Iterator

from changer.store.table_columns import Column, Table, tables_of

# SQLite counts up to 2^63 - 1, and then gives a table no number any more. Half of them stay free.
LARGEST_NUMBER = 1 << 62
_LAST_SECOND = 253_402_300_799  # of the year 9999, UTC
_LARGEST_PROCESS_ID = (1 << 31) - 1  # pid_t
_MOST = 1_000_000_000  # cleanings of a cartridge or of a drive, cartridges of an export
_RESULT_CODES = (0, (1 << 32) - 1)  # DWORD

_BY_NAME = {
    "sequence": (1, LARGEST_NUMBER),
    "id": (1, LARGEST_NUMBER),
    "operations_before": (0, LARGEST_NUMBER),
    "process_id": (0, _LARGEST_PROCESS_ID),
    "result_code": _RESULT_CODES,
    "cleans_left": (0, _MOST),
    "cleanings": (0, _MOST),
    "uses": (0, _MOST),
    "use_counted": (0, 1),
    "cleans_told": (0, 1),
    "still_requested": (0, 1),
    "address": (0, 0xFFFF),
    "position": (1, _MOST),
    "mark": (0, (1 << 32) - 1),
    "seconds": (0, _MOST),
    "number": (1, LARGEST_NUMBER),
}
_BY_ENDING = {"_at": (0, _LAST_SECOND), "_address": (0, 0xFFFF)}
_TAPE_ALERT_FLAGS = range(1, 65)


def out_of_range(newest: sqlite3.Connection) -> Iterator[str]:
    """Numbers that are out of range in a store of the newest schema, in words."""
    for table in tables_of(newest):
        for column in table.columns:
            limits = limits_of(column)
            if limits is not None:
                yield from _outside(newest, table, column, limits)
    for table_name, last in newest.execute("SELECT name, seq FROM sqlite_sequence"):
        if not isinstance(last, int) or not 0 <= last <= LARGEST_NUMBER:
            yield f"{table_name}: its last number, {last!r}, is out of range"
    for (flags,) in newest.execute("SELECT flags FROM drive_conditions WHERE flags <> ''"):
        if not {*flags.split(",")} <= {str(each) for each in _TAPE_ALERT_FLAGS}:
            yield f"drive_conditions: flags can't be {flags[:40]!r}"


def limits_of(column: Column) -> tuple[int, int] | None:
    """The least and the largest value of a column; None: it does not hold numbers."""
    if column.kind == "TEXT":
        return None
    ending = next((each for each in _BY_ENDING if column.name.endswith(each)), "")
    return _BY_NAME[column.name] if column.name in _BY_NAME else _BY_ENDING[ending]


def _outside(
    newest: sqlite3.Connection, table: Table, column: Column, limits: tuple[int, int]
) -> Iterator[str]:
    name = column.name
    query = (
        f"SELECT {name} FROM {table.name} WHERE {name} IS NOT NULL"  # noqa: S608
        f" AND (typeof({name}) NOT IN ('integer', 'real') OR {name} NOT BETWEEN ? AND ?)"
    )
    for (value,) in newest.execute(query, limits):
        yield f"{table.name}: {name} can't be {value!r}"
