"""Problems of a store, found without changing it: rights, pages, schema, rows, consistency.

A problem has to be mended by somebody; a note is settled by the next command.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

from changer.errors import ChangerError, StoreFailed, StoreUnreachable
from changer.host.processes import is_alive
from changer.host.trust import real_path
from changer.store import records
from changer.store.copies import copied
from changer.store.database import SCHEMA_VERSION, read_records
from changer.store.failures import side_file, store_failures
from changer.store.maintenance.protection import protection_problems
from changer.store.maintenance.ranges import out_of_range
from changer.store.maintenance.sources import copy_of
from changer.store.maintenance.summary import SCHEMA_OF_CLEANERS, Contents, contents_of
from changer.store.schema import migrate, new_schema
from changer.store.sqlite_database import memory_database
from changer.values import dataclass

_LINES = 10  # of what SQLite finds: one damaged page can give hundreds
_RESTORE = "restore a backup: changer state restore FILE"
_RECORDS = {
    "libraries": records.LibraryRecord,
    "reservations": records.Reservation,
    "cleaners": records.Cleaner,
    "drives": records.DriveIdentity,
    "drive_conditions": records.DriveCondition,
    "operations": records.Operation,
    "moves": records.Move,
    "claims": records.Claim,
    "transfers": records.TransferRecord,
    "sightings": records.LabelSighting,
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that is not a failure; ``hint``: what to do about it, or None."""

    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """Result of an inspection.

    path      or the URL of a database.
    size      bytes of the file and of its write-ahead log, or of the database.
    contents  None when they can't be read.
    """

    path: Path | str
    size: int
    contents: Contents | None
    problems: tuple[ChangerError, ...]
    notes: tuple[Note, ...]


def inspect_store(path: Path) -> Inspection:
    """Inspect everything. Raises nothing: what is wrong is among the problems."""
    problems: list[ChangerError] = []
    notes: list[Note] = []
    contents: Contents | None = None
    try:
        given, path = path, real_path(path, StoreUnreachable)
        with store_failures(path), copied(given) as copy:
            with suppress(sqlite3.Error, ChangerError):  # the cause is among the problems below
                contents = contents_of(copy)
            problems += _problems(copy, path)
            if contents is not None and not problems:
                notes += _notes(copy, contents)
    except ChangerError as error:
        problems.append(error)
    with suppress(OSError, ChangerError):  # as above
        known = {each.message for each in problems}
        problems += [each for each in protection_problems(path) if each.message not in known]
    return Inspection(path, _size(path), contents, tuple(problems), tuple(notes))


def inspect_server(url: str, *, allow_async: bool) -> Inspection:
    """The same of a store in PostgreSQL: its content, and whether the server keeps what it takes.

    Its pages are the server's to check (pg_amcheck).
    """
    from changer.store.postgresql.report import report

    problems: list[ChangerError] = []
    notes: list[Note] = []
    contents, size = None, 0
    try:
        size, problem, doubt = report(url, allow_async=allow_async)
        problems += [] if problem is None else [problem]
        notes += [] if doubt is None else [Note(doubt)]
        with copy_of(url) as copy:
            contents = contents_of(copy)
            problems += _problems(copy, url)
            if not problems:
                notes += _notes(copy, contents)
    except ChangerError as error:
        problems.append(error)
    return Inspection(url, size, contents, tuple(problems), tuple(notes))


def _size(path: Path) -> int:
    size = 0
    for place in (path, side_file(path, "-wal")):
        with suppress(OSError):
            size += place.stat().st_size
    return size


def require_sound(copy: sqlite3.Connection, path: Path | str) -> None:
    """Raise the first problem of a store that was copied into memory."""
    with store_failures(Path(path)):
        for problem in _problems(copy, path):
            raise problem


def _problems(copy: sqlite3.Connection, path: Path | str) -> Iterator[ChangerError]:
    found = damage(copy)
    for each in found[:_LINES]:
        yield StoreFailed.damage(f"the state store {path} is damaged: {each}", hint=_RESTORE)
    if len(found) > _LINES:
        yield StoreFailed(f"and {len(found) - _LINES} more like that", hint=_RESTORE)


# Damage


def damage(copy: sqlite3.Connection) -> list[str]:
    """Damage of a store's content, in words, from the pages up to the sense of the rows.

    Where one level is damaged, those above it are not looked at. Raises sqlite3.Error.
    """
    found = _integrity(copy) or [*_schema(copy), *_references(copy)]
    found = found or [*_lost_by_migration(copy)]
    if not found:
        with _migrated(copy) as newest:
            found = [*_rows(newest)] or [*out_of_range(newest), *_consistency(newest)]
    return found


def _integrity(copy: sqlite3.Connection) -> list[str]:
    try:
        lines = [str(row[0]) for row in copy.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [line for text in lines if text != "ok" for line in text.splitlines()]


def _schema(copy: sqlite3.Connection) -> Iterator[str]:
    """Tables, indexes and triggers that are not exactly what the migrations make."""
    wanted = _objects_of_schema(copy.execute("PRAGMA user_version").fetchone()[0])
    found = _objects(copy)
    for name, statement in wanted.items():
        if name not in found:
            yield f"{name} is missing"
        elif found[name] != statement:
            yield f"{name} differs from what this program creates"
    yield from (f"{name} does not belong to this program" for name in found if name not in wanted)


@cache
def _objects_of_schema(version: int) -> dict[str, str | None]:
    with closing(new_schema(version)) as model:
        return _objects(model)


def _objects(connection: sqlite3.Connection) -> dict[str, str | None]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    return {
        f"{row[0]} {row[1]}": row[2] for row in rows if not str(row[1]).startswith("sqlite_stat")
    }


def _references(copy: sqlite3.Connection) -> Iterator[str]:
    for table, row, parent, _ in copy.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} refers to nothing in {parent}"


def _lost_by_migration(copy: sqlite3.Connection) -> Iterator[str]:
    """Rows of an older schema that make no sense, and that its migration would drop."""
    if copy.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_OF_CLEANERS:
        for (library,) in copy.execute(
            "SELECT library_id FROM cleaners EXCEPT SELECT library_id FROM reservations"
        ):
            yield f"{library} has a cleaner but no reserved slot"


@contextmanager
def _migrated(copy: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Lend another copy, with the newest schema."""
    with closing(memory_database()) as newest:
        copy.backup(newest)
        migrate(newest, Path(":memory:"))
        yield newest


def _rows(newest: sqlite3.Connection) -> Iterator[str]:
    """Values that their fields can't hold."""
    for table, record_type in _RECORDS.items():
        try:
            read_records(record_type, newest.execute(f"SELECT * FROM {table}"))  # noqa: S608
        except StoreFailed as error:
            yield f"{table}: {error.message.rpartition(': ')[2]}"
        except sqlite3.DatabaseError as error:  # bytes that are not UTF-8
            yield f"{table}: {error}"


def _consistency(newest: sqlite3.Connection) -> Iterator[str]:
    """Rows that the schema allows together, but that no function of the store leaves behind."""
    for library, address in newest.execute(
        "SELECT library_id, slot_address FROM cleaners WHERE slot_address IS NOT NULL"
        " EXCEPT SELECT library_id, slot_address FROM reservations"
    ):
        yield f"{library} has a cleaner in slot @{address}, which is not reserved"
    for library, address, operation_id, owner, finished_at in newest.execute(_CLAIMS):
        if finished_at is not None:
            yield (
                f"@{address} of {library} is claimed by an operation that has ended: {operation_id}"
            )
        elif owner != library:
            yield f"@{address} of {library} is claimed by an operation of {owner}: {operation_id}"


# Notes


def _notes(copy: sqlite3.Connection, contents: Contents) -> Iterator[Note]:
    """The notes on a sound store."""
    if contents.schema_version < SCHEMA_VERSION:
        yield Note(
            (
                f"it has schema {contents.schema_version}; the next command upgrades it to "
                f"{SCHEMA_VERSION}"
            ),
            "keep a backup for the older program: changer state backup FILE",
        )
    with _migrated(copy) as newest:
        for each in read_records(records.Operation, newest.execute(_UNFINISHED)):
            if not is_alive(each.process[0], host=each.host_id):
                yield Note(
                    f"{each.kind} of {each.library_id} was interrupted (operation {each.id})",
                    (
                        "changer recover settles it, as does the next command that changes"
                        " something in the library"
                    ),
                )
        for move in read_records(records.Move, newest.execute(_OPEN_MOVES)):
            yield Note(
                f"a move in {move.library_id} of"
                f" {move.volume_tag or 'a cartridge without a label'}"
                f" from @{move.source_address} to @{move.destination_address} is open",
                "unless that move is still under way, settle it with: changer recover",
            )


_CLAIMS = (
    "SELECT claims.library_id, address, operation_id, operations.library_id, finished_at"
    " FROM claims JOIN operations ON operations.id = operation_id ORDER BY 1, 2"
)
_UNFINISHED = "SELECT * FROM operations WHERE finished_at IS NULL ORDER BY sequence"
_OPEN_MOVES = "SELECT * FROM moves WHERE outcome IS NULL OR outcome = 'unknown' ORDER BY id"
