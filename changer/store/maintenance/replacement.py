"""Gives a store the whole content of another one; what it held before is kept beside it."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from changer.errors import AccessDenied, ChangerError, StoreFailed
from changer.host.atomic_file import place_file
from changer.host.clock import Clock
from changer.host.shared_files import FILE_MODE, GROUP
from changer.store.database import Database
from changer.store.failures import (
    SIDE_SUFFIXES,
    check_rights,
    lock_holders,
    side_file,
    store_failures,
)
from changer.store.maintenance.backup import as_file
from changer.store.maintenance.copies import copied
from changer.store.maintenance.inspection import inspect_store
from changer.store.maintenance.summary import Contents
from changer.store.maintenance.table_columns import tables_of
from changer.store.reduced_rights import rights_of_the_folder
from changer.store.schema import APPLICATION_ID, SCHEMA_VERSION
from changer.store.sqlite import open_database

__all__ = ["Present", "look_at", "replace_content"]

_MARK = b"changer state restore was interrupted: run it again\n"
# SQLite's locks, on octets that no store is long enough to have (sqlite3, os.h: PENDING_BYTE).
_LOCKED_FROM, _LOCKED_LENGTH = 0x40000000, 512
_STRUCT_FLOCK = "hhqqi0q"  # l_type, l_whence, l_start, l_len, l_pid
_PAGE = 4096
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Present:
    """A store before its content is replaced.

    ``contents``: as far as it can be told. ``damage``: what is wrong with it, or None.
    ``is_new``: there is no file, or nothing was ever in it.
    """

    contents: Contents | None
    damage: ChangerError | None
    is_new: bool

    @property
    def library_ids(self) -> frozenset[str]:
        """The libraries that it is known to know."""
        return frozenset(each.id for each in self.contents.libraries) if self.contents else _NONE


def look_at(path: Path) -> Present:
    """What a store is that may be replaced; nothing is changed.

    Raises what forbids it: AccessDenied, StoreUnreachable (no regular file), StoreNewer,
    StoreFailed (a database of another program).
    """
    with store_failures(path):
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            return Present(Contents(SCHEMA_VERSION, ()), None, is_new=True)
        inspection = inspect_store(path)
        damage = next(iter(inspection.problems), None)
        if damage is not None and not isinstance(damage, StoreFailed | AccessDenied):
            raise damage
        check_rights(path)
        if isinstance(damage, AccessDenied):  # of others than this user
            damage = None
        if damage is not None:
            _refuse_foreign(path)
        return Present(inspection.contents, damage, is_new=False)


def replace_content(
    path: Path,
    copy: sqlite3.Connection,
    present: Present,
    *,
    locked: frozenset[str],
    clock: Clock,
) -> Path | None:
    """Give the store all that is in a copy of another one, which has the newest schema.

    ``locked``: the libraries whose locks the caller holds. Where the old content is kept, if there
    was any. Raises as ``open_store``; StoreFailed when it can't be done now. Nothing is changed
    then.
    """
    if present.damage is not None:
        return _replace_damaged(path, copy, clock=clock)
    if present.is_new:
        _keep_side_files(path, clock)
    database = open_database(path, clock=clock, group=GROUP)
    try:
        with database.transaction():
            _refuse_others(database, locked)
            kept = None if present.is_new else _keep(path, clock)
            _replace_rows(database, copy)
        return kept
    finally:
        database.close()


def _replace_damaged(path: Path, copy: sqlite3.Connection, *, clock: Clock) -> Path:
    """Write it over a file that SQLite can't be trusted with any more.

    Into the same file, not by rename(2): a program that has opened the old one, and waits, would
    then mix its write-ahead log with the new one. An interruption leaves a file that is no
    database: refused, not empty.
    """
    content, given = as_file(copy, path), path
    path = Path(os.path.realpath(path))
    with store_failures(path), rights_of_the_folder(given), _alone(path) as descriptor:
        kept = _free_name(path, clock)
        place_file(kept, path.read_bytes(), replace=False, mode=FILE_MODE)
        _write_at(descriptor, _MARK.ljust(_PAGE, b"\0"), 0)
        _put_aside(path, kept)
        os.ftruncate(descriptor, len(content))
        _write_at(descriptor, content[_PAGE:], _PAGE)
        _write_at(descriptor, content[:_PAGE], 0)
    return kept


def _write_at(descriptor: int, content: bytes, position: int) -> None:
    """All of it, and on disk when this returns."""
    while content:
        written = os.pwrite(descriptor, content, position)
        content, position = content[written:], position + written
    os.fsync(descriptor)


def _refuse_foreign(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(72)
    # SQLite's file format: its name, and at 68 whose database it is.
    is_database = header.startswith(b"SQLite format 3\0") and len(header) == 72
    if is_database and int.from_bytes(header[68:], "big") != APPLICATION_ID:
        raise StoreFailed(
            f"{path} is a database of another program",
            hint="if it was the state store once, move it away first",
        )


# Rows


def _refuse_others(database: Database, locked: frozenset[str]) -> None:
    for (library_id,) in database.execute("SELECT id FROM libraries"):
        if library_id not in locked:
            raise StoreFailed(
                f"library {library_id} came to the state store meanwhile",
                hint="try again; nothing was changed",
            )


def _replace_rows(database: Database, copy: sqlite3.Connection) -> None:
    database.execute("PRAGMA defer_foreign_keys = ON")
    tables = tables_of(copy)
    for table in reversed(tables):
        database.execute(f"DELETE FROM {table.name}")  # noqa: S608
    for table in tables:
        columns = ", ".join(table.names)
        for row in copy.execute(f"SELECT {columns} FROM {table.name}"):  # noqa: S608
            database.execute(table.insertion, tuple(row))
    # Numbers of the history are not given a second time.
    for name, number in copy.execute("SELECT name, seq FROM sqlite_sequence"):
        database.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (number, name)
        )


# What was there before


def _keep(path: Path, clock: Clock) -> Path:
    """As one file beside the store. Within a transaction: nobody else writes meanwhile."""
    with copied(path) as old:
        content = as_file(old, path)
    with store_failures(path), rights_of_the_folder(path):
        kept = _free_name(Path(os.path.realpath(path)), clock)
        place_file(kept, content, replace=False, mode=FILE_MODE)
        return kept


def _keep_side_files(path: Path, clock: Clock) -> None:
    """SQLite would throw away the log of a file that is gone."""
    real = Path(os.path.realpath(path))
    with store_failures(path):
        if any(side_file(real, each).exists() for each in SIDE_SUFFIXES):
            with rights_of_the_folder(path):
                _put_aside(real, _free_name(real, clock))


def _put_aside(path: Path, kept: Path) -> None:
    """On disk when this returns: an old log that came back would be played into the new store."""
    for suffix in SIDE_SUFFIXES:
        side = side_file(path, suffix)
        with suppress(FileNotFoundError):
            side.unlink() if suffix == "-shm" else side.rename(side_file(kept, suffix))
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _free_name(path: Path, clock: Clock) -> Path:
    """``state.db.replaced-20260301-120000``, with a number after it when that is taken."""
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.now()))
    name = f"{path.name}.replaced-{when}"
    numbers = range(1, 10_000)
    names = (name if number == 1 else f"{name}-{number}" for number in numbers)
    for each in names:
        if not any(os.path.lexists(path.with_name(each + end)) for end in ("", *SIDE_SUFFIXES)):
            return path.with_name(each)
    raise OSError(errno.EEXIST, f"there are too many files {name}")


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """The file, opened, and locked against every program that uses SQLite; they wait."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        request = (fcntl.F_WRLCK, os.SEEK_SET, _LOCKED_FROM, _LOCKED_LENGTH, 0)
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(_STRUCT_FLOCK, *request))
        except (BlockingIOError, PermissionError) as error:
            raise StoreFailed(
                f"the state store {path} is damaged, and still open in {lock_holders(path)}",
                hint="end that first, then try again; nothing was changed",
            ) from error
        yield descriptor
    finally:
        os.close(descriptor)
