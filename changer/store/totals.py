"""Totals of the journal, of all time: of the rows that are there, and of those that were pruned.

A counter must never fall, and pruning deletes rows: what it deletes stays counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from changer.store.database import Database
from changer.store.records import MoveTotal, OperationTotal
from changer.values import NamedTuple

# From the intention to the known outcome. What took longer, or less than nothing, says something
# of a recovery that came late, or of a clock that was set, and nothing of a robot.
_LONGEST_SECONDS = 3600
_TOOK = "finished_at - started_at"
_MOVES = f"""
SELECT kind, outcome,
    CASE WHEN {_TOOK} BETWEEN 0 AND {_LONGEST_SECONDS} THEN CAST(round({_TOOK}) AS INTEGER) END
        AS seconds,
    count(*) AS number
FROM moves WHERE library_id = :library_id AND outcome <> 'unknown' GROUP BY 1, 2, 3
"""  # noqa: S608
_OPERATIONS = """
SELECT kind, state AS outcome, CAST(NULL AS INTEGER) AS seconds, count(*) AS number
FROM operations WHERE library_id = :library_id AND finished_at IS NOT NULL GROUP BY 1, 2
"""
_PRESENT = f"{_MOVES} UNION ALL {_OPERATIONS}"
_PRUNED = """
SELECT kind, outcome, seconds, number FROM pruned_totals
WHERE library_id = :library_id AND (kind IN ('move', 'exchange')) =
"""
_SUM = "CAST(sum(number) AS BIGINT)"
_MOVE_TOTALS = f"""
SELECT kind, outcome, seconds, {_SUM} AS moves
FROM ({_MOVES} UNION ALL {_PRUNED} TRUE) AS counted
GROUP BY kind, outcome, seconds ORDER BY kind, outcome, coalesce(seconds, -1)
"""  # noqa: S608
_OPERATION_TOTALS = f"""
SELECT kind, outcome AS state, {_SUM} AS operations
FROM ({_OPERATIONS} UNION ALL {_PRUNED} FALSE) AS counted
GROUP BY kind, outcome ORDER BY kind, outcome
"""  # noqa: S608


class _Total(NamedTuple):
    """A number of moves, or of operations, that are alike."""

    kind: str
    outcome: str
    seconds: int | None
    number: int


def move_totals(database: Database, library_id: str) -> tuple[MoveTotal, ...]:
    """Settled moves of all time; contract: ``changer.store.protocol.Store``."""
    return database.records(MoveTotal, _MOVE_TOTALS, {"library_id": library_id})


def operation_totals(database: Database, library_id: str) -> tuple[OperationTotal, ...]:
    """Finished operations of all time; contract: ``changer.store.protocol.Store``."""
    return database.records(OperationTotal, _OPERATION_TOTALS, {"library_id": library_id})


@contextmanager
def counted_on(database: Database, library_id: str) -> Iterator[None]:
    """Within a transaction: what is deleted of a library's journal meanwhile stays counted."""
    before = _present(database, library_id)
    yield
    after = {each[:3]: each.number for each in _present(database, library_id)}
    for each in before:
        gone = each.number - after.get(each[:3], 0)
        if gone:
            _add(database, library_id, each._replace(number=gone))


def _present(database: Database, library_id: str) -> tuple[_Total, ...]:
    return database.records(_Total, _PRESENT, {"library_id": library_id})


def _add(database: Database, library_id: str, gone: _Total) -> None:
    alike = {"library_id": library_id, **gone._asdict()}
    number = alike.pop("number")
    condition, values = database.matching(**alike)
    statement = f"UPDATE pruned_totals SET number = number + ? WHERE {condition}"  # noqa: S608
    if not database.change(statement, (number, *values)):
        database.insert("pruned_totals", number=number, **alike)
