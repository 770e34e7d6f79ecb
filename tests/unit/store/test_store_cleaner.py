"""Reservation and operations: one transaction each, refusals changing nothing."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from clocks import HandClock
from on_record import primary_reservation

from changer.errors import AlreadyReserved, NoSlotReserved, NtmsResult, StoreFailed
from changer.store.protocol import Store
from changer.store.records import FinalState, OperationKind, Reservation

from .store_support import (
    LIBRARY,
    in_processes,
    insert,
    opened,
    outcome_of,
    query,
    release,
    remember,
    reserve,
)

SLOT_FULL = NtmsResult("ERROR_SLOT_FULL", 5006)


def test_an_operation_begins_in_progress_with_its_process(store: Store, clock: HandClock) -> None:
    operation = store.begin_operation(
        LIBRARY, "clean", slot_address=0, drive_address=256, volume_tag="CLNU01L1"
    )
    assert (operation.state, operation.kind) == ("in-progress", "clean")
    assert (operation.slot_address, operation.drive_address) == (0, 256)
    assert (operation.process_id, operation.started_at) == (os.getpid(), clock.now())
    assert operation.user
    assert operation.finished_at is None
    assert operation.result_code is None
    assert store.operations() == store.unfinished_operations(LIBRARY) == (operation,)


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_a_finished_operation_keeps_its_result(
    store: Store, clock: HandClock, state: FinalState
) -> None:
    operation = store.begin_operation(LIBRARY, "release")
    clock.sleep(2)
    finished = store.finish_operation(
        operation.id, state=state, result=SLOT_FULL, message="slot 12 is full"
    )
    assert (finished.state, finished.result_name, finished.result_code, finished.message) == (
        state,
        "ERROR_SLOT_FULL",
        5006,
        "slot 12 is full",
    )
    assert finished.finished_at == clock.now()
    assert store.unfinished_operations(LIBRARY) == ()


def test_an_operation_ends_once(store: Store) -> None:
    operation_id = reserve(store, 12)
    again = store.finish_operation(operation_id, state="failed", result=SLOT_FULL, message="late")
    assert (again.state, again.result_code, again.message) == ("completed", 0, None)


def test_reserving_completes_the_operation_with_success(store: Store, clock: HandClock) -> None:
    operation_id = reserve(store, 0)
    assert primary_reservation(store, LIBRARY) == Reservation(LIBRARY, 0, clock.now())
    (operation,) = store.operations()
    assert operation.id == operation_id
    assert (operation.state, operation.result_name, operation.result_code) == (
        "completed",
        "ERROR_SUCCESS",
        0,
    )


def test_any_number_of_slots_is_reserved_and_the_first_one_is_the_primary(
    store: Store, clock: HandClock
) -> None:
    for address in (12, 0, 13, 0xFFFF):
        reserve(store, address)
        clock.time -= 1
    assert [each.slot_address for each in store.reservations(LIBRARY)] == [12, 0, 13, 0xFFFF]
    release(store, 12)
    assert [each.slot_address for each in store.reservations(LIBRARY)] == [0, 13, 0xFFFF]
    reserve(store, 12)
    assert [each.slot_address for each in store.reservations(LIBRARY)] == [0, 13, 0xFFFF, 12]


def test_a_slot_is_reserved_once_and_a_refusal_changes_nothing(store: Store) -> None:
    reserve(store, 12)
    reserve(store, 13)
    before = store.reservations(LIBRARY)
    operation = store.begin_operation(LIBRARY, "reserve", slot_address=12)
    with pytest.raises(AlreadyReserved, match="12"):
        store.reserve(operation.id, slot_address=12)
    assert store.reservations(LIBRARY) == before
    assert store.unfinished_operations(LIBRARY) == (operation,)


def test_slots_of_one_address_in_two_libraries_are_two(store: Store) -> None:
    remember(store, "another")
    reserve(store, 12)
    reserve(store, 12, "another")
    release(store, 12)
    assert store.reservations(LIBRARY) == ()
    assert [each.slot_address for each in store.reservations("another")] == [12]


def test_the_schema_itself_allows_one_reservation_per_slot(store: Store, path: Path) -> None:
    reserve(store, 12)
    again = (
        "INSERT INTO reservations (library_id, slot_address, reserved_at)"
        f" VALUES ('{LIBRARY}', 12, 0)"
    )
    with pytest.raises(Exception, match=r"(?i)unique"):
        query(path, again)


def test_releasing_removes_that_reservation_and_its_cleaner_is_away(store: Store) -> None:
    reserve(store, 12)
    insert(store, 12, "CLNU01L1", 49)
    reserve(store, 13)
    insert(store, 13, "CLNU02L1", 48)
    release(store, 12)
    assert [each.slot_address for each in store.reservations(LIBRARY)] == [13]
    assert [(each.volume_tag, each.slot_address) for each in store.cleaners(LIBRARY)] == [
        ("CLNU01L1", None),
        ("CLNU02L1", 13),
    ]
    newest = store.operations(LIBRARY)[0]
    assert (newest.kind, newest.state, newest.slot_address) == ("release", "completed", 12)


def test_a_release_without_reservation_is_refused(store: Store) -> None:
    reserve(store, 13)
    operation = store.begin_operation(LIBRARY, "release")
    with pytest.raises(NoSlotReserved, match="12"):
        store.release(operation.id, slot_address=12)
    assert store.unfinished_operations(LIBRARY) == (operation,)
    assert len(store.reservations(LIBRARY)) == 1


@pytest.mark.parametrize("kind", ["release", "insert"])
def test_only_a_reserve_operation_reserves(store: Store, kind: OperationKind) -> None:
    operation = store.begin_operation(LIBRARY, kind)
    with pytest.raises(StoreFailed, match="in-progress"):
        store.reserve(operation.id, slot_address=1)
    assert primary_reservation(store, LIBRARY) is None


def test_a_cancelled_operation_reserves_nothing(store: Store) -> None:
    operation = store.begin_operation(LIBRARY, "reserve")
    cancelled = NtmsResult("ERROR_CANCELLED", 1223)
    store.finish_operation(operation.id, state="cancelled", result=cancelled, message=None)
    with pytest.raises(StoreFailed, match="cancelled"):
        store.reserve(operation.id, slot_address=1)
    assert primary_reservation(store, LIBRARY) is None


def test_an_operation_of_a_forgotten_library_can_do_nothing(store: Store) -> None:
    operation = store.begin_operation(LIBRARY, "reserve")
    store.forget_library(LIBRARY)
    with pytest.raises(StoreFailed, match="forgotten"):
        store.reserve(operation.id, slot_address=1)
    with pytest.raises(StoreFailed, match="forgotten"):
        store.finish_operation(operation.id, state="failed", result=SLOT_FULL, message=None)


def test_the_history_is_newest_first_even_when_the_clock_goes_back(
    store: Store, clock: HandClock
) -> None:
    ids = []
    for _ in range(5):
        ids.append(store.begin_operation(LIBRARY, "clean").id)
        clock.time -= 10
    assert [operation.id for operation in store.operations()] == ids[::-1]
    assert [operation.id for operation in store.operations(LIBRARY, limit=2)] == ids[:2:-1]
    assert [operation.id for operation in store.unfinished_operations(LIBRARY)] == ids


@pytest.mark.parametrize("address", [-1, 65536, 1 << 70])
def test_what_is_no_element_address_is_refused(store: Store, address: int) -> None:
    operation = store.begin_operation(LIBRARY, "reserve")
    with pytest.raises(StoreFailed):
        store.reserve(operation.id, slot_address=address)
    assert primary_reservation(store, LIBRARY) is None
    assert store.unfinished_operations(LIBRARY) == (operation,)


def test_processes_that_reserve_slots_of_their_own_at_once_all_do(store: Store, path: Path) -> None:
    def reserve_one(number: int) -> str:
        with opened(path) as mine:
            return outcome_of(lambda: reserve(mine, number))

    assert in_processes(8, reserve_one) == ["done"] * 8
    assert {each.slot_address for each in store.reservations(LIBRARY)} == set(range(8))


def test_of_eight_processes_that_reserve_one_slot_at_once_one_wins(
    store: Store, path: Path
) -> None:
    def try_to_reserve(_: int) -> str:
        with opened(path) as mine:
            return outcome_of(lambda: reserve(mine, 12))

    assert sorted(in_processes(8, try_to_reserve)) == ["already-reserved"] * 7 + ["done"]
    states = [operation.state for operation in store.operations()]
    assert (states.count("completed"), states.count("in-progress")) == (1, 7)
    (winner,) = (done for done in store.operations() if done.state == "completed")
    reservation = primary_reservation(store, LIBRARY)
    assert reservation is not None
    assert reservation.slot_address == winner.slot_address


def test_of_eight_processes_that_release_at_once_one_wins(store: Store, path: Path) -> None:
    reserve(store, 12)

    def try_to_release(_: int) -> str:
        with opened(path) as mine:
            operation = mine.begin_operation(LIBRARY, "release")
            return outcome_of(lambda: mine.release(operation.id, slot_address=12))

    assert sorted(in_processes(8, try_to_release)) == ["done"] + ["no-slot-reserved"] * 7
    assert primary_reservation(store, LIBRARY) is None


def test_no_operation_of_many_processes_is_lost(store: Store, path: Path) -> None:
    def work(number: int) -> str:
        with opened(path) as mine:
            for _ in range(20):
                operation = mine.begin_operation(LIBRARY, "clean", drive_address=number)
                mine.finish_operation(operation.id, state="failed", result=SLOT_FULL, message=None)
        return "done"

    assert in_processes(8, work) == ["done"] * 8
    operations = store.operations(limit=1000)
    assert len(operations) == len({operation.id for operation in operations}) == 160
    assert store.unfinished_operations(LIBRARY) == ()


def test_threads_can_share_a_store(store: Store) -> None:
    def work() -> None:
        for _ in range(20):
            store.begin_operation(LIBRARY, "clean")
            store.operations()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.unfinished_operations(LIBRARY)) == 160
