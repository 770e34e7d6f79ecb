"""Libraries go from SQLite to PostgreSQL and back as they are; a copy in memory is as the store."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from clocks import HandClock
from folders import quick_folder
from hypothesis import given, settings
from postgres import Server

from changer.errors import NtmsResult, StoreFailed, UsageError
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.document import document_text, from_document
from changer.store.maintenance.export import exported
from changer.store.maintenance.inspection import inspect_server
from changer.store.maintenance.merging import add_content, rehearse_adding
from changer.store.postgresql.opening import copied_from, open_store
from changer.store.postgresql.store import PostgresStore

from .any_store import TABLES, filled, stores
from .store_files import L700, RESERVED, TL, Rows, asked_anew, kept_store, rows_of
from .store_support import LIBRARY, insert, opened, outcome_of, remember, reserve

DONE = NtmsResult("ERROR_SUCCESS", 0)


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        yield url


def rows_in(url: str) -> Rows:
    """Every row of every table, as PostgreSQL has it."""
    with copied_from(url) as copy:
        return {
            each.name: sorted(({**row} for row in each.rows(copy)), key=repr) for each in TABLES
        }


def carry(source: Path | str, target: Path | str, *, replace: bool = False) -> None:
    document = exported(source, exported_at=1.5, host="here").document
    with closing(from_document(document_text(document).encode())) as other:
        add_content(target, other, replace=replace, clock=HandClock())


def test_a_store_with_rows_in_every_table_goes_there_and_back(tmp_path: Path, url: str) -> None:
    path, back = kept_store(SCHEMA_VERSION, tmp_path), tmp_path / "back.db"
    before = asked_anew(rows_of(path))
    assert all(before[each.name] for each in TABLES if each.name != "capabilities")
    carry(path, url)
    assert rows_in(url) == before
    carry(url, back)
    assert rows_of(back) == before


def test_numbers_go_on_after_those_that_were_brought(tmp_path: Path, url: str) -> None:
    carry(kept_store(SCHEMA_VERSION, tmp_path), url)
    with open_store(url, clock=HandClock()) as store:
        moves, operations = store.moves(limit=1000), store.operations(limit=1000)
        move = store.begin_move(L700, source_address=1, destination_address=2)
        assert move.id == max(each.id for each in moves) + 1
        operation = store.begin_operation(L700, "reserve")
        assert operation.sequence == max(each.sequence for each in operations) + 1
        assert move.operations_before == max(each.sequence for each in operations)


def test_a_library_that_is_there_is_refused_or_replaced(tmp_path: Path, url: str) -> None:
    path = kept_store(SCHEMA_VERSION, tmp_path)
    carry(path, url)
    before = rows_in(url)
    with pytest.raises(UsageError, match="already has data"):
        carry(path, url)
    assert rows_in(url) == before
    carry(path, url, replace=True)
    assert {each["id"] for each in rows_in(url)["libraries"]} == {*RESERVED}


def test_an_import_can_be_rehearsed(tmp_path: Path, url: str) -> None:
    document = exported(kept_store(SCHEMA_VERSION, tmp_path), exported_at=1.5, host="here").document
    with closing(from_document(document_text(document).encode())) as other:
        before, after = rehearse_adding(url, other, replace=False)
        assert (before.libraries, rows_in(url)["libraries"]) == ((), [])
        assert after == add_content(url, other, replace=False, clock=HandClock())[1]


def test_what_postgresql_can_t_hold_is_said_and_nothing_is_imported(
    tmp_path: Path, url: str
) -> None:
    with opened(tmp_path / "state.db") as store:
        remember(store)
        remember(store, "with\0nul")
    with pytest.raises(StoreFailed, match=r"can't hold that: .*NUL"):
        carry(tmp_path / "state.db", url)
    assert rows_in(url)["libraries"] == []


@settings(max_examples=20, deadline=None)
@given(rows=stores())
def test_whatever_a_store_holds_goes_there_and_back(postgres: Server, rows: Rows) -> None:
    from json import loads

    text = re.sub(r"(?<!\\)\\u0000", "", document_text(rows))  # which PostgreSQL can't hold
    with postgres.database() as url, quick_folder() as folder, closing(filled(loads(text))) as made:
        made.execute("VACUUM INTO ?", (str(folder / "state.db"),))
        (folder / "state.db").chmod(0o660)
        if outcome_of(lambda: carry(folder / "state.db", folder / "plain.db")) == "done":
            carry(folder / "state.db", url)
            carry(url, folder / "back.db")
            assert rows_of(folder / "back.db") == rows_of(folder / "plain.db")


# A copy to rehearse with


def test_a_scratch_copy_is_as_the_store_and_changes_nothing_of_it(url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
        reserve(store, 12)
        insert(store, 12)
        move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
        with store.scratch() as copy:
            assert copy.moves() == (move,)
            assert copy.cleaners(LIBRARY) == store.cleaners(LIBRARY)
            copy.finish_move(move.id, outcome="completed", final_address=2)
            assert copy.begin_move(LIBRARY, source_address=2, destination_address=1).id == 2
            copy.forget_library(LIBRARY)
            assert not copy.keeps()
        assert store.keeps()
        operation = store.begin_operation(LIBRARY, "reserve")
        store.forget_library(LIBRARY)
        remember(store)
        with store.scratch() as copy:
            again = copy.begin_move(LIBRARY, source_address=1, destination_address=2)
            assert (again.id, again.operations_before) == (move.id + 1, operation.sequence)
        remember(store)
        move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
        assert store.unsettled_moves(LIBRARY) == (move,)


def test_a_copy_ends_with_its_block(url: str) -> None:
    with copied_from(url) as copy:
        assert copy.execute("SELECT count(*) FROM libraries").fetchone()[0] == 0
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        copy.execute("SELECT 1")


# Inspection


def test_a_sound_store_has_no_problem(tmp_path: Path, url: str) -> None:
    carry(kept_store(SCHEMA_VERSION, tmp_path), url)
    inspection = inspect_server(url, allow_async=False)
    assert inspection.problems == ()
    assert inspection.contents is not None
    assert {each.id for each in inspection.contents.libraries} == {*RESERVED}
    assert inspection.size > 0
    assert any("is open" in each.message for each in inspection.notes)


def test_rows_that_no_function_leaves_behind_are_a_problem(postgres: Server, url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store, TL)
        assert isinstance(store, PostgresStore)
        store._database.execute(
            "INSERT INTO cleaners (library_id, volume_tag, slot_address) VALUES (?, 'A', 7)", (TL,)
        )
    (problem,) = inspect_server(url, allow_async=False).problems
    assert "a cleaner in slot @7, which is not reserved" in problem.message
    with pytest.raises(StoreFailed, match="nothing was exported"):
        exported(url, exported_at=1.5, host="here")


def test_a_server_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    inspection = inspect_server(f"postgresql:///x?host={tmp_path}", allow_async=False)
    assert [each.code for each in inspection.problems] == ["store-unreachable"]
