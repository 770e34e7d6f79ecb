"""Sightings on record: from when to when a label was shown where, whatever came in between."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from clocks import HandClock

from changer.errors import StoreFailed
from changer.store.cartridge_tables import LABEL_MARK, SIGHTINGS
from changer.store.journal_query import statements
from changer.store.protocol import Store
from changer.store.records import JournalQuery

from .store_support import LIBRARY, opened, query, remember

T = 2_000_000_000.0
Shown = list[tuple[str, int]]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(T)


def note(
    store: Store,
    at: float,
    shown: Shown | None = None,
    missed: Shown | None = None,
    *,
    is_whole: bool = False,
) -> None:
    """What a reading changed that began at a time."""
    store.record_labels(
        LIBRARY,
        shown=[(tag, address, address * 7) for tag, address in shown or []],
        missed=missed or [],
        read_at=at,
        is_whole=is_whole,
        element_addresses="0+1 1000+24 10+1 500+2",
    )


def told(store: Store, tag: str) -> list[tuple[int, float, float, float | None]]:
    return [
        (each.address, each.seen_since_at, each.seen_at, each.missed_at)
        for each in store.sightings(LIBRARY, tag)
    ]


def shown(store: Store) -> set[tuple[str, int]]:
    labels = {*store.shown_labels(LIBRARY, 0, 0xFFFF)}
    total = sum(address * 7 for _, address in labels)
    assert store.label_mark(LIBRARY, 0, 0xFFFF) == (len(labels), total)
    return labels


@pytest.fixture
def store(path: Path, clock: HandClock) -> Store:
    kept = opened(path, clock)
    remember(kept)
    return kept


def test_a_label_is_where_it_was_seen_until_it_is_missed(store: Store, clock: HandClock) -> None:
    with store:
        note(store, T, [("A", 1), ("B", 2)])
        assert shown(store) == {("A", 1), ("B", 2)}
        clock.time = T + 50
        note(store, T + 50, [("A", 500)], [("A", 1)])
        assert shown(store) == {("A", 500), ("B", 2)}
        assert told(store, "A") == [(500, T + 50, T + 50, None), (1, T, T, T + 50)]
        assert store.labels(LIBRARY) == ("A", "B")


def test_of_one_that_stayed_the_last_whole_reading_is_what_is_known(
    store: Store, clock: HandClock
) -> None:
    with store:
        note(store, T, [("A", 1)])
        clock.time = T + 90
        note(store, T + 30, is_whole=True)
        note(store, T + 60, [("B", 2)])
        assert told(store, "A") == [(1, T, T + 30, None)]
        assert told(store, "B") == [(2, T + 60, T + 60, None)], "it came after that"
        note(store, T + 90, missed=[("A", 1), ("B", 2)])
        assert told(store, "A") == [(1, T, T + 30, T + 90)]
        assert told(store, "B") == [(2, T + 60, T + 60, T + 90)]


def test_one_that_comes_back_is_there_anew(store: Store, clock: HandClock) -> None:
    with store:
        note(store, T, [("A", 1)])
        clock.time = T + 20
        note(store, T + 10, missed=[("A", 1)])
        note(store, T + 20, [("A", 1)])
        assert told(store, "A") == [(1, T + 20, T + 20, None)]


@pytest.mark.parametrize(
    ("changed", "late"),
    [
        # Later a reading saw it leave: that it was there before is no news.
        (([("A", 500)], [("A", 1)]), ([("A", 1)], [])),
        # Later one saw it come back.
        (([("B", 1)], [("A", 1)]), ([("A", 1)], [("B", 1)])),
        (([("A", 500)], [("A", 1)]), ([], [("A", 500)])),
    ],
)
def test_an_older_reading_changes_nothing_of_a_newer_one(
    store: Store, clock: HandClock, changed: tuple[Shown, Shown], late: tuple[Shown, Shown]
) -> None:
    with store:
        note(store, T, [("A", 1)])
        clock.time = T + 30
        note(store, T + 20, *changed)
        before = shown(store)
        note(store, T + 10, *late)
        assert shown(store) == before
        assert told(store, "A")[0][0] == (500 if ("A", 500) in before else 1)
        assert store.libraries()[0].labels_read_at is None


def test_times_ahead_of_the_clock_keep_nothing_from_being_recorded(
    store: Store, clock: HandClock
) -> None:
    with store:
        note(store, T, [("A", 1)], is_whole=True)
        clock.time = T - 86_400
        note(store, clock.time, [("A", 2)], [("A", 1)], is_whole=True)
        assert shown(store) == {("A", 2)}
        assert store.libraries()[0].labels_read_at == clock.time


def test_an_older_whole_reading_is_not_the_last_one(store: Store, clock: HandClock) -> None:
    with store:
        clock.time = T + 9
        note(store, T + 5, is_whole=True)
        note(store, T + 1, [("A", 1)], is_whole=True)
        assert store.libraries()[0].labels_read_at == T + 5


def test_addresses_are_kept_with_the_library(store: Store) -> None:
    with store:
        assert store.libraries()[0].element_addresses is None
        note(store, T)
        assert store.libraries()[0].element_addresses == "0+1 1000+24 10+1 500+2"


def test_it_is_forgotten_and_renamed_with_its_library(store: Store) -> None:
    with store:
        note(store, T, [("A", 1)])
        store.rename_library(LIBRARY, "OTHER")
        assert [each.address for each in store.sightings("OTHER", "A")] == [1]
        store.forget_library("OTHER")
        assert store.labels("OTHER") == ()


def test_a_store_that_another_writes_is_hardly_waited_for(tmp_path: Path, store: Store) -> None:
    """A look does not stand in the queue of those that move."""
    with store, closing(sqlite3.connect(tmp_path / "state.db", timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed, match="stayed locked"):
            note(store, T, [("A", 1)])
        other.rollback()
        note(store, T, [("A", 1)])
        assert shown(store) == {("A", 1)}
        assert store.label_mark(LIBRARY, 2, 9) == (0, 0)


def test_what_is_written_after_it_waits_for_the_disk_again(tmp_path: Path, store: Store) -> None:
    with store:
        note(store, T, [("A", 1)])
        store.prevent_removal(LIBRARY, prevented=True)
    assert query(tmp_path / "state.db", "SELECT removal_prevented_at FROM libraries") == T


# Answers from an index

_LABEL = JournalQuery(LIBRARY, volume_tag="A00001L8")


def plans(path: Path, *queries: tuple[str, tuple[object, ...]]) -> str:
    """How SQLite finds them, in its words."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(
            row[3]
            for statement, values in queries
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        )


@pytest.mark.parametrize("library_id", [LIBRARY, None])
def test_the_history_of_a_label_is_looked_up_in_an_index(
    tmp_path: Path, store: Store, library_id: str | None
) -> None:
    store.close()
    path, wanted = tmp_path / "state.db", _LABEL._replace(library_id=library_id, user="root")
    of_moves = plans(path, *statements(wanted, "moves", limit=50))
    of_operations = plans(path, *statements(wanted, "operations", limit=50))
    assert "SCAN" not in of_moves + of_operations
    assert "moves_of_label (library_id=? AND volume_tag=?)" in of_moves
    assert "moves_of_second_label (library_id=? AND second_volume_tag=?)" in of_moves
    assert "operations_of_label (library_id=? AND volume_tag=?)" in of_operations
    if library_id is not None:
        assert "TEMP B-TREE" not in of_moves + of_operations, "nothing is sorted"


def test_sightings_are_looked_up_in_an_index(tmp_path: Path, store: Store) -> None:
    store.close()
    path = tmp_path / "state.db"
    of_range = plans(path, (LABEL_MARK, (LIBRARY, 1, 2)))
    assert (
        "USING COVERING INDEX shown_labels (library_id=? AND address>? AND address<?)" in of_range
    )
    of_label = plans(path, (SIGHTINGS, (LIBRARY, "A")))
    assert "sightings_1 (library_id=? AND volume_tag=?)" in of_label
    assert "SCAN" not in of_range + of_label
