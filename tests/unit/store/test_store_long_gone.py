"""Cleaners that left years ago are dropped: by time that passed for the store, not by its clock."""

from __future__ import annotations

import pytest
from clocks import HandClock

from changer.store.kept_cleaners import long_gone
from changer.store.protocol import Store
from changer.store.records import Cleaner

from .store_support import LIBRARY, begin_clean, eject, insert, release, remember, reserve

DAY = 86_400.0
SLOT, KEPT = 12, 1826
YEAR = 365


@pytest.fixture
def store(store: Store) -> Store:
    """A store with a cleaner that is away, and one at home."""
    for address, tag in ((SLOT, "CLN001CU"), (SLOT + 1, "CLN002CU")):
        reserve(store, address)
        insert(store, address, tag)
    eject(store, SLOT)
    return store


def use_for(store: Store, clock: HandClock, days: float, *, every: float = 30) -> None:
    """Move a cartridge now and then."""
    end = clock.time + days * DAY
    while clock.time < end:
        clock.time = min(clock.time + every * DAY, end)
        store.begin_move(LIBRARY, source_address=1, destination_address=2)


def dropped(store: Store, *, kept_days: int = KEPT) -> list[str | None]:
    """The labels of what is dropped; they are gone, and nothing else is."""
    before = {each.volume_tag for each in store.cleaners(LIBRARY)}
    gone = [each.volume_tag for each in store.drop_long_gone(LIBRARY, kept_days=kept_days)]
    assert {each.volume_tag for each in store.cleaners(LIBRARY)} == before - {*gone}
    return gone


def test_it_is_dropped_after_that_time_and_not_before(store: Store, clock: HandClock) -> None:
    use_for(store, clock, KEPT - 1)
    assert dropped(store) == []
    use_for(store, clock, 2)
    assert dropped(store) == ["CLN001CU"]
    assert dropped(store) == []


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("left", "today", "used", "passed"),
    [
        (0, 0, [], 0),
        (0, 1, [], 1),
        (0, 92, [], 92),
        (0, 93, [], 92),
        (0, 5000, [], 92),
        (10, 110, [60], 100),
        (10, 110, [60, 60, 11], 100),
        (10, 300, [60, 152, 244], 290),
        (10, 300, [60, 153, 244], 289),
        (10, 300, [5, 10, 301, 4000], 92),  # before it left, or ahead of today
        (10, 5, [], 0),
    ],
)
def test_a_day_passes_for_a_store_that_was_used_around_it(
    left: int, today: int, used: list[int], passed: int
) -> None:
    """Of a longer time without use 92 days count."""
    at = (left + 0.99) * DAY
    one = Cleaner(1, LIBRARY, "CLN001CU", None, "lto", 5, 0, "usable", None, 0.0, None, at)
    for kept_days, gone in ((passed, ()), (passed - 1, (one,))):
        assert long_gone([one], today=today, kept_days=kept_days, used_days=used) == gone


@pytest.mark.parametrize("last", ["first_seen_at", "last_used_at", "left_at"])
def test_one_left_at_the_latest_of_its_times(last: str) -> None:
    one = Cleaner(1, LIBRARY, "CLN001CU", None, "lto", 5, 0, "usable", None, None, 2 * DAY, DAY)
    one = Cleaner(**{**one._asdict(), last: 9 * DAY})
    assert long_gone([one], today=10, kept_days=1, used_days=[]) == ()
    assert long_gone([one], today=10, kept_days=0, used_days=[]) == (one,)


def test_one_at_home_is_never_dropped(store: Store, clock: HandClock) -> None:
    use_for(store, clock, 20 * YEAR, every=60)
    assert dropped(store) == ["CLN001CU"]
    release(store, SLOT + 1)
    assert dropped(store) == []


def test_one_that_came_back_begins_anew(store: Store, clock: HandClock) -> None:
    use_for(store, clock, KEPT - 10)
    (gone, _) = store.cleaners(LIBRARY)
    insert(store, SLOT, "CLN001CU", 5, known=gone)
    eject(store, SLOT)
    use_for(store, clock, KEPT - 10)
    assert dropped(store) == []


@pytest.mark.parametrize("years", [6, 60, 600])
def test_a_clock_that_is_set_ahead_drops_nothing(
    store: Store, clock: HandClock, years: int
) -> None:
    """However often the store is used before somebody mends it."""
    use_for(store, clock, 100)
    right = clock.time
    clock.time += years * YEAR * DAY
    assert dropped(store) == []
    use_for(store, clock, 100, every=1)
    assert dropped(store) == []
    clock.time = right + 100 * DAY
    use_for(store, clock, 100)
    assert dropped(store) == []


def test_a_clock_that_is_set_ahead_again_and_again_adds_months_each_time(
    store: Store, clock: HandClock
) -> None:
    for _ in range(5):
        clock.time += 10 * YEAR * DAY
        use_for(store, clock, 1)
    assert dropped(store) == []


@pytest.mark.parametrize("wrong", [0.0, -1e9, 86_400.0 * YEAR])
def test_one_that_left_by_a_clock_that_was_set_back_left_when_it_was_last_used(
    store: Store, clock: HandClock, wrong: float
) -> None:
    use_for(store, clock, KEPT + 10)
    right = clock.time
    store.count_use(begin_clean(store, SLOT + 1))
    clock.time = max(wrong, 0.0) if wrong >= 0 else right + wrong
    eject(store, SLOT + 1)
    clock.time = right + DAY
    assert dropped(store) == ["CLN001CU"]


def test_a_clock_that_is_set_back_drops_nothing(store: Store, clock: HandClock) -> None:
    clock.time = 0.0
    assert dropped(store, kept_days=1) == []


def test_a_store_that_is_hardly_used_keeps_it_for_longer(store: Store, clock: HandClock) -> None:
    use_for(store, clock, 2 * KEPT - 300, every=YEAR / 2)
    assert dropped(store) == []
    use_for(store, clock, 2 * KEPT, every=YEAR / 2)
    assert dropped(store) == ["CLN001CU"]


def test_other_libraries_keep_theirs(store: Store, clock: HandClock) -> None:
    remember(store, "another")
    reserve(store, SLOT, "another")
    insert(store, SLOT, "CLN003CU", library_id="another")
    eject(store, SLOT, "another")
    use_for(store, clock, KEPT + 1)
    assert dropped(store) == ["CLN001CU"]
    assert [each.volume_tag for each in store.cleaners("another")] == ["CLN003CU"]
