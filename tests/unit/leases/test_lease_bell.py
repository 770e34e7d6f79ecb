"""The bell that ends a pause when a lease is given back, and the time of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from clocks import HandClock
from pressed import pressed_within

from changer.host import interrupts
from changer.store.postgresql import bell as bell_of_the_server
from changer.store.postgresql.bell import listening
from changer.store.postgresql.connection import Server
from changer.store.postgresql.link import Link
from changer.store.postgresql.opening import open_store
from changer.store.postgresql.server_clock import ServerClock
from changer.store.postgresql.waiting import Turn

from .lease_support import ALPHA, BETA, World

LONG = 1e6
Bell = AbstractContextManager[Callable[[float], None]]

OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def bell(url: str, clock: HandClock) -> Bell:
    return listening(Server(url).connect, clock=clock)


def test_a_pause_ends_when_a_lease_is_given_back(
    bell: Bell, world: World, clock: HandClock
) -> None:
    lease = world.hold(ALPHA)
    with bell as pause:
        lease.release()
        pause(LONG)  # this clock stands still: it would never end
    assert clock.slept == []


def test_a_renewal_rings_no_bell(bell: Bell, world: World, clock: HandClock) -> None:
    lease = world.hold(ALPHA)
    with bell as pause:
        lease.renew()
        world.execute(OTHERS)
        pause(LONG)
    assert clock.slept == [LONG]


def test_a_signal_ends_a_pause(bell: Bell) -> None:
    with (
        bell as pause,
        pytest.raises(KeyboardInterrupt),
        interrupts.held(),
        pressed_within(bell_of_the_server._pause),
    ):
        pause(LONG)


def test_whoever_can_not_listen_pauses(url: str, clock: HandClock) -> None:
    with listening(Server(f"{url}0").connect, clock=clock) as pause:
        pause(7.0)
    assert clock.slept == [7.0]


def test_whoever_waits_takes_what_the_bell_rang_for(world: World, url: str) -> None:
    lease = world.hold(ALPHA)

    def bell() -> Bell:
        return releasing(Link(url, clock=world.clock).listening(), lease.release)

    turn = Turn(world, BETA, clock=world.clock, on_wait=None, bell=bell)
    assert turn.take(deadline=world.clock.monotonic() + LONG, wait_seconds=LONG).epoch == 2
    assert world.clock.slept == []


@contextmanager
def releasing(inner: Bell, release: Callable[[], None]) -> Iterator[Callable[[float], None]]:
    """A bell that rings as soon as somebody waits for it."""

    def paused(_seconds: float) -> None:
        release()
        pause(LONG)

    with inner as pause:
        yield paused


@pytest.fixture
def server_clock(world: World, clock: HandClock, url: str) -> ServerClock:
    return ServerClock(clock, world, url=url)


def test_the_time_is_the_servers_whatever_this_hosts_is(
    server_clock: ServerClock, world: World, clock: HandClock
) -> None:
    before = float(world.execute("SELECT extract(epoch FROM clock_timestamp())::float8")[0][0])
    first = server_clock.now()
    assert first >= before > clock.now()
    clock.time += 5.0
    assert server_clock.now() == pytest.approx(first + 5.0)
    assert server_clock.monotonic() == clock.monotonic()


def test_the_time_that_opening_a_store_brings_is_not_asked_for_again(
    server_clock: ServerClock, world: World, clock: HandClock, url: str
) -> None:
    with open_store(url, clock=server_clock):
        sent = len(world.sent)
        assert server_clock.now() > clock.now()
        assert len(world.sent) == sent
    another = ServerClock(HandClock(clock.time), world, url=url)
    assert another.now() == server_clock.now()
