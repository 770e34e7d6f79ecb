"""Whether a cleaner that is away has been away for so long that its row may go.

A clock alone does not decide it: set years ahead by mistake, it would lose every count at once. A
day counts as passed if the store was used around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from changer.store.records import Cleaner

_SECONDS_OF_DAY = 86_400
# Between two days on which anything was recorded. A clock that is set ahead leaves one gap: it
# adds this much at most. A store that is used less often keeps its rows for longer.
LONGEST_GAP_DAYS = 92


def long_gone(
    away: Iterable[Cleaner], *, today: int, kept_days: int, used_days: Iterable[int]
) -> tuple[Cleaner, ...]:
    """The cleaners that left more than ``kept_days`` ago, by the days that have passed since.

    ``away``: cleaners that left. ``today``, ``used_days``: days since the epoch; the latter those
    on which anything was recorded in the store, in any order.
    """
    used = sorted({*used_days, today})
    return tuple(each for each in away if _passed_days(_last_day(each), today, used) > kept_days)


def _last_day(cleaner: Cleaner) -> int:
    """The last day on which anything was recorded of it: its leaving may bear too early a date."""
    times = (cleaner.first_seen_at, cleaner.last_used_at, cleaner.left_at)
    return int(max(each for each in times if each is not None) // _SECONDS_OF_DAY)


def _passed_days(since: int, today: int, used: list[int]) -> int:
    """The days from ``since`` to ``today``, where a long time without use counts as a short one."""
    days = [since, *(each for each in used if since < each <= today)]
    return sum(min(later - earlier, LONGEST_GAP_DAYS) for earlier, later in pairwise(days))
