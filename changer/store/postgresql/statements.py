"""Statements as PostgreSQL has them, and rows by number and name, as SQLite gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from psycopg import Cursor

# "user" is a function of PostgreSQL's, unless it is quoted.
_TOKEN = re.compile(
    r"""'[^']*' | "[^"]*" | \bIS[ ]\? | \? | (?<!:):([a-z]\w*) | % | \buser\b""", re.X
)
_WORDS = {"IS ?": "IS NOT DISTINCT FROM %s", "?": "%s", "%": "%%", "user": '"user"'}


@cache
def translated(statement: str) -> bytes:
    """Return a statement of the tables' with psycopg's marks for its values."""

    def replacement(match: re.Match[str]) -> str:
        if match[1] is not None:
            return f"%({match[1]})s"
        if match[0][0] in "'\"":
            return match[0].replace("%", "%%")
        return _WORDS[match[0]]

    return _TOKEN.sub(replacement, statement).encode()


class Row:
    """A row of a query: its values by number or name; IndexError for another name."""

    __slots__ = ("_numbers", "_values")

    def __init__(self, numbers: dict[str, int], values: Sequence[Any]) -> None:
        self._numbers = numbers
        self._values = values

    def __getitem__(self, key: int | str, /) -> Any:
        if isinstance(key, int):
            return self._values[key]
        if key not in self._numbers:
            raise IndexError(f"no column {key}")
        return self._values[self._numbers[key]]

    def keys(self) -> list[str]:
        """Return the names of the columns, in order."""
        return [*self._numbers]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class RowMaker:
    """The row factory of a connection, as psycopg calls it."""

    def __init__(self, cursor: Cursor[Any]) -> None:
        columns = cursor.description or ()
        self._numbers = {each.name: number for number, each in enumerate(columns)}

    def __call__(self, values: Sequence[Any]) -> Row:
        """Make the row of these values."""
        return Row(self._numbers, values)
