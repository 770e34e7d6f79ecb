"""Values of the Python interface as messages have them: by their classes and fields.

Only classes of this package that are nothing but values are made of a message: named tuples,
dataclasses and enumerations, in modules that are imported already. No code is.
"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any

from changer.errors import ChangerError, MalformedData
from changer.owner.errors_sent import error_frame, error_of

_PACKAGE = "changer."
_PLAIN = (str, int, float, bool, NoneType)


def encode_value(value: Any) -> Any:
    """A value to send. Raises TypeError for what is more than a value."""
    if isinstance(value, Enum):
        return {"enum": _name(type(value)), "value": value.value}
    if isinstance(value, ChangerError):
        return {"error": error_frame(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _object(value, value._fields)
    if hasattr(value, "__value_fields__"):
        fields = value.__value_fields__
        return _object(value, [name for name in fields if fields[name].init])
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, tuple | list | set | frozenset):
        kind = next(each for each in (tuple, list, set, frozenset) if isinstance(value, each))
        return {kind.__name__: [encode_value(each) for each in value]}
    if isinstance(value, range):
        return {"range": [value.start, value.stop, value.step]}
    if isinstance(value, dict):
        return {"dict": [[encode_value(key), encode_value(each)] for key, each in value.items()]}
    raise TypeError(f"{type(value).__name__} is more than a value")


def decode_value(told: Any) -> Any:
    """The value that was sent. Raises MalformedData."""
    if isinstance(told, _PLAIN):
        return told
    try:
        return _decode(told)
    except MalformedData:
        raise
    except Exception as error:
        raise MalformedData(f"a value can't be read: {error}") from error


def _decode(told: dict[str, Any]) -> Any:
    kind, content = next(iter(told.items()))
    if kind in _COLLECTIONS:
        return _COLLECTIONS[kind](map(decode_value, content))
    if kind == "object":
        fields = {name: decode_value(each) for name, each in told["fields"].items()}
        return _class(content)(**fields)
    if kind == "enum":
        return _class(content)(told["value"])
    if kind == "error":
        return error_of(content)
    if kind == "bytes":
        return bytes.fromhex(content)
    if kind == "path":
        return Path(content)
    if kind == "range":
        return range(*map(int, content))
    if kind == "dict":
        return {decode_value(key): decode_value(each) for key, each in content}
    raise MalformedData(f"unknown kind of value {kind!r}")


_COLLECTIONS: dict[str, Any] = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}


def _object(value: Any, names: Any) -> dict[str, Any]:
    fields = {name: encode_value(getattr(value, name)) for name in names}
    return {"object": _name(type(value)), "fields": fields}


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> Any:
    """A class of values of this package. Raises MalformedData."""
    module, _, qualified = name.partition(":")
    found = getattr(sys.modules.get(module), qualified, None)
    is_value = isinstance(found, type) and (
        issubclass(found, Enum)
        or (issubclass(found, tuple) and hasattr(found, "_fields"))
        or hasattr(found, "__value_fields__")
    )
    if not module.startswith(_PACKAGE) or not is_value:
        raise MalformedData(f"unknown class of values {name!r}")
    return found
