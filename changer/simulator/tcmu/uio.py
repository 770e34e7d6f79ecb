"""The file through which the kernel shares a device's ring, and rings its bell."""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from pathlib import Path

from changer.simulator.tcmu.ring import Ring

__all__ = ["UioDevice", "find_uio"]

_CLASS = Path("/sys/class/uio")
_BELL = 4


def find_uio(name: str) -> str | None:
    """The device of that name, such as ``uio0``; None when the kernel has none."""
    for folder in _CLASS.glob("uio*"):
        with suppress(OSError):  # it went away while we looked
            if (folder / "name").read_text().rstrip("\n") == name:
                return folder.name
    return None


class UioDevice:
    """An open /dev/uioN. The kernel lets one process open it at a time. Raises OSError."""

    def __init__(self, device: str) -> None:
        size = int((_CLASS / device / "maps/map0/size").read_text(), 16)
        self._file = os.open(Path("/dev") / device, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            self._memory = mmap.mmap(self._file, size)
            self.ring = Ring(self._memory)
        except BaseException:
            os.close(self._file)
            raise

    def fileno(self) -> int:
        """Readable when commands have come."""
        return self._file

    def silence(self) -> None:
        """Take note that the bell rang."""
        with suppress(BlockingIOError):
            os.read(self._file, _BELL)

    def tell_kernel(self) -> None:
        """Have the kernel look at the replies."""
        os.write(self._file, bytes(_BELL))

    def close(self) -> None:
        """Let go of the memory and the device."""
        self.ring.close()
        self._memory.close()
        os.close(self._file)
