"""What SQLite and the host fail at, one by one: whose fault it is, and what to do."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from changer.errors import AccessDenied, ChangerError, StoreFailed, StoreFull, StoreUnreachable
from changer.store.failures import (
    lock_holders,
    patience,
    refuse_emptied,
    refuse_journal,
    store_failures,
)

from .store_support import opened

pytestmark = pytest.mark.rows(one_in=1)
STRANGER = 61001  # a user without a name


def failed(code: int | None, words: str = "it said so") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    if code is not None:
        error.sqlite_errorcode = code
        error.sqlite_errorname = "SQLITE_NAME"
    return error


def error_of(path: Path, error: Exception) -> ChangerError:
    with pytest.raises(ChangerError) as raised, store_failures(path):
        raise error
    assert raised.value.__cause__ is error
    return raised.value


@pytest.mark.parametrize(
    ("code", "kind", "words", "is_damage"),
    [
        (sqlite3.SQLITE_BUSY, StoreFailed, "stayed locked by another program", False),
        (sqlite3.SQLITE_LOCKED, StoreFailed, "stayed locked by another program", False),
        (sqlite3.SQLITE_BUSY | 2 << 8, StoreFailed, "stayed locked by another program", False),
        (sqlite3.SQLITE_CORRUPT, StoreFailed, "is damaged: it said so", True),
        (sqlite3.SQLITE_NOTADB, StoreFailed, "is damaged: it said so", True),
        (sqlite3.SQLITE_CORRUPT | 1 << 8, StoreFailed, "is damaged: it said so", True),
        (sqlite3.SQLITE_IOERR, StoreFailed, "failed: it said so (SQLITE_NAME)", False),
        (sqlite3.SQLITE_CANTOPEN, StoreFailed, "failed: it said so (SQLITE_NAME)", False),
        (sqlite3.SQLITE_AUTH, StoreFailed, "failed: it said so (SQLITE_NAME)", False),
        (sqlite3.SQLITE_READONLY, AccessDenied, "no permission to write", False),
        (sqlite3.SQLITE_FULL, StoreFull, "no space left for the state store", False),
        (sqlite3.SQLITE_ERROR, StoreFailed, "failed: it said so", False),
        (None, StoreFailed, "failed: it said so", False),
    ],
)
def test_each_code_is_an_error_of_its_own(
    path: Path, code: int | None, kind: type[ChangerError], words: str, *, is_damage: bool
) -> None:
    opened(path).close()
    error = error_of(path, failed(code))
    assert type(error) is kind
    assert error.message.startswith((f"the state store {path} {words}", words))
    assert getattr(error, "is_damage", False) is is_damage
    assert ("SQLITE_NAME" in error.message) is ("SQLITE_NAME" in words)


def test_a_file_that_can_t_be_opened_is_gone_where_it_is_not_there(path: Path) -> None:
    error = error_of(path, failed(sqlite3.SQLITE_CANTOPEN))
    assert (type(error), error.message) == (StoreUnreachable, f"the state store {path} is gone")


@pytest.mark.parametrize(
    ("free", "nodes", "is_full"),
    [
        ((16, 4096), (1, 1), False),
        ((65536, 1), (1, 1), False),
        ((65535, 1), (1, 1), True),
        ((0, 4096), (0, 0), True),
        ((16, 4096), (0, 1), True),
        ((16, 4096), (0, 0), False),  # a file system without inodes
        ((16, 4096), (1, 0), False),
    ],
)
def test_a_disk_is_full_without_blocks_or_without_inodes(
    path: Path,
    free: tuple[int, int],
    nodes: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_full: bool,
) -> None:
    opened(path).close()
    status = SimpleNamespace(
        f_flag=0, f_bavail=free[0], f_frsize=free[1], f_favail=nodes[0], f_files=nodes[1]
    )
    monkeypatch.setattr("os.statvfs", lambda _: status)
    error = error_of(path, failed(sqlite3.SQLITE_IOERR))
    assert isinstance(error, StoreFull) is is_full


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_a_copy_waits_so_often_for_a_lock_and_no_longer(rounds: int) -> None:
    wait = patience(rounds)
    for status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) * rounds:
        if rounds > 1:
            wait(sqlite3.SQLITE_OK, 1, 1)  # what goes on costs no patience
            wait(status, 1, 1)
            rounds -= 1
    with pytest.raises(sqlite3.OperationalError, match="database is locked") as raised:
        wait(sqlite3.SQLITE_LOCKED, 1, 1)
    assert raised.value.sqlite_errorcode == sqlite3.SQLITE_LOCKED


@pytest.mark.parametrize(
    ("size", "log", "words"),
    [
        (0, None, None),
        (0, 0, None),
        (0, 1, "is empty, but state.db-wal is not"),
        (1, None, "is too short"),
        (99, 1, "is too short"),
        (100, None, None),
        (100, 1, None),
    ],
)
def test_what_is_shorter_than_a_header_is_the_rest_of_a_store(
    path: Path, size: int, log: int | None, words: str | None
) -> None:
    path.write_bytes(bytes(size))
    if log is not None:
        path.with_name("state.db-wal").write_bytes(bytes(log))
    if words is None:
        refuse_emptied(path)
        return
    with pytest.raises(StoreFailed) as raised:
        refuse_emptied(path)
    assert raised.value.is_damage
    assert raised.value.message == f"the state store {path} is damaged: it {words}"


def test_who_writes_holds_it_and_else_who_reads(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the kernel's list, whose processes are known by their command lines."""
    opened(path).close()
    status, locks = path.stat(), tmp_path / "locks"
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for process, words in ((77, "x" * 61), (78, "sqlite3 it")):
        (tmp_path / str(process)).mkdir()
        (tmp_path / f"{process}/cmdline").write_text(words)
    monkeypatch.setattr("changer.host.processes._PROC", tmp_path)
    monkeypatch.setattr("changer.host.processes._LOCKS", locks)
    rows = [
        *(
            ("POSIX", "READ", 79, place),
            ("POSIX", "READ", 77, place),
            ("FLOCK", "WRITE", 79, place),
        ),
        *(("POSIX", "WRITE", 79, f"{place}0"), ("POSIX", "READ", 78, place)),
        ("POSIX", "WRITE", 78, place),
    ]

    def listed(count: int) -> tuple[str, ...]:
        lines = (
            f"{number}: {kind}  ADVISORY  {access} {process} {at} 0 EOF"
            for number, (kind, access, process, at) in enumerate(rows[:count])
        )
        locks.write_text("\n".join(lines))
        return lock_holders(path)

    assert listed(0) == ()
    assert listed(5) == (f"pid 77 ({'x' * 60})", "pid 78 (sqlite3 it)", "pid 79")
    assert listed(6) == ("pid 78 (sqlite3 it)",)


@pytest.mark.parametrize(
    ("owner", "user", "is_refused"),
    [
        (STRANGER, STRANGER, False),
        (0, STRANGER, False),
        (STRANGER, STRANGER + 1, True),
        (STRANGER, 0, False),  # with no more rights than those who share the store
    ],
)
def test_journal_is_played_back_by_its_owner_and_by_root(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: int, user: int, *, is_refused: bool
) -> None:
    """It names the files that SQLite then deletes."""
    journal, look = path.with_name("state.db-journal"), Path.lstat

    def of_owner(place: Path) -> os.stat_result:
        status = look(place)
        return os.stat_result((*status[:4], owner, *status[5:])) if place == journal else status

    monkeypatch.setattr(Path, "lstat", of_owner)
    monkeypatch.setattr("os.geteuid", lambda: user)
    refuse_journal(path)  # there is none
    journal.write_bytes(b"pages")
    if not is_refused:
        refuse_journal(path)
        return
    with pytest.raises(AccessDenied) as refused:
        refuse_journal(path)
    assert refused.value.message == f"{journal} belongs to {owner}, and may be a trap"
    assert refused.value.hint == f"run changer once as root or as {owner}"
