"""The connection to PostgreSQL is lost: what was written is found out, and reads go on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import psycopg
import pytest
from clocks import HandClock
from postgres import Server
from postgres_proxy import Proxy, Where, proxy_to

from changer.errors import StoreFailed, StoreUnreachable
from changer.host.clock import SystemClock
from changer.store.postgresql import database
from changer.store.postgresql.opening import open_store
from changer.store.postgresql.store import PostgresStore

from .store_support import LIBRARY, remember


@pytest.fixture
def proxy(postgres: Server) -> Iterator[Proxy]:
    with proxy_to(postgres) as proxy:
        yield proxy


@pytest.fixture
def direct(postgres: Server) -> Iterator[PostgresStore]:
    """The same store by a way that is never cut."""
    with postgres.database() as url, open_store(url, clock=SystemClock()) as store:
        remember(store)
        yield store


@pytest.fixture
def store(direct: PostgresStore, proxy: Proxy) -> Iterator[PostgresStore]:
    url = proxy.url(direct._database._server.url)  # type: ignore[attr-defined]
    with open_store(url, clock=HandClock()) as store:
        yield store


def cut_once(proxy: Proxy, words: bytes, where: Where) -> None:
    left = [where]

    def cut(sent: bytes) -> Where | None:
        return left.pop() if left and words in sent else None

    proxy.cut = cut


def test_a_read_is_repeated_on_another_connection(store: PostgresStore, proxy: Proxy) -> None:
    before = proxy.connections
    ways: tuple[Where, Where] = ("before", "after")
    for where in ways:
        cut_once(proxy, b"FROM libraries", where)
        assert [each.id for each in store.libraries()] == [LIBRARY]
    assert proxy.connections == before + 2


def test_a_write_that_has_not_begun_is_begun_on_another_connection(
    store: PostgresStore, proxy: Proxy, direct: PostgresStore
) -> None:
    cut_once(proxy, b"BEGIN", "after")
    move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert direct.unsettled_moves(LIBRARY) == (move,)


@pytest.mark.parametrize("where", ["before", "after"])
def test_in_the_middle_of_a_transaction_nothing_was_written(
    store: PostgresStore, proxy: Proxy, direct: PostgresStore, where: Where
) -> None:
    cut_once(proxy, b"INSERT INTO moves", where)
    with pytest.raises(StoreUnreachable, match=r"connection to the state store .* was lost"):
        store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert direct.moves(LIBRARY) == ()
    move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert direct.moves(LIBRARY) == (move,)


def test_a_commit_that_did_not_come_about_is_known_not_to(
    store: PostgresStore, proxy: Proxy, direct: PostgresStore
) -> None:
    cut_once(proxy, b"COMMIT", "before")
    with pytest.raises(StoreUnreachable, match="nothing was written"):
        store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert direct.moves(LIBRARY) == ()


def test_a_commit_whose_answer_was_lost_is_known_to_have_come_about(
    store: PostgresStore, proxy: Proxy, direct: PostgresStore
) -> None:
    cut_once(proxy, b"COMMIT", "after")
    move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert direct.unsettled_moves(LIBRARY) == (move,)
    cut_once(proxy, b"COMMIT", "after")
    store.finish_move(move.id, outcome="completed", final_address=2)
    assert direct.unsettled_moves(LIBRARY) == ()


def test_a_commit_is_known_also_when_another_writes_before_that_can_be_asked(
    store: PostgresStore, proxy: Proxy, direct: PostgresStore
) -> None:
    with psycopg.connect(direct._database._server.url) as other:  # type: ignore[attr-defined]

        def cut(sent: bytes) -> Where | None:
            if b"COMMIT" in sent:
                proxy.cut = hold
                return "after"
            return None

        def hold(sent: bytes) -> Where | None:
            if b"BEGIN" in sent:
                proxy.cut = lambda _: None
                other.execute("SELECT FROM store FOR UPDATE")
                threading.Timer(0.3, other.rollback).start()
            return None

        proxy.cut = cut
        move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
        assert direct.unsettled_moves(LIBRARY) == (move,)


def test_other_writers_are_waited_for_ten_times(
    store: PostgresStore, proxy: Proxy, direct: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_ROUND_MILLISECONDS", 5)
    with psycopg.connect(direct._database._server.url) as other:  # type: ignore[attr-defined]
        other.execute("SELECT FROM store FOR UPDATE")
        before = len(proxy.sent)
        with pytest.raises(StoreFailed, match="stayed locked by another program"):
            store.begin_operation(LIBRARY, "clean")
        assert sum(b"BEGIN" in each for each in proxy.sent[before:]) == 10
        with pytest.raises(StoreFailed), store._database.brief_transaction():
            pass
        assert sum(b"BEGIN" in each for each in proxy.sent[before:]) == 11
    store.begin_operation(LIBRARY, "clean")


def test_where_it_can_t_be_found_out_that_is_said(
    store: PostgresStore, proxy: Proxy, direct: PostgresStore
) -> None:
    seen: list[bytes] = []

    def cut(sent: bytes) -> Where | None:
        seen.append(sent)
        is_lost = any(b"COMMIT" in each for each in seen)
        return "before" if is_lost else None

    proxy.cut = cut
    with pytest.raises(StoreUnreachable, match="not known whether it was written"):
        store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert direct.moves(LIBRARY) == ()


def test_writers_of_the_day_before_are_forgotten(direct: PostgresStore) -> None:
    own = direct._database
    own.execute("UPDATE writers SET written_at = written_at - interval '25 hours'")
    (old,) = own.execute("SELECT id FROM writers")
    url = own._server.url  # type: ignore[attr-defined]
    with open_store(url, clock=HandClock()) as other:
        remember(other, "another")
        remember(other, "a third")
    (new,) = own.execute("SELECT id FROM writers")
    assert old[0] != new[0]


def test_a_signal_ends_the_wait_for_a_server_that_does_not_come_back(
    store: PostgresStore, proxy: Proxy
) -> None:
    clock = store._clock
    assert isinstance(clock, HandClock)
    clock.on_sleep = lambda: signal.raise_signal(signal.SIGINT)
    proxy.cut = lambda _: "before"
    with pytest.raises(KeyboardInterrupt):
        store.libraries()
    assert len(clock.slept) == 1
