"""A queue of waiters in one file: each holds a lock on a byte of it, the first one on byte 1.

fcntl(2), open file description locks: whoever stops waiting, or dies, leaves the queue with it.
Nothing wakes who waits but time: they look less often the more of them stand before them, so that
fifty do not keep a processor busy.
"""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import suppress

__all__ = ["Pace", "is_first", "join_queue", "leave_queue", "waiting_before"]

_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 0.2

_STRUCT_FLOCK = "hhqqi0q"  # l_type, l_whence, l_start, l_len, l_pid


def join_queue(descriptor: int) -> int:
    """Take the first byte behind everyone; the place in the queue, from 1."""
    while True:
        place = 1
        while (taken := _locked_byte(descriptor, place, 0)) is not None:
            place = taken + 1
        with suppress(BlockingIOError, PermissionError):  # another was faster
            _lock_byte(descriptor, fcntl.F_WRLCK, place)
            return place


def is_first(descriptor: int, place: int) -> bool:
    """Whether nobody stands before a place."""
    return place == 1 or _locked_byte(descriptor, 1, place - 1) is None


def waiting_before(descriptor: int, place: int) -> int:
    """How many stand before a place, near enough to tell people; those beyond 100 don't count."""
    start, number = 1, 0
    while start < place and number < 100:
        taken = _locked_byte(descriptor, start, place - start)
        if taken is None:
            break
        start, number = taken + 1, number + 1
    return number


class Pace:
    """How long a waiter pauses before it looks again.

    Shortly while the queue moves, longer while it stands still; longer for each one before it.
    """

    def __init__(self) -> None:
        self._before = -1
        self._seconds = _FIRST_PAUSE_SECONDS

    def pause_seconds(self, before: int) -> float:
        """For one with that many before it."""
        moved, self._before = before != self._before, before
        self._seconds = _FIRST_PAUSE_SECONDS if moved else 2 * self._seconds
        self._seconds = min(self._seconds, _LONGEST_FIRST_PAUSE_SECONDS)
        return min((before + 1) * self._seconds, _LONGEST_PAUSE_SECONDS)


def leave_queue(descriptor: int, place: int) -> None:
    """Give up a place."""
    _lock_byte(descriptor, fcntl.F_UNLCK, place)


def _lock_byte(descriptor: int, lock_type: int, place: int) -> None:
    request = struct.pack(_STRUCT_FLOCK, lock_type, os.SEEK_SET, place, 1, 0)
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, request)


def _locked_byte(descriptor: int, start: int, length: int) -> int | None:
    """A byte from ``start`` on that someone else has locked; ``length`` 0: without end."""
    request = struct.pack(_STRUCT_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    reply = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, request)
    lock_type, _, first, _, _ = struct.unpack(_STRUCT_FLOCK, reply)
    return None if lock_type == fcntl.F_UNLCK else max(int(first), start)
