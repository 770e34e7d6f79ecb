"""Cartridges of exports and imports: in their order, and what came of each."""

from __future__ import annotations

import pytest

from changer.errors import NtmsResult, StoreFailed
from changer.store.protocol import Store

from .store_support import LIBRARY, remember

CANCELLED = NtmsResult("ERROR_CANCELLED", 1223)


def begin(store: Store, kind: str = "export") -> str:
    remember(store)
    return store.begin_operation(LIBRARY, kind).id  # type: ignore[arg-type]


def told(store: Store, operation_id: str) -> list[tuple[int, str | None, str | None, str | None]]:
    records = store.transfers(operation_id)
    return [(each.position, each.volume_tag, each.outcome, each.why) for each in records]


def test_cartridges_are_numbered_in_their_order_and_more_may_follow(store: Store) -> None:
    operation = begin(store)
    first = store.begin_transfers(operation, [("A*", "A1"), ("A*", "A2")])
    more = store.begin_transfers(operation, [(None, None)])
    assert [each.position for each in (*first, *more)] == [1, 2, 3]
    assert first[1].word == "A*"
    assert told(store, operation) == [
        (1, "A1", None, None),
        (2, "A2", None, None),
        (3, None, None, None),
    ]


def test_the_last_word_on_a_cartridge_counts(store: Store) -> None:
    operation = begin(store)
    store.begin_transfers(operation, [("A1", "A1"), ("A2", "A2")])
    store.end_transfer(operation, 1, outcome="done")
    store.end_transfer(operation, 2, outcome="not-done", why="it is not shown")
    store.end_transfer(operation, 1, outcome="not-done", why="it was put back")
    assert told(store, operation) == [
        (1, "A1", "not-done", "it was put back"),
        (2, "A2", "not-done", "it is not shown"),
    ]
    assert all(each.ended_at is not None for each in store.transfers(operation))


def test_only_an_export_or_import_under_way_has_cartridges(store: Store) -> None:
    ended = begin(store, "import")
    store.finish_operation(ended, state="cancelled", result=CANCELLED, message=None)
    for operation in (ended, begin(store, "eject"), "nothing"):
        with pytest.raises(StoreFailed):
            store.begin_transfers(operation, [("A1", "A1")])
    assert store.transfers(ended) == ()


def test_they_are_a_librarys_own_and_go_with_it(store: Store) -> None:
    operation = begin(store)
    store.begin_transfers(operation, [("A1", "A1")])
    store.rename_library(LIBRARY, "renamed")
    assert store.transfers(operation)[0].library_id == "renamed"
    store.forget_library("renamed")
    assert store.transfers(operation) == ()
