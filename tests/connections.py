"""A connection to SQLite that nobody closed is a warning, as it is to Python from 3.13 on."""

from __future__ import annotations

import _sqlite3
import sqlite3
import sys
import warnings
from functools import partial


class Watched(sqlite3.Connection):
    def __del__(self) -> None:
        try:
            _ = self.total_changes
        except sqlite3.ProgrammingError:
            return  # closed, or never opened
        warnings.warn(f"unclosed database in {self!r}", ResourceWarning, source=self, stacklevel=2)


def warn_of_unclosed() -> None:
    """In this process; programs that a test starts are as they are."""
    if sys.version_info < (3, 13):
        watched = partial(sqlite3.connect, factory=Watched)
        sqlite3.connect = _sqlite3.connect = watched  # type: ignore[assignment]
