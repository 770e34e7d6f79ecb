"""A clock that holds an operation while it waits for a person, so that a test can be that person.

Only events are waited for: nothing here depends on how fast the host is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clocks import HandClock
from driver.virtual_library import VirtualLibrary

LIMIT_SECONDS = 120.0


class HeldClock(HandClock):
    """Time stands still for an operation that waits for a person, until the person is done."""

    def __init__(self, virtual: VirtualLibrary) -> None:
        super().__init__()
        self._virtual = virtual
        self._waits, self._goes_on = threading.Event(), threading.Event()

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        states = [row["state"] for row in self._virtual.rows("operations")]
        if threading.current_thread().name.startswith("changer ") and "waiting" in states:
            self._waits.set()
            assert self._goes_on.wait(LIMIT_SECONDS)

    @contextmanager
    def while_it_waits(self) -> Iterator[None]:
        """Inside ``with`` the operation stands still, waiting for a person."""
        assert self._waits.wait(LIMIT_SECONDS)
        yield
        self._goes_on.set()
        join_operations()


def hold(virtual: VirtualLibrary) -> HeldClock:
    """Give a virtual library such a clock."""
    clock = HeldClock(virtual)
    virtual.clock = clock
    return clock


def join_operations() -> None:
    """Wait for what was started to end."""
    for each in threading.enumerate():
        if each.name.startswith("changer "):
            each.join(LIMIT_SECONDS)
            assert not each.is_alive()
