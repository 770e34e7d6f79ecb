"""What is to be shown at one moment: a library as it is known, and how old that is. Pure."""

from __future__ import annotations

from collections.abc import Callable

from changer.library.findings import Finding
from changer.overview.overview import Overview
from changer.store.records import EventRecord
from changer.top.duration import duration_words
from changer.values import NamedTuple

# A reading takes no more of the time than a fortieth (changer.library.pace).
_PAUSE_FOR_EACH_SECOND = 39
_LATE_SECONDS = 10.0
_SLOW_SECONDS = 5.0
# The head has them: what moves, and what people have to do.
_TOLD_APART = ("move-under-way", "operator-wanted")


class Shown(NamedTuple):
    """A library at one moment.

    events      the last ones, the newest first.
    now         in seconds since the epoch; ``alive_at``: when the reader last looked.
    local_time  seconds since the epoch as people read them here.
    number      of the library, from 1, of ``libraries``.
    paused_at   when a person stopped the picture; None: it is live.
    """

    overview: Overview
    now: float
    alive_at: float
    local_time: Callable[[float], str]
    events: tuple[EventRecord, ...] = ()
    number: int = 1
    libraries: int = 1
    paused_at: float | None = None

    @property
    def title(self) -> str:
        """The library's alias, or its id."""
        return self.overview.alias or self.overview.library_id

    @property
    def age_seconds(self) -> float | None:
        """How long ago the library showed what is drawn; None: it has not been read."""
        reading = self.overview.reading
        return None if reading is None else max(self.now - reading.at, 0.0)

    @property
    def is_old(self) -> bool:
        """Whether what is drawn may not be so any more, and has to say so."""
        reading = self.overview.reading
        if reading is None or self.overview.trouble is not None:
            return True
        return (self.age_seconds or 0.0) > 2 * self.pause_seconds + _LATE_SECONDS

    @property
    def pause_seconds(self) -> float:
        """From one reading to the next: longer than was asked for where a reading takes long."""
        reading = self.overview.reading
        took_seconds = 0.0 if reading is None else reading.took_seconds
        return max(self.overview.interval_seconds, took_seconds * _PAUSE_FOR_EACH_SECOND)

    @property
    def attention(self) -> tuple[Finding, ...]:
        """What wants attention, and what the cleaners lack, the most urgent first.

        Without what moves and what people have to do, which are more than that.
        """
        reading, found = self.overview.reading, [*self.overview.attention]
        if reading is not None:
            # Those of the cleaners are of no place; the others are judged anew each second.
            found += [each for each in reading.verdict.findings if not each.places]
        order = ("critical", "warning", "note")
        told = [each for each in dict.fromkeys(found) if each.code not in _TOLD_APART]
        return tuple(sorted(told, key=lambda each: order.index(each.level)))

    def ago(self, moment: float) -> str:
        """``3 s``: from then until now."""
        return duration_words(self.now - moment)


def freshness(shown: Shown) -> str:
    """How old what is drawn is, and why it is no newer."""
    overview = shown.overview
    reading, trouble = overview.reading, overview.trouble
    if trouble is not None:
        since = f"no answer for {shown.ago(trouble.since)}: {trouble.message}"
        if reading is None:
            return f"NOT READ YET: {since}"
        return f"OLD, read {shown.ago(reading.at)} ago: {since}"
    if reading is None:
        return f"NOT READ YET: {_reason(shown) or 'reading the library'}"
    reason = _reason(shown)
    if shown.is_old:
        return f"OLD, read {shown.ago(reading.at)} ago{f': {reason}' if reason else ''}"
    every = f"read {shown.ago(reading.at)} ago, every {duration_words(shown.pause_seconds)}"
    return f"{every}; {reason}" if reason else every


def _reason(shown: Shown) -> str | None:
    """Why there is no reading just now."""
    records = shown.overview.records
    lock = None if records is None else records.lock
    if lock is not None and lock.held:
        return f"in use by {lock.holder or 'another process'}"
    silent = shown.now - shown.alive_at
    if shown.alive_at and silent > _SLOW_SECONDS:
        return f"waiting for the library for {duration_words(silent)}"
    return None
