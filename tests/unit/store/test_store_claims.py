"""Claims: one operation's alone, as long as it has no end."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.errors import BeingCleaned, NtmsResult, StoreFailed
from changer.store.protocol import Store
from changer.store.records import FinalState

from .store_support import LIBRARY, begin_clean, in_processes, opened, outcome_of, remember, reserve

FAILED = NtmsResult("ERROR_UNABLE_TO_CLEAN", 4311)
SLOT, OTHER, DRIVE = 12, 13, 256


def claimed(store: Store, library_id: str = LIBRARY) -> list[tuple[int, str]]:
    return [(each.address, each.operation_id) for each in store.claims(library_id)]


def test_a_clean_claims_elements_and_may_do_so_again(store: Store) -> None:
    begun = begin_clean(store, SLOT)
    assert store.claims(LIBRARY) == ()
    store.claim(begun, DRIVE, SLOT)
    store.claim(begun, SLOT)
    store.claim(begun, 0)
    assert claimed(store) == [(0, begun), (SLOT, begun), (DRIVE, begun)]


def test_an_element_is_claimed_by_one_and_a_refused_claim_claims_nothing(store: Store) -> None:
    first, second = begin_clean(store, SLOT), begin_clean(store, OTHER)
    store.claim(first, DRIVE, SLOT)
    with pytest.raises(BeingCleaned, match=str(DRIVE)):
        store.claim(second, OTHER, DRIVE)
    assert claimed(store) == [(SLOT, first), (DRIVE, first)]
    store.claim(second, OTHER, DRIVE + 1)
    assert len(store.claims(LIBRARY)) == 4


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_claims_end_with_their_operation_and_no_others(store: Store, state: FinalState) -> None:
    first, second = begin_clean(store, SLOT), begin_clean(store, OTHER)
    store.claim(first, DRIVE, SLOT)
    store.claim(second, DRIVE + 1, OTHER)
    store.finish_operation(first, state=state, result=FAILED, message=None)
    assert claimed(store) == [(OTHER, second), (DRIVE + 1, second)]
    store.claim(second, DRIVE)


def test_what_has_ended_or_is_no_clean_claims_nothing(store: Store) -> None:
    ended = begin_clean(store, SLOT)
    store.finish_operation(ended, state="failed", result=FAILED, message=None)
    for operation_id in (ended, store.begin_operation(LIBRARY, "eject").id, "nobody"):
        with pytest.raises(StoreFailed):
            store.claim(operation_id, DRIVE)
    assert store.claims(LIBRARY) == ()


@pytest.mark.parametrize("address", [-1, 65536])
def test_what_is_no_element_address_is_not_claimed(store: Store, address: int) -> None:
    with pytest.raises(StoreFailed):
        store.claim(begin_clean(store, SLOT), SLOT, address)
    assert store.claims(LIBRARY) == ()


def test_claims_are_a_librarys_own_and_go_with_it(store: Store) -> None:
    remember(store, "another")
    mine, theirs = begin_clean(store, SLOT), begin_clean(store, SLOT, "another")
    store.claim(mine, DRIVE)
    store.claim(theirs, DRIVE)
    store.rename_library("another", "renamed")
    assert claimed(store, "renamed") == [(DRIVE, theirs)]
    store.forget_library("renamed")
    assert store.claims("renamed") == ()
    assert claimed(store) == [(DRIVE, mine)]


def test_a_copy_to_try_things_in_has_the_claims(store: Store) -> None:
    begun = begin_clean(store, SLOT)
    store.claim(begun, DRIVE)
    with store.scratch() as copy:
        assert claimed(copy) == [(DRIVE, begun)]
        copy.finish_operation(begun, state="failed", result=FAILED, message=None)
    assert claimed(store) == [(DRIVE, begun)]


def test_of_eight_that_claim_a_drive_at_once_one_has_it(store: Store, path: Path) -> None:
    for address in range(8):
        reserve(store, address)

    def try_to_claim(number: int) -> str:
        with opened(path) as mine:
            begun = begin_clean(mine, number)
            return outcome_of(lambda: mine.claim(begun, number, DRIVE))

    assert sorted(in_processes(8, try_to_claim)) == ["being-cleaned"] * 7 + ["done"]
    assert len(store.claims(LIBRARY)) == 2
    assert len({each.operation_id for each in store.claims(LIBRARY)}) == 1
