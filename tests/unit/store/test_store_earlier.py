"""Stores of every schema that there was: brought up to date, together, interrupted, unharmed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from figures import FIGURES, Figure
from on_record import primary_cleaner, primary_reservation
from pytest_mock import MockerFixture

from changer.errors import StoreFailed, StoreNewer
from changer.host.clock import SystemClock
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.inspection import inspect_store
from changer.store.schema import migrate, migration_scripts
from changer.store.sqlite import open_store

from .store_files import (
    BARE,
    L700,
    OLD_HOST,
    RESERVED,
    STORES,
    TL,
    VERSIONS,
    assert_kept,
    assert_reserved,
    dies_at_step,
    kept_store,
    octets,
    rows_of,
)
from .store_support import in_processes, opened, outcome_of, query

OLDER = [each for each in VERSIONS if each < SCHEMA_VERSION]


def test_a_store_of_every_schema_is_kept() -> None:
    names = {file.name for file in STORES.glob("*.db")}
    assert names == {f"schema-{version}.db" for version in VERSIONS}
    for version in VERSIONS:
        header = (STORES / f"schema-{version}.db").read_bytes()[60:64]
        assert int.from_bytes(header, "big") == version


@pytest.mark.parametrize("version", VERSIONS)
def test_opening_brings_it_up_to_date_with_everything_in_it(version: int, tmp_path: Path) -> None:
    path = kept_store(version, tmp_path)
    before = rows_of(path)
    assert_reserved(path)
    with opened(path) as store:
        cleaner = primary_cleaner(store, TL)
        assert cleaner is not None
        assert (cleaner.volume_tag, cleaner.cleans_left) == ("CLNU01L1", 49)
        FIGURES.uses(expected=49, counted=cleaner.cleans_left)
        other = primary_cleaner(store, L700)
        assert (other is not None) is (version > 1)  # schema 1 has no row of unknown numbers
        assert other is None or (other.volume_tag, other.cleans_left) == (None, None)
        assert len(store.unsettled_moves(TL)) == len(store.unsettled_moves(L700)) == 1
        assert len(store.moves()) == len(before["moves"]) == 5
        assert len(store.operations()) == len(before["operations"])
        for each in store.operations() if version == 1 else ():
            new = (each.process_identity, each.stop_requested_at, each.cleans_left)
            assert (*new, each.use_counted) == (None, None, None, 0)
        host = OLD_HOST if version > 3 else None
        assert {each.host_id for each in store.operations()} == {host}
        assert {each.host_id for each in store.moves()} == {host}
    assert_kept(before, rows_of(path))
    assert query(path, "PRAGMA user_version") == SCHEMA_VERSION
    assert query(path, "PRAGMA journal_mode") == "wal"
    assert inspect_store(path).problems == ()


@pytest.mark.parametrize("version", OLDER)
def test_nothing_is_lost_where_sqlite_was_built_to_check_references(
    version: int, tmp_path: Path, mocker: MockerFixture
) -> None:
    """To drop a table that is rebuilt would delete what refers to its rows."""
    connect = sqlite3.connect

    def built_to_check(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    path = kept_store(version, tmp_path)
    before = rows_of(path)
    mocker.patch("_sqlite3.connect", side_effect=built_to_check)
    opened(path).close()
    mocker.stopall()
    assert_kept(before, rows_of(path))


@pytest.mark.parametrize("programs", [2, 10])
@pytest.mark.parametrize("version", OLDER)
def test_programs_that_do_so_at_once_do_it_once(
    version: int, programs: int, tmp_path: Path
) -> None:
    path = kept_store(version, tmp_path)
    before = rows_of(path)

    def use(number: int) -> str:
        def work() -> None:
            with open_store(path, clock=SystemClock()) as store:
                assert primary_reservation(store, TL) is not None
                store.begin_move(TL, source_address=number, destination_address=999)

        return outcome_of(work)

    assert in_processes(programs, use) == ["done"] * programs
    after = rows_of(path)
    new = [each for each in after["moves"] if each["destination_address"] == 999]
    assert sorted(each["source_address"] for each in new) == list(range(programs))
    after["moves"] = [each for each in after["moves"] if each not in new]
    assert_kept(before, after)
    assert inspect_store(path).problems == ()
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, programs)


@pytest.mark.rows(one_in=5)
@pytest.mark.parametrize(
    ("version", "journal_mode"),
    [(0, "delete"), *((each, "wal") for each in OLDER), (OLDER[-1], "delete")],
)
def test_a_program_killed_at_any_statement_of_it_leaves_the_old_or_the_new(
    version: int, journal_mode: str, folder: Path
) -> None:
    """Version 0: there is none yet."""
    before = (
        rows_of(kept_store(version, folder)) if version else {"libraries": [], "reservations": []}
    )
    path, versions = folder / "state.db", set()
    path.unlink(missing_ok=True)
    for number in count(1):
        if version:
            kept_store(version, folder)
        query(path, f"PRAGMA journal_mode = {journal_mode}")
        if not dies_at_step(number, partial(_open, path)):
            break
        FIGURES.count(Figure.KILL_POINTS)
        FIGURES.count(Figure.KILL_RUNS)
        versions.add(query(path, "PRAGMA user_version"))
        with opened(path) as store:
            assert len(store.libraries()) == len(before["libraries"])
        assert_kept(before, rows_of(path))
        assert inspect_store(path).problems == ()
        for side in folder.iterdir():
            side.unlink()
    assert versions == {version, SCHEMA_VERSION}
    assert number > 10


def _open(path: Path) -> None:
    opened(path).close()


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_a_newer_one_is_refused_by_everything_and_untouched(
    tmp_path: Path, journal_mode: str
) -> None:
    path = kept_store(SCHEMA_VERSION, tmp_path)
    query(path, f"PRAGMA journal_mode = {journal_mode}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE what_is_to_come (id INTEGER PRIMARY KEY)")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        connection.commit()
    before = octets(tmp_path)
    for _ in range(2):
        with pytest.raises(StoreNewer, match=str(SCHEMA_VERSION + 1)) as caught:
            opened(path)
    assert caught.value.hint == (
        "update changer on this host, or, if it was updated just now, run the command again; "
        "the store was left untouched"
    )
    (problem,) = inspect_store(path).problems
    assert isinstance(problem, StoreNewer)
    assert octets(tmp_path) == before


@pytest.mark.parametrize("version", [2, 6])
def test_the_cleaner_of_the_only_slot_keeps_its_slot_its_label_and_its_count(
    version: int, tmp_path: Path
) -> None:
    path = kept_store(version, tmp_path)
    query(path, f"UPDATE cleaners SET volume_tag = '', cleans_left = 7 WHERE library_id = '{L700}'")
    with opened(path) as store:
        (cleaner,) = store.cleaners(TL)
        assert (cleaner.volume_tag, cleaner.slot_address) == ("CLNU01L1", RESERVED[TL])
        assert (cleaner.cleans_left, cleaner.condition, cleaner.uses) == (49, "usable", 0)
        assert (cleaner.family, cleaner.first_seen_at, cleaner.left_at) == (None, None, None)
        assert cleaner.last_used_at is not None
        (unlabelled,) = store.cleaners(L700)
        assert (unlabelled.volume_tag, unlabelled.slot_address) == (None, RESERVED[L700])
        assert unlabelled.cleans_left == 7
        assert store.claims(TL) == ()
        assert store.cleaners(BARE) == ()


def test_a_cleaner_that_no_slot_was_reserved_for_is_found_before_it_is_gone(tmp_path: Path) -> None:
    path = kept_store(6, tmp_path)
    query(path, f"DELETE FROM reservations WHERE library_id = '{TL}'")
    (problem,) = inspect_store(path).problems
    assert f"{TL} has a cleaner but no reserved slot" in problem.message


def test_what_is_new_works_in_the_oldest(tmp_path: Path) -> None:
    with opened(kept_store(1, tmp_path)) as store:
        cleaner = store.count_use(store.begin_operation(TL, "clean").id)
        assert cleaner is not None
        assert cleaner.cleans_left == 48
        store.drive_cleaned("D1", library_id=TL)
        (condition,) = store.drive_conditions(TL)
        assert condition.cleanings == 1


def test_one_that_can_not_be_brought_up_to_date_is_as_it_was_and_not_locked(tmp_path: Path) -> None:
    path = kept_store(SCHEMA_VERSION - 1, tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE drives SET library_id = 'nobody'")
        before = rows_of(path)
        with pytest.raises(StoreFailed, match="rows refer to missing rows"):
            migrate(connection, path)
        assert rows_of(path) == before
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2)])
def test_an_installation_that_can_not_be_read_is_blamed_itself_and_makes_no_store(
    tmp_path: Path, mocker: MockerFixture, error: OSError
) -> None:
    path = tmp_path / "new.db"
    migration_scripts.cache_clear()
    mocker.patch("pathlib.Path.iterdir", side_effect=error)
    with pytest.raises(StoreFailed, match=r"the program's own files in .*migrations") as told:
        opened(path)
    assert told.value.hint == "reinstall changer so that its users can read it"
    mocker.stopall()
    with opened(path) as store:
        assert store.libraries() == ()
