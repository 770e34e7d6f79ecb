"""Patience for an emulated machine, and waiters in the queue of a lock."""

import os
from pathlib import Path

from changer.lock.flock import waiting_before

PATIENCE_SECONDS = 180.0


def someone_waits(lock: Path) -> bool:
    """Whether another process stands in the queue for a library's lock."""
    descriptor = os.open(lock, os.O_RDWR)
    try:
        return waiting_before(descriptor, 100) > 0
    finally:
        os.close(descriptor)
