"""An exported document becomes a store in memory, or an error that names the place in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, NoReturn

from changer.errors import StoreNewer, UsageError
from changer.store.maintenance.document import DOCUMENT_SCHEMA, OWN_KEYS
from changer.store.maintenance.inspection import damage
from changer.store.maintenance.table_columns import LIBRARIES, LIBRARY_KEY, Column, Table, tables_of
from changer.store.schema import SCHEMA_VERSION, migrate, new_schema

__all__ = ["LARGEST_DOCUMENT", "from_document"]

LARGEST_DOCUMENT = 1 << 28
_LARGEST_INTEGER = (1 << 63) - 1
_KINDS = {"TEXT": "a text", "INTEGER": "a whole number", "REAL": "a number"}


def from_document(content: bytes) -> sqlite3.Connection:
    """What ``to_document`` wrote, of this or an older schema, migrated; closed by the caller.

    Raises UsageError, StoreNewer.
    """
    document = _object(_parsed(content), "the document")
    if document.get("schema") != DOCUMENT_SCHEMA:
        _refuse("schema", f"is {_shown(document.get('schema'))}, not {DOCUMENT_SCHEMA}")
    version = document.get("store_schema")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        _refuse("store_schema", "is no number of a schema")
    if version > SCHEMA_VERSION:
        raise StoreNewer(
            f"the document has store schema {version}; this program knows {SCHEMA_VERSION}",
            hint="update changer on this host",
        )
    copy = new_schema(version)
    try:
        _fill(copy, document)
        found = next(iter(damage(copy)), None)
        if found is not None:
            _refuse("the document", f"does not fit together: {found}")
        migrate(copy, Path(":memory:"))
    except BaseException:
        copy.close()
        raise
    return copy


# JSON


def _parsed(content: bytes) -> Any:
    import json

    if len(content) > LARGEST_DOCUMENT:
        _refuse("the document", "is too long")
    try:
        return json.loads(
            content.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the document is no JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


# Rows


def _fill(copy: sqlite3.Connection, document: dict[str, Any]) -> None:
    copy.execute("PRAGMA foreign_keys = ON")
    tables = tables_of(copy)
    alone = [each for each in tables if each.may_stand_alone]
    _require_keys(document, {*OWN_KEYS, *(each.name for each in alone)}, "the document")
    known = next(each for each in tables if each.name == LIBRARIES)
    owned = [each for each in tables if each.of_library]
    for number, each in enumerate(_list(document[LIBRARIES], LIBRARIES)):
        place = f"{LIBRARIES}[{number}]"
        row = _object(each, place)
        _require_keys(row, {*known.names, *(table.name for table in owned)}, place)
        _insert(copy, known, row, place)
        for table in owned:
            _insert_all(copy, table, row[table.name], f"{place}.{table.name}", row["id"])
    for table in alone:
        _insert_all(copy, table, document[table.name], table.name, None)


def _insert_all(
    copy: sqlite3.Connection, table: Table, rows: Any, place: str, library_id: str | None
) -> None:
    """Rows of one library, or of none."""
    for number, each in enumerate(_list(rows, place)):
        here = f"{place}[{number}]"
        row = _object(each, here)
        _require_keys(row, set(table.names) - {LIBRARY_KEY}, here)
        _insert(copy, table, {**row, LIBRARY_KEY: library_id}, here)


def _insert(copy: sqlite3.Connection, table: Table, row: dict[str, Any], place: str) -> None:
    values = [_value(each, row[each.name], f"{place}.{each.name}") for each in table.columns]
    try:
        copy.execute(table.insertion, values)
    except (sqlite3.Error, UnicodeError) as error:
        raise UsageError(f"{place} can't be kept: {error}") from error


def _value(column: Column, value: Any, place: str) -> Any:
    if value is None:
        if not column.nullable:
            _refuse(place, "is null")
        return None
    fits = {
        "TEXT": isinstance(value, str),
        "INTEGER": isinstance(value, int) and not isinstance(value, bool),
        "REAL": isinstance(value, int | float) and not isinstance(value, bool),
    }[column.kind]
    if not fits:
        _refuse(place, f"is {_shown(value)}, not {_KINDS[column.kind]}")
    if isinstance(value, int | float) and abs(value) > _LARGEST_INTEGER:
        _refuse(place, "is too large")
    return value


# Shape


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(place, "is no object")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(place, "is no list")
    return value


def _require_keys(row: dict[str, Any], wanted: set[str], place: str) -> None:
    for name in sorted(wanted - set(row)):
        _refuse(place, f"has no {name}")
    for name in sorted(set(row) - wanted):
        _refuse(place, f"has a key that is not known: {_shown(name)}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _refuse(place: str, what: str) -> NoReturn:
    raise UsageError(f"{place} {what}")
