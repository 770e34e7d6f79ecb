"""SQLite's database as the store writes it: in a file that stays the same, and on disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from pytest_mock import MockerFixture

from changer.errors import StoreFailed, StoreNewer, StoreUnreachable
from changer.store.database import SCHEMA_VERSION, read_records
from changer.store.records import Claim, DriveIdentity, MoveTotal
from changer.store.sqlite import open_store
from changer.store.sqlite_database import SqliteDatabase, memory_database

from .store_calls import WRITES
from .store_support import LIBRARY, opened, outcome_of, query, remember


def test_a_store_migrated_by_a_newer_program_while_open_is_not_written(path: Path) -> None:
    with opened(path) as store:
        remember(store)
        query(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        with pytest.raises(StoreNewer):
            store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert query(path, "SELECT count(*) FROM moves") == 0


def test_a_store_replaced_while_open_takes_no_write(path: Path, tmp_path: Path) -> None:
    opened(tmp_path / "other.db").close()
    with opened(path) as store:
        remember(store)
        (tmp_path / "other.db").rename(path)
        with pytest.raises(StoreUnreachable, match="replaced"):
            store.begin_operation(LIBRARY, "reserve")
        path.unlink()
        with pytest.raises(StoreUnreachable):
            store.begin_operation(LIBRARY, "reserve")


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("name", WRITES)
def test_no_write_is_lost_in_a_file_that_was_replaced(path: Path, name: str) -> None:
    """Each begins a transaction, which looks."""
    first, call = WRITES[name]
    clock, other = HandClock(), path.with_name("other.db")
    opened(other).close()
    with opened(path, clock) as store:
        remember(store)
        first(store)
        clock.sleep(5000 * 86400)
        other.rename(path)
        with pytest.raises(StoreUnreachable, match="replaced"):
            call(store)


@pytest.mark.parametrize(("seconds", "rounds"), [(0.2, 5), (0.199, 4), (0.039, 1)])
def test_who_has_waited_long_looks_as_often_as_newcomers_do(
    path: Path, seconds: float, rounds: int
) -> None:
    """Else many writers keep one away for ever: each wait begins anew, so all are alike."""
    opened(path).close()
    mine = open_store(path, clock=HandClock(), group=None, busy_timeout_seconds=seconds)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, mine:
        assert isinstance(mine._database, SqliteDatabase)
        connection = mine._database._connection
        begun: list[str] = []
        connection.set_trace_callback(begun.append)
        other.execute("BEGIN IMMEDIATE")
        assert outcome_of(lambda: remember(mine)) == "store-failed"
        other.execute("ROLLBACK")
        assert begun.count("BEGIN IMMEDIATE") == rounds
        remember(mine)
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == seconds * 1000


def test_disk_is_waited_for_but_in_brief_transactions_whatever_sqlite_was_built_with(
    path: Path, mocker: MockerFixture
) -> None:
    connect = sqlite3.connect

    def built_for_speed(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    mocker.patch("_sqlite3.connect", side_effect=built_for_speed)
    with opened(path) as store:
        database = store._database  # type: ignore[attr-defined]

        def level() -> int:
            return int(database.execute("PRAGMA synchronous")[0][0])

        off, normal, full = 0, 1, 2  # as SQLite counts them
        assert level() == full
        with database.transaction():
            assert level() == full
        with database.brief_transaction():
            assert level() == normal
        assert level() == full
        with pytest.raises(KeyboardInterrupt), database.brief_transaction():
            raise KeyboardInterrupt
        assert level() == full != off


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("record_type", "columns", "words"),
    [
        (Claim, "'L' AS library_id, 5 AS address, 'x' AS operation_id", None),
        (Claim, "'L' AS library_id, 5 AS address", "column operation_id is missing"),
        (Claim, "'L' AS library_id, NULL AS address, 'x' AS operation_id", "address can't be None"),
        (Claim, "'L' AS library_id, 5.5 AS address, 'x' AS operation_id", "address can't be 5.5"),
        (Claim, "5 AS library_id, 5 AS address, 'x' AS operation_id", "library_id can't be 5"),
        (DriveIdentity, "5 AS address, NULL AS serial, NULL AS vendor, 'x' AS product", None),
        (
            DriveIdentity,
            "5 AS address, x'00' AS serial, NULL AS vendor, 'x' AS product",
            r"serial can't be b'\x00'",
        ),
        (MoveTotal, "'move' AS kind, 'unknown' AS outcome, NULL AS seconds, 1 AS moves", None),
        (
            MoveTotal,
            "'move' AS kind, NULL AS outcome, NULL AS seconds, 1 AS moves",
            "outcome can't be None",
        ),
        (
            MoveTotal,
            "'jump' AS kind, 'unknown' AS outcome, NULL AS seconds, 1 AS moves",
            "kind can't be 'jump'",
        ),
    ],
)
def test_what_a_field_can_not_hold_is_damage(
    record_type: type[Any], columns: str, words: str | None
) -> None:
    with closing(memory_database()) as database:
        rows = database.execute(f"SELECT {columns}").fetchall()
    if words is None:
        assert read_records(record_type, rows) == (record_type(*rows[0]),)
        return
    with pytest.raises(StoreFailed) as failed:
        read_records(record_type, rows)
    assert failed.value.is_damage
    assert failed.value.message == f"the state store is damaged: {words}"
