"""Round trips to PostgreSQL that each method of a store takes: counted on the way, by no clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clocks import HandClock
from postgres import Server
from postgres_proxy import Proxy, proxy_to

from changer.store.postgresql.opening import open_store
from changer.store.protocol import Events, Store

from .store_calls import CALLS
from .store_support import LIBRARY, remember

OWN = ("keeps", "scratch", "close", "events", "begin_move", "finish_move")


@pytest.fixture
def way(postgres: Server) -> Iterator[tuple[Store, Proxy]]:
    with (
        proxy_to(postgres) as proxy,
        postgres.database() as url,
        open_store(proxy.url(url), clock=HandClock()) as store,
    ):
        remember(store)
        yield store, proxy


@pytest.mark.parametrize("name", CALLS)
def test_a_method_takes_so_many_round_trips(name: str, way: tuple[Store, Proxy]) -> None:
    (store, proxy), (prepare, call, trips) = way, CALLS[name]
    prepare(store)
    extra = 1 if "newest" in call.__code__.co_names else 0  # the test's own look
    before = proxy.round_trips
    call(store)
    taken = proxy.round_trips - before - extra
    assert taken == trips


def test_each_method_has_its_price() -> None:
    methods = {each for each in vars(Store) if not each.startswith("_")}
    assert methods == {*CALLS, *OWN}


def test_the_events_of_a_library_take_one_each(way: tuple[Store, Proxy]) -> None:
    store, proxy = way
    events: Events = store.events()
    before = proxy.round_trips
    events.lasting(LIBRARY)
    events.last_id()
    events.after(0, library_id=LIBRARY)
    events.undelivered(limit=1)
    assert proxy.round_trips - before == 4


def test_a_store_is_opened_in_two_round_trips(postgres: Server) -> None:
    with proxy_to(postgres) as proxy, postgres.database() as url:
        open_store(proxy.url(url), clock=HandClock()).close()
        assert proxy.round_trips == 2, "one of them to connect"


def test_a_copy_is_read_in_one(way: tuple[Store, Proxy]) -> None:
    store, proxy = way
    before = proxy.round_trips
    store.scratch().close()
    assert proxy.round_trips == before + 1
