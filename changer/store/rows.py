"""Rows become records; a value that its field can't hold is damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from types import NoneType
from typing import Any, TypeVar, get_args

from changer.errors import StoreFailed
from changer.store import records

__all__ = ["read_record", "read_records"]

RecordT = TypeVar("RecordT")

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
    "OperationKind": get_args(records.OperationKind),
    "OperationState": get_args(records.OperationState),
    "MoveKind": get_args(records.MoveKind),
    "MoveOutcome | None": (*get_args(records.MoveOutcome), None),
}


def read_records(record_type: type[RecordT], rows: Iterable[sqlite3.Row]) -> tuple[RecordT, ...]:
    """All rows as records. Raises StoreFailed."""
    return tuple(read_record(record_type, row) for row in rows)


def read_record(record_type: type[RecordT], row: sqlite3.Row) -> RecordT:
    """One row as a record, by the names of its fields. Raises StoreFailed."""
    values: dict[str, Any] = {}
    for field in fields(record_type):  # type: ignore[arg-type]
        values[field.name] = _checked(row, field.name, str(field.type))
    return record_type(**values)


def _checked(row: sqlite3.Row, name: str, annotation: str) -> Any:
    try:
        value = row[name]
    except IndexError:
        raise StoreFailed(f"the state store is damaged: column {name} is missing") from None
    words = _WORDS.get(annotation)
    fits = isinstance(value, _TYPES[annotation]) if words is None else value in words
    if not fits:
        raise StoreFailed(f"the state store is damaged: {name} can't be {value!r}")
    return value
