"""How often a library is read by someone who watches it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changer.library.pace import LEAST_SECONDS, SHARE, WHOLE_EVERY, Pace

SECONDS = st.floats(min_value=0.01, max_value=600)


def read(pace: Pace, at: float, *, takes: float, failed: bool = False) -> tuple[float, bool]:
    """One reading as soon as it is due: when it ended, and whether it was of everything."""
    began = max(at, pace.next_at)
    whole = pace.is_whole_due(began)
    pace.was_read(began=began, ended=began + takes, whole=whole, failed=failed)
    return began + takes, whole


def test_first_reading_is_due_at_once_and_of_everything() -> None:
    pace = Pace(30)
    assert pace.next_at < 0 and pace.is_whole_due(0.0)


def test_quick_readings_keep_the_interval_and_everything_is_read_seldom() -> None:
    pace, at, wholes, began = Pace(30), 0.0, [], []
    for _ in range(2 * WHOLE_EVERY + 1):
        at, whole = read(pace, at, takes=0.01)
        wholes.append(whole)
        began.append(at)
    assert all(later - earlier == pytest.approx(30.01) for earlier, later in pairwise(began))
    of_everything = [index for index, whole in enumerate(wholes) if whole]
    assert of_everything == [0, WHOLE_EVERY, 2 * WHOLE_EVERY]


@given(
    interval=st.floats(min_value=0, max_value=60),
    light=SECONDS,
    whole=SECONDS,
    changes=st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_readings_take_no_more_than_their_share_of_the_time(
    interval: float, light: float, whole: float, changes: list[bool]
) -> None:
    """Whatever each kind takes, and however often the library reports a change."""
    pace, at, reading = Pace(interval), 0.0, 0.0
    for has_changed in changes:
        began = max(at, pace.next_at)
        takes = whole if pace.is_whole_due(began) else light
        at, was_whole = read(pace, at, takes=takes)
        reading += takes
        if has_changed and not was_whole:
            pace.want_whole()
    # The pause after the last one belongs to it.
    last = max(light, whole)
    assert reading <= SHARE * pace.next_at + last


def test_interval_has_a_floor() -> None:
    pace = Pace(0)
    ended, _ = read(pace, 0.0, takes=0.0)
    assert pace.next_at == ended + LEAST_SECONDS


def test_change_is_followed_by_a_reading_of_everything() -> None:
    pace = Pace(30)
    at, _ = read(pace, 0.0, takes=0.1)
    at, whole = read(pace, at, takes=0.1)
    assert not whole
    pace.want_whole()
    assert read(pace, at, takes=0.1)[1]


def test_what_could_not_be_read_is_read_as_a_whole_and_soon_however_long_the_attempt_took() -> None:
    pace = Pace(30)
    at, _ = read(pace, 0.0, takes=600.0, failed=True)
    assert pace.next_at <= at + 120
    assert read(pace, at, takes=0.1)[1]
