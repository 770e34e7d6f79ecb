"""Whenever a signal comes, a transaction is done or undone, and the next one can begin."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from pressed import pressed_within
from pytest_mock import MockerFixture
from storm import Storm

from changer.store.database import SCHEMA_VERSION
from changer.store.protocol import Store
from changer.store.sqlite import open_store
from changer.store.sqlite_database import SqliteDatabase

from .store_files import kept_store
from .store_support import LIBRARY, opened, query, remember


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("seed", range(3))
def test_no_moment_of_a_signal_leaves_a_transaction_open(
    path: Path, store: Store, seed: int
) -> None:
    begun = 0

    def write() -> None:
        nonlocal begun
        store.begin_operation(LIBRARY, "clean", drive_address=None)
        begun += 1

    Storm(seed).over(write, times=300)
    remember(store)
    with closing(sqlite3.connect(path, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
    assert len(store.operations(LIBRARY)) >= begun


def test_a_signal_ends_the_wait_for_another_writer(path: Path, store: Store) -> None:
    patient = open_store(path, clock=HandClock(), busy_timeout_seconds=600)
    with patient, closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(KeyboardInterrupt), pressed_within(SqliteDatabase._begin):
            patient.begin_operation(LIBRARY, "clean", drive_address=None)
        writer.execute("ROLLBACK")
        patient.begin_operation(LIBRARY, "clean", drive_address=None)
        assert len(store.operations(LIBRARY)) == 1


# A signal that comes when it is open, and not yet used, leaves that one to Python.
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
def test_a_signal_while_the_store_is_opened_leaves_it_to_others(path: Path) -> None:
    def use() -> None:
        opened(path).close()

    use()
    Storm(7).over(use, times=100)
    with closing(sqlite3.connect(path, timeout=0)) as other:
        other.execute("BEGIN EXCLUSIVE")
    gc.collect()  # while nothing is said of what was left to it


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


class InterruptingClock(HandClock):
    """Every time that is recorded, Ctrl-C is pressed."""

    def now(self) -> float:
        interrupt()
        return super().now()


def test_a_signal_within_a_transaction_waits_until_that_is_on_disk(
    path: Path, store: Store
) -> None:
    with open_store(path, clock=InterruptingClock()) as other, pytest.raises(KeyboardInterrupt):
        other.begin_operation(LIBRARY, "clean", drive_address=None)
    assert len(store.operations(LIBRARY)) == 1


class InterruptedMigration(sqlite3.Connection):
    """Ctrl-C is pressed when its migration has begun."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        cursor = super().execute(statement, *values)
        if statement == "BEGIN EXCLUSIVE":
            interrupt()
        return cursor


@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
def test_a_signal_while_an_older_store_is_opened_waits_until_that_is_up_to_date(
    path: Path, mocker: MockerFixture
) -> None:
    kept_store(1, path.parent)
    mocker.patch("_sqlite3.connect", partial(sqlite3.connect, factory=InterruptedMigration))
    with pytest.raises(KeyboardInterrupt):
        opened(path)
    mocker.stopall()
    assert query(path, "PRAGMA user_version") == SCHEMA_VERSION
    gc.collect()
