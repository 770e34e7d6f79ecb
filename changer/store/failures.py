"""Failures of SQLite and of the host as ChangerErrors; no sqlite3 error leaves the store."""

from __future__ import annotations

import _sqlite3 as sqlite3
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from changer.errors import AccessDenied, ChangerError, StoreFailed, StoreFull, StoreUnreachable
from changer.host.processes import command_of, file_locks
from changer.host.shared_files import access_hint, refusal
from changer.host.trust import is_plain, is_trusted, reduced_rights, trap, user_name

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_REFUSED = frozenset({sqlite3.SQLITE_AUTH, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY})
_HOST = _REFUSED | {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
HEADER_LENGTH = 100  # of SQLite's files
SIDE_SUFFIXES = ("-wal", "-shm", "-journal")
_LONGEST_COMMAND = 60
_LAST_NUMBER = (1 << 63) - 1  # that SQLite gives a row
_LEAST_FREE_BYTES = 65536  # SQLite's shared memory file alone takes 32 KiB


@contextmanager
def store_failures(path: Path) -> Iterator[None]:
    """Raise every failure of the store at ``path`` as a ChangerError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _store_failure(error, path) from error
    except OSError as error:
        raise refusal(error, path, doing="use") from error
    except (OverflowError, UnicodeError) as error:
        raise StoreFailed(f"the state store can't hold that: {error}") from error


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo a transaction; after some errors SQLite has done so already."""
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds a lock."""
    return _primary_code(error) in _BUSY


def patience(rounds: int) -> Callable[[int, int, int], None]:
    """Return a limit for ``sqlite3.Connection.backup``, which else waits for a lock for ever.

    Raises sqlite3.OperationalError when that many rounds of waiting have ended.
    """
    left = iter(range(rounds - 1))

    def progress(status: int, _remaining: int, _total: int) -> None:
        if status in _BUSY and next(left, None) is None:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = status
            raise error

    return progress


def check_rights(path: Path) -> None:
    """Raise AccessDenied unless the store at ``path`` and its folder can be written.

    Raises StoreUnreachable on a read-only file system.
    """
    folder_mode, file_mode = os.W_OK | os.X_OK, os.R_OK | os.W_OK
    for place in (path.parent, path, *_side_files(path)):
        mode = folder_mode if place == path.parent else file_mode
        if os.access(place, mode, effective_ids=True) or not _exists(place):
            continue
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            raise StoreUnreachable(
                f"the state store {path} is on a read-only file system",
                hint="mount it read-write, or name another store with --state",
            )
        raise AccessDenied(f"no permission to read and write {place}", hint=access_hint(place))


def _store_failure(error: sqlite3.Error, path: Path) -> ChangerError:
    code = _primary_code(error)
    if code in _BUSY:
        return StoreFailed(
            f"the state store {path} stayed locked by "
            f"{', '.join(lock_holders(path)) or 'another program'}",
            hint="try again when that has ended",
        )
    if code == sqlite3.SQLITE_FULL:
        return _out_of_numbers(path) or _full(path)
    if code in _DAMAGED:
        return StoreFailed.damage(
            f"the state store {path} is damaged: {error}",
            hint="restore a backup: changer state restore FILE. Without one, move it and its -wal"
            " away: then nothing is reserved",
        )
    if code in _HOST:
        return _host_failure(error, path)
    return StoreFailed(f"the state store {path} failed: {error}")


def _host_failure(error: sqlite3.Error, path: Path) -> ChangerError:
    """Find the cause on the host: SQLite does not report errno."""
    try:
        if not _exists(path):
            return StoreUnreachable(f"the state store {path} is gone")
        check_rights(path)
        if not _has_space(path.parent):
            return _full(path)
        if _primary_code(error) == sqlite3.SQLITE_READONLY:
            return AccessDenied(f"no permission to write {path}, or its -wal and -shm")
    except ChangerError as refused:
        return refused
    except OSError as refused:
        return StoreFailed(f"the state store {path} failed: {refused.strerror}")
    name = getattr(error, "sqlite_errorname", "")
    return StoreFailed(f"the state store {path} failed: {error} ({name})")


def _full(path: Path) -> StoreFull:
    return StoreFull(
        f"no space left for the state store {path}", hint=f"free some space in {path.parent}"
    )


def _out_of_numbers(path: Path) -> StoreFailed | None:
    """The error for a table that has given its last number: for SQLite that is a full disk."""
    query = "SELECT name FROM sqlite_sequence WHERE seq >= ?"
    try:
        with (
            reduced_rights(path),
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)) as connection,
        ):
            exhausted = connection.execute(query, (_LAST_NUMBER,)).fetchone()
    except (sqlite3.Error, ValueError, OSError, ChangerError):
        return None
    if exhausted is None:
        return None
    return StoreFailed.damage(
        f"the state store {path} is damaged: {exhausted[0]} has reached the largest possible "
        "number",
        hint="restore a backup: changer state restore FILE",
    )


def _has_space(folder: Path) -> bool:
    """Whether blocks and inodes are free; file systems without inodes report none at all."""
    free = os.statvfs(folder)
    has_inodes = free.f_favail > 0 or free.f_files == 0
    return free.f_bavail * free.f_frsize >= _LEAST_FREE_BYTES and has_inodes


def _primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def refuse_emptied(path: Path) -> None:
    """Raise StoreFailed for the remains of a store, where SQLite would begin a new one.

    SQLite deletes a write-ahead log beside an empty file, and takes a file of one octet for empty.
    """
    size = path.stat().st_size
    if 0 < size < HEADER_LENGTH:
        what = "is too short"
    elif not size and side_size(path, "-wal"):
        what = f"is empty, but {path.name}-wal is not"
    else:
        return
    raise StoreFailed.damage(
        f"the state store {path} is damaged: it {what}",
        hint="restore a backup: changer state restore FILE",
    )


def side_file(path: Path, suffix: str) -> Path:
    """Return the path of a file that SQLite keeps beside the store: ``SIDE_SUFFIXES``."""
    return path.with_name(path.name + suffix)


def side_size(path: Path, suffix: str) -> int:
    """Bytes of such a file; 0 where there is none, or none any more."""
    try:
        return side_file(path, suffix).stat().st_size
    except FileNotFoundError:
        return 0


def _side_files(path: Path) -> tuple[Path, ...]:
    return side_file(path, "-wal"), side_file(path, "-shm")


def _exists(path: Path) -> bool:
    """Whether a file exists, or can't be seen by this user."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def lock_holders(path: Path) -> tuple[str, ...]:
    """Return the programs that hold locks on the store: writers, else readers."""
    files = set()
    for place in (path, *_side_files(path)):
        with suppress(OSError):
            status = place.stat()
            device = os.major(status.st_dev), os.minor(status.st_dev)
            files.add(_file_in_list(*device, status.st_ino))
    holders: dict[str, set[str]] = {"WRITE": set(), "READ": set()}
    for kind, access, process_id, file in file_locks():
        if kind == "POSIX" and access in holders:
            major, minor, inode = file.split(":")
            if _file_in_list(int(major, 16), int(minor, 16), int(inode)) in files:
                holders[access].add(_described(process_id))
    return tuple(sorted(holders["WRITE"] or holders["READ"]))


def _file_in_list(major: int, minor: int, inode: int) -> tuple[int, int, int]:
    """Return what tells files apart; btrfs and overlayfs (major 0) have two minor numbers."""
    return major, minor if major else 0, inode


def _described(process_id: int) -> str:
    command = command_of(process_id)[:_LONGEST_COMMAND]
    return f"pid {process_id} ({command})" if command else f"pid {process_id}"


def refuse_links(path: Path) -> None:
    """Raise AccessDenied for a link beside the store, in place of a file of SQLite's."""
    for beside in (side_file(path, each) for each in SIDE_SUFFIXES):
        with suppress(FileNotFoundError):
            if not is_plain(beside.lstat()):
                raise trap(beside)


def refuse_journal(path: Path) -> None:
    """Raise AccessDenied for another user's journal, which names what SQLite undoes and deletes.

    One of root or of this user belongs to a program at work, or was left by a killed one. Root may
    play back any, with ``reduced_rights``.
    """
    journal = side_file(path, "-journal")
    with suppress(FileNotFoundError):
        status = journal.lstat()
        if os.geteuid() != 0 and not is_trusted(status):
            owner = user_name(status.st_uid)
            raise AccessDenied(
                f"{journal} belongs to {owner}, and may be a trap",
                hint=f"run changer once as root or as {owner}",
            )
