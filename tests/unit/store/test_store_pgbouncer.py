"""A store behind PgBouncer in transaction mode, which gives each transaction another connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clocks import HandClock
from pooler import pooled
from postgres import Server

from changer.host.clock import SystemClock
from changer.store.maintenance.inspection import inspect_server
from changer.store.postgresql.opening import make_store, open_store
from changer.store.postgresql.store import PostgresStore

from .store_support import LIBRARY, in_processes, insert, outcome_of, remember, reserve


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    """The way through the pooler; three connections lead on from it."""
    with postgres.database() as direct, pooled(postgres, direct) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
        yield store


def test_more_processes_than_it_has_connections_lose_no_write(
    url: str, store: PostgresStore
) -> None:
    def work(number: int) -> str:
        with open_store(url, clock=SystemClock()) as own:
            for _ in range(5):
                own.begin_operation(LIBRARY, "clean")
                move = own.begin_move(LIBRARY, source_address=number, destination_address=99)
                own.finish_move(move.id, outcome="completed", final_address=99)
        return "done"

    assert in_processes(8, work) == ["done"] * 8
    assert len(store.operations(LIBRARY, limit=100)) == 40
    assert len(store.moves(LIBRARY, limit=100)) == 40
    assert store.unsettled_moves(LIBRARY) == ()


def test_of_eight_that_reserve_a_slot_at_once_one_has_it(url: str, store: PostgresStore) -> None:
    def take(_: int) -> str:
        with open_store(url, clock=SystemClock()) as own:
            return outcome_of(lambda: reserve(own, 12))

    assert sorted(in_processes(8, take)) == ["already-reserved"] * 7 + ["done"]
    assert [each.slot_address for each in store.reservations(LIBRARY)] == [12]


def test_no_setting_of_a_transaction_is_left_to_the_next_client(
    url: str, store: PostgresStore
) -> None:
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
    query = "SELECT " + " || ', ' || ".join(f"current_setting('{each}')" for each in names)
    before = store._database.execute(query)[0][0].split(", ")
    with store._database.brief_transaction():
        inside = store._database.execute(query)[0][0].split(", ")
    assert all(one != other for one, other in zip(before, inside, strict=True))
    for _ in range(9):
        with open_store(url, clock=HandClock()) as other:
            assert other._database.execute(query)[0][0].split(", ") == before


def test_it_is_made_copied_and_inspected_that_way(postgres: Server) -> None:
    with postgres.database(template="template0") as direct, pooled(postgres, direct) as url:
        assert make_store(url, dry_run=False)
        with open_store(url, clock=HandClock()) as store:
            remember(store)
            reserve(store, 5)
            insert(store, 5)
            with store.scratch() as copy:
                assert copy.cleaners(LIBRARY) == store.cleaners(LIBRARY)
        assert inspect_server(url, allow_async=False).problems == ()
