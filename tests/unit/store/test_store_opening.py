"""Opening: made on demand, quick, and nothing touched that is not ours."""

from __future__ import annotations

import grp
import itertools
import multiprocessing
import os
import re
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from folders import quick_folder
from on_record import primary_reservation
from pytest_mock import MockerFixture
from users import IS_ROOT, as_nobody, become_nobody, shared_group

import changer.store
from changer.errors import AccessDenied, StoreFailed, StoreUnreachable
from changer.host.clock import SystemClock
from changer.host.shared_files import prepare_folder
from changer.store.coordination import HostCoordination
from changer.store.database import APPLICATION_ID, SCHEMA_VERSION
from changer.store.sqlite import open_store

from .store_support import LIBRARY, give_to_nobody, in_processes, mode, opened, query, remember

MIGRATIONS = Path(changer.store.__file__).with_name("migrations")


def test_a_new_store_has_the_newest_schema_in_wal_mode(path: Path) -> None:
    opened(path).close()
    assert query(path, "PRAGMA user_version") == SCHEMA_VERSION
    assert query(path, "PRAGMA application_id") == APPLICATION_ID
    assert query(path, "PRAGMA journal_mode") == "wal"
    assert query(path, "PRAGMA integrity_check") == "ok"


def test_the_migrations_are_numbered_without_gaps_up_to_the_schema_version() -> None:
    names = sorted(file.name for file in MIGRATIONS.iterdir())
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.sql", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(SCHEMA_VERSION + 1))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_group_may_write_the_store_and_its_side_files(tmp_path: Path, umask: int) -> None:
    previous = os.umask(umask)
    try:
        with opened(tmp_path / "state.db") as store:
            remember(store)
            modes = {file.name: mode(file) for file in tmp_path.iterdir()}
    finally:
        os.umask(previous)
    assert modes == {"state.db": 0o660, "state.db-wal": 0o660, "state.db-shm": 0o660}


def test_a_folder_for_a_group_belongs_to_the_group_whatever_the_umask(tmp_path: Path) -> None:
    group = shared_group().gr_name
    previous = os.umask(0o077)
    try:
        prepare_folder(tmp_path / "a/changer", group=group)
    finally:
        os.umask(previous)
    status = (tmp_path / "a/changer").stat()
    assert (stat.S_IMODE(status.st_mode), grp.getgrgid(status.st_gid).gr_name) == (0o2770, group)
    assert not mode(tmp_path / "a") & 0o022


@pytest.mark.parametrize("group", [None, "no-such-group"])
def test_a_folder_without_a_group_is_private(tmp_path: Path, group: str | None) -> None:
    prepare_folder(tmp_path / "changer", group=group)
    assert mode(tmp_path / "changer") == 0o700


def test_a_folder_that_exists_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "changer").mkdir(0o751)
    prepare_folder(tmp_path / "changer", group=shared_group().gr_name)
    assert mode(tmp_path / "changer") == 0o751


def test_root_makes_with_the_store_the_folder_of_the_locks(tmp_path: Path) -> None:
    """Members of the group could not make it in /run/lock for each other."""
    state, locks = tmp_path / "lib/state.db", tmp_path / "lock"
    host = HostCoordination(state, locks, HandClock())
    assert host.make_store(dry_run=True)
    assert list(tmp_path.iterdir()) == []
    assert host.make_store(dry_run=False)
    assert not host.make_store(dry_run=False)
    assert locks.is_dir() is IS_ROOT
    assert not IS_ROOT or mode(locks) == mode(state.parent)


def test_many_processes_can_make_the_same_folder(tmp_path: Path) -> None:
    def make(_: int) -> str:
        prepare_folder(tmp_path / "a/b/changer", group=shared_group().gr_name)
        return "done"

    assert in_processes(8, make) == ["done"] * 8
    assert [file.name for file in (tmp_path / "a/b").iterdir()] == ["changer"]


def test_what_members_of_the_group_write_is_readable_for_the_others() -> None:
    """As root: the store that root made is used by two members. Else by its owner, twice."""
    group = shared_group().gr_name
    group_id = grp.getgrnam(group).gr_gid
    both = multiprocessing.get_context("fork").Barrier(2)

    def use(user_id: int, path: Path) -> str:
        become_nobody([group_id], user=user_id)
        os.umask(0o077)
        with open_store(path, clock=SystemClock()) as store:
            remember(store, f"of {user_id}")
            both.wait(120)  # -wal and -shm are open when the other one comes
            return ",".join(library.id for library in store.libraries())

    with quick_folder() as folder:
        path = folder / "changer" / "state.db"
        open_store(path, clock=HandClock(), group=group).close()
        results = in_processes(2, lambda number: use(61001 + number, path))
        with opened(path) as store:
            known = {library.id for library in store.libraries()}
    assert {"of 61001", "of 61002"} == known
    assert all("of 6100" in result for result in results)


def test_side_files_that_another_program_is_just_making_are_tried_again(
    path: Path, mocker: MockerFixture
) -> None:
    refused: list[Path] = []
    access = os.access

    def refuse_twice(place: Path, mode: int, *, effective_ids: bool) -> bool:
        if place.name.endswith("-shm") and len(refused) < 2:
            refused.append(place)
            return False
        return access(place, mode, effective_ids=effective_ids)

    with opened(path) as other:
        remember(other)
        mocker.patch("os.access", side_effect=refuse_twice)
        clock = HandClock()
        with opened(path, clock) as store:
            assert len(store.libraries()) == 1
    assert len(refused) == 2
    assert 0 < clock.time - HandClock().time < 0.1


@pytest.mark.parametrize(("closed", "seconds"), [("state.db-shm", "2.04"), ("state.db", "0.00")])
def test_a_side_file_that_stays_closed_is_denied_after_two_seconds_the_store_at_once(
    closed: str, seconds: str
) -> None:
    clock = HandClock()

    def give_up() -> None:
        try:
            opened(folder / "state.db", clock)
        except AccessDenied as error:
            raise AccessDenied(f"after {clock.time - HandClock().time:.2f} s") from error

    with quick_folder() as folder:
        give_to_nobody(folder)
        with opened(folder / "state.db") as store:
            remember(store)
            for file in folder.iterdir():
                file.chmod(0o444 if file.name == closed else 0o666)
            assert as_nobody(give_up) == ("access-denied", f"after {seconds} s; None")


def test_a_plain_open_and_read_writes_nothing(path: Path) -> None:
    with opened(path) as store:
        remember(store)
    before = path.read_bytes(), path.stat().st_mtime_ns
    with opened(path) as store:
        remember(store)
        assert primary_reservation(store, LIBRARY) is None
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [file.name for file in path.parent.iterdir()] == ["state.db"]


def test_opening_and_one_read_are_quick(path: Path, mocker: MockerFixture) -> None:
    """As SQLite counts it: in steps of its virtual machine."""
    opened(path).close()
    connect, steps = sqlite3.connect, itertools.count()

    def counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_progress_handler(lambda: next(steps) < 0, 1)
        return connection

    mocker.patch("_sqlite3.connect", side_effect=counting)
    with opened(path) as store:
        primary_reservation(store, LIBRARY)
    assert 0 < next(steps) < 1000


def test_a_closed_store_says_so(path: Path) -> None:
    store = opened(path)
    store.close()
    store.close()
    with pytest.raises(StoreFailed):
        store.libraries()
    with pytest.raises(StoreFailed):
        remember(store)


def test_a_relative_path_and_odd_names_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("state.db", "a?b#c%20.db", "\udcff\n.db"):
        with opened(Path(name)) as store:
            remember(store)
        assert (tmp_path / name).stat().st_size > 0


def test_a_link_to_a_store_is_followed_to_its_side_files(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "real/state.db")
    opened(tmp_path / "real/state.db").close()
    with opened(tmp_path / "link.db") as store:
        remember(store)
        assert (tmp_path / "real/state.db-wal").exists()


@pytest.mark.parametrize(
    "statement",
    ["PRAGMA application_id = 7", "PRAGMA user_version = 1", "CREATE TABLE bookmarks (url TEXT)"],
)
def test_a_database_of_another_program_is_refused_untouched(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "places.sqlite"
    query(path, statement)
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match="another program"):
        opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_that_no_program_writes_is_damage(path: Path, version: int) -> None:
    opened(path).close()
    query(path, f"PRAGMA user_version = {version}")
    with pytest.raises(StoreFailed, match="damaged"):
        opened(path)


def test_a_store_replaced_while_it_is_being_opened_is_not_used(
    path: Path, tmp_path: Path, mocker: MockerFixture
) -> None:
    """Else the log of the one is played into the other."""
    opened(path).close()
    opened(tmp_path / "other.db").close()
    connect = sqlite3.connect

    def replaced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        if str(path) in str(arguments[0]):  # not a database of whoever measures the tests
            (tmp_path / "other.db").rename(path)
        return connection

    mocker.patch("_sqlite3.connect", side_effect=replaced)
    with pytest.raises(StoreUnreachable, match="replaced"):
        opened(path)


def test_paths_that_cannot_hold_a_store_are_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe", 0o600)
    paths = ["file/state.db", "folder", "loop", "loop/state.db", "nowhere", "pipe", "a\0b/c"]
    for name in [*paths, "x" * 300, "x" * 300 + "/state.db", "/proc/changer/db"]:
        with pytest.raises(StoreUnreachable):
            opened(tmp_path / name)
    assert mode(tmp_path / "pipe") == 0o600
