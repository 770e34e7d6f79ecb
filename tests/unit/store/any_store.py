"""Whatever a store can hold: columns that a later schema adds are among them by themselves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any, get_args

from hypothesis import strategies as st

from changer.store import records
from changer.store.maintenance.ranges import limits_of
from changer.store.schema import new_schema
from changer.store.table_columns import Column, Table, tables_of

from .store_files import Rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "flags": st.sampled_from(["", "3", "20,64"]),
    "operations.kind": st.sampled_from(get_args(records.OperationKind)),
    "operations.state": st.sampled_from(get_args(records.OperationState)),
    "moves.kind": st.sampled_from(get_args(records.MoveKind)),
    "moves.outcome": st.sampled_from(get_args(records.MoveOutcome)),
    "transfers.outcome": st.sampled_from(["done", "not-done"]),
    "pruned_totals.kind": st.sampled_from([*get_args(records.MoveKind), "clean", "export"]),
    "pruned_totals.outcome": st.sampled_from(
        [*get_args(records.MoveOutcome), *get_args(records.FinalState)]
    ),
    "condition": st.sampled_from(get_args(records.CleanerCondition)),
    "reservations.slot_address": st.integers(0, 1),
    "cleaners.slot_address": st.integers(0, 1),
    "cleaning_request": st.sampled_from(get_args(records.CleaningRequest)),
}
with closing(new_schema()) as _model:
    TABLES = tables_of(_model)
# What rows refer to, so that it is there now and then.
NAMES = {"library_id": "library", "libraries.id": "library", "operations.id": "operation"}
NAMES["operation_id"] = "operation"


def _of_kind(column: Column) -> st.SearchStrategy[Any]:
    """Every value that is in range."""
    limits = limits_of(column)
    if limits is None:
        return TEXTS
    return st.floats(*limits) if column.kind == "REAL" else st.integers(*limits)


@st.composite
def stores(draw: st.DrawFn) -> Rows:
    """Rows of every table; some do not fit to each other."""
    names = {each: draw(st.lists(TEXTS, min_size=1, max_size=3)) for each in NAMES.values()}

    def values(table: Table, column: Column) -> st.SearchStrategy[Any]:
        full = f"{table.name}.{column.name}"
        name = NAMES.get(full, NAMES.get(column.name))
        found = VALUES.get(full, VALUES.get(column.name, _of_kind(column)))
        if column.name == table.number:
            found = st.integers(1, 1 << 40)
        elif name is not None:
            found = st.sampled_from(names[name])
        return st.one_of(st.none(), found) if column.nullable else found

    return {
        table.name: draw(
            st.lists(
                st.fixed_dictionaries({each.name: values(table, each) for each in table.columns}),
                max_size=6,
            )
        )
        for table in TABLES
    }


def filled(rows: Rows) -> sqlite3.Connection:
    """Without the rows that the schema does not allow, or that refer to nothing."""
    connection = new_schema()
    for table in TABLES:
        statement = table.insertion.replace("INSERT", "INSERT OR IGNORE")
        for row in rows[table.name]:
            if "finished_at" in row:
                is_over = row.get("outcome") or row.get("state") in get_args(records.FinalState)
                row = {**row, "finished_at": (row["finished_at"] or 0.0) if is_over else None}
            if "ended_at" in row:
                row = {**row, "ended_at": (row["ended_at"] or 0.0) if row["outcome"] else None}
            if "left_at" in row:
                is_home = row["slot_address"] is not None
                row = {**row, "left_at": None if is_home else row["left_at"] or 0.0}
            connection.execute(statement, [row[each] for each in table.names])
        if table.of_library:
            connection.execute(
                f"DELETE FROM {table.name} WHERE library_id NOT IN (SELECT id FROM libraries)"
            )
    connection.executescript(
        "DELETE FROM cleaners WHERE slot_address IS NOT NULL AND NOT EXISTS (SELECT 1"
        " FROM reservations WHERE reservations.library_id = cleaners.library_id"
        " AND reservations.slot_address = cleaners.slot_address);"
        "DELETE FROM claims WHERE operation_id NOT IN (SELECT id FROM operations"
        " WHERE library_id = claims.library_id AND finished_at IS NULL);"
        "DELETE FROM transfers WHERE operation_id NOT IN (SELECT id FROM operations"
        " WHERE library_id = transfers.library_id AND kind IN ('export', 'import'));"
        "UPDATE moves SET operation_id = NULL WHERE operation_id NOT IN"
        " (SELECT id FROM operations WHERE library_id = moves.library_id)"
    )
    return connection
