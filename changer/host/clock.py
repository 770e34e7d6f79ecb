"""Clock: time as the driver sees it, so that tests need not wait for it."""

from __future__ import annotations

import time
from typing import Protocol, Self

from changer.host import interrupts

_LONGEST_NAP_SECONDS = 0.1


class Clock(Protocol):
    """Wall-clock time for records, monotonic time for waits; all in seconds."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back, from a start no earlier than the host's."""

    def sleep(self, seconds: float) -> None:
        """Return after that time."""


class SystemClock:
    """The host's clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    def sleep(self, seconds: float) -> None:
        """Return after that time; where signals are held, one of them ends it."""
        if not interrupts.are_held():
            time.sleep(seconds)
            return
        left = seconds
        while left > 0:
            time.sleep(min(left, _LONGEST_NAP_SECONDS))
            interrupts.checkpoint()
            left -= _LONGEST_NAP_SECONDS


def boot_time() -> float:
    """The seconds since this host was started, also those that it was suspended for."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class TimedStep(str):
    """What is being done or waited for, in words, and for how long it may take.

    Text as any other to whoever only prints it. ``limit_seconds``: all of it; ``spent_seconds``:
    what of that had passed when these words were chosen.
    """

    __slots__ = ("limit_seconds", "spent_seconds")
    limit_seconds: float
    spent_seconds: float

    def __new__(cls, text: str, *, limit_seconds: float, spent_seconds: float = 0.0) -> Self:
        """The words, with their times."""
        step = super().__new__(cls, text)
        step.limit_seconds, step.spent_seconds = limit_seconds, spent_seconds
        return step


def time_of_day(seconds: float, *, now: float) -> str:
    """``14:05:09``, local time, of seconds since the epoch; with its date if that is not today."""
    at = time.localtime(seconds)
    is_today = at[:3] == time.localtime(now)[:3]
    return time.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S", at)


def date_of(seconds: float) -> str:
    """``2026-03-01``, local time, of seconds since the epoch."""
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def utc_time(seconds: float | None) -> str | None:
    """``2026-03-01T12:00:00Z`` from seconds since the epoch; None stays None.

    A time that no calendar has stays a number, in digits.
    """
    if seconds is None:
        return None
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OSError, OverflowError, ValueError):
        return str(seconds)
