"""A lease while its process holds the lock: renewed by a thread, and given back by that process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from children import ended
from clocks import HandClock
from waiting import wait_until

from changer.errors import LibraryBusy, OwnershipLost, StoreUnreachable
from changer.store.coordination import coordinate
from changer.store.postgresql import shared_lock
from changer.store.postgresql.heartbeat import repeated
from changer.store.sharing import Coordination

from .lease_support import BETA, LIBRARY, World

SOON = 0.005


@pytest.fixture
def own(url: str, tmp_path: Path) -> Coordination:
    return coordinate(url, locks=tmp_path / "lock", clock=HandClock())


def renewing() -> bool:
    return any(each.name == "changer-renewal" for each in threading.enumerate())


def counted(*answers: type[Exception] | None) -> tuple[list[int], Callable[[], None]]:
    """What notes each call, and raises these errors one after the other, then none."""
    calls: list[int] = []
    left = iter(answers)

    def act() -> None:
        calls.append(1)
        if (error := next(left, None)) is not None:
            raise error("no answer")

    return calls, act


def test_it_is_done_again_and_again_until_it_is_over() -> None:
    calls, act = counted()
    with repeated(act, every_seconds=SOON):
        wait_until(lambda: len(calls) > 3)
    assert not renewing()


def test_a_failure_is_tried_again() -> None:
    calls, act = counted(StoreUnreachable, StoreUnreachable)
    with repeated(act, every_seconds=SOON):
        wait_until(lambda: len(calls) > 3)


def test_what_is_lost_is_not_tried_again() -> None:
    calls, act = counted(OwnershipLost)
    with repeated(act, every_seconds=SOON):
        wait_until(lambda: not renewing())
    assert len(calls) == 1


def test_a_lease_is_renewed_while_its_process_does_nothing(
    own: Coordination, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_lock, "RENEWAL_SECONDS", SOON)
    with own.lock(LIBRARY, command="load 1 0"):
        begun = world.row()["version"]
        wait_until(lambda: world.row()["version"] > begun + 3)
        world.pass_time()
        wait_until(lambda: world.row()["expires_at"] > world.row()["granted_at"] + 100.0)
        with pytest.raises(LibraryBusy):
            world.take(BETA)
    assert world.row()["released_at"] is not None


def test_a_lock_that_could_not_be_taken_leaves_no_thread(own: Coordination, world: World) -> None:
    world.take(BETA)
    with pytest.raises(LibraryBusy), own.lock(LIBRARY, command="load 1 0"):
        pass
    assert not renewing()
    assert world.take(BETA).epoch == 2


def test_a_fork_does_not_give_its_parents_lease_back(own: Coordination, world: World) -> None:
    lock = own.lock(LIBRARY, command="load 1 0")
    with lock:
        assert ended(lambda: lock.__exit__(None, None, None)) == 0
        assert world.row()["released_at"] is None
    assert world.row()["released_at"] is not None
