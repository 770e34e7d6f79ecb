"""The cleanings of a library that count when a drive asks again."""

from __future__ import annotations

from clocks import HandClock

from changer.errors import NtmsResult
from changer.store.protocol import Store
from changer.store.records import FinalState, OperationKind

from .store_support import LIBRARY, remember

RESULT = NtmsResult("ERROR_SUCCESS", 0)


def done(
    store: Store,
    kind: OperationKind = "clean",
    state: FinalState = "completed",
    *,
    library: str = LIBRARY,
    used: bool = False,
) -> str:
    begun = store.begin_operation(library, kind)
    if used:
        store.count_use(begun.id)
    store.finish_operation(begun.id, state=state, result=RESULT, message=None)
    return begun.id


def since(store: Store, time: float) -> list[str]:
    return [each.id for each in store.cleanings_since(LIBRARY, time)]


def test_cleans_that_used_the_cleaner_or_were_completed_come_back_newest_first(
    store: Store,
) -> None:
    remember(store, "OTHER")
    first = done(store)
    done(store, state="failed")  # it was refused
    done(store, "insert")
    done(store, library="OTHER")
    second = done(store, state="failed", used=True)
    third = done(store, state="cancelled", used=True)
    assert since(store, 0) == [third, second, first]


def test_clean_under_way_counts_once_it_has_used_the_cleaner(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "clean")
    assert since(store, 0) == []
    store.count_use(begun.id)
    assert since(store, 0) == [begun.id]


def test_cleans_that_ended_before_are_left_out(store: Store, clock: HandClock) -> None:
    done(store)
    clock.time += 100
    long_ago = store.begin_operation(LIBRARY, "clean")
    store.count_use(long_ago.id)
    clock.time += 100
    store.finish_operation(long_ago.id, state="failed", result=RESULT, message=None)
    assert since(store, clock.time) == [long_ago.id]
    assert since(store, clock.time + 1) == []


def test_order_is_that_of_their_beginnings_where_the_clock_was_set_back(
    store: Store, clock: HandClock
) -> None:
    first = done(store)
    clock.time -= 1000
    second = done(store)
    assert since(store, 0) == [second, first]


# What tells of cleaners whether they clean


def trials(store: Store) -> list[tuple[str, int | None]]:
    return [(each.id, each.still_requested) for each in store.cleaning_trials(LIBRARY)]


def test_cleanings_whose_drive_said_and_inserts_come_back_oldest_first(store: Store) -> None:
    remember(store, "OTHER")
    done(store)
    done(store, used=True)
    brought = done(store, "insert")
    done(store, "insert", state="failed")
    said = [store.begin_operation(LIBRARY, "clean").id for _ in range(3)]
    for each, answer in zip(said, (True, None, False), strict=True):
        store.count_use(each, still_requested=answer)
    store.count_use(store.begin_operation("OTHER", "clean").id, still_requested=True)
    assert trials(store) == [(brought, None), (said[0], 1), (said[2], 0)]


def test_what_a_drive_said_stays_when_the_use_is_counted_again(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "clean").id
    store.count_use(begun, still_requested=True)
    store.count_use(begun)
    store.finish_operation(begun, state="failed", result=RESULT, message=None)
    assert trials(store) == [(begun, 1)]
