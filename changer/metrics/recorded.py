"""Numbers of what is on record of a library now: moves, operations, its lock, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import get_args

from changer.library.findings import Finding, Level
from changer.metrics.metric import Histogram, Series, alone, counted
from changer.overview.overview import Overview, Records
from changer.store.records import (
    FinalState,
    MoveKind,
    MoveOutcome,
    MoveTotal,
    OperationKind,
    OperationState,
)

# Robots take some seconds for a short way, and half a minute for a long one; past a minute a
# cartridge was not taken at once, and past ten something else is wrong.
BUCKETS = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 900.0)
_SETTLED = [each for each in get_args(MoveOutcome) if each != "unknown"]
_UNFINISHED = [*(each for each in get_args(OperationState) if each not in get_args(FinalState))]


def moves(overview: Overview) -> Iterator[Series]:
    """How many moves were settled, by kind and outcome."""
    if overview.records is None:
        return
    found: Counter[tuple[str, str]] = Counter()
    for each in overview.records.totals:
        found[each.kind, each.outcome] += each.moves
    for key in product(get_args(MoveKind), _SETTLED):
        yield key, found[key]


def durations(overview: Overview) -> Iterator[Series]:
    """How long completed moves took, by kind."""
    if overview.records is None:
        return
    for kind in get_args(MoveKind):
        done = [
            each
            for each in overview.records.totals
            if each.kind == kind and each.outcome == "completed"
        ]
        yield (kind,), _histogram(done)


def _histogram(totals: Iterable[MoveTotal]) -> Histogram:
    known = [(each.seconds, each.moves) for each in totals if each.seconds is not None]
    return Histogram(
        tuple((bound, sum(moves for took, moves in known if took <= bound)) for bound in BUCKETS),
        total=float(sum(took * moves for took, moves in known)),
        number=sum(moves for _, moves in known),
    )


def operations(overview: Overview) -> Iterator[Series]:
    """How many operations have ended, by kind and state."""
    if overview.records is None:
        return
    found = {(each.kind, each.state): each for each in overview.records.operation_totals}
    for key in product(get_args(OperationKind), get_args(FinalState)):
        yield key, found[key].operations if key in found else 0


def unfinished_operations(overview: Overview) -> Iterable[Series]:
    """How many operations have not ended, by state."""
    if overview.records is None:
        return ()
    states = Counter(each.state for each in overview.records.operations)
    return counted(states, *_UNFINISHED, "interrupted")


def open_moves(overview: Overview) -> Iterable[Series]:
    """How many moves have no known end, and no process that works on them."""
    return alone(_moves(overview.records, is_running=False))


def moves_under_way(overview: Overview) -> Iterable[Series]:
    """How many moves are under way."""
    return alone(_moves(overview.records, is_running=True))


def _moves(records: Records | None, *, is_running: bool) -> int | None:
    if records is None:
        return None
    return sum(each.is_running is is_running for each in records.moves)


def operator_tasks(overview: Overview) -> Iterable[Series]:
    """How many things a person has to do."""
    return alone(None if overview.records is None else len(overview.tasks))


def lock_held(overview: Overview) -> Iterable[Series]:
    """Whether a process has the library's lock."""
    lock = overview.records.lock if overview.records else None
    return alone(None if lock is None else int(lock.held))


def lock_waiting(overview: Overview) -> Iterable[Series]:
    """How many processes wait for it."""
    lock = overview.records.lock if overview.records else None
    return alone(None if lock is None else lock.waiting)


def attention(overview: Overview) -> Iterable[Series]:
    """How many things want attention, by level."""
    if overview.reading is None or overview.records is None:
        return ()
    return counted(Counter(each.level for each in _findings(overview)), *get_args(Level))


def findings(overview: Overview) -> Iterable[Series]:
    """How many things of each kind want attention."""
    found = Counter((each.code, each.level) for each in _findings(overview))
    return sorted(found.items())


def _findings(overview: Overview) -> Iterable[Finding]:
    """Those of now, and those about cleaners, which a reading judges."""
    found = [*overview.attention]
    if overview.reading is not None:
        families = [each.trouble for each in overview.reading.stock.families if each.trouble]
        codes = {each.code for each in families}
        found += [each for each in overview.reading.verdict.findings if each.code in codes]
    return dict.fromkeys(found)
