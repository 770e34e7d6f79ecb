"""Frozen dataclasses as JSON values and back, every type checked on the way in."""

from __future__ import annotations

import sys
from enum import Enum
from functools import cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from changer.values import MISSING, fields, is_dataclass

RecordT = TypeVar("RecordT")


class BadRecord(ValueError):
    """The JSON value does not fit the record; the message names the field."""


def to_json(value: Any) -> Any:
    """Object of a dataclass, without the fields that have their default value."""
    if is_dataclass(value):
        return {
            field.name: to_json(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value


def from_json(record: type[RecordT], value: Any) -> RecordT:
    """The dataclass that ``to_json`` made this value of. Raises BadRecord."""
    if not isinstance(value, dict):
        raise BadRecord(f"{record.__name__} is not an object")
    kind: Any = record
    if unknown := value.keys() - {field.name for field in fields(kind)}:
        raise BadRecord(f"{record.__name__} has no {', '.join(sorted(map(str, unknown)))}")
    try:
        return record(
            **{key: read_value(_hint(kind, key), item, key) for key, item in value.items()}
        )
    except TypeError as error:  # a field without default is missing
        raise BadRecord(str(error)) from None


@cache
def _hint(record: Any, name: str) -> Any:
    """The type of a field. Python compiles each annotation for it, and few values have them all."""
    (annotation,) = (field.type for field in fields(record) if field.name == name)
    only = SimpleNamespace(__annotations__={name: annotation})
    return get_type_hints(only, sys.modules[record.__module__].__dict__)[name]


def read_value(hint: Any, value: Any, where: str) -> Any:
    """One value of the type that ``hint`` describes. Raises BadRecord."""
    if get_origin(hint) is UnionType:
        return _read_optional(hint, value, where)
    if get_origin(hint) is tuple:
        return _read_tuple(get_args(hint), value, where)
    if is_dataclass(hint):
        return from_json(hint, value)  # type: ignore[arg-type]
    if issubclass(hint, Enum):
        return _read_enum(hint, value, where)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint or value in (float("inf"), float("-inf")) or value != value:
        raise BadRecord(f"{where} is not of type {hint.__name__}: {value!r}")
    return value


def _read_optional(hint: Any, value: Any, where: str) -> Any:
    if value is None:
        return None
    (kept,) = (choice for choice in get_args(hint) if choice is not NoneType)
    return read_value(kept, value, where)


def _read_tuple(hints: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise BadRecord(f"{where} is not a list: {value!r}")
    if hints[-1] is Ellipsis:
        return tuple(read_value(hints[0], item, where) for item in value)
    if len(hints) != len(value):
        raise BadRecord(f"{where} has {len(value)} values instead of {len(hints)}")
    return tuple(read_value(hint, item, where) for hint, item in zip(hints, value, strict=True))


def _read_enum(hint: type[Enum], value: Any, where: str) -> Enum:
    try:
        return hint(value)
    except ValueError:
        choices = ", ".join(str(choice.value) for choice in hint)
        raise BadRecord(f"{where} is not one of {choices}: {value!r}") from None
