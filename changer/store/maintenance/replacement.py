"""Restore of a store from a copy; its old content is kept beside it.

A sound store takes the content over in one transaction, while other programs have it open. A
damaged file is replaced by a new one.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import chain, count
from pathlib import Path

from changer.errors import AccessDenied, StoreFailed, StoreUnreachable
from changer.host.atomic_file import place_file
from changer.host.clock import Clock
from changer.host.shared_files import FILE_MODE, GROUP
from changer.host.trust import real_path, reduced_rights
from changer.store.copies import copied
from changer.store.database import APPLICATION_ID, SCHEMA_VERSION
from changer.store.failures import (
    HEADER_LENGTH,
    SIDE_SUFFIXES,
    check_rights,
    is_busy,
    lock_holders,
    refuse_links,
    side_file,
    store_failures,
)
from changer.store.maintenance.backup import as_file
from changer.store.maintenance.inspection import inspect_store
from changer.store.maintenance.summary import Contents, contents_of
from changer.store.sqlite import open_database
from changer.store.table_columns import ASKED_ANEW
from changer.values import dataclass

# Shorter than an SQLite header, so that every program refuses to open it.
_MARK = b"changer state restore was interrupted: run it again\n"


@dataclass(frozen=True, slots=True)
class Present:
    """A store before its content is replaced.

    contents  as far as it can be read, else None.
    damage    what is wrong with it, in words, or None.
    is_new    there is no file, or nothing was ever in it.
    """

    contents: Contents | None
    damage: str | None
    is_new: bool

    @property
    def library_ids(self) -> frozenset[str]:
        """The libraries that it has, as far as it can be read."""
        libraries = self.contents.libraries if self.contents else ()
        return frozenset(each.id for each in libraries)


def look_at(path: Path) -> Present:
    """Inspect a store that is to be replaced; nothing is changed.

    Raises AccessDenied, StoreUnreachable (not a regular file), StoreNewer, StoreFailed (a database
    of another program).
    """
    with store_failures(path):
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            return Present(Contents(SCHEMA_VERSION, ()), None, is_new=True)
        inspection = inspect_store(path)
        problem = next(iter(inspection.problems), None)
        if not isinstance(problem, StoreFailed | AccessDenied | None):
            raise problem
        check_rights(path)
        if not isinstance(problem, StoreFailed):  # rights that others lack are not damage
            return Present(inspection.contents, None, is_new=False)
        _refuse_foreign(path)
        return Present(inspection.contents, problem.message, is_new=False)


def _refuse_foreign(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(72)
    # SQLite's file format: the magic string, and at offset 68 the application id.
    is_database = header.startswith(b"SQLite format 3\0") and len(header) == 72
    if is_database and int.from_bytes(header[68:], "big") != APPLICATION_ID:
        raise StoreFailed(
            f"{path} is a database of another program",
            hint="if it was the state store once, move it away first",
        )


def replace_content(
    path: Path, copy: sqlite3.Connection, present: Present, *, locked: frozenset[str], clock: Clock
) -> Path | None:
    """Replace the content of the store by that of a copy, which has the newest schema.

    ``locked``: the libraries whose locks the caller holds. Returns the file that the old content
    is kept in, or None for a new store. Raises as ``open_store``; StoreFailed when a library came
    meanwhile, or a damaged store is in use. Nothing is changed then.
    """
    copy.execute(f"DELETE FROM {ASKED_ANEW}")  # noqa: S608
    if present.damage is not None:
        return _replace_file(path, copy, clock)
    if present.is_new:
        _keep_side_files(path, clock)
    kept: Path | None = None

    def keep() -> None:
        nonlocal kept
        with copied(path) as old:
            _refuse_others(old, locked)
            if not present.is_new:
                kept = _keep(path, old, clock)
            _continue_numbers(copy, old)

    with closing(open_database(path, clock=clock, group=GROUP)) as database:
        database.take_over(copy, begun=keep)
    return kept


def _continue_numbers(copy: sqlite3.Connection, old: sqlite3.Connection) -> None:
    """Have a copy give none of the numbers that the old history has given."""
    last: dict[str, int] = {}
    for each in (old, copy):
        for name, number in each.execute("SELECT name, seq FROM sqlite_sequence"):
            last[name] = max(number, last.get(name, 0))
    copy.execute("DELETE FROM sqlite_sequence")
    copy.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", last.items())


def _refuse_others(old: sqlite3.Connection, locked: frozenset[str]) -> None:
    for library in contents_of(old).libraries:
        if library.id not in locked:
            raise StoreFailed(
                f"library {library.id} was added to the state store meanwhile",
                hint="try again; nothing was changed",
            )


def _keep(path: Path, old: sqlite3.Connection, clock: Clock) -> Path:
    content = as_file(old, path)
    with _kept_beside(path, clock) as (_, kept):
        place_file(kept, content, replace=False, mode=FILE_MODE)
        return kept


@contextmanager
def _kept_beside(path: Path, clock: Clock) -> Iterator[tuple[Path, Path]]:
    """The real file, and the name for its old content, with the rights of those who share it."""
    real = real_path(path, StoreUnreachable)
    with store_failures(real), reduced_rights(path):
        yield real, _free_name(real, clock)


# A damaged file


def _replace_file(path: Path, copy: sqlite3.Connection, clock: Clock) -> Path:
    """Rename a new file over the damaged one, which keeps another name.

    The old log beside the new file would be played into it, and the old file without its log may
    look sound. So while the log is put aside, the store's name belongs to a mark.
    """
    content = as_file(copy, path)
    with _kept_beside(path, clock) as (real, kept):
        fresh, mark = (kept.with_name(f"{kept.name}.{each}") for each in ("new", "mark"))
        place = partial(place_file, replace=False, mode=FILE_MODE, owner=real.stat())
        place(fresh, content)  # what takes space comes first; then these names are no other's
        try:
            place(mark, _MARK)
            try:
                kept.hardlink_to(real)  # with all that others still write to it
            except PermissionError:  # a file system without links
                place(kept, real.read_bytes())
            _sync_folder(real)
            with _alone(real):
                mark.rename(real)
                _sync_folder(real)
                _put_aside(real, kept)
                fresh.rename(real)
                _sync_folder(real)
        finally:
            if mark.exists():
                kept.unlink(missing_ok=True)
            for draft in (fresh, mark):
                draft.unlink(missing_ok=True)
        return kept


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold SQLite's exclusive lock on a damaged file, as far as SQLite can open it.

    Raises StoreFailed while other programs have it open.
    """
    if lock_holders(path):
        raise _in_use(path)
    # SQLite would delete the log beside a file that is as good as empty, and play back a journal.
    if path.stat().st_size < HEADER_LENGTH or side_file(path, "-journal").exists():
        yield
        return
    refuse_links(path)
    source = f"{path.as_uri()}?mode=rw"
    with closing(sqlite3.connect(source, uri=True, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if is_busy(error):
                raise _in_use(path) from error
            raise
        except sqlite3.DatabaseError:  # not a database that any program can use
            pass
        yield


def _in_use(path: Path) -> StoreFailed:
    holders = ", ".join(lock_holders(path)) or "another program"
    return StoreFailed(
        f"the state store {path} is damaged, and still open in {holders}",
        hint="end them first, then try again; nothing was changed",
    )


def _keep_side_files(path: Path, clock: Clock) -> None:
    """Put aside the log of a file that is gone: SQLite would delete it."""
    real = real_path(path, StoreUnreachable)
    if any(side_file(real, each).exists() for each in SIDE_SUFFIXES):
        with _kept_beside(path, clock) as (_, kept):
            _put_aside(real, kept)


def _put_aside(path: Path, kept: Path) -> None:
    """Rename what lies beside the store; durable on return."""
    for suffix in SIDE_SUFFIXES:
        side = side_file(path, suffix)
        with suppress(FileNotFoundError):
            side.unlink() if suffix == "-shm" else side.rename(side_file(kept, suffix))
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _free_name(path: Path, clock: Clock) -> Path:
    """``state.db.replaced-20260301-120000``, with a number after it when that is taken."""
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.now()))
    taken = [each.name for each in path.parent.iterdir()]
    first = f"{path.name}.replaced-{when}"
    names = chain([first], (f"{first}-{number}" for number in count(2)))
    free = (each for each in names if not any(other.startswith(each) for other in taken))
    return path.with_name(next(free))
