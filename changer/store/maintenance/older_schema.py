"""The content of a store as an older schema holds it: the way back to the version before.

That version knows one reserved slot of a library, which is the one that was reserved first, and
the cleaner in it. What it has no place for is left out, and named.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing

from changer.store.database import read_records
from changer.store.maintenance.table_columns import tables_of
from changer.store.records import Cleaner, Operation, Reservation
from changer.store.schema import new_schema
from changer.values import NamedTuple

OLDER_SCHEMAS = (6,)

_LEFT_OUT = (
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
    left_out = tuple(_left_out(copy))
    for statement in _LEFT_OUT:
        copy.execute(statement)
    with ExitStack() as stack:
        older = stack.enter_context(closing(new_schema(version)))
        for table in tables_of(older):
            columns = ", ".join(table.names)
            rows = copy.execute(f"SELECT {columns} FROM {table.name} ORDER BY {table.order}")  # noqa: S608
            older.executemany(table.insertion, map(tuple, rows))
        stack.pop_all()
        return OlderContent(older, left_out)


def _left_out(copy: sqlite3.Connection) -> Iterator[str]:
    """What an older schema has no place for, in words."""
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
