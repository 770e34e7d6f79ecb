"""A file as it is opened: by whom it is being written or made, and what is left of a store."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from connections import Watched
from pytest_mock import MockerFixture
from users import as_nobody

from changer.errors import StoreFailed
from changer.store.schema import migrate
from changer.store.sqlite import open_store

from .store_files import anew, octets
from .store_support import LIBRARY, in_processes, opened, query, remember, reserve


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty, but state.db-wal is not"),
        (b"x", "it is too short"),
        (b"SQLite format 3\0", "it is too short"),
    ],
)
def test_what_is_left_of_a_store_is_not_opened_and_its_log_stays(
    path: Path, content: bytes, words: str
) -> None:
    """SQLite would take it for a new database, and delete the log."""
    anew(path, content, b"what was written last")
    before = octets(path.parent)
    with pytest.raises(StoreFailed) as refused:
        opened(path)
    assert refused.value.message == f"the state store {path} is damaged: {words}"
    assert octets(path.parent) == before


def test_a_store_that_nobody_closed_is_warned_of(path: Path) -> None:
    with pytest.warns(ResourceWarning, match="unclosed database"):
        opened(path)
        gc.collect()


def test_opening_waits_for_no_writer(path: Path) -> None:
    """A command that only looks would wait for as long as a move takes to be recorded."""
    opened(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with open_store(path, clock=HandClock(), busy_timeout_seconds=600) as store:
            assert store.libraries() == ()
            writer.execute("ROLLBACK")
            remember(store)


def test_store_that_another_program_makes_while_it_is_looked_at_is_no_other_program_s(
    path: Path, mocker: MockerFixture
) -> None:
    """What tells whose it is, is read in more than one step."""
    others: list[str] = []

    def make_it() -> str:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            migrate(other, path)
        return "made"

    class Meddled(Watched):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement == "PRAGMA user_version" and not others:
                others.append("comes")
                others.extend(in_processes(1, lambda _: outcome_of_sqlite(make_it)))
            return super().execute(statement, *values)

    mocker.patch("_sqlite3.connect", partial(sqlite3.connect, factory=Meddled))
    with opened(path) as store:
        remember(store)
    assert others == ["comes", "database is locked"]


def outcome_of_sqlite(function: Callable[[], str]) -> str:
    try:
        return function()
    except sqlite3.OperationalError as error:
        return str(error)


def test_rows_that_refer_to_nothing_are_not_kept(path: Path) -> None:
    """SQLite itself checks that for a connection that asks for it, and for no other."""
    with opened(path) as store:
        remember(store)
        reserve(store, 5)
        with pytest.raises(StoreFailed, match="FOREIGN KEY"):
            store.begin_move(
                LIBRARY, source_address=1, destination_address=2, operation_id="no such thing"
            )
        assert store.forget_library(LIBRARY)
    for table in ("operations", "reservations", "moves"):
        assert query(path, f"SELECT count(*) FROM {table}") == 0


def test_folder_that_can_not_be_written_holds_no_store_to_write(folder: Path) -> None:
    """The files beside it are there just now, and could not be made again."""
    path = folder / "state.db"
    with opened(path) as store:
        remember(store)
        for each in folder.iterdir():
            each.chmod(0o666)
        folder.chmod(0o555)
        code, text = as_nobody(lambda: opened(path).close())
        folder.chmod(0o755)
    assert code == "access-denied"
    assert text.startswith(f"no permission to read and write {folder}; ")
