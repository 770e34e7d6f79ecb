"""Points in time as people write them: 2026-11-29, "2026-11-29 14:00", 14:00, yesterday, 3d."""

from __future__ import annotations

import re
import time

from changer.errors import UsageError

HINT = 'such as 2026-11-29, "2026-11-29 14:00", 14:00, today, yesterday, or 3d for three days ago'
_DAY = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}))?"
_AGO = r"(\d{1,6})\s*([smhdw])(?: ago)?"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DAYS_AGO = {"today": 0, "yesterday": 1}
_Date = tuple[int, int, int]


def point_in_time(text: str, *, now: float, is_end: bool) -> float:
    """Seconds since the epoch of a time of this host's time zone.

    A time of day is the last time that it was this late; a day is its beginning, or, ``is_end``,
    its end. Raises UsageError.
    """
    words = " ".join(text.replace("T", " ").split()) if text.isascii() else ""
    found = _read(words, now=now, is_end=is_end)
    if found is None:
        raise UsageError(f"{text!r} is not a time", hint=HINT)
    return found


def _read(text: str, *, now: float, is_end: bool) -> float | None:
    if text == "now":
        return now
    if match := re.fullmatch(_AGO, text):
        return now - int(match[1]) * _UNITS[match[2]]
    if match := re.fullmatch(_CLOCK, text):
        today = _seconds(_date(now), match)
        return today if today is None or today <= now else _seconds(_date(now, days=-1), match)
    day, _, clock = text.partition(" ")
    if (date := _read_day(day, now)) is None:
        return None
    if not clock:
        return _seconds((*date[:2], date[2] + 1) if is_end else date, None)
    match = re.fullmatch(_CLOCK, clock)
    return None if match is None else _seconds(date, match)


def _read_day(text: str, now: float) -> _Date | None:
    if text in _DAYS_AGO:
        return _date(now, days=-_DAYS_AGO[text])
    match = re.fullmatch(_DAY, text)
    date = (int(match[1]), int(match[2]), int(match[3])) if match else None
    midday = None if date is None else _seconds(date, re.fullmatch(_CLOCK, "12:00"))
    # 31 February would be read as a day of March.
    return date if midday is not None and date == _date(midday) else None


def _date(now: float, *, days: int = 0) -> _Date:
    year, month, day = time.localtime(now)[:3]
    return year, month, day + days


def _seconds(date: _Date, clock: re.Match[str] | None) -> float | None:
    """The time of a date, whose day may lie before or after its month; None for none."""
    hour, minute, second = (int(each or 0) for each in clock.groups()) if clock else (0, 0, 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        return None
    try:
        return time.mktime((*date, hour, minute, second, 0, 0, -1))
    except (OverflowError, ValueError):
        return None
