"""How often a drive is cleaned without a person."""

from __future__ import annotations

import pytest

from changer.drives.cleaning_guard import (
    CleaningLimits,
    CleaningRefusal,
    PastCleaning,
    find_refusal,
)

NOW = 1_700_000_000.0
HOUR, DAY = 3600.0, 86400.0
LIMITS = CleaningLimits()
LAST = "its last cleaning, 30 min ago, did not help"
NONE = CleaningLimits(pause_seconds=0, per_week=0, retry_seconds=0)


def helped(*hours_ago: float) -> list[PastCleaning]:
    return [PastCleaning(NOW - each * HOUR, helped=True) for each in hours_ago]


def failed(*hours_ago: float) -> list[PastCleaning]:
    return [PastCleaning(NOW - each * HOUR, helped=False) for each in hours_ago]


def cut_off(*hours_ago: float) -> list[PastCleaning]:
    return [PastCleaning(NOW - each * HOUR, helped=None) for each in hours_ago]


def refusal(past: list[PastCleaning], limits: CleaningLimits = LIMITS) -> CleaningRefusal | None:
    return find_refusal(past, limits, now=NOW)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    "past",
    [
        [],
        helped(12),
        helped(24, 48, 72),
        helped(24, 48, 72, 168),
        failed(1),
        failed(1) + helped(12),
        failed(30, 40, 50),
        cut_off(0.1),
        cut_off(0.1) + failed(1),
        cut_off(0.1, 0.2, 0.3),
    ],
    ids=str,
)
def test_drive_may_be_cleaned(past: list[PastCleaning]) -> None:
    assert refusal(past) is None


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("past", "said", "again_in_hours"),
    [
        (helped(2), "it was cleaned 2 h ago", 10),
        (helped(11.98), "it was cleaned 11 h ago", 0.02),
        (helped(0), "it was cleaned less than a minute ago", 12),
        (helped(0.4 / 60), "it was cleaned less than a minute ago", 12 - 0.4 / 60),
        (helped(1 / 60), "it was cleaned 1 min ago", 12 - 1 / 60),
        (helped(1), "it was cleaned 1 h ago", 11),
        (failed(0.5), LAST, 0.5),
        (failed(2) + helped(3), "it was cleaned 3 h ago", 9),
        (failed(0.5) + helped(11.9), LAST, 0.5),
        (failed(0.9) + helped(11), "it was cleaned 11 h ago", 1),
        (helped(20, 40, 60, 100), "it was cleaned 4 times in 7 days", 68),
        (failed(20, 40, 60, 100), "it was cleaned 4 times in 7 days", 68),
        (helped(20, 40, 60, 100, 120), "it was cleaned 4 times in 7 days", 68),
        (helped(1, 40, 60, 160), "it was cleaned 1 h ago", 11),
        (cut_off(0.1) + failed(0.5), LAST, 0.5),
        (cut_off(0.1) + helped(2), "it was cleaned 2 h ago", 10),
        (cut_off(20, 40, 60, 100), "it was cleaned 4 times in 7 days", 68),
    ],
    ids=str,
)
def test_drive_is_held_back(past: list[PastCleaning], said: str, again_in_hours: float) -> None:
    found = refusal(past)
    assert found is not None and found.reason == said
    assert found.again_at == pytest.approx(NOW + again_in_hours * HOUR)


@pytest.mark.parametrize("past", [helped(0, 1, 2, 3, 4), failed(0, 1, 2, 3, 4)], ids=["ok", "not"])
def test_zero_is_no_limit(past: list[PastCleaning]) -> None:
    assert refusal(past, NONE) is None


def test_limits_are_each_their_own() -> None:
    assert refusal(failed(0.1), NONE._replace(pause_seconds=DAY, per_week=2)) is None
    assert refusal(helped(0.1), NONE._replace(retry_seconds=DAY, per_week=2)) is None
    once = refusal(helped(1), NONE._replace(per_week=1))
    assert once is not None and once.reason == "it was cleaned 1 time in 7 days"


@pytest.mark.parametrize("past", [helped(-3), failed(-3)], ids=["helped", "not"])
def test_clock_that_was_set_back_holds_the_drive_back(past: list[PastCleaning]) -> None:
    found = refusal(past)
    assert found is not None and "clock was set back" in found.reason
    assert found.again_at > NOW + 3 * HOUR


def test_later_cleaning_says_that_one_from_before_the_clock_was_set_back_is_older() -> None:
    ahead = [PastCleaning(NOW + 30 * DAY, helped=True)] * 4
    assert refusal(helped(13) + ahead[:3], LIMITS._replace(per_week=0)) is None
    found = refusal(helped(13) + ahead)
    assert found is not None and found.again_at == NOW - 13 * HOUR + 7 * DAY
