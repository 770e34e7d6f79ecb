"""A store of an older version: everything in it is there afterwards, and what is new works."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from clocks import HandClock
from pytest_mock import MockerFixture
from store_support import LIBRARY, in_processes, opened, outcome_of, query

import changer.store
from changer.errors import StoreFailed
from changer.host.clock import SystemClock
from changer.store.database import APPLICATION_ID, SCHEMA_VERSION
from changer.store.records import Cleaner, Reservation
from changer.store.schema import migration_scripts
from changer.store.sqlite import open_store

MIGRATIONS = Path(changer.store.__file__).with_name("migrations")
LIVES, ENDED = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store as version 1 of the schema left it, with something in every table."""
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((MIGRATIONS / "0001_initial.sql").read_text())
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO libraries VALUES (?, 'IBM', '3573-TL', 'C.10', 'S1', '/dev/sg3', 1, 2, 3)",
            (LIBRARY,),
        )
        connection.execute("INSERT INTO drives VALUES (?, 256, 'D1', 'IBM', 'TD8')", (LIBRARY,))
        connection.execute(
            "INSERT INTO capabilities VALUES ('IBM', '3573-TL', 'C.10', 'dvcid', 'no', 4)"
        )
        connection.execute("INSERT INTO reservations VALUES (1, ?, 4100, 5)", (LIBRARY,))
        connection.execute("INSERT INTO cleaners VALUES (?, 'CLNU01L1', 49, 6)", (LIBRARY,))
        connection.execute(
            "INSERT INTO operations VALUES (1, ?, ?, 'reserve', 'completed', 5, 6, 4100, NULL,"
            " NULL, 'ERROR_SUCCESS', 0, NULL, 100, 'root')",
            (ENDED, LIBRARY),
        )
        connection.execute(
            "INSERT INTO operations VALUES (2, ?, ?, 'release', 'in-progress', 7, NULL, NULL, NULL,"
            " NULL, NULL, NULL, NULL, 100, 'root')",
            (LIVES, LIBRARY),
        )
        connection.execute(
            "INSERT INTO moves VALUES (1, ?, NULL, 'move', 4096, 256, NULL, 'A1', NULL, 8, 100,"
            " 'root', 'completed', 256, 9, NULL)",
            (LIBRARY,),
        )
    return path


def test_everything_is_there_afterwards(path: Path) -> None:
    with opened(path) as store:
        assert store.reservation(LIBRARY) == Reservation(LIBRARY, 4100, 5.0)
        assert store.cleaner(LIBRARY) == Cleaner(LIBRARY, "CLNU01L1", 49, 6.0)
        assert [each.id for each in store.operations(LIBRARY)] == [LIVES, ENDED]
        assert [each.volume_tag for each in store.moves(LIBRARY)] == ["A1"]
        drives = store.drives(LIBRARY)
        assert drives is not None and drives[0].serial == "D1"
        known = store.capabilities(vendor="IBM", product="3573-TL", revision="C.10")
        assert known == {"dvcid": "no"}
    assert query(path, "PRAGMA user_version") == SCHEMA_VERSION
    assert query(path, "PRAGMA integrity_check") == "ok"


def test_operations_of_before_say_nothing_of_what_is_new(path: Path) -> None:
    with opened(path) as store:
        for each in store.operations(LIBRARY):
            assert each.process_identity is None
            assert each.stop_requested_at is None
            assert each.cleans_left is None
            assert each.use_counted == 0


def test_what_is_new_works(path: Path) -> None:
    with opened(path, HandClock()) as store:
        begun = store.begin_operation(LIBRARY, "clean")
        cleaner = store.count_use(begun.id)
        assert cleaner is not None and cleaner.cleans_left == 48
        store.drive_cleaned("D1", library_id=LIBRARY)
        assert store.drive_conditions(LIBRARY)[0].cleanings == 1


def test_schema_is_the_same_as_that_of_a_new_store(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "new.db"
    for each in (path, other):
        with opened(each):
            pass
    statement = "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master ORDER BY 1)"
    assert query(path, statement) == query(other, statement)


def test_processes_at_once_migrate_once(path: Path) -> None:
    def open_it(_: int) -> str:
        def read() -> None:
            with open_store(path, clock=SystemClock()) as store:
                assert store.reservation(LIBRARY) is not None

        return outcome_of(read)

    assert set(in_processes(8, open_it)) == {"done"}
    assert query(path, "PRAGMA user_version") == SCHEMA_VERSION


def test_version_is_the_number_of_the_last_migration() -> None:
    numbers = [int(file.name[:4]) for file in sorted(MIGRATIONS.glob("*.sql"))]
    assert numbers == list(range(1, SCHEMA_VERSION + 1))


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2)])
def test_an_installation_that_can_not_be_read_is_blamed_itself_and_makes_no_store(
    tmp_path: Path, mocker: MockerFixture, error: OSError
) -> None:
    path = tmp_path / "new.db"
    migration_scripts.cache_clear()
    mocker.patch("pathlib.Path.iterdir", side_effect=error)
    with pytest.raises(StoreFailed, match=r"the program's own files in .*migrations") as told:
        opened(path)
    assert told.value.hint == "install it again, for those who use it to read"
    mocker.stopall()
    with opened(path) as store:
        assert store.libraries() == ()
