"""Summary of what a store holds, library by library: for people, and to compare two stores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from changer.store.database import read_records
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class LibraryContents:
    """What is kept of one library.

    reserved_address         None: nothing is reserved.
    has_cleaner              1 with a cleaner, whose tag and cleans left may be unknown (None).
    operations, moves        how many the history has.
    open_operations, -moves  how many of them have no known end.
    """

    id: str
    reserved_address: int | None
    has_cleaner: int
    volume_tag: str | None
    cleans_left: int | None
    operations: int
    open_operations: int
    moves: int
    open_moves: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What is kept in a store; ``schema_version`` is that of its file."""

    schema_version: int
    libraries: tuple[LibraryContents, ...]

    def library(self, library_id: str) -> LibraryContents | None:
        """One library, or None when it is not in the store."""
        return next((each for each in self.libraries if each.id == library_id), None)


# Only what every schema has had from the first one on.
_QUERY = """
SELECT id,
    (SELECT slot_address FROM reservations WHERE library_id = libraries.id) AS reserved_address,
    (SELECT count(*) FROM cleaners WHERE library_id = libraries.id) AS has_cleaner,
    (SELECT volume_tag FROM cleaners WHERE library_id = libraries.id) AS volume_tag,
    (SELECT cleans_left FROM cleaners WHERE library_id = libraries.id) AS cleans_left,
    (SELECT count(*) FROM operations WHERE library_id = libraries.id) AS operations,
    (SELECT count(*) FROM operations WHERE library_id = libraries.id AND finished_at IS NULL)
        AS open_operations,
    (SELECT count(*) FROM moves WHERE library_id = libraries.id) AS moves,
    (SELECT count(*) FROM moves WHERE library_id = libraries.id
        AND (outcome IS NULL OR outcome = 'unknown')) AS open_moves
FROM libraries ORDER BY id
"""


class Executes(Protocol):
    """A store that is open, or a copy of one in memory."""

    def execute(self, statement: str, values: Sequence[object] = ..., /) -> Iterable[Any]:
        """The rows of one statement."""
        ...


def contents_of(store: Executes) -> Contents:
    """The summary of a store. Raises StoreFailed, sqlite3.Error."""
    (version,) = (row[0] for row in store.execute("PRAGMA user_version"))
    return Contents(version, read_records(LibraryContents, store.execute(_QUERY)))
