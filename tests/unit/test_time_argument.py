"""Times as people write them, on the clock of this host."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from changer.cli.time_argument import point_in_time
from changer.errors import UsageError

NOW = "2026-11-29 09:30:00"


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone with summer time."""
    monkeypatch.setitem(os.environ, "TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def seconds(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def meant(text: str, *, is_end: bool = False, now: str = NOW) -> str:
    found = point_in_time(text, now=seconds(now), is_end=is_end)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-29", "2026-11-29 00:00:00"),
        ("2026-1-2", "2026-01-02 00:00:00"),
        ("2026-11-28 14:00", "2026-11-28 14:00:00"),
        ("2026-11-28T14:00:05", "2026-11-28 14:00:05"),
        ("2026-11-28 23:59:59", "2026-11-28 23:59:59"),
        ("2026-11-28 00:00:00", "2026-11-28 00:00:00"),
        ("09:30", "2026-11-29 09:30:00"),
        ("09:30:01", "2026-11-28 09:30:01"),
        ("24:00", "2026-11-29 00:00:00"),
        ("0s", NOW),
        ("999999s", "2026-11-17 19:43:21"),
        ("today", "2026-11-29 00:00:00"),
        ("yesterday", "2026-11-28 00:00:00"),
        ("yesterday 14:00", "2026-11-28 14:00:00"),
        ("08:15", "2026-11-29 08:15:00"),
        ("14:00", "2026-11-28 14:00:00"),  # it has not been so late today
        ("now", NOW),
        ("90s", "2026-11-29 09:28:30"),
        ("30m", "2026-11-29 09:00:00"),
        ("2h", "2026-11-29 07:30:00"),
        ("3d", "2026-11-26 09:30:00"),
        ("3 d ago", "2026-11-26 09:30:00"),
        ("1w", "2026-11-22 09:30:00"),
        ("2024-02-29 24:00", "2024-03-01 00:00:00"),
    ],
)
def test_a_time_is_read_as_it_is_meant(text: str, expected: str) -> None:
    assert meant(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-29", "2026-11-30 00:00:00"),
        ("2026-12-31", "2027-01-01 00:00:00"),
        ("yesterday", "2026-11-29 00:00:00"),
        ("2026-03-29", "2026-03-30 00:00:00"),  # a day of 23 hours
        ("2026-11-28 14:00", "2026-11-28 14:00:00"),
        ("3d", "2026-11-26 09:30:00"),
    ],
)
def test_a_day_as_an_end_is_meant_to_its_end(text: str, expected: str) -> None:
    assert meant(text, is_end=True) == expected


def test_yesterday_is_a_day_of_the_calendar() -> None:
    assert meant("yesterday", now="2026-03-01 00:10:00") == "2026-02-28 00:00:00"
    assert meant("yesterday", now="2026-10-26 00:10:00") == "2026-10-25 00:00:00"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "soon", "2026-02-30", "2026-13-01", "2026-11", "26-11-29", "25:00", "12:60"),
        *("12:00:60", "3", "3y", "-3d", "3d 14:00", "tomorrow", "9999999d", "2026-11-29 noon"),
        *(
            "24:01",
            "24:00:01",
            "12:59:60",
            "1000000s",
            "24:60",
            "3 days",
            "2026-11-29 2026-11-29",
            "\u0663d",
            "\u0662026-11-29",
            "1e3d",
            "12:00 12:00",
        ),
        "\0",
    ],
)
def test_what_is_not_a_time_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time") as caught:
        meant(text)
    assert "2026-11-29" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["999999w", "0001-01-01", "9999-12-31 23:59"])
def test_times_far_away_are_times(text: str) -> None:
    assert isinstance(point_in_time(text, now=seconds(NOW), is_end=False), float)


def test_times_that_the_clock_of_the_host_does_not_have_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mktime = time.mktime

    def until_2038(parts: tuple[int, ...]) -> float:
        if parts[0] > 2037:
            raise OverflowError("mktime argument out of range")
        return mktime(parts)  # type: ignore[arg-type]

    monkeypatch.setattr("time.mktime", until_2038)
    assert meant("2037-12-31 24:00") == "2038-01-01 00:00:00"
    for text in ("2038-01-01", "2040-02-29 12:00"):
        with pytest.raises(UsageError, match="is not a time"):
            meant(text)
