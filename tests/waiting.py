"""Waiting for other processes and threads, and the length of a lock's queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def wait_until(condition: Callable[[], object], *, seconds: float = 240.0) -> None:
    """Return as soon as it is so. Raises AssertionError when that time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def places_taken(locks: Path) -> int:
    """Processes in the queue of the one lock in that folder, each with a byte of its own locked.

    /proc/locks can show a lock twice when others come and go while it is read: bytes are counted.
    """
    (lock,) = locks.glob("*.lock")
    inode = f":{lock.stat().st_ino}"
    rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return len({tuple(row[-2:]) for row in rows if "OFDLCK" in row and row[-3].endswith(inode)})
