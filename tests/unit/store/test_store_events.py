"""Events on record: what lasts, what is still to be delivered, and what is thrown away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from clocks import HandClock

from changer.store.protocol import Events, Store
from changer.store.records import EventRecord

from .store_support import LIBRARY, query, remember

KEPT = 10_000


class ToTell(NamedTuple):
    kind: str
    lasts: bool = False
    subject: str = "1"
    state: str = "open"
    message: str = "it is open"
    fields: Mapping[str, object] = {"door": "left"}


def record(
    store: Store,
    *told: ToTell,
    over: Sequence[int] = (),
    library_id: str = LIBRARY,
    to_deliver: bool = False,
) -> list[int]:
    """The ids of what was recorded."""
    found = store.events().record(library_id, lambda _: (told, over), to_deliver=to_deliver)
    return [each.id for each in found]


def numbers(events: Sequence[EventRecord]) -> list[int]:
    return [each.id for each in events]


@pytest.fixture
def events(store: Store) -> Events:
    return store.events()


def test_nothing_is_on_record_at_first(events: Events) -> None:
    assert events.last_id() == 0
    assert events.lasting(LIBRARY) == events.after(0, library_id=LIBRARY) == ()
    assert events.undelivered(limit=9) == ()


@pytest.mark.parametrize("lasts", [False, True])
@pytest.mark.parametrize("to_deliver", [False, True])
def test_an_event_is_over_or_lasts_and_is_delivered_or_is_to_be(
    store: Store, events: Events, clock: HandClock, *, lasts: bool, to_deliver: bool
) -> None:
    (number,) = record(store, ToTell("door-open", lasts), to_deliver=to_deliver)
    now = clock.now()
    clock.sleep(5)
    (found,) = events.after(0, library_id=LIBRARY)
    assert json.loads(found.fields) == {"door": "left"}
    assert found._replace(fields="") == EventRecord(
        id=number,
        library_id=LIBRARY,
        kind="door-open",
        subject="1",
        state="open",
        happened_at=now,
        message="it is open",
        fields="",
        delivered_at=None if to_deliver else now,
        over_at=None if lasts else now,
    )
    assert numbers(events.lasting(LIBRARY)) == [number] * lasts
    assert numbers(events.undelivered(limit=9)) == [number] * to_deliver
    assert store.lasts(LIBRARY, "other", "door-open") is lasts
    assert not store.lasts(LIBRARY, "other")
    events.delivered(number)
    assert events.undelivered(limit=9) == ()
    (found,) = events.after(0, library_id=LIBRARY)
    assert found.delivered_at == (clock.now() if to_deliver else found.delivered_at)


def test_what_lasts_is_decided_upon_and_ends_once(
    store: Store, events: Events, clock: HandClock
) -> None:
    remember(store, "another")
    (other,) = record(store, ToTell("a", lasts=True), library_id="another")
    first, second = record(store, ToTell("b", lasts=True), ToTell("c", lasts=True))
    record(store, ToTell("d"))
    shown: list[list[int]] = []

    def decide(lasting: Sequence[EventRecord]) -> tuple[list[ToTell], list[int]]:
        shown.append(numbers(lasting))
        return [ToTell("e", lasts=True)], [first]

    clock.sleep(9)
    (third,) = numbers(events.record(LIBRARY, decide, to_deliver=True))
    assert shown == [[first, second]]
    assert numbers(events.lasting(LIBRARY)) == [second, third]
    assert numbers(events.lasting("another")) == [other]
    ended = {each.kind: each.over_at for each in events.after(0, library_id=LIBRARY)}
    assert (ended["b"], ended["c"]) == (clock.now(), None)


def test_events_are_those_after_one_of_one_library_and_since_a_time(
    store: Store, events: Events, clock: HandClock
) -> None:
    remember(store, "another")
    ids, times = [], []
    for library_id in (LIBRARY, LIBRARY, "another", LIBRARY):
        ids += record(store, ToTell("a"), library_id=library_id, to_deliver=True)
        times.append(clock.now())
        clock.sleep(10)
    mine = [ids[0], ids[1], ids[3]]
    assert numbers(events.after(0, library_id=LIBRARY)) == mine
    assert numbers(events.after(ids[0], library_id=LIBRARY)) == mine[1:]
    assert numbers(events.after(ids[3], library_id=LIBRARY)) == []
    assert numbers(events.after(0, library_id=LIBRARY, since=times[1])) == mine[1:]
    assert numbers(events.after(0, library_id=LIBRARY, since=times[1] + 1)) == mine[2:]
    assert numbers(events.after(ids[1], library_id=LIBRARY, since=0.0)) == mine[2:]
    assert [numbers(events.undelivered(limit=each)) for each in (0, 1, 3, 4, 5)] == [
        *([], ids[:1], ids[:3], ids, ids)
    ]
    events.delivered(ids[1])
    assert numbers(events.undelivered(limit=2)) == [ids[0], ids[2]]
    assert events.last_id() == ids[3]


def test_a_copy_to_throw_away_records_none(store: Store) -> None:
    record(store, ToTell("a"))
    with store.scratch() as copy:
        assert record(copy, ToTell("b")) == []
        assert copy.events().last_id() == store.events().last_id()


@pytest.mark.parametrize("number", [KEPT - 1, KEPT, KEPT + 1])
def test_the_newest_are_kept_and_of_the_others_what_is_not_done_with(
    store: Store, events: Events, file: Path, number: int
) -> None:
    (done,) = record(store, ToTell("a"))
    (lasting,) = record(store, ToTell("b", lasts=True))
    (waiting,) = record(store, ToTell("c"), to_deliver=True)
    (late,) = record(store, ToTell("d"))
    assert (done, late) == (1, 4)
    query(file, f"UPDATE sqlite_sequence SET seq = {number - 1} WHERE name = 'events'")
    assert record(store, ToTell("e")) == [number]
    assert numbers(events.after(0, library_id=LIBRARY)) == [
        *([done] if number <= KEPT else []),
        *(lasting, waiting, late, number),
    ]
    query(file, f"UPDATE sqlite_sequence SET seq = {2 * KEPT} WHERE name = 'events'")
    record(store, ToTell("f"))
    assert numbers(events.after(0, library_id=LIBRARY)) == [lasting, waiting, 2 * KEPT + 1]
