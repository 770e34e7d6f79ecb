"""Copy of a store in memory: taken without changing the file, and free to be changed."""

from __future__ import annotations

import _sqlite3 as sqlite3
import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from changer.errors import AccessDenied, ChangerError, StoreFailed, StoreUnreachable
from changer.host.shared_files import access_hint
from changer.host.trust import real_path, reduced_rights
from changer.store.failures import (
    refuse_emptied,
    refuse_links,
    side_file,
    side_size,
    store_failures,
)
from changer.store.sqlite_database import memory_database, read_schema_version

_READS = 5  # of a file that changes meanwhile
_WITHOUT_LOCKS = "mode=ro&immutable=1"  # and without the files beside it


@contextmanager
def copied(path: Path) -> Iterator[sqlite3.Connection]:
    """All that is committed in the store at ``path``, with the schema that it has there.

    The file is not created, migrated or written; its integrity is not checked.
    Raises StoreUnreachable (no such file), AccessDenied, StoreFailed (damaged, of another program,
    empty, a write that is still to be undone), StoreNewer.
    """
    real = real_path(path, StoreUnreachable)
    with store_failures(real):
        _require_file(real)
        with reduced_rights(path):
            refuse_links(real)
            _require_readable(real)
            copy = _load(real)
    with closing(copy):
        yield copy


def load_single(file: Path) -> sqlite3.Connection:
    """A copy of a file that is complete by itself and not in use, such as a backup.

    Closed by the caller. Raises as ``copied``.
    """
    real = real_path(file)
    with store_failures(real):
        _require_file(real)
        if side_size(real, "-wal"):
            raise StoreFailed(
                f"the state store {real} is not a backup: it is in use, or was left behind by a "
                f"killed program ({real.name}-wal belongs to it)",
                hint=f"make a backup of it: changer --state {file} state backup FILE",
            )
        _require_readable(real)
        return _read(real, _WITHOUT_LOCKS)


def _load(path: Path) -> sqlite3.Connection:
    """Read without locks when all is in the file; with a write-ahead log, under SQLite's locks.

    Read again if the file changed meanwhile, or was replaced: the parts may not fit together.
    """
    for _ in range(_READS):
        before = _version_of(path)
        has_log = bool(before[-1])
        try:
            copy = _read(path, "mode=ro" if has_log else _WITHOUT_LOCKS)
        except (ChangerError, sqlite3.Error):
            if _version_of(path) == before:
                raise
            continue
        after = _version_of(path)
        if after == before or (has_log and after[0] == before[0]):
            return copy
        copy.close()
    return _read(path, "mode=ro")


def _read(path: Path, mode: str) -> sqlite3.Connection:
    with closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True)) as source:
        source.execute("BEGIN")  # so that nothing waits for a lock any more, once it was read
        if not read_schema_version(source, path):
            raise _empty(path)
        copy = memory_database()
        try:
            source.backup(copy)
        except BaseException:
            copy.close()
            raise
    return copy


def _require_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise StoreUnreachable(
            f"there is no state store {path}",
            hint="make one: changer state init; if there was one: changer state restore FILE",
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise StoreUnreachable(f"{path} is not a regular file", hint="name another with --state")
    refuse_emptied(path)


def _empty(path: Path) -> StoreFailed:
    return StoreFailed(
        (
            f"the state store {path} is empty: either nothing was ever stored in it,"
            " or its contents are lost"
        ),
        hint="if something should be in it: changer state restore FILE",
    )


def _require_readable(path: Path) -> None:
    for place in (path, side_file(path, "-wal")):
        # In this order: one that goes meanwhile is not one without permission.
        if not os.access(place, os.R_OK, effective_ids=True) and place.exists():
            raise AccessDenied(f"no permission to read {place}", hint=access_hint(place))
    if side_size(path, "-journal"):
        raise StoreFailed(
            f"a write to {path} was interrupted and must still be rolled back "
            f"({path.name}-journal)",
            hint="any command that opens the store does that: changer state list",
        )


def _version_of(path: Path) -> tuple[int, int, int, int]:
    """Inode, size, time, and size of the write-ahead log: different after every write."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, side_size(path, "-wal")
