"""A lease of which threads do something at once: one after the other, under one epoch each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from changer.store.database import Values
from changer.store.postgresql.lease import HeldLease

from .lease_support import ALPHA, World


class Slow:
    """The way to the server, on which the first statement waits until it may go on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sent: list[str] = []
        self.is_there = threading.Event()
        self.goes_on = threading.Event()

    def execute(self, statement: str, values: Values = (), /) -> Sequence[Any]:
        self.sent.append(statement)
        if len(self.sent) == 1:
            self.is_there.set()
            assert self.goes_on.wait(60)
        return self._world.execute(statement, values)


def renew(lease: HeldLease) -> None:
    lease.renew()


def announce(lease: HeldLease) -> None:
    lease.announce(900.0)


def cover(lease: HeldLease) -> None:
    with lease.covering(900.0):
        pass


def raise_epoch(lease: HeldLease) -> None:
    lease.raise_epoch(41)


def end(lease: HeldLease) -> None:
    lease.command_is_over()


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        *((renew, each) for each in (renew, announce, cover, raise_epoch, end)),
        *((each, renew) for each in (announce, cover, raise_epoch)),
    ],
)
def test_a_thread_waits_until_another_has_its_answer(
    world: World, first: Callable[[HeldLease], None], second: Callable[[HeldLease], None]
) -> None:
    way = Slow(world)
    epoch = world.take(ALPHA).epoch
    lease = HeldLease(way, asking=ALPHA, epoch=epoch, boot_time=world.clock.monotonic)
    done: list[object] = []

    def work(act: Callable[[HeldLease], None]) -> None:
        act(lease)
        done.append(act)

    threads = [threading.Thread(target=work, args=(each,)) for each in (first, second)]
    threads[0].start()
    assert way.is_there.wait(60)
    threads[1].start()
    threads[1].join(0.1)
    seen = done.copy(), len(way.sent)
    way.goes_on.set()
    for each in threads:
        each.join()
    assert seen == ([], 1)
    assert [*done] in ([first, second], [second, first])
    assert not lease.is_lost
    assert world.row()["epoch"] == lease.epoch


@pytest.mark.parametrize("act", [renew, announce, cover, raise_epoch])
def test_the_time_of_a_lease_is_looked_at_by_one_thread_at_a_time(
    act: Callable[[HeldLease], None],
) -> None:
    """Else one may take what another has announced for its own."""
    owned: list[bool] = []

    class Confirming:
        def execute(self, _statement: str, _values: Values = (), /) -> Sequence[Any]:
            owned.append(lease._guard._is_owned())  # type: ignore[attr-defined]
            return [{"epoch": 1, "overtaken": 0}]

    def now() -> float:
        owned.append(lease._guard._is_owned())  # type: ignore[attr-defined]
        return 100.0

    lease = HeldLease(Confirming(), asking=ALPHA, epoch=1, boot_time=now)
    for _ in range(2):
        act(lease)
    assert owned and all(owned)
