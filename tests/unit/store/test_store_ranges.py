"""Numbers that no program can work with: not imported, not restored, reported by a check."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from figures import FIGURES, Figure

from changer.errors import StoreFailed, StoreFull, UsageError
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.backup import sound_copy
from changer.store.maintenance.document import from_document
from changer.store.maintenance.export import exported
from changer.store.maintenance.inspection import inspect_store
from changer.store.maintenance.merging import add_content
from changer.store.maintenance.ranges import LARGEST_NUMBER, limits_of
from changer.store.maintenance.replacement import look_at, replace_content
from changer.store.schema import new_schema
from changer.store.table_columns import LIBRARIES, LIBRARY_KEY, Column, Table, tables_of

from .store_files import TL, kept_store
from .store_support import opened, query, remember

LAST_NUMBER = (1 << 63) - 1
# A time that no calendar has, the largest number there is, and what SQLite's type lets in.
BAD: dict[str, tuple[object, ...]] = {
    "REAL": (1e18, -1.0, float("inf"), "yesterday"),
    "INTEGER": (LAST_NUMBER, -1, "many"),
}


def _numbers() -> Iterator[tuple[Table, Column]]:
    with closing(new_schema()) as model:
        for table in tables_of(model):
            for column in table.columns:
                if column.kind != "TEXT":
                    yield table, column


NUMBERS = tuple(_numbers())


def _named(value: object) -> str:
    return getattr(value, "name", str(value))


@pytest.fixture
def path(folder: Path) -> Path:
    """A store with something of everything."""
    return kept_store(SCHEMA_VERSION, folder)


def damaged(path: Path, table: str, column: str, value: object) -> None:
    """Put a value where the schema, or the program, would not."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(
            f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT max(rowid) FROM {table})",
            (value,),
        )
        connection.commit()


def test_every_number_of_the_schema_has_a_range() -> None:
    for _, column in NUMBERS:
        limits = limits_of(column)
        assert limits is not None
        assert limits[0] < limits[1] <= LARGEST_NUMBER


def test_the_range_of_a_number_is_as_documents_have_it() -> None:
    """Another one would refuse what was exported, or let in what programs can't work with."""
    found = {column.name: limits_of(column) for _, column in NUMBERS}
    times = {name for name in found if name.endswith("_at")}
    addresses = {name for name in found if name.endswith("address")}
    assert times and {found.pop(each) for each in times} == {(0, 253_402_300_799)}
    assert addresses and {found.pop(each) for each in addresses} == {(0, 65_535)}
    assert found == {
        "id": (1, 4_611_686_018_427_387_904),
        "sequence": (1, 4_611_686_018_427_387_904),
        "number": (1, 4_611_686_018_427_387_904),
        "operations_before": (0, 4_611_686_018_427_387_904),
        "process_id": (0, 2_147_483_647),
        "result_code": (0, 4_294_967_295),
        "mark": (0, 4_294_967_295),
        "cleans_left": (0, 1_000_000_000),
        "cleanings": (0, 1_000_000_000),
        "uses": (0, 1_000_000_000),
        "seconds": (0, 1_000_000_000),
        "position": (1, 1_000_000_000),
        "use_counted": (0, 1),
        "cleans_told": (0, 1),
        "still_requested": (0, 1),
    }


@pytest.mark.parametrize(("table", "column"), NUMBERS, ids=_named)
def test_one_out_of_range_is_found_in_a_store_and_not_restored(
    path: Path, table: Table, column: Column
) -> None:
    for value in BAD[column.kind]:
        kept_store(SCHEMA_VERSION, path.parent)
        try:
            damaged(path, table.name, column.name, value)
        except sqlite3.IntegrityError:  # a number that only orders rows takes no text
            continue
        assert inspect_store(path).problems, value
        with pytest.raises(StoreFailed, match="can't be restored"):
            sound_copy(path)
        FIGURES.count(Figure.FAULT_CASES)


@pytest.mark.parametrize(("table", "column"), NUMBERS, ids=_named)
def test_one_out_of_range_is_not_imported(path: Path, table: Table, column: Column) -> None:
    document = exported(path, exported_at=0.0, host="h")[0]
    for value in (*(each for each in BAD[column.kind] if isinstance(each, int | float)), 1 << 63):
        changed = json.loads(json.dumps(document))
        rows = _rows(changed, table)
        rows[-1][column.name] = value
        with pytest.raises(UsageError):
            from_document(json.dumps(changed).encode())
        FIGURES.count(Figure.FAULT_CASES)


def _rows(document: dict[str, Any], table: Table) -> list[dict[str, Any]]:
    if table.name == LIBRARIES:
        return list(document[LIBRARIES])
    if LIBRARY_KEY not in table.names:
        return list(document[table.name])
    return [row for library in document[LIBRARIES] for row in library[table.name]]


@pytest.mark.parametrize("flags", ["65", "0", "9" * 5000, "3,,4", "\u0663"])
def test_flags_that_no_drive_has_are_found(path: Path, flags: str) -> None:
    damaged(path, "drive_conditions", "flags", flags)
    (problem,) = inspect_store(path).problems
    assert "drive_conditions: flags can't be" in problem.message


@pytest.mark.parametrize("table", ["operations", "moves"])
def test_a_table_without_a_number_left_is_no_full_disk_and_a_backup_mends_it(
    path: Path, folder: Path, table: str
) -> None:
    backup = folder / "backup.db"
    backup.write_bytes(path.read_bytes())
    query(path, f"UPDATE sqlite_sequence SET seq = {LAST_NUMBER} WHERE name = '{table}'")
    (problem,) = inspect_store(path).problems
    assert f"{table}: its last number, {LAST_NUMBER}, is out of range" in problem.message
    with opened(path) as store:
        with pytest.raises(
            StoreFailed, match=f"{table} has reached the largest possible number"
        ) as caught:
            if table == "moves":
                store.begin_move(TL, source_address=1, destination_address=2)
            else:
                store.begin_operation(TL, "clean")
        assert not isinstance(caught.value, StoreFull)
        assert "changer state restore FILE" in (caught.value.hint or "")
    with closing(sound_copy(backup)) as copy:
        replace_content(path, copy, look_at(path), locked=frozenset(), clock=HandClock())
    assert inspect_store(path).problems == ()
    with opened(path) as store:
        store.begin_move(TL, source_address=1, destination_address=2)
        store.begin_operation(TL, "clean")


def test_imported_rows_get_the_numbers_after_those_here_and_keep_their_order(
    path: Path, folder: Path
) -> None:
    document = exported(path, exported_at=0.0, host="h")[0]
    document[LIBRARIES] = [each for each in document[LIBRARIES] if each["id"] == TL]
    (library,) = document[LIBRARIES]
    wide = 1 << 40
    for row in library["operations"]:
        row["sequence"] *= wide
    for row in library["moves"]:
        row["id"] *= wide
        row["operations_before"] = 2 * wide  # after the second number, which another library has
    new = folder / "new.db"
    with opened(new) as store:
        remember(store, "other")
        for _ in range(2):
            store.begin_operation("other", "reserve")
        store.begin_move("other", source_address=1, destination_address=2)
    with closing(from_document(json.dumps(document).encode())) as other:
        add_content(new, other, replace=False, clock=HandClock())
    with opened(new) as store:
        operations, moves = store.operations(TL)[::-1], store.moves(TL)[::-1]
        kinds = [each.kind for each in operations]
    assert kinds == [each["kind"] for each in library["operations"]]
    assert [each.sequence for each in operations] == [*range(3, 3 + len(operations))]
    assert [each.id for each in moves] == [*range(2, 2 + len(moves))]
    before = sum(each["sequence"] <= 2 * wide for each in library["operations"])
    assert {each.operations_before for each in moves} == {2 + before}
