"""Statements that find the records of a JournalQuery among moves, or among operations."""

from __future__ import annotations

from collections.abc import Iterator

from changer.store.records import JournalQuery

MOVES, OPERATIONS = "moves", "operations"
_LABELS = {MOVES: ("volume_tag", "second_volume_tag"), OPERATIONS: ("volume_tag",)}
_ADDRESSES = {
    MOVES: ("source_address", "destination_address", "second_destination_address", "final_address"),
    OPERATIONS: ("slot_address", "drive_address"),
}
_FAILED = {MOVES: "(outcome IS NULL OR outcome <> 'completed')", OPERATIONS: "state <> 'completed'"}
_NUMBER = {MOVES: "id", OPERATIONS: "sequence"}
_Values = tuple[object, ...]


def statements(query: JournalQuery, table: str, *, limit: int) -> Iterator[tuple[str, _Values]]:
    """Statements and values, which together find the newest records, newest first in each.

    A label is looked up in each of its columns by itself, so that an index has the order.
    """
    for label in _LABELS[table] if query.volume_tag is not None else (None,):
        conditions = [*_conditions(query, table, label)]
        where = " AND ".join(each for each, _ in conditions) or "TRUE"
        end = f"ORDER BY {_NUMBER[table]} DESC LIMIT {limit:d}"
        values = tuple(value for _, each in conditions for value in each)
        yield f"SELECT * FROM {table} WHERE {where} {end}", values  # noqa: S608


def _conditions(
    query: JournalQuery, table: str, label: str | None
) -> Iterator[tuple[str, _Values]]:
    if query.library_id is not None:
        yield "library_id = ?", (query.library_id,)
    if label is not None:
        if query.library_id is None:  # the first column of the index
            yield "library_id IN (SELECT id FROM libraries)", ()
        yield f"{label} = ?", (query.volume_tag,)
    for address in query.addresses:
        columns = _ADDRESSES[table]
        either = " OR ".join(f"{each} = ?" for each in columns)
        yield f"({either})", (address,) * len(columns)
    if query.since is not None:
        yield "started_at >= ?", (query.since,)
    if query.until is not None:
        yield "started_at <= ?", (query.until,)
    if query.user is not None:
        yield "user = ?", (query.user,)
    if query.is_failed:
        yield _FAILED[table], ()
