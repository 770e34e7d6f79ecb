"""How often a drive is cleaned without a person: a cleaning wears its heads.

A drive that keeps asking is not helped by the next cleaning; it wants service. Whoever names a
drive to clean is not held back.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from changer.values import NamedTuple

WEEK_SECONDS = 7 * 86400.0


class PastCleaning(NamedTuple):
    """When a cleaning of the drive ended (seconds since the epoch), and whether it helped.

    ``helped`` is None where nothing reported that: it was cut off.
    """

    at: float
    helped: bool | None


class CleaningLimits(NamedTuple):
    """Limits of cleanings without a person; 0 for no limit.

    pause_seconds  after a cleaning that helped.
    per_week       cleanings in 7 days, of any result.
    retry_seconds  after a cleaning that did not help.
    """

    pause_seconds: float = 43200.0
    per_week: int = 4
    retry_seconds: float = 3600.0


class CleaningRefusal(NamedTuple):
    """Why a drive is not cleaned now, as a clause, and when that is over."""

    reason: str
    again_at: float


def find_refusal(
    past: Sequence[PastCleaning], limits: CleaningLimits, *, now: float
) -> CleaningRefusal | None:
    """Why a drive with these cleanings, newest first, may not be cleaned now; None: it may.

    A time still to come was recorded before the clock was set back; how long ago that was is not
    known, so it holds the drive back until then, unless a later cleaning has an earlier time.
    """
    times = _latest_possible(past)
    found: list[CleaningRefusal] = []
    told = list(zip(times, past, strict=True))
    helped = next((at for at, each in told if each.helped), None)
    if helped is not None and limits.pause_seconds:
        again_at = helped + limits.pause_seconds
        found.append(CleaningRefusal(f"it was cleaned {_ago(now - helped)}", again_at))
    last = next(((at, each.helped) for at, each in told if each.helped is not None), None)
    if last is not None and not last[1] and limits.retry_seconds:
        reason = f"its last cleaning, {_ago(now - last[0])}, did not help"
        found.append(CleaningRefusal(reason, last[0] + limits.retry_seconds))
    if 0 < limits.per_week <= len(times):
        number = limits.per_week
        reason = f"it was cleaned {number} time{'' if number == 1 else 's'} in 7 days"
        found.append(CleaningRefusal(reason, times[number - 1] + WEEK_SECONDS))
    in_force = [each for each in found if each.again_at > now]
    return max(in_force, key=lambda each: each.again_at, default=None)


def _latest_possible(past: Sequence[PastCleaning]) -> list[float]:
    """The latest time at which each can have been: none was after one that is newer."""
    return list(accumulate((each.at for each in past), min))


def _ago(seconds: float) -> str:
    if seconds < 0:
        return "at a time still to come (the clock was set back)"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not minutes and not hours:
        return "less than a minute ago"
    return f"{hours} h ago" if hours else f"{minutes} min ago"
