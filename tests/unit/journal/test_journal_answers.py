"""What the journal says of a cartridge: where it came to last, and how long it has been there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clocks import HandClock

from changer.errors import NtmsResult
from changer.host.processes import host_id
from changer.journal.arrival import seconds_in_place
from changer.journal.last_seen import Sighting, last_sighting
from changer.smc.elements import Element, ElementType
from changer.store.protocol import Store
from changer.store.schema import new_schema
from changer.store.sqlite import SqliteStore
from changer.store.sqlite_database import SqliteDatabase

LIBRARY, TAG = "TL", "A00001L8"
T = HandClock().time
DONE = NtmsResult("ERROR_SUCCESS", 0)

pytestmark = pytest.mark.rows(one_in=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(clock: HandClock) -> Iterator[Store]:
    with closing(new_schema()) as connection:
        store = SqliteStore(SqliteDatabase.of_memory(connection, Path("memory")), clock=clock)
        store.remember_library(
            LIBRARY, vendor="IBM", product="TL", revision="1", serial=None, device=None
        )
        yield store


@pytest.fixture
def library(store: Store, clock: HandClock) -> Any:
    return SimpleNamespace(store=store, id=LIBRARY, context=SimpleNamespace(clock=clock))


def move(store: Store, clock: HandClock, **values: Any) -> int:
    """One that takes ten seconds; to its destination, if nothing else is said."""
    outcome = values.pop("outcome", "completed")
    final = values.pop("final", values.get("destination_address", 2))
    intent = {"source_address": 1, "destination_address": 2, "volume_tag": TAG, **values}
    begun = store.begin_move(LIBRARY, **intent)
    clock.sleep(10)
    if outcome is not None:
        store.finish_move(begun.id, outcome=outcome, final_address=final)
    return begun.id


def operate(store: Store, kind: Any, state: Any = "completed", **details: Any) -> None:
    values = {"slot_address": 7, "volume_tag": TAG, **details}
    operation = store.begin_operation(LIBRARY, kind, **values)
    store.finish_operation(operation.id, state=state, result=DONE, message=None)


# Where it came to


def test_the_newest_record_that_says_where_a_cartridge_is_counts(
    library: Any, store: Store, clock: HandClock
) -> None:
    assert last_sighting(library, TAG) is None
    move(store, clock)
    assert last_sighting(library, TAG) == Sighting(2, T + 10)
    move(store, clock, volume_tag="A00002L8", source_address=2, destination_address=3)
    assert last_sighting(library, TAG) == Sighting(2, T + 10)
    move(store, clock, source_address=2, destination_address=3, outcome="not-executed", final=None)
    assert last_sighting(library, TAG) == Sighting(2, T + 30)
    for unclear in ({"outcome": None}, {"outcome": "unknown"}, {"outcome": "misplaced"}):
        move(store, clock, source_address=2, destination_address=4, **unclear, final=None)
        assert last_sighting(library, TAG) == Sighting(2, T + 30)
    clock.time = T  # it is set back: the order is that of their beginnings
    move(store, clock, source_address=2, destination_address=9, outcome="misplaced", final=5)
    assert last_sighting(library, TAG) == Sighting(5, T + 10)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"destination_address": 20}, Sighting(20, T + 10)),
        ({"destination_address": 20, "final": None}, Sighting(20, T + 10, has_left=True)),
        (
            {"destination_address": 20, "final": None, "outcome": "not-executed"},
            Sighting(1, T + 10),
        ),
        # An exchange does not lead out.
        ({"kind": "exchange", "second_destination_address": 3, "final": None}, Sighting(2, T + 10)),
        (
            {
                "kind": "exchange",
                "second_destination_address": 3,
                "volume_tag": "A00002L8",
                "second_volume_tag": TAG,
            },
            Sighting(3, T + 10),
        ),
    ],
)
def test_a_move_has_led_out_of_the_library_where_nothing_was_found_at_its_end(
    library: Any, store: Store, clock: HandClock, values: dict[str, Any], found: Sighting
) -> None:
    move(store, clock, **values)
    assert last_sighting(library, TAG) == found


@pytest.mark.parametrize(
    ("kind", "state", "found"),
    [
        ("insert", "completed", Sighting(7, T + 10)),
        ("clean", "completed", Sighting(7, T + 10)),
        ("eject", "completed", Sighting(7, T + 10, has_left=True)),
        ("eject", "failed", Sighting(2, T + 10)),
        ("reserve", "completed", Sighting(2, T + 10)),
    ],
)
def test_a_cleaner_is_in_its_slot_after_what_was_done_with_it_and_out_after_an_eject(
    library: Any, store: Store, clock: HandClock, kind: str, state: str, found: Sighting
) -> None:
    move(store, clock)
    operate(store, kind, state)
    assert last_sighting(library, TAG) == found


def test_the_moves_of_an_operation_are_older_than_its_end(
    library: Any, store: Store, clock: HandClock
) -> None:
    operation = store.begin_operation(LIBRARY, "insert", slot_address=7, volume_tag=TAG)
    move(store, clock, destination_address=8, operation_id=operation.id)
    assert last_sighting(library, TAG) == Sighting(8, T + 10)
    store.finish_operation(operation.id, state="completed", result=DONE, message=None)
    assert last_sighting(library, TAG) == Sighting(7, T + 10)
    move(store, clock, source_address=7, destination_address=9)
    assert last_sighting(library, TAG) == Sighting(9, T + 20), "it came after that end"


def test_what_was_moved_after_an_operation_without_moves_is_where_it_was_moved(
    library: Any, store: Store, clock: HandClock
) -> None:
    operate(store, "insert")
    move(store, clock, source_address=7, destination_address=9)
    assert last_sighting(library, TAG) == Sighting(9, T + 10)
    operate(store, "clean")
    assert last_sighting(library, TAG) == Sighting(7, T + 10)


@pytest.mark.parametrize(("later", "address"), [(-1, 2), (0, 2), (1, 5)])
def test_a_reading_counts_that_showed_it_later(
    library: Any, store: Store, clock: HandClock, later: int, address: int
) -> None:
    move(store, clock)
    clock.sleep(5)
    at = T + 10 + later
    store.record_labels(
        LIBRARY, shown=[(TAG, 5, 1)], missed=[], read_at=at, is_whole=False, element_addresses=""
    )
    found = last_sighting(library, TAG)
    assert found == Sighting(address, at if address == 5 else T + 10)


def test_without_a_journal_the_reading_counts(library: Any, store: Store) -> None:
    store.record_labels(
        LIBRARY, shown=[(TAG, 5, 1)], missed=[], read_at=T, is_whole=False, element_addresses=""
    )
    assert last_sighting(library, TAG) == Sighting(5, T)


# How long it has been there


def element(address: int, tag: str | None = TAG, source: int | None = None) -> Element:
    field = None if tag is None else tag.encode().ljust(36)
    kind = ElementType.STORAGE
    return Element(kind, address, full=True, source_address=source, volume_tag_field=field)


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        (element(2), 5.0),
        (element(2, source=1), 5.0),
        (element(2, source=9), None),
        (element(2, "A00002L8"), None),
        (element(2, None), None),
        (element(1), None),  # it was taken from there
        (element(3), None),
    ],
)
def test_a_cartridge_is_there_since_the_move_that_brought_it(
    library: Any, store: Store, clock: HandClock, at: Element, seconds: float | None
) -> None:
    move(store, clock)
    clock.sleep(5)
    assert seconds_in_place(library, at) == seconds


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({}, 0.0),
        ({"started_at": T + 10}, 0.0),
        ({"started_at": T + 11}, None),
        ({"finished_at": T + 11}, None),
        ({"finished_at": T}, 10.0),
        ({"finished_at": T - 1}, None),
        ({"host_id": "another"}, None),
        ({"host_id": None}, 0.0),
        ({"host_id": host_id()}, 0.0),
    ],
)
def test_how_long_is_known_by_a_clock_that_was_not_set(
    library: Any, store: Store, clock: HandClock, change: dict[str, Any], seconds: float | None
) -> None:
    move(store, clock)
    for name, value in change.items():
        store._database.execute(f"UPDATE moves SET {name} = ?", (value,))  # type: ignore[attr-defined]
    assert seconds_in_place(library, element(2)) == seconds


@pytest.mark.parametrize(
    ("later", "seconds"),
    [
        ({"source_address": 5, "destination_address": 6, "volume_tag": "B"}, 10.0),
        ({"source_address": 2, "destination_address": 6}, None),
        ({"source_address": 2, "destination_address": 6, "outcome": None}, None),
        ({"source_address": 5, "destination_address": 2, "volume_tag": "B"}, None),
        # It stayed: it is there since then, at least.
        (
            {
                "source_address": 2,
                "destination_address": 6,
                "outcome": "not-executed",
                "final": None,
            },
            0.0,
        ),
        ({"source_address": 6, "destination_address": 7, "outcome": "misplaced", "final": 2}, 0.0),
    ],
)
def test_a_later_move_from_there_or_to_there_says_otherwise(
    library: Any, store: Store, clock: HandClock, later: dict[str, Any], seconds: float | None
) -> None:
    move(store, clock)
    move(store, clock, **later)
    assert seconds_in_place(library, element(2)) == seconds
