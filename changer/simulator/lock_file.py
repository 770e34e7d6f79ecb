"""Side file of a virtual library: its lock, and the numbers that change too often to save.

Eight bytes each, big-endian: how often the state was saved, then for the changer and each drive
256 counters of commands, by opcode. They are read and written only under the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from _thread import allocate_lock
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.host import interrupts

_NUMBER = 8
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class LockFile:
    """Held by one thread of one process at a time. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = allocate_lock()
        self._descriptor = -1
        self._process = os.getpid()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other threads and processes from it meanwhile. Must not be nested."""
        with interrupts.held(), self._threads:
            descriptor = self._acquire()
            try:
                yield
            finally:
                if descriptor == self._descriptor:
                    fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _acquire(self) -> int:
        while True:
            descriptor = self._open()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Deleted while we waited? Then the next process would lock another file.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), self.path.stat()):
                    return descriptor
            self._close()

    def _open(self) -> int:
        # A child made by fork shares the parent's lock as long as it uses the parent's descriptor.
        if self._process != os.getpid():
            self._close()
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, _FLAGS, 0o664)
            self._process = os.getpid()
            status = os.fstat(self._descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
                self._close()
                raise OSError(errno.ELOOP, "it may be a trap: no file with one name")
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def close(self) -> None:
        """Let go of the file; it is opened again when needed."""
        with self._threads:
            self._close()

    # only while held

    def generation(self) -> int:
        """How often the state was saved; times are too coarse to keep two files apart."""
        return self._read(0)

    def next_generation(self) -> int:
        """Count a save."""
        generation = self._read(0) + 1
        self._write(0, generation)
        return generation

    def count(self, unit: int, opcode: int) -> None:
        """Count a command to unit 0, the changer, or to drive ``unit - 1``."""
        index = 1 + unit * 256 + opcode
        self._write(index, self._read(index) + 1)

    def counts(self, unit: int) -> dict[int, int]:
        """Commands so far, by opcode."""
        data = os.pread(self._descriptor, 256 * _NUMBER, (1 + unit * 256) * _NUMBER)
        numbers = (data[i : i + _NUMBER] for i in range(0, len(data), _NUMBER))
        counted = {opcode: int.from_bytes(number, "big") for opcode, number in enumerate(numbers)}
        return {opcode: number for opcode, number in counted.items() if number}

    def _read(self, index: int) -> int:
        return int.from_bytes(os.pread(self._descriptor, _NUMBER, index * _NUMBER), "big")

    def _write(self, index: int, number: int) -> None:
        os.pwrite(self._descriptor, number.to_bytes(_NUMBER, "big"), index * _NUMBER)
