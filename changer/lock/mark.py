"""Mark of an operation under way: one locked byte of the library's lock file, apart from the lock.

The kernel frees it when its process dies. A process that goes on frees it when the operation is
over, whether or not that could be recorded.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import randrange

from changer.host.interrupts import held
from changer.lock.flock import QUEUE_END, LibraryLock, close_file, lock_byte, locked_byte

_LAST = 1 << 62


@contextmanager
def marked(lock: LibraryLock) -> Iterator[int]:
    """Hold a mark while something is under way, without the lock; its number.

    Raises AccessDenied, StoreUnreachable, StoreFull where there can't be a lock either; OSError.
    """
    number = randrange(QUEUE_END, _LAST)  # noqa: S311  # to differ, not to be secret
    with ExitStack() as stack:
        with held():
            descriptor = lock.open_file()
            stack.callback(_unmark, descriptor, number, os.getpid())
            lock_byte(descriptor, fcntl.F_WRLCK, number)
        yield number


def _unmark(descriptor: int, number: int, process_id: int) -> None:
    """Free it also where a fork, which has not closed it yet, still has the file open."""
    if process_id == os.getpid():
        with suppress(OSError):
            lock_byte(descriptor, fcntl.F_UNLCK, number)
    close_file(descriptor)


def is_marked(file: Path, number: int) -> bool:
    """Whether a mark is held in a lock file; also when that can't be told."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(file, flags)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        return locked_byte(descriptor, number, 1) is not None
    except OSError:
        return True
    finally:
        os.close(descriptor)
