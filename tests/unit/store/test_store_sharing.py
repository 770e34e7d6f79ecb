"""Several programs that open the store at once."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from connections import Watched
from folders import quick_folder
from pytest_mock import MockerFixture

import changer.store
from changer.errors import StoreFailed
from changer.host.clock import SystemClock
from changer.store.failures import lock_holders
from changer.store.sqlite import open_store

from .store_support import in_processes, opened, outcome_of, query, remember

MIGRATIONS = Path(changer.store.__file__).with_name("migrations")


def test_programs_that_make_a_store_at_once_make_one() -> None:
    for _ in range(5):
        with quick_folder() as folder:
            path = folder / "changer/state.db"

            def use(number: int, path: Path = path) -> str:
                with open_store(path, clock=SystemClock()) as store:
                    remember(store, str(number))
                return "done"

            assert in_processes(8, use) == ["done"] * 8
            assert query(path, "SELECT count(*) FROM libraries") == 8
            assert query(path, "PRAGMA journal_mode") == "wal"
            assert query(path, "PRAGMA integrity_check") == "ok"


def test_a_folder_that_another_program_replaces_while_it_is_empty_is_used_all_the_same(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    """The host's own rename(2) and mknod(2), in the order that loses the first folder."""
    folder, make = tmp_path / "changer", os.mknod
    replaced: list[Path] = []

    def replace_first(path: Path, mode: int, *, dir_fd: int | None) -> None:
        if replaced:
            return make(path, mode, dir_fd=dir_fd)
        lost = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            other = tmp_path / "other"
            other.mkdir()
            replaced.append(other.rename(folder))
            return make(path.name, mode, dir_fd=lost)
        finally:
            os.close(lost)

    mocker.patch("os.mknod", side_effect=replace_first)
    with opened(folder / "state.db") as store:
        remember(store)
        assert len(store.libraries()) == 1
    assert replaced == [folder]


def test_a_store_left_outside_wal_mode_is_switched(path: Path) -> None:
    opened(path).close()
    query(path, "PRAGMA journal_mode = DELETE")
    opened(path).close()
    assert query(path, "PRAGMA journal_mode") == "wal"


def test_a_store_locked_for_too_long_fails_and_names_who_has_it(path: Path) -> None:
    opened(path).close()
    mine = open_store(path, clock=HandClock(), group=None, busy_timeout_seconds=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, mine:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed, match="locked by") as caught:
            remember(mine)
        assert mine.libraries() == ()  # readers don't wait
        other.execute("ROLLBACK")
        remember(mine)
    if Path("/proc/locks").exists():
        assert f"pid {os.getpid()} (" in caught.value.message


@pytest.mark.parametrize(
    ("device", "listed", "is_it"),
    [
        ((8, 2), "08:02", True),
        ((8, 2), "08:03", False),
        ((8, 2), "fd:02", False),
        ((8, 2), "00:02", False),
        ((0, 40), "00:28", True),
        ((0, 40), "00:19", True),  # btrfs and overlayfs have a second number
        ((0, 40), "08:28", False),
    ],
)
def test_a_lock_on_a_file_of_that_number_is_of_another_file_on_another_device(
    path: Path, device: tuple[int, int], listed: str, is_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = path.with_name("locks")
    locks.write_text(f"1: POSIX  ADVISORY  READ {os.getpid()} {listed}:77 0 1\n")
    monkeypatch.setattr("changer.host.processes._LOCKS", locks)
    status = os.stat_result((0o100660, 77, os.makedev(*device), 1, 0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(Path, "stat", lambda _: status)
    assert bool(lock_holders(path)) == is_it


def test_a_new_store_locked_for_too_long_fails(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        def open_it() -> None:
            open_store(path, clock=HandClock(), group=None, busy_timeout_seconds=0.1)

        assert outcome_of(open_it) == "store-failed"
        other.execute("ROLLBACK")
    opened(path).close()


def test_switching_to_wal_waits_for_other_connections(path: Path) -> None:
    opened(path).close()
    query(path, "PRAGMA journal_mode = DELETE")
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM libraries").fetchone()
    slept: list[float] = []

    class EndingReader(HandClock):
        def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            reader.execute("ROLLBACK") if len(slept) == 3 else None

    open_store(path, clock=EndingReader(), group=None, busy_timeout_seconds=0.05).close()
    reader.close()
    assert len(slept) == 3
    assert query(path, "PRAGMA journal_mode") == "wal"


class _WithoutLog(Watched):
    """On a file system that can't share memory, as SQLite answers there."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return super().execute(statement.removesuffix(" = WAL"), *values)


def test_where_there_can_be_no_log_that_is_said_and_not_waited_for(
    path: Path, mocker: MockerFixture
) -> None:
    opened(path).close()
    query(path, "PRAGMA journal_mode = DELETE")
    clock = HandClock()
    clock.on_sleep = lambda: pytest.fail("it was waited for")
    mocker.patch("_sqlite3.connect", partial(sqlite3.connect, factory=_WithoutLog))
    with pytest.raises(StoreFailed, match="its file system does not support a write-ahead log"):
        open_store(path, clock=clock)


def test_a_second_store_on_the_same_file_does_not_drop_the_locks_of_the_first(path: Path) -> None:
    """POSIX locks go when their process closes any descriptor of the file."""
    with opened(path) as first:
        remember(first)
        database = first._database  # type: ignore[attr-defined]
        with database.transaction():
            threads = [threading.Thread(target=lambda: opened(path).close()) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            def intrude(_: int) -> str:
                other = open_store(path, clock=HandClock(), group=None, busy_timeout_seconds=0.05)
                return outcome_of(lambda: remember(other, "intruder"))

            assert in_processes(1, intrude) == ["store-failed"]
