"""Who has a lock, and how many wait for it, for those who only look."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.lock.flock import QUEUE_END, waiting_before
from changer.lock.holder import find_holder_words, holding_process
from changer.values import NamedTuple


class LockUse(NamedTuple):
    """The use of a library's lock.

    holder   who holds it, in words; None: nobody, or that can't be told.
    waiting  how many wait for it, at most 100; None: that can't be told.
    """

    held: bool
    holder: str | None = None
    waiting: int | None = None


def lock_use(path: Path, *, now: float) -> LockUse:
    """The use of the lock whose file that is. What can't be told is None."""
    if holding_process(path) is None:
        return LockUse(held=False, waiting=0)
    holder, waiting = None, None
    with suppress(OSError), _opened(path) as descriptor:
        holder = find_holder_words(descriptor, path, now=now)
        waiting = waiting_before(descriptor, QUEUE_END)
    return LockUse(held=True, holder=holder, waiting=waiting)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
