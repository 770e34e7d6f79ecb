"""What the tests of the lock share: a clock, locks, other processes and users."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from clocks import HandClock

from changer.errors import LibraryBusy
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock

LIBRARY = "IBM_3573-TL_00L4U78K1234_LL0"


def lock_of(
    folder: Path,
    *,
    library_id: str = LIBRARY,
    command: str = "changer load 4",
    wait_seconds: float = 0.0,
    clock: HandClock | SystemClock | None = None,
    on_wait: Callable[[str, int], None] | None = None,
    group: str | None = None,
) -> LibraryLock:
    return LibraryLock(
        library_id,
        folder=folder,
        command=command,
        wait_seconds=wait_seconds,
        clock=clock or HandClock(),
        on_wait=on_wait,
        group=group,
    )


def is_free(folder: Path) -> bool:
    try:
        with lock_of(folder):
            return True
    except LibraryBusy:
        return False


def end(child: int, *, by: signal.Signals | None = None) -> None:
    if by is not None:
        os.kill(child, by)
    os.waitpid(child, 0)
