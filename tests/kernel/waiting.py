"""Waits until something is so, for as long as an emulated machine may need."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from changer.lock.queue import waiting_before

PATIENCE_SECONDS = 180.0


def wait_until(
    condition: Callable[[], bool], *, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Return when it is so."""
    deadline = time.monotonic() + patience_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def someone_waits(lock: Path) -> bool:
    """Whether another process stands in the queue for a library's lock."""
    descriptor = os.open(lock, os.O_RDWR)
    try:
        return waiting_before(descriptor, 100) > 0
    finally:
        os.close(descriptor)
