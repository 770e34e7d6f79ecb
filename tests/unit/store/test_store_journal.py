"""The journal of moves: intents first, outcomes once, nothing lost with the process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from clocks import HandClock

from changer.errors import NtmsResult, StoreFailed
from changer.host.processes import host_id
from changer.store.protocol import Store
from changer.store.records import MoveOutcome

from .store_support import LIBRARY, killed_while, opened, query, remember


def test_an_intent_says_all_that_is_needed_to_settle_it(store: Store, clock: HandClock) -> None:
    operation = store.begin_operation(LIBRARY, "clean")
    move = store.begin_move(
        LIBRARY,
        kind="exchange",
        source_address=0x1000,
        destination_address=0,
        second_destination_address=0x1001,
        volume_tag="A00001L8",
        second_volume_tag="A00002L8",
        operation_id=operation.id,
    )
    assert (move.kind, move.source_address, move.destination_address) == ("exchange", 0x1000, 0)
    assert move.second_destination_address == 0x1001
    assert (move.volume_tag, move.second_volume_tag) == ("A00001L8", "A00002L8")
    assert (move.operation_id, move.process_id) == (operation.id, os.getpid())
    assert move.host_id == host_id()
    assert (move.started_at, move.outcome) == (clock.now(), None)
    assert store.unsettled_moves(LIBRARY) == store.moves() == (move,)


def test_an_intent_survives_the_death_of_its_process(store: Store, path: Path) -> None:
    def move_and_die() -> None:
        mine = opened(path)
        mine.begin_move(LIBRARY, source_address=1, destination_address=2, volume_tag="A00001L8")

    killed_while(move_and_die)
    (move,) = store.unsettled_moves(LIBRARY)
    assert (move.source_address, move.destination_address) == (1, 2)
    assert move.process_id != os.getpid()
    settled = store.finish_move(move.id, outcome="completed", final_address=2)
    assert (settled.outcome, settled.final_address) == ("completed", 2)
    assert store.unsettled_moves(LIBRARY) == ()


@pytest.mark.parametrize(
    ("outcome", "is_settled"),
    [("completed", True), ("not-executed", True), ("misplaced", True), ("unknown", False)],
)
def test_only_an_unknown_outcome_leaves_a_move_unsettled(
    store: Store, outcome: MoveOutcome, is_settled: bool
) -> None:
    move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
    finished = store.finish_move(move.id, outcome=outcome, final_address=0, message="as read")
    assert (finished.outcome, finished.final_address, finished.message) == (outcome, 0, "as read")
    assert (store.unsettled_moves(LIBRARY) == ()) == is_settled


def test_an_unknown_outcome_is_settled_later_and_then_stays(store: Store, clock: HandClock) -> None:
    move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
    store.finish_move(move.id, outcome="unknown", message="no answer")
    clock.sleep(60)
    settled = store.finish_move(move.id, outcome="not-executed", final_address=1)
    assert (settled.outcome, settled.finished_at) == ("not-executed", clock.now())
    assert settled.message is None
    assert store.finish_move(move.id, outcome="completed", final_address=2) == settled


def test_unsettled_moves_are_oldest_first_and_the_journal_newest_first(store: Store) -> None:
    remember(store, "other")
    ids = [
        store.begin_move(library_id, source_address=1, destination_address=2).id
        for library_id in (LIBRARY, "other", LIBRARY)
    ]
    assert [move.id for move in store.unsettled_moves(LIBRARY)] == [ids[0], ids[2]]
    assert [move.id for move in store.moves()] == ids[::-1]
    assert [move.id for move in store.moves(LIBRARY, limit=1)] == [ids[2]]


def test_moves_of_an_operation_are_its_own_oldest_first(store: Store) -> None:
    mine, other = (store.begin_operation(LIBRARY, "clean").id for _ in range(2))
    moves = [
        store.begin_move(
            LIBRARY, source_address=1, destination_address=number, operation_id=operation_id
        )
        for number, operation_id in enumerate((mine, None, other, mine))
    ]
    assert store.moves_of_operation(mine) == (moves[0], moves[3])
    assert store.moves_of_operation(other) == (moves[2],)


def test_a_move_of_an_unknown_operation_is_refused(store: Store) -> None:
    with pytest.raises(StoreFailed):
        store.begin_move(
            LIBRARY, source_address=1, destination_address=2, operation_id="no such thing"
        )
    assert store.moves() == ()


def test_a_move_that_is_not_in_the_journal_has_no_outcome(store: Store) -> None:
    with pytest.raises(StoreFailed, match="forgotten"):
        store.finish_move(4711, outcome="completed")


def test_every_commit_is_synced_to_disk(store: Store, file: Path) -> None:
    synchronous = store._database.execute("PRAGMA synchronous")  # type: ignore[attr-defined]
    assert synchronous[0][0] == 2  # FULL
    assert query(file, "PRAGMA journal_mode") == "wal"


def test_a_process_killed_inside_a_transaction_leaves_nothing_of_it(
    store: Store, path: Path
) -> None:
    operation = store.begin_operation(LIBRARY, "reserve")

    def die_before_the_commit() -> None:
        mine = opened(path)._database  # type: ignore[attr-defined]
        with mine.transaction():
            mine.execute("DELETE FROM operations")
            mine.execute("DELETE FROM libraries")
            os.kill(os.getpid(), signal.SIGKILL)

    killed_while(die_before_the_commit)
    assert store.unfinished_operations(LIBRARY) == (operation,)
    store.reserve(operation.id, slot_address=1)


def test_an_exception_inside_a_transaction_undoes_it(store: Store) -> None:
    database = store._database  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt), database.transaction():
        database.execute("DELETE FROM libraries")
        raise KeyboardInterrupt
    assert store.library(LIBRARY) is not None
    store.finish_operation(
        store.begin_operation(LIBRARY, "clean").id,
        state="failed",
        result=NtmsResult("ERROR_BUSY", 170),
        message=None,
    )
