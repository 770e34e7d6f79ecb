"""Text of TOML: settings as a settings file has them (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from changer.library.library_settings import SpentCleaners
from changer.library.owner_address import OwnerAddress
from changer.smc.elements import AdditionalSense

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def plain_value(key: str, value: Any) -> Any:
    """A setting as TOML, and JSON, have it: the inverse of ``read_setting``."""
    if value is None and key == "manager":
        return "here"
    if isinstance(value, range):
        return _slots(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, SpentCleaners | OwnerAddress | AdditionalSense):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, Mapping):
        return {name: plain_value("", each) for name, each in value.items()}
    if isinstance(value, tuple):
        return list(value)
    return value


def _slots(slots: range) -> str:
    if not slots:
        return ""
    return str(slots[0]) if len(slots) == 1 else f"{slots[0]}-{slots[-1]}"


def toml_key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else _quoted(name)


def toml_value(value: Any) -> str:
    """A value of ``plain_value``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        rows = (f"{toml_key(name)} = {toml_value(each)}" for name, each in value.items())
        return f"{{ {', '.join(rows)} }}" if value else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(toml_value, value))}]"
    return repr(value)


def _quoted(text: str) -> str:
    return f'"{"".join(map(_letter, text))}"'


def _letter(letter: str) -> str:
    if letter in _ESCAPED:
        return _ESCAPED[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if 0xD800 <= code < 0xE000:  # half a character, which TOML can't have
        return "?"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
