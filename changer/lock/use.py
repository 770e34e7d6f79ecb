"""Who has a lock, and how many wait for it, for those who only look."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.lock.flock import QUEUE_END, waiting_before
from changer.lock.holder import find_holder_words


def holder_and_waiters(path: Path, *, now: float) -> tuple[str | None, int | None]:
    """Who holds the lock whose file that is, in words, and how many wait for it, at most 100.

    None is what can't be told.
    """
    holder, waiting = None, None
    with suppress(OSError), _opened(path) as descriptor:
        holder = find_holder_words(descriptor, path, now=now)
        waiting = waiting_before(descriptor, QUEUE_END)
    return holder, waiting


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
