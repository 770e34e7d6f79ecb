"""Cleaners that come and go: what is known of one outlives its stay, by its label."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from clocks import HandClock

from changer.errors import NoSlotReserved, NtmsResult
from changer.store.protocol import Store
from changer.store.records import Cleaner

from .store_support import (
    LIBRARY,
    TAG,
    begin_clean,
    eject,
    in_processes,
    insert,
    opened,
    release,
    remember,
    reserve,
)

FAILED = NtmsResult("ERROR_UNABLE_TO_CLEAN", 4311)
A, B, C = 12, 13, 14


@pytest.fixture
def store(store: Store) -> Store:
    """A store with three reserved slots."""
    for address in (A, B, C):
        reserve(store, address)
    return store


def use(store: Store, slot_address: int, *, spent: bool = False, why: str | None = None) -> None:
    begun = begin_clean(store, slot_address)
    store.count_use(begun, spent=spent, why=why)
    store.finish_operation(begun, state="failed", result=FAILED, message=None)


def places(store: Store) -> dict[str | None, int | None]:
    return {each.volume_tag: each.slot_address for each in store.cleaners(LIBRARY)}


def counts(store: Store) -> list[tuple[int | None, int | None]]:
    """Home and cleanings left, of each cleaner."""
    return [(each.slot_address, each.cleans_left) for each in store.cleaners(LIBRARY)]


def away(store: Store) -> Cleaner:
    (found,) = (each for each in store.cleaners(LIBRARY) if each.slot_address is None)
    return found


# A row outlives the stay


@pytest.mark.parametrize("leave", [eject, release])
def test_what_leaves_is_kept_with_its_count_and_taken_up_again(
    store: Store, clock: HandClock, leave: Callable[[Store, int], None]
) -> None:
    insert(store, A, TAG, 50)
    clock.sleep(10)
    use(store, A)
    clock.sleep(10)
    leave(store, A)
    gone = away(store)
    assert (gone.volume_tag, gone.cleans_left, gone.uses) == (TAG, 49, 1)
    assert (gone.last_used_at, gone.left_at) == (clock.now() - 10, clock.now())
    clock.sleep(10)
    back = insert(store, B, TAG, 49, known=gone)
    assert back == gone._replace(slot_address=B, left_at=None)
    assert store.cleaners(LIBRARY) == (back,)


def test_one_that_is_lost_is_away_and_nothing_is_lost_from_an_empty_slot(store: Store) -> None:
    insert(store, A)
    store.lose_cleaner(LIBRARY, slot_address=A)
    before = store.cleaners(LIBRARY)
    assert places(store) == {TAG: None}
    store.lose_cleaner(LIBRARY, slot_address=A)
    store.lose_cleaner(LIBRARY, slot_address=B)
    assert store.cleaners(LIBRARY) == before


def test_one_that_is_replaced_in_its_slot_is_away(store: Store) -> None:
    insert(store, A, "CLN001CU", 5)
    insert(store, A, "CLN002CU", 50)
    assert places(store) == {"CLN001CU": None, "CLN002CU": A}


def test_one_without_a_label_is_lost_with_its_slot(store: Store) -> None:
    for leave in (eject, release):
        insert(store, A, None, 5)
        insert(store, B, TAG, 5)
        leave(store, A)
        assert places(store) == {TAG: B}


def test_one_that_changes_its_slot_leaves_the_other_empty(store: Store) -> None:
    known = insert(store, A, TAG, 7)
    other = insert(store, B, "CLN002CU", 9)
    insert(store, B, TAG, 7, known=known)
    assert places(store) == {TAG: B, "CLN002CU": None}
    assert {each.id for each in store.cleaners(LIBRARY)} == {known.id, other.id}


def test_what_the_caller_read_before_is_not_what_is_taken_up(store: Store) -> None:
    """Its use was counted meanwhile."""
    read_before = insert(store, A, TAG, 7)
    use(store, A)
    eject(store, A)
    back = insert(store, A, TAG, 6, known=read_before)
    assert (back.uses, back.cleans_left, back.last_used_at is not None) == (1, 6, True)


# Conditions


@pytest.mark.parametrize(
    ("cleans_left", "is_told", "condition"),
    [(0, False, "spent"), (0, True, "usable"), (50, False, "usable"), (50, True, "usable")],
)
def test_spent_stays_spent_unless_a_person_counts_anew(
    store: Store, cleans_left: int, is_told: bool, condition: str
) -> None:
    insert(store, A, TAG, 5)
    use(store, A, spent=True, why="drive 0: it is expired")
    eject(store, A)
    back = insert(store, A, TAG, cleans_left, known=away(store), is_told=is_told)
    assert (back.condition, back.cleans_left, back.uses) == (condition, cleans_left, 1)
    assert back.why == ("drive 0: it is expired" if condition == "spent" else None)


def test_rejected_is_kept_through_eject_and_insert_and_costs_no_use(store: Store) -> None:
    insert(store, A, TAG, 5)
    begun = begin_clean(store, A)
    store.reject_cleaner(begun, why="drive 0: 30/07")
    store.count_use(begun)
    eject(store, A)
    back = insert(store, A, TAG, 5, known=away(store))
    assert (back.condition, back.why) == ("rejected", "drive 0: 30/07")
    assert (back.cleans_left, back.uses, back.last_used_at) == (5, 0, None)


def test_family_is_kept_where_the_next_insert_does_not_know_it(store: Store) -> None:
    known = insert(store, A)
    assert known.family == "lto"
    assert insert(store, A, TAG, 5, known=known).family == "lto"


# Labels that are not unique


def test_two_of_one_label_are_two_while_they_are_at_home(store: Store) -> None:
    insert(store, A, TAG, 5)
    insert(store, B, TAG, 9)
    use(store, B)
    assert counts(store) == [(A, 5), (B, 8)]


@pytest.mark.parametrize("first", [A, B])
def test_of_two_of_one_label_that_are_away_the_fewer_cleanings_are_kept(
    store: Store, first: int
) -> None:
    insert(store, A, TAG, 5)
    insert(store, B, TAG, 9)
    eject(store, first)
    eject(store, A + B - first)
    assert counts(store) == [(None, 5)]


@pytest.mark.parametrize(
    ("one", "other", "kept"), [(None, 9, 9), (9, None, 9), (None, None, None), (9, 0, 0), (0, 9, 0)]
)
def test_of_those_an_unknown_count_is_the_larger_one(
    store: Store, one: int | None, other: int | None, kept: int | None
) -> None:
    insert(store, A, TAG, one)
    insert(store, B, TAG, other)
    eject(store, A)
    eject(store, B)
    assert counts(store) == [(None, kept)]


@pytest.mark.parametrize("first", [A, B])
def test_of_those_one_that_a_drive_rejected_is_kept(store: Store, first: int) -> None:
    insert(store, A, TAG, 5)
    insert(store, B, TAG, 50)
    store.reject_cleaner(begin_clean(store, B), why="drive 0: 30/07")
    eject(store, first)
    eject(store, A + B - first)
    assert away(store).condition == "rejected"


def test_cleaners_of_two_libraries_are_strangers(store: Store) -> None:
    remember(store, "another")
    reserve(store, A, "another")
    insert(store, A, TAG, 5)
    insert(store, A, TAG, 9, library_id="another")
    eject(store, A)
    eject(store, A, "another")
    assert [each.cleans_left for each in store.cleaners(LIBRARY)] == [5]
    assert [each.cleans_left for each in store.cleaners("another")] == [9]
    store.rename_library("another", "renamed")
    assert [each.cleans_left for each in store.cleaners("renamed")] == [9]
    assert store.forget_library(LIBRARY)
    assert store.cleaners(LIBRARY) == ()


# Uses


def test_a_use_is_counted_of_the_slot_of_its_operation_alone(store: Store) -> None:
    for address in (A, B, C):
        insert(store, address, f"CLN00{address}CU", 50)
    for address in (B, C, C):
        use(store, address)
    assert counts(store) == [(A, 50), (B, 49), (C, 48)]
    use(store, B, spent=True)
    store.reject_cleaner(begin_clean(store, C), why="drive 0: 30/07")
    assert [each.condition for each in store.cleaners(LIBRARY)] == ["usable", "spent", "rejected"]


def test_a_use_of_a_slot_without_a_cleaner_is_nobodys(store: Store) -> None:
    insert(store, A, TAG, 5)
    eject(store, A)
    insert(store, B, "CLN002CU", 5)
    assert store.count_use(begin_clean(store, A), spent=True) is None
    store.reject_cleaner(begin_clean(store, A), why="drive 0: 30/07")
    assert [(each.cleans_left, each.condition) for each in store.cleaners(LIBRARY)] == [
        (5, "usable"),
        (5, "usable"),
    ]


def test_a_clean_that_does_not_name_its_slot_used_the_first_one(store: Store) -> None:
    """As an older version left it, which had no other."""
    insert(store, A, "CLN001CU", 5)
    insert(store, B, "CLN002CU", 5)
    store.count_use(begin_clean(store, None))
    assert counts(store) == [(A, 4), (B, 5)]


def test_uses_of_several_at_once_are_all_counted(store: Store, path: Path) -> None:
    for address in (A, B, C):
        insert(store, address, f"CLN00{address}CU", 50)

    def count(number: int) -> str:
        with opened(path) as mine:
            for _ in range(5):
                use(mine, (A, B, C)[number % 3])
        return "done"

    assert in_processes(6, count) == ["done"] * 6
    assert counts(store) == [(A, 40), (B, 40), (C, 40)]


def test_eject_names_its_slot(store: Store) -> None:
    insert(store, A, "CLN001CU", 5)
    insert(store, B, "CLN002CU", 5)
    eject(store, B)
    assert places(store) == {"CLN001CU": A, "CLN002CU": None}
    operation = store.begin_operation(LIBRARY, "eject")
    with pytest.raises(NoSlotReserved, match="99"):
        store.eject_cleaner(operation.id, slot_address=99)
    assert store.unfinished_operations(LIBRARY) == (operation,)


def test_a_cleaner_that_a_use_shows_to_be_unfit_is_rejected_with_that_use(store: Store) -> None:
    insert(store, A, TAG, 5)
    begun = begin_clean(store, A)
    cleaner = store.count_use(begun, rejected=True, why="two drives say so", still_requested=True)
    assert cleaner is not None
    assert (cleaner.condition, cleaner.why) == ("rejected", "two drives say so")
    assert (cleaner.cleans_left, cleaner.uses) == (4, 1)
    again = store.count_use(begun, rejected=True, why="two drives say so")
    assert again == cleaner
