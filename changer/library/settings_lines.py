"""Lines of the settings file: where each key is written, and what can be read of a broken file.

tomllib reports values without their places. But a document is a row of statements, each on lines of
its own: the header of a table, or a key with its value. Each is given to tomllib alone, so that
TOML is parsed in one way only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from changer.values import NamedTuple

Path = tuple[str, ...]
"""Keys from the top of a document down to a value or a table."""
_KEY = re.compile(r"""[A-Za-z0-9_."'-][^=#]*=""")
_MOST_LINES = 2000  # of one statement
_DEEPEST = 4  # what a setting has is not deeper: library, id, key, and one more
_READ_AGAIN = 8  # times the size of a document: lists of many lines are read again and again


class Statement(NamedTuple):
    """The header of a table, or a key with its value.

    line    where it begins, from 1.
    table   the table that it stands in; of a header, its own.
    values  what it says, by keys, below ``table``; of a header, nothing.
    """

    line: int
    table: Path
    values: Mapping[str, Any]


def statements(text: str, *, is_sound: bool) -> Iterator[Statement]:
    """The statements of a document that can be read, in their order.

    ``is_sound``: tomllib reads the whole document. Otherwise what is broken is passed over, up to a
    line that begins like a statement.
    """
    lines, table, at = text.replace("\r\n", "\n").split("\n"), Path(), 0
    budget = _READ_AGAIN * len(text) + 65536
    while at < len(lines) and budget > 0:
        if lines[at].strip(" \t\r").startswith("#") or not lines[at].strip(" \t\r"):
            at += 1
            continue
        found, end, spent = _statement(lines, at, is_sound=is_sound)
        budget -= spent
        if found is not None:
            if is_header := lines[at].lstrip(" \t").startswith("["):
                table = _header(found)
            yield Statement(at + 1, table, {} if is_header else found)
        at = end


def _statement(
    lines: list[str], at: int, *, is_sound: bool
) -> tuple[Mapping[str, Any] | None, int, int]:
    """What begins at a line, the line after it, and how many characters were read for that."""
    spent = 0
    for end in range(at + 1, min(len(lines), at + _MOST_LINES) + 1):
        chunk = "\n".join(lines[at:end])
        spent += len(chunk)
        if (found := _loaded(chunk)) is not None:
            return found, end, spent
        if not is_sound and end < len(lines) and _begins_another(lines[end]):
            return None, end, spent
    return None, at + 1, spent


def _begins_another(line: str) -> bool:
    return _KEY.match(line) is not None or (line.startswith("[") and bool(_loaded(line)))


def _loaded(chunk: str) -> Mapping[str, Any] | None:
    import tomllib

    try:
        return tomllib.loads(chunk)
    except (ValueError, RecursionError):
        return None


def _header(found: Mapping[str, Any]) -> Path:
    path: list[str] = []
    below: Any = found
    while isinstance(below, dict) and below:
        name = next(iter(below))
        path.append(name)
        below = below[name]
    return tuple(path)


def key_lines(text: str, *, is_sound: bool = True) -> dict[Path, int]:
    """The line of each key, by its path; of one that several lines speak of, the first."""
    lines: dict[Path, int] = {}
    for each in statements(text, is_sound=is_sound):
        for end in range(1, len(each.table) + 1):
            lines.setdefault(each.table[:end], each.line)
        for path in _paths(each.values):
            lines.setdefault((*each.table, *path), each.line)
    return lines


def _paths(values: Mapping[str, Any], depth: int = 1) -> Iterator[Path]:
    for name, value in values.items():
        yield (name,)
        if isinstance(value, dict) and depth < _DEEPEST:
            for below in _paths(value, depth + 1):
                yield (name, *below)


def sound_part(text: str) -> dict[str, Any]:
    """What can be read of a broken document; of a key that is given twice, the first value."""
    whole: dict[str, Any] = {}
    for each in statements(text, is_sound=False):
        place: Any = whole
        for name in each.table:
            place = place.setdefault(name, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            _merge(place, each.values)
    return whole


def _merge(into: dict[str, Any], values: Mapping[str, Any], depth: int = 1) -> None:
    for name, value in values.items():
        known = into.setdefault(name, value)
        both_are_tables = isinstance(known, dict) and isinstance(value, dict)
        if known is not value and both_are_tables and depth < _DEEPEST:
            _merge(known, value, depth + 1)
