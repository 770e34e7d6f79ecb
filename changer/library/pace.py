"""Pace of someone who watches a library: how often it is read, by what a reading takes. Pure."""

from __future__ import annotations

# All readings together take no more of the time than this: those of the mail slots half of it,
# those of everything the other half.
SHARE = 0.05
_PAUSE_FOR_EACH_SECOND = 2 / SHARE - 1
# What is wanted soon, for a change that is known of, may take this much for a while.
_SOON_FOR_EACH_SECOND = 3.0
_SOONEST_SECONDS = 1.0
WHOLE_EVERY = 10  # intervals, from one reading of everything to the next
LEAST_SECONDS = 5.0
_LONGEST_PAUSE_AFTER_FAILURE = 120.0


class Pace:
    """When the next readings are due, in seconds of a clock that never goes back.

    ``next_at``: any. The first one is due at once, and of everything.
    """

    def __init__(self, interval_seconds: float) -> None:
        self._interval = max(interval_seconds, LEAST_SECONDS)
        self.next_at = float("-inf")
        self._whole_at = float("-inf")
        self._whole_allowed_at = float("-inf")
        self._soon_at = float("-inf")

    def is_whole_due(self, now: float) -> bool:
        """Whether the next reading is one of everything."""
        return now >= self._whole_at

    def want_whole(self) -> None:
        """Have everything read as soon as that may be: the library reported a change."""
        self._whole_at = self._whole_allowed_at

    def want_soon(self) -> None:
        """Have everything read soon: something was done with the library, and is over now."""
        self.next_at = min(self.next_at, self._soon_at)
        self._whole_at = self.next_at

    def was_read(self, *, began: float, ended: float, whole: bool, failed: bool) -> None:
        """Note a reading; after one that failed, everything is read as soon as that may be.

        One that failed may have waited long, which cost the library nothing.
        """
        longest = _LONGEST_PAUSE_AFTER_FAILURE if failed else float("inf")
        pause = max(self._interval, min((ended - began) * _PAUSE_FOR_EACH_SECOND, longest))
        self.next_at = ended + pause
        self._soon_at = ended + max(_SOONEST_SECONDS, (ended - began) * _SOON_FOR_EACH_SECOND)
        if whole:
            self._whole_allowed_at = ended + pause
            self._whole_at = ended + max(WHOLE_EVERY * self._interval, pause)
        if failed:
            self.want_whole()
