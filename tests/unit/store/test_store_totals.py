"""Totals of the journal: what is settled counts once, and goes on counting when it was pruned."""

from __future__ import annotations

from pathlib import Path

from clocks import HandClock

from changer.errors import NtmsResult
from changer.store.protocol import Store
from changer.store.records import FinalState, MoveOutcome, MoveTotal, OperationTotal

from .store_support import LIBRARY, opened, query, remember

DAY = 86_400.0
DONE = NtmsResult("ERROR_SUCCESS", 0)


def move(
    store: Store,
    clock: HandClock,
    seconds: float,
    *,
    outcome: MoveOutcome = "completed",
    library_id: str = LIBRARY,
) -> int:
    begun = store.begin_move(library_id, source_address=1, destination_address=2, volume_tag="A")
    clock.time += seconds
    store.finish_move(begun.id, outcome=outcome, final_address=2)
    return begun.id


def operate(store: Store, state: FinalState) -> None:
    operation = store.begin_operation(LIBRARY, "clean")
    store.finish_operation(operation.id, state=state, result=DONE, message=None)


def test_settled_moves_are_counted_by_kind_outcome_and_duration(
    store: Store, clock: HandClock
) -> None:
    assert store.move_totals(LIBRARY) == ()
    for seconds in (20.0, 19.6, 20.4, 7.0):
        move(store, clock, seconds)
    move(store, clock, 7.0, outcome="misplaced")
    exchange = store.begin_move(
        LIBRARY,
        kind="exchange",
        source_address=1,
        destination_address=2,
        second_destination_address=1,
    )
    store.finish_move(exchange.id, outcome="not-executed")
    remember(store, "another")
    move(store, clock, 1.0, library_id="another")
    assert store.move_totals(LIBRARY) == (
        MoveTotal("exchange", "not-executed", 0, 1),
        MoveTotal("move", "completed", 7, 1),
        MoveTotal("move", "completed", 20, 3),
        MoveTotal("move", "misplaced", 7, 1),
    )


def test_a_move_counts_once_it_is_settled(store: Store, clock: HandClock) -> None:
    begun = store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert store.move_totals(LIBRARY) == ()
    store.finish_move(begun.id, outcome="unknown")
    assert store.move_totals(LIBRARY) == ()
    clock.time += 5.0
    store.finish_move(begun.id, outcome="completed", final_address=2)
    assert store.move_totals(LIBRARY) == (MoveTotal("move", "completed", 5, 1),)


def test_a_duration_of_a_late_recovery_or_of_a_clock_that_was_set_is_not_known(
    store: Store, clock: HandClock
) -> None:
    move(store, clock, 3600.0)
    move(store, clock, 3601.0)
    move(store, clock, -1.0)
    assert store.move_totals(LIBRARY) == (
        MoveTotal("move", "completed", None, 2),
        MoveTotal("move", "completed", 3600, 1),
    )


def test_operations_are_counted_by_kind_and_state(store: Store) -> None:
    for state in ("completed", "completed", "failed", "cancelled"):
        operate(store, state)
    store.begin_operation(LIBRARY, "clean")
    assert store.operation_totals(LIBRARY) == (
        OperationTotal("clean", "cancelled", 1),
        OperationTotal("clean", "completed", 2),
        OperationTotal("clean", "failed", 1),
    )
    assert store.operation_totals("another") == ()


def test_pruning_lowers_no_total(store: Store, clock: HandClock) -> None:
    for _ in range(3):
        for _ in range(10):
            move(store, clock, 20.0)
            move(store, clock, 5000.0)
            move(store, clock, 3.0, outcome="not-executed")
            operate(store, "failed")
        clock.time += 40 * DAY
        moves, operations = store.move_totals(LIBRARY), store.operation_totals(LIBRARY)
        pruned = store.prune_history(LIBRARY, before=clock.time)
        assert pruned.moves > 20
        assert pruned.operations > 8
        assert store.move_totals(LIBRARY) == moves
        assert store.operation_totals(LIBRARY) == operations
    assert sum(each.moves for each in moves) == 90
    assert sum(each.operations for each in operations) == 30


def test_what_was_pruned_is_kept_in_as_few_rows_as_there_are_kinds_of_it(
    store: Store, clock: HandClock, path: Path
) -> None:
    for _ in range(4):
        for _ in range(5):
            move(store, clock, 20.0)
            move(store, clock, 5000.0)
            operate(store, "failed")
        clock.time += 40 * DAY
        store.prune_history(LIBRARY, before=clock.time)
    assert query(path, "SELECT count(*) FROM pruned_totals") == 3


def test_totals_go_with_their_library_and_follow_its_new_name(
    store: Store, clock: HandClock
) -> None:
    for _ in range(5):
        move(store, clock, 20.0)
    store.prune_history(LIBRARY, before=clock.time + 1)
    totals = store.move_totals(LIBRARY)
    store.rename_library(LIBRARY, "new")
    assert store.move_totals("new") == totals
    assert store.move_totals(LIBRARY) == ()
    store.forget_library("new")
    assert store.move_totals("new") == ()


def test_a_copy_to_write_to_counts_as_the_store(path: Path, clock: HandClock) -> None:
    with opened(path, clock) as store:
        remember(store)
        for _ in range(5):
            move(store, clock, 20.0)
        store.prune_history(LIBRARY, before=clock.time + 1)
        with store.scratch() as copy:
            assert copy.move_totals(LIBRARY) == store.move_totals(LIBRARY)
