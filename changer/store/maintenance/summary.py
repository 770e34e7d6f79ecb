"""Summary of what a store holds, library by library: for people, and to compare two stores."""

from __future__ import annotations

from changer.store.database import read_records
from changer.store.table_columns import Executes
from changer.values import NamedTuple, dataclass

SCHEMA_OF_CLEANERS = 7  # before it, a library had one reserved slot, and one cleaner


class CleanerContents(NamedTuple):
    """What is kept of a cleaner; ``slot_address``: its home, or None: it is away. None: unknown."""

    library_id: str
    slot_address: int | None
    volume_tag: str | None
    cleans_left: int | None
    condition: str


class _Reserved(NamedTuple):
    library_id: str
    slot_address: int


class _Counts(NamedTuple):
    id: str
    operations: int
    open_operations: int
    moves: int
    open_moves: int


@dataclass(frozen=True, slots=True)
class LibraryContents:
    """What is kept of one library.

    reserved_addresses       in the order of their reservation.
    cleaners                 those at home and those that are away, as they first came.
    operations, moves        how many the history has.
    open_operations, -moves  how many of them have no known end.
    """

    id: str
    reserved_addresses: tuple[int, ...] = ()
    cleaners: tuple[CleanerContents, ...] = ()
    operations: int = 0
    open_operations: int = 0
    moves: int = 0
    open_moves: int = 0

    @property
    def reserved_address(self) -> int | None:
        """The slot that was reserved first; None: nothing is reserved."""
        return next(iter(self.reserved_addresses), None)

    @property
    def cleaner(self) -> CleanerContents | None:
        """The cleaner at home in the slot that was reserved first."""
        home = self.reserved_address
        at_home = (each for each in self.cleaners if each.slot_address is not None)
        return next((each for each in at_home if each.slot_address == home), None)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is kept in a store; ``schema_version`` is that of its file."""

    schema_version: int
    libraries: tuple[LibraryContents, ...]

    def library(self, library_id: str) -> LibraryContents | None:
        """One library, or None when it is not in the store."""
        return next((each for each in self.libraries if each.id == library_id), None)


# Only what every schema has had from the first one on, but for the cleaners.
_COUNTS = """
SELECT id,
    (SELECT count(*) FROM operations WHERE library_id = libraries.id) AS operations,
    (SELECT count(*) FROM operations WHERE library_id = libraries.id AND finished_at IS NULL)
        AS open_operations,
    (SELECT count(*) FROM moves WHERE library_id = libraries.id) AS moves,
    (SELECT count(*) FROM moves WHERE library_id = libraries.id
        AND (outcome IS NULL OR outcome = 'unknown')) AS open_moves
FROM libraries ORDER BY id
"""
_RESERVED = "SELECT library_id, slot_address FROM reservations ORDER BY id"
_CLEANERS = """
SELECT library_id, slot_address, volume_tag, cleans_left, condition FROM cleaners ORDER BY id
"""
_CLEANERS_BEFORE = """
SELECT library_id, slot_address, nullif(volume_tag, '') AS volume_tag, cleans_left,
    'usable' AS condition
FROM cleaners LEFT JOIN reservations USING (library_id)
"""


def contents_of(store: Executes, *, schema_version: int | None = None) -> Contents:
    """The summary of a store. ``schema_version``: None: as SQLite has it.

    Raises StoreFailed, sqlite3.Error.
    """
    version = schema_version
    if version is None:
        (version,) = (row[0] for row in store.execute("PRAGMA user_version"))
    query = _CLEANERS if version >= SCHEMA_OF_CLEANERS else _CLEANERS_BEFORE
    reserved: dict[str, list[int]] = {}
    for slot in read_records(_Reserved, store.execute(_RESERVED)):
        reserved.setdefault(slot.library_id, []).append(slot.slot_address)
    cleaners: dict[str, list[CleanerContents]] = {}
    for cleaner in read_records(CleanerContents, store.execute(query)):
        cleaners.setdefault(cleaner.library_id, []).append(cleaner)
    libraries = (
        LibraryContents(
            counts.id,
            tuple(reserved.get(counts.id, ())),
            tuple(cleaners.get(counts.id, ())),
            *counts[1:],
        )
        for counts in read_records(_Counts, store.execute(_COUNTS))
    )
    return Contents(version, tuple(libraries))
