"""The content of a store as an older schema holds it: the way back to a version before.

What that version has no place for is left out, and named.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

from changer.store.database import read_records
from changer.store.records import Cleaner, Operation, Reservation
from changer.store.schema import new_schema
from changer.store.table_columns import tables_of
from changer.values import NamedTuple

OLDER_SCHEMAS = (8, 7, 6)  # newest first

_PRUNED = """
SELECT library_id, sum(number) FROM pruned_totals GROUP BY library_id ORDER BY library_id
"""
# Schema 7 does not know exports and imports, nor what was seen and told.
_MANY = "SELECT id FROM operations WHERE kind IN ('export', 'import')"
_LEFT_OUT_BY_7 = (
    f"UPDATE moves SET operation_id = NULL WHERE operation_id IN ({_MANY})",  # noqa: S608
    f"DELETE FROM claims WHERE operation_id IN ({_MANY})",  # noqa: S608
    f"DELETE FROM operations WHERE id IN ({_MANY})",  # noqa: S608
)
_SHOWN_NOWHERE = (
    "missed_at IS NOT NULL AND (library_id, volume_tag) NOT IN"
    " (SELECT library_id, volume_tag FROM sightings WHERE missed_at IS NULL)"
)
_COUNTED_BY_7 = (
    ("operations", "kind IN ('export', 'import')", "exports and imports in its history"),
    ("operations", "still_requested = 1", "cleanings after which a drive still asked for one"),
    ("sightings", _SHOWN_NOWHERE, "labels that it no longer shows"),
    ("events", "delivered_at IS NULL", "events that were not delivered to any program"),
)
# Schema 6 knows one reserved slot of a library, the one that was reserved first, and its cleaner.
_LEFT_OUT_BY_6 = (
    "DELETE FROM reservations WHERE id NOT IN"
    " (SELECT min(id) FROM reservations GROUP BY library_id)",
    "DELETE FROM cleaners WHERE slot_address IS NULL OR (library_id, slot_address) NOT IN"
    " (SELECT library_id, slot_address FROM reservations)",
    # It knows no condition, and would use one again that a drive rejected.
    "UPDATE cleaners SET cleans_left = 0 WHERE condition <> 'usable'",
    # It would count the use of another cleaner: of the only one that it knows.
    "UPDATE operations SET use_counted = 1 WHERE kind = 'clean' AND finished_at IS NULL"
    " AND slot_address IS NOT NULL AND (library_id, slot_address) NOT IN"
    " (SELECT library_id, slot_address FROM reservations)",
)
_OPEN = "SELECT * FROM operations WHERE finished_at IS NULL ORDER BY sequence"


class OlderContent(NamedTuple):
    """A store in memory, of an older schema, closed by the caller; and what it does not hold."""

    copy: sqlite3.Connection
    left_out: tuple[str, ...]


def as_older_schema(copy: sqlite3.Connection, version: int) -> OlderContent:
    """The content of a copy of a sound store, of the newest schema, which is changed for it.

    ``version``: one of OLDER_SCHEMAS.
    """
    left_out: list[str] = []
    for each in OLDER_SCHEMAS[: OLDER_SCHEMAS.index(version) + 1]:
        step = _STEPS[each]
        left_out += step.named(copy)
        for statement in step.statements:
            copy.execute(statement)
    with ExitStack() as stack:
        older = stack.enter_context(closing(new_schema(version)))
        for table in tables_of(older):
            columns = ", ".join(table.names)
            rows = copy.execute(f"SELECT {columns} FROM {table.name} ORDER BY {table.order}")  # noqa: S608
            older.executemany(table.insertion, map(tuple, rows))
        stack.pop_all()
        return OlderContent(older, tuple(left_out))


def _unknown_to_8(copy: sqlite3.Connection) -> Iterator[str]:
    """What schema 8 has no place for, in words."""
    for library_id, number in copy.execute(_PRUNED):
        yield f"{library_id}: that moves and operations were pruned from its history ({number})"


def _unknown_to_7(copy: sqlite3.Connection) -> Iterator[str]:
    """What schema 7 has no place for, in words."""
    for table, condition, words in _COUNTED_BY_7:
        rows = copy.execute(
            f"SELECT library_id, count(*) FROM {table} WHERE {condition}"  # noqa: S608
            " GROUP BY library_id ORDER BY library_id"
        )
        for library_id, number in rows:
            yield f"{library_id}: {words} ({number})"


def _unknown_to_6(copy: sqlite3.Connection) -> Iterator[str]:
    """What schema 6 has no place for, in words."""
    first: dict[str, int] = {}
    for slot in read_records(Reservation, copy.execute("SELECT * FROM reservations ORDER BY id")):
        if first.setdefault(slot.library_id, slot.slot_address) != slot.slot_address:
            yield f"{slot.library_id}: the reservation of slot @{slot.slot_address}"
    for each in read_records(Cleaner, copy.execute("SELECT * FROM cleaners ORDER BY id")):
        what = f"{each.library_id}: the cleaner {each.volume_tag or 'without a label'}"
        left = (
            "cleanings left not known" if each.cleans_left is None else f"{each.cleans_left} left"
        )
        if each.slot_address is None:
            yield f"{what}, which is away ({left})"
        elif each.slot_address != first[each.library_id]:
            yield f"{what}, of slot @{each.slot_address} ({left})"
        elif each.condition == "rejected":
            why = f" ({each.why})" if each.why else ""
            yield f"{what}: that it was rejected{why}; it has 0 left instead"
    for one in read_records(Operation, copy.execute(_OPEN)):
        library, address = one.library_id, one.slot_address
        if address not in (None, first.get(library)):
            yield f"{library}: that the {one.kind} {one.id}, which is open, is of slot @{address}"


class _Step(NamedTuple):
    """The way from the next schema to one: what it can't hold, in words, and leaves out."""

    named: Callable[[sqlite3.Connection], Iterator[str]]
    statements: tuple[str, ...]


_STEPS = {
    8: _Step(_unknown_to_8, ()),
    7: _Step(_unknown_to_7, _LEFT_OUT_BY_7),
    6: _Step(_unknown_to_6, _LEFT_OUT_BY_6),
}
