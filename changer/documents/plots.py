"""``changer.plots/1``."""

from __future__ import annotations

from typing import Any

from changer.host.clock import utc_time
from changer.overview.plots import CleanerUse, Plots
from changer.values import chosen


def plots_document(plots: Plots) -> dict[str, Any]:
    """What was done by day, how long loads took, and when cleaners will be used up."""
    return {
        "since": utc_time(plots.past.since),
        "until": utc_time(plots.past.now),
        "complete": not plots.past.is_cut,
        "days": [chosen(each, "day", "moves", "failed") for each in plots.days],
        "loads": [
            {"at": utc_time(each.at), "seconds": round(each.seconds, 1), "drive": each.drive}
            for each in plots.loads
        ],
        "cleaners": [_cleaner_document(each) for each in plots.cleaners],
        "requests": [chosen(each, "day", "requested") for each in plots.requests],
    }


def _cleaner_document(use: CleanerUse) -> dict[str, Any]:
    per_day = use.uses_per_day
    return {
        **chosen(use.cleaner, "volume_tag", "family", "cleans_left"),
        "slot": use.slot,
        "uses_per_day": None if per_day is None else round(per_day, 4),
        "used_up_on": use.used_up_on,
        "why_not": use.why_not,
        "uses": [{"at": utc_time(each.at), "cleans_left": each.cleans_left} for each in use.uses],
    }
