"""What is written under a lease: in one round trip for each end of a motion, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
import pytest

from changer.errors import OwnershipLost
from changer.lock.lease import MARGIN_SECONDS
from changer.store.postgresql.lease import HeldLease
from changer.store.postgresql.store import PostgresStore

from .lease_support import ALPHA, BETA, LIBRARY, World

INTENT: dict[str, Any] = {"source_address": 1001, "destination_address": 500, "volume_tag": "A1"}


@pytest.fixture
def lease(world: World, store: PostgresStore) -> Iterator[HeldLease]:
    held = world.hold(ALPHA)
    store.hold(held, motion_seconds=900.0)
    yield held


@contextmanager
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    sent: list[str] = []
    execute = psycopg.Connection.execute

    def counted(self: Any, query: bytes, *arguments: Any, **options: Any) -> Any:
        sent.append(query.decode())
        return execute(self, query, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Connection, "execute", counted)
        yield sent


def taken_over(world: World) -> None:
    world.pass_time(2000.0)
    world.take(BETA)


def test_a_move_is_two_round_trips(
    store: PostgresStore, lease: HeldLease, monkeypatch: pytest.MonkeyPatch
) -> None:
    with round_trips(monkeypatch) as sent:
        move = store.begin_move(LIBRARY, **INTENT)
        with lease.covering(900.0):
            pass
        store.finish_move(move.id, outcome="completed", final_address=500)
    assert len(sent) == 2, sent


def test_a_move_is_recorded_as_without_a_lease(store: PostgresStore, world: World) -> None:
    moves = []
    for held in (None, world.hold(ALPHA)):
        store.hold(held, motion_seconds=900.0)
        begun = store.begin_move(LIBRARY, **INTENT)
        moves.append((begun, store.finish_move(begun.id, outcome="completed", final_address=500)))
    (one, one_done), (other, other_done) = moves
    assert other == one._replace(id=other.id)
    assert other_done == one_done._replace(id=other.id)
    assert store.moves(LIBRARY)[0] == other_done


def test_an_intent_announces_the_motion(
    store: PostgresStore, lease: HeldLease, world: World
) -> None:
    store.begin_move(LIBRARY, **INTENT)
    row = world.row()
    assert row["command_deadline"] - row["renewed_at"] == pytest.approx(900.0 + MARGIN_SECONDS)
    assert lease.is_covering


@pytest.mark.parametrize(("outcome", "is_over"), [("completed", True), ("unknown", False)])
def test_an_outcome_ends_what_was_announced_unless_it_is_unknown(
    store: PostgresStore, lease: HeldLease, world: World, outcome: Any, is_over: bool
) -> None:
    move = store.begin_move(LIBRARY, **INTENT)
    store.finish_move(move.id, outcome=outcome)
    assert (world.row()["command_deadline"] is None) is is_over
    assert lease.is_covering is not is_over


def test_a_command_after_a_move_is_announced_anew(
    store: PostgresStore, lease: HeldLease, world: World
) -> None:
    move = store.begin_move(LIBRARY, **INTENT)
    with lease.covering(900.0):
        pass
    store.finish_move(move.id, outcome="completed")
    with lease.covering(300.0):
        row = world.row()
        assert row["command_deadline"] - row["renewed_at"] == pytest.approx(300.0 + MARGIN_SECONDS)


def test_a_settled_move_stays_as_it_is(store: PostgresStore, lease: HeldLease) -> None:
    move = store.begin_move(LIBRARY, **INTENT)
    store.finish_move(move.id, outcome="completed", final_address=500)
    again = store.finish_move(move.id, outcome="not-executed")
    assert (again.outcome, again.final_address) == ("completed", 500)


def test_no_intent_is_written_by_whoever_was_replaced(
    store: PostgresStore, lease: HeldLease, world: World
) -> None:
    taken_over(world)
    with pytest.raises(OwnershipLost):
        store.begin_move(LIBRARY, **INTENT)
    store.hold(None, motion_seconds=0.0)
    assert store.moves(LIBRARY) == ()
    assert not lease.is_covering


def test_no_outcome_is_written_by_whoever_was_replaced(
    store: PostgresStore, lease: HeldLease, world: World
) -> None:
    move = store.begin_move(LIBRARY, **INTENT)
    taken_over(world)
    with pytest.raises(OwnershipLost):
        store.finish_move(move.id, outcome="completed", final_address=500)
    assert [each.outcome for each in store.moves(LIBRARY)] == [None]


def writes() -> list[Any]:
    numbers = count()

    def reserve(store: PostgresStore) -> None:
        store.begin_operation(LIBRARY, "reserve")

    def note(store: PostgresStore) -> None:
        store.learn_capability(LIBRARY, f"feature-{next(numbers)}", "not-offered")

    def prevent(store: PostgresStore) -> None:
        store.prevent_removal(LIBRARY, prevented=True)

    return [reserve, note, prevent]


@pytest.mark.parametrize("write", writes(), ids=lambda each: each.__name__)
def test_nothing_is_written_by_whoever_was_replaced(
    store: PostgresStore, lease: HeldLease, world: World, write: Any
) -> None:
    write(store)
    taken_over(world)
    before = everything(store)
    with pytest.raises(OwnershipLost):
        write(store)
    assert everything(store) == before


def everything(store: PostgresStore) -> Sequence[object]:
    return store.libraries(), store.operations(LIBRARY), store.capabilities(LIBRARY)


def test_what_is_not_under_the_lease_any_more_is_written(
    store: PostgresStore, lease: HeldLease, world: World
) -> None:
    taken_over(world)
    store.hold(None, motion_seconds=0.0)
    store.prevent_removal(LIBRARY, prevented=True)


def test_an_outcome_is_written_on_another_connection_when_that_was_lost(
    store: PostgresStore, lease: HeldLease, world: World
) -> None:
    move = store.begin_move(LIBRARY, **INTENT)
    world.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    done = store.finish_move(move.id, outcome="completed", final_address=500)
    assert (done.outcome, world.row()["command_deadline"]) == ("completed", None)


def test_no_outcome_is_written_on_another_connection_by_whoever_was_replaced(
    store: PostgresStore, lease: HeldLease, world: World
) -> None:
    move = store.begin_move(LIBRARY, **INTENT)
    taken_over(world)
    world.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with pytest.raises(OwnershipLost):
        store.finish_move(move.id, outcome="completed", final_address=500)
