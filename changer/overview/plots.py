"""What was done with a library over days, for plots. Pure, but for reading the store.

Days are those of UTC. Only the newest records are taken, so that a long history costs no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from changer.host.clock import utc_time
from changer.library.addressing import Numbering
from changer.smc.elements import ElementType
from changer.store.protocol import Store
from changer.store.records import Cleaner, EventRecord, JournalQuery, Move, Operation
from changer.values import NamedTuple

_DAY_SECONDS = 86400.0
_MOST_RECORDS = 20_000
_MOST_LOADS = 2_000
_MOST_USES = 1_000
_LEAST_USES = 3
_LEAST_DAYS = 7.0
_LONGEST_DAYS = 3650.0


class Past(NamedTuple):
    """What is on record from ``since`` until ``now``.

    moves, operations  newest first.
    cleaners           those that have a slot.
    events             oldest first.
    is_cut             there are more moves or operations than were taken.
    """

    since: float
    now: float
    moves: Sequence[Move] = ()
    operations: Sequence[Operation] = ()
    cleaners: Sequence[Cleaner] = ()
    events: Sequence[EventRecord] = ()
    is_cut: bool = False


class DayOfMoves(NamedTuple):
    """How many moves began on a day (``2026-11-29``), and how many of them failed."""

    day: str
    moves: int
    failed: int


class DayOfRequests(NamedTuple):
    """How often a drive began to request cleaning on a day."""

    day: str
    requested: int


class Load(NamedTuple):
    """A move into a drive: when it began, how long it took, and the drive's number."""

    at: float
    seconds: float
    drive: int


class Use(NamedTuple):
    """A use of a cleaner, and how many cleanings it had left then; None: not known."""

    at: float
    cleans_left: int | None


class CleanerUse(NamedTuple):
    """A cleaner, its uses, and the day on which it will be used up if it is used on like that.

    uses_per_day  None: it is known for too short a time.
    used_up_on    None: that can't be told; ``why_not`` has the reason.
    """

    cleaner: Cleaner
    slot: int | None
    uses: tuple[Use, ...]
    uses_per_day: float | None
    used_up_on: str | None
    why_not: str | None


class Plots(NamedTuple):
    """Numbers by day, of each load, and of each cleaner."""

    past: Past
    days: tuple[DayOfMoves, ...]
    loads: tuple[Load, ...]
    cleaners: tuple[CleanerUse, ...]
    requests: tuple[DayOfRequests, ...]


def read_past(store: Store, library_id: str, *, days: int, now: float) -> Past:
    """What is on record of the last days. Raises what the store raises."""
    since = now - days * _DAY_SECONDS
    query = JournalQuery(library_id=library_id, since=since)
    moves = store.find_moves(query, limit=_MOST_RECORDS)
    operations = store.find_operations(query, limit=_MOST_RECORDS)
    return Past(
        since,
        now,
        moves,
        operations,
        [each for each in store.cleaners(library_id) if each.slot_address is not None],
        store.events().after(0, library_id=library_id, since=since),
        is_cut=max(len(moves), len(operations)) >= _MOST_RECORDS,
    )


def plots_of(past: Past, *, numbering: Numbering | None) -> Plots:
    """The plots; ``numbering`` None: which element is a drive is not on record."""
    loads = () if numbering is None else islice(_loads(past, numbering), _MOST_LOADS)
    return Plots(
        past,
        tuple(_days(past)),
        tuple(loads)[::-1],
        tuple(_cleaner_use(each, past, numbering) for each in past.cleaners),
        tuple(_requests(past)),
    )


def _days(past: Past) -> Iterator[DayOfMoves]:
    begun = Counter(_day(each.started_at) for each in past.moves)
    failed = Counter(
        _day(each.started_at)
        for each in past.moves
        if each.finished_at is not None and each.outcome != "completed"
    )
    return (DayOfMoves(day, begun[day], failed[day]) for day in _all_days(past))


def _requests(past: Past) -> Iterator[DayOfRequests]:
    told = Counter(
        _day(each.happened_at) for each in past.events if each.kind == "cleaning-requested"
    )
    return (DayOfRequests(day, told[day]) for day in _all_days(past))


def _loads(past: Past, numbering: Numbering) -> Iterator[Load]:
    """Moves into drives, newest first."""
    for each in past.moves:
        ended, to = each.finished_at, each.destination_address
        is_drive = numbering.assignment.type_of(to) is ElementType.DATA_TRANSFER
        # Clocks go back.
        if is_drive and each.outcome == "completed" and ended and ended >= each.started_at:
            yield Load(each.started_at, ended - each.started_at, numbering.number_of(to))


def _cleaner_use(cleaner: Cleaner, past: Past, numbering: Numbering | None) -> CleanerUse:
    since = _known_since(cleaner, past)
    uses = _uses(cleaner, past, since)
    days = (past.now - since) / _DAY_SECONDS
    per_day = len(uses) / days if days >= _LEAST_DAYS else None
    why_not, days_left = _why_not(cleaner, len(uses), days), 0.0
    if why_not is None and per_day:
        days_left = (cleaner.cleans_left or 0) / per_day
        why_not = "not within ten years" if days_left > _LONGEST_DAYS else None
    slot = cleaner.slot_address
    return CleanerUse(
        cleaner,
        None if numbering is None or slot is None else numbering.number_of(slot),
        uses,
        per_day,
        None if why_not else _day(past.now + days_left * _DAY_SECONDS),
        why_not,
    )


def _why_not(cleaner: Cleaner, uses: int, days: float) -> str | None:
    """Why it can't be told when a cleaner is used up; None: it can be."""
    if cleaner.condition != "usable":
        return cleaner.why or "it can't be used any more"
    if cleaner.cleans_left is None:
        return "the number of cleanings left is not known"
    if days < _LEAST_DAYS:
        return f"it is known for less than {_LEAST_DAYS:.0f} days"
    if uses < _LEAST_USES:
        return f"it was used fewer than {_LEAST_USES} times in this time"
    return None


def _known_since(cleaner: Cleaner, past: Past) -> float:
    """From when on its uses are known: not before it was brought in, which tells its number."""
    brought = [
        each.finished_at
        for each in past.operations
        if each.kind == "insert" and each.state == "completed" and each.finished_at is not None
        if each.volume_tag == cleaner.volume_tag and each.volume_tag is not None
    ]
    return max([past.since, cleaner.first_seen_at or past.since, *brought])


def _uses(cleaner: Cleaner, past: Past, since: float) -> tuple[Use, ...]:
    """Its uses since then, oldest first; the last one left what it has now."""
    times = [
        each.finished_at or each.started_at
        for each in past.operations
        if each.kind == "clean" and each.use_counted and each.started_at >= since
        if each.volume_tag == cleaner.volume_tag and each.volume_tag is not None
    ][:_MOST_USES]
    left = cleaner.cleans_left
    found = (Use(at, None if left is None else left + later) for later, at in enumerate(times))
    return tuple(found)[::-1]


def _day(seconds: float) -> str:
    return (utc_time(seconds) or "")[:10]


def _all_days(past: Past) -> Iterator[str]:
    """Each day of the time, also those on which nothing was done."""
    day = datetime.fromtimestamp(past.since, UTC).date()
    last = datetime.fromtimestamp(past.now, UTC).date()
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)
