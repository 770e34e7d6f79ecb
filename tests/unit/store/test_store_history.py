"""What is read of the journal of one library, or of all."""

from __future__ import annotations

from typing import Any

import pytest
from clocks import HandClock

from changer.errors import NtmsResult
from changer.host.trust import user_name
from changer.library.history import history
from changer.store.protocol import Store
from changer.store.records import FinalState, JournalQuery

from .store_support import LIBRARY, remember


@pytest.mark.parametrize("library_id", [LIBRARY, None], ids=["one", "all"])
def test_what_failed_is_found_before_what_has_no_end_yet(
    store: Store, library_id: str | None
) -> None:
    failed = store.begin_move(
        LIBRARY, source_address=1001, destination_address=1011, volume_tag="A00001L8"
    )
    store.finish_move(failed.id, outcome="not-executed", message="it did not move")
    for number in range(3):
        store.begin_move(
            LIBRARY, source_address=1002 + number, destination_address=1012, volume_tag=None
        )
    query = JournalQuery(is_failed=True)
    (event,) = history(store, library_id, limit=1, is_running=lambda _: True, query=query)
    assert event.volume_tag == "A00001L8" and event.is_failed


DONE = NtmsResult("ERROR_SUCCESS", 0)
BEGAN = HandClock().time  # then one each ten seconds
# Of two libraries, oldest first. Two are exchanges, one of them of two cartridges with one label.
MOVES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    (
        LIBRARY,
        {"source_address": 1, "destination_address": 2, "volume_tag": "A"},
        {"outcome": "completed", "final_address": 2},
    ),
    (
        LIBRARY,
        {
            "kind": "exchange",
            "source_address": 2,
            "destination_address": 3,
            "second_destination_address": 4,
            "volume_tag": "A",
            "second_volume_tag": "A",
        },
        {"outcome": "unknown"},
    ),
    ("other", {"source_address": 1, "destination_address": 2, "volume_tag": "A"}, {}),
    (
        LIBRARY,
        {"source_address": 3, "destination_address": 5, "volume_tag": "B"},
        {"outcome": "not-executed", "final_address": 3},
    ),
    (
        LIBRARY,
        {
            "kind": "exchange",
            "source_address": 6,
            "destination_address": 7,
            "second_destination_address": 8,
            "volume_tag": "B",
            "second_volume_tag": "A",
        },
        {"outcome": "misplaced", "final_address": 9},
    ),
)
OPERATIONS: tuple[tuple[str, dict[str, Any], FinalState | None], ...] = (
    (LIBRARY, {"slot_address": 1, "drive_address": 2, "volume_tag": "A"}, "completed"),
    (LIBRARY, {"slot_address": 2, "drive_address": 3, "volume_tag": "A"}, None),
    ("other", {"slot_address": 1, "drive_address": 2, "volume_tag": "A"}, None),
    (LIBRARY, {"slot_address": 3, "drive_address": 5, "volume_tag": "B"}, "failed"),
    (LIBRARY, {"slot_address": 9, "drive_address": 8, "volume_tag": "A"}, "cancelled"),
)
ALL = [4, 3, 2, 1, 0]
ASKED: tuple[tuple[JournalQuery, int, list[int]], ...] = (
    (JournalQuery(), 100, ALL),
    (JournalQuery(), 5, ALL),
    (JournalQuery(), 4, ALL[:4]),
    (JournalQuery(LIBRARY), 100, [4, 3, 1, 0]),
    (JournalQuery("other"), 100, [2]),
    (JournalQuery("nowhere"), 100, []),
    (JournalQuery(volume_tag="A"), 100, [4, 2, 1, 0]),
    (JournalQuery(volume_tag="A"), 3, [4, 2, 1]),
    (JournalQuery(LIBRARY, "A"), 100, [4, 1, 0]),
    (JournalQuery(LIBRARY, "A"), 2, [4, 1]),
    (JournalQuery(volume_tag=""), 100, []),
    (JournalQuery(addresses=(1,)), 100, [2, 0]),
    (JournalQuery(addresses=(2,)), 100, [2, 1, 0]),
    (JournalQuery(addresses=(5,)), 100, [3]),
    (JournalQuery(addresses=(8,)), 100, [4]),
    (JournalQuery(addresses=(9,)), 100, [4]),
    (JournalQuery(addresses=(2, 3)), 100, [1]),
    (JournalQuery(addresses=(2, 5)), 100, []),
    (JournalQuery(since=BEGAN + 20), 100, [4, 3, 2]),
    (JournalQuery(until=BEGAN + 20), 100, [2, 1, 0]),
    (JournalQuery(since=BEGAN + 10, until=BEGAN + 10), 100, [1]),
    (JournalQuery(user=user_name()), 100, ALL),
    (JournalQuery(user="somebody else"), 100, []),
    (JournalQuery(is_failed=True), 100, [4, 3, 2, 1]),
    (JournalQuery(LIBRARY, "A", since=BEGAN, is_failed=True), 1, [4]),
    (JournalQuery(LIBRARY, "A", (2, 3), BEGAN, BEGAN + 10, user_name(), is_failed=True), 9, [1]),
)


def test_moves_are_found_by_all_that_is_asked_newest_first(store: Store, clock: HandClock) -> None:
    remember(store, "other")
    ids = []
    for library_id, intent, end in MOVES:
        ids.append(store.begin_move(library_id, **intent).id)
        if end:
            store.finish_move(ids[-1], **end)
        clock.sleep(10)
    for query, limit, found in ASKED:
        moves = store.find_moves(query, limit=limit)
        assert [each.id for each in moves] == [ids[number] for number in found], query


def test_operations_are_found_by_all_that_is_asked_newest_first(
    store: Store, clock: HandClock
) -> None:
    remember(store, "other")
    ids = []
    for library_id, details, state in OPERATIONS:
        ids.append(store.begin_operation(library_id, "clean", **details).id)
        if state is not None:
            store.finish_operation(ids[-1], state=state, result=DONE, message=None)
        clock.sleep(10)
    for query, limit, found in ASKED:
        operations = store.find_operations(query, limit=limit)
        assert [each.id for each in operations] == [ids[number] for number in found], query
