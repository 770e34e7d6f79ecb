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
