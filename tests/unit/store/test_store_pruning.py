"""Pruned history: what is old goes, and every answer that hangs on the journal stays the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from clocks import HandClock
from hypothesis import given, settings
from hypothesis import strategies as st

from changer.errors import StoreError
from changer.journal.arrival import seconds_in_place
from changer.journal.home import Homes
from changer.journal.last_seen import followed_from, last_sighting
from changer.library.inventory import Inventory
from changer.smc.elements import Element, ElementAddressAssignment, ElementRange
from changer.store.looking import empty_store
from changer.store.maintenance.inspection import damage
from changer.store.protocol import Store
from changer.store.records import MoveOutcome, Pruned
from changer.store.sqlite import SqliteStore
from changer.store.sqlite_database import memory_database

from .store_support import (
    LIBRARY,
    TAG,
    begin_clean,
    eject,
    insert,
    opened,
    query,
    remember,
    reserve,
)

NOW, DAY = 2_000_000_000.0, 86_400.0
SLOTS, DRIVES, MAIL = range(1, 5), range(10, 12), range(20, 21)
ASSIGNMENT = ElementAddressAssignment(
    ElementRange(0, 1), ElementRange(1, 4), ElementRange(20, 1), ElementRange(10, 2)
)
LABELS = ("A", "B", TAG)
PLACES = (*SLOTS, *DRIVES, *MAIL)

TRANSFERS = st.fixed_dictionaries(
    {
        "source_address": st.sampled_from(PLACES),
        "destination_address": st.sampled_from(PLACES),
        "second_destination_address": st.sampled_from([None, None, *PLACES]),
        "volume_tag": st.sampled_from([*LABELS, None]),
        "second_volume_tag": st.sampled_from([*LABELS, None]),
    }
)
STEPS = st.one_of(
    st.tuples(
        TRANSFERS, st.sampled_from([*get_args(MoveOutcome), None]), st.sampled_from([None, *PLACES])
    ),
    st.sampled_from(["insert", "eject", "clean", "failed clean"]),
)


def element(address: int, tag: str | None) -> Element:
    kind = ASSIGNMENT.type_of(address)
    assert kind is not None
    field = None if tag is None else tag.encode().ljust(36)
    return Element(kind, address, tag is not None, accessible=True, volume_tag_field=field)


@contextmanager
def new_store(clock: HandClock, path: Path) -> Iterator[Store]:
    with opened(path, clock) as store:
        remember(store)
        yield store


def do(store: Store, step: Any, numbers: Iterator[int]) -> None:
    """One move that came to its end, or did not; or an operation of the cleaner's slot."""
    if step in ("insert", "eject"):
        act = insert if step == "insert" else eject
        act(store, 1)
        return
    if isinstance(step, str):
        operation = begin_clean(store, 1)
        if step == "clean":
            store.begin_move(
                LIBRARY,
                source_address=1,
                destination_address=10,
                volume_tag=TAG,
                operation_id=operation,
            )
            (move,) = store.moves_of_operation(operation)
            store.finish_move(move.id, outcome="completed", final_address=10)
        store.finish_operation(
            operation,
            state="completed" if step == "clean" else "failed",
            result=SimpleNamespace(name="X", code=next(numbers)),  # type: ignore[arg-type]
            message=None,
        )
        return
    transfer, outcome, final = step
    if transfer["second_destination_address"] is None:
        move = store.begin_move(LIBRARY, **{**transfer, "second_volume_tag": None})
    else:
        move = store.begin_move(LIBRARY, kind="exchange", **transfer)
    if outcome is not None:
        store.finish_move(move.id, outcome=outcome, final_address=final)


def answers(store: Store, clock: HandClock) -> list[object]:
    """All that is found out by the journal."""
    context = SimpleNamespace(clock=clock)
    library: Any = SimpleNamespace(store=store, id=LIBRARY, context=context)
    empty = Inventory(ASSIGNMENT, tuple(element(each, None) for each in PLACES))
    homes = Homes(library, empty, look=empty.at)
    return [
        *(last_sighting(library, each) for each in LABELS),
        *(homes.of(element(drive, tag)) for drive in DRIVES for tag in LABELS),
        *(seconds_in_place(library, element(at, tag)) for at in PLACES for tag in LABELS),
        *(followed_from(library, 1, each) for each in (TAG,)),
        store.unsettled_moves(LIBRARY),
        store.unfinished_operations(LIBRARY),
        store.cleanings_since(LIBRARY, clock.time - 7 * DAY),
        store.cleaners(LIBRARY),
    ]


@settings(max_examples=120, deadline=None)
@given(
    steps=st.lists(STEPS, max_size=25),
    hours=st.lists(st.integers(0, 400), min_size=25, max_size=25),
    before=st.integers(0, 60),
)
def test_answers_stay_the_same(steps: list[Any], hours: list[int], before: int) -> None:
    clock, numbers = HandClock(NOW), count()
    with empty_store(Path("state.db"), clock=clock) as store:
        remember(store)
        reserve(store, 1)
        insert(store, 1)
        for step, passed in zip(steps, hours, strict=False):
            clock.time += passed * 3600.0
            do(store, step, numbers)
        expected = answers(store, clock)
        store.prune_history(LIBRARY, before=clock.time - before * DAY)
        assert answers(store, clock) == expected
        assert store.prune_history(LIBRARY, before=clock.time - before * DAY) == Pruned(0, 0, 0)


def test_history_that_nothing_needs_goes(path: Path) -> None:
    clock = HandClock(NOW)
    with new_store(clock, path) as store:
        for _ in range(50):
            for ends in ((1, 10), (10, 1)):
                move = store.begin_move(
                    LIBRARY, source_address=ends[0], destination_address=ends[1], volume_tag="A"
                )
                store.finish_move(move.id, outcome="completed", final_address=ends[1])
        for _ in range(9):
            operation = store.begin_operation(LIBRARY, "reserve")
            store.finish_operation(
                operation.id,
                state="failed",
                result=SimpleNamespace(name="X", code=1),  # type: ignore[arg-type]
                message=None,
            )
        clock.time += DAY
        assert store.prune_history(LIBRARY, before=NOW) == Pruned(0, 0, 0), "nor what ended then"
        assert store.prune_history("ANOTHER", before=clock.time) == Pruned(0, 0, 0)
        assert store.prune_history(LIBRARY, before=clock.time) == Pruned(99, 9, 0)
        assert [each.id for each in store.moves(LIBRARY)] == [100]
        begun = store.begin_move(LIBRARY, source_address=1, destination_address=2)
        assert begun.id == 101, "no number is given twice"


def test_a_label_that_left_stays_where_it_was_seen_last(path: Path) -> None:
    clock = HandClock(NOW)
    with new_store(clock, path) as store:

        def note(shown: list[tuple[str, int, int]], missed: list[tuple[str, int]]) -> None:
            clock.time += DAY
            store.record_labels(
                LIBRARY,
                shown=shown,
                missed=missed,
                read_at=clock.time,
                is_whole=False,
                element_addresses="",
            )

        note([("A", 1, 1), ("B", 2, 2)], [])
        note([("A", 3, 3)], [("A", 1)])
        note([("B", 4, 4)], [("A", 3), ("B", 2)])
        note([], [("B", 4)])
        note([("B", 2, 2)], [])
        assert store.prune_history(LIBRARY, before=clock.time).sightings == 2
        assert [each.address for each in store.sightings(LIBRARY, "A")] == [3]
        assert [each.address for each in store.sightings(LIBRARY, "B")] == [2]


def test_it_is_undone_as_a_whole_where_it_fails(path: Path) -> None:
    clock = HandClock(NOW)
    with opened(path, clock) as store:
        remember(store)
        for _ in range(3):
            move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
            store.finish_move(move.id, outcome="completed", final_address=2)
    query(path, "DROP TABLE sightings")
    with opened(path, clock) as store:
        with pytest.raises(StoreError):
            store.prune_history(LIBRARY, before=NOW + 1)
        assert len(store.moves(LIBRARY)) == 3


def test_a_pruned_store_is_sound(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    with new_store(clock, tmp_path / "state.db") as store:
        reserve(store, 1)
        for _ in range(3):
            insert(store, 1)
            do(store, "clean", count())
            eject(store, 1)
        clock.time += 100 * DAY
        assert isinstance(store, SqliteStore)
        store.prune_history(LIBRARY, before=clock.time)
    own = memory_database()
    with closing(own), closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.backup(own)
        assert damage(own) == []
