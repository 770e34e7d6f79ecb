"""The whole store as one JSON document, which another host can read: written, and read back.

Every library has its rows, table by table, without the library's id; beside the libraries stand
the rows that belong to no library. Tables and columns are those of the schema, whose version the
document names.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any, NoReturn

from changer.errors import StoreNewer, UsageError
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.inspection import damage
from changer.store.schema import migrate, new_schema
from changer.store.table_columns import LIBRARIES, LIBRARY_KEY, Column, Row, Table, tables_of

LARGEST_DOCUMENT = 1 << 28  # bytes
_SCHEMA = "changer.store/1"
_OWN_KEYS = {"schema", "store_schema", "exported_at", "host", LIBRARIES}
_LARGEST_INTEGER = (1 << 63) - 1
_KINDS = {
    "TEXT": ("a string", (str,)),
    "INTEGER": ("a whole number", (int,)),
    "REAL": ("a number", (int, float)),
}


def to_document(copy: sqlite3.Connection, *, exported_at: float, host: str) -> Row:
    """The document of a copy of a sound store. Times are seconds since the epoch, UTC."""
    known, *others = tables_of(copy)
    rows = {each.name: _rows_by_library(copy, each) for each in others}
    return {
        "schema": _SCHEMA,
        "store_schema": copy.execute("PRAGMA user_version").fetchone()[0],
        "exported_at": exported_at,
        "host": host,
        LIBRARIES: [
            {**row, **{each.name: rows[each.name][row["id"]] for each in others if each.of_library}}
            for row in known.rows(copy)
        ],
        **{each.name: rows[each.name][None] for each in others if each.may_stand_alone},
    }


def document_text(value: Any, indent: str = "") -> str:
    """A document as JSON, a row to a line: a row is encoded as a whole, which is fast."""
    import json

    inner = f"{indent}  "
    if isinstance(value, dict) and any(isinstance(each, list) for each in value.values()):
        fields = (f'"{name}": {document_text(each, inner)}' for name, each in value.items())
        return "{\n" + ",\n".join(f"{inner}{each}" for each in fields) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        rows = (f"{inner}{document_text(each, inner)}" for each in value)
        return "[\n" + ",\n".join(rows) + f"\n{indent}]"
    return json.dumps(value)


def _rows_by_library(copy: sqlite3.Connection, table: Table) -> defaultdict[str | None, list[Row]]:
    """The rows of a table, without their library's id, by that id; None: of no library."""
    found: defaultdict[str | None, list[Row]] = defaultdict(list)
    for row in table.rows(copy):
        found[row.pop(LIBRARY_KEY, None)].append(row)
    return found


def from_document(content: bytes) -> sqlite3.Connection:
    """The store in memory that a document describes, migrated; closed by the caller.

    The document is ``to_document``'s, of this or an older schema. Raises UsageError, StoreNewer.
    """
    document = _object(_parsed(content), "the document")
    if document.get("schema") != _SCHEMA:
        _refuse("schema", f"is {_shown(document.get('schema'))}, not {_SCHEMA}")
    version = document.get("store_schema")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        _refuse("store_schema", "is not a schema number")
    if version > SCHEMA_VERSION:
        raise StoreNewer(
            f"the document has store schema {version}; this program knows {SCHEMA_VERSION}",
            hint="update changer on this host",
        )
    copy = new_schema(version)
    try:
        _fill(copy, document)
        for found in damage(copy):
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
        raise UsageError(f"the document is not JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> Row:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


# Rows


def _fill(copy: sqlite3.Connection, document: Row) -> None:
    copy.execute("PRAGMA foreign_keys = ON")
    known, *others = tables_of(copy)
    owned = [each for each in others if each.of_library]
    alone = [each for each in others if each.may_stand_alone]
    _require_keys(document, {*_OWN_KEYS, *(each.name for each in alone)}, "the document")
    for place, row in _objects(document, LIBRARIES):
        _require_keys(row, {*known.names, *(each.name for each in owned)}, place)
        _insert(copy, known, row, place)
        for table in owned:
            _insert_all(copy, table, row, f"{place}.", row["id"])
    for table in alone:
        _insert_all(copy, table, document, "", None)


def _insert_all(
    copy: sqlite3.Connection, table: Table, holder: Row, prefix: str, library_id: str | None
) -> None:
    """The rows of one library, or those that belong to none."""
    for place, row in _objects(holder, table.name, prefix):
        _require_keys(row, set(table.names) - {LIBRARY_KEY}, place)
        _insert(copy, table, {**row, LIBRARY_KEY: library_id}, place)


def _insert(copy: sqlite3.Connection, table: Table, row: Row, place: str) -> None:
    values = [_value(each, row[each.name], f"{place}.{each.name}") for each in table.columns]
    try:
        copy.execute(table.insertion, values)
    except (sqlite3.Error, UnicodeError) as error:
        raise UsageError(f"{place} can't be kept: {error}") from error


def _value(column: Column, value: Any, place: str) -> Any:
    if value is None and column.nullable:
        return None
    if value is None:
        _refuse(place, "is null")
    words, types = _KINDS[column.kind]
    if not isinstance(value, types) or isinstance(value, bool):
        _refuse(place, f"is {_shown(value)}, not {words}")
    if isinstance(value, int | float) and abs(value) > _LARGEST_INTEGER:
        _refuse(place, "is too large")
    return value


# Shape


def _objects(holder: Row, name: str, prefix: str = "") -> list[tuple[str, Row]]:
    """The objects of a list, each with its place in the document."""
    if not isinstance(holder[name], list):
        _refuse(f"{prefix}{name}", "is not a list")
    places = ((f"{prefix}{name}[{number}]", each) for number, each in enumerate(holder[name]))
    return [(place, _object(each, place)) for place, each in places]


def _object(value: Any, place: str) -> Row:
    if not isinstance(value, dict):
        _refuse(place, "is not an object")
    return value


def _require_keys(row: Row, wanted: set[str], place: str) -> None:
    for name in sorted(wanted - set(row)):
        _refuse(place, f"has no {name}")
    for name in sorted(set(row) - wanted):
        _refuse(place, f"has an unknown key: {_shown(name)}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _refuse(place: str, what: str) -> NoReturn:
    raise UsageError(f"{place} {what}")
