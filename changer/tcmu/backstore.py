"""Backstores of target_core_user, in configfs, and the uio device that shares a backstore's ring.

One HBA (``core/user_N``) for each library, one backstore in it for each unit. Their names report
whose they are: ``sim:NAME:0`` is the changer of the library NAME, ``sim:NAME:1`` its drive 0.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from changer.errors import AttachFailed
from changer.tcmu.kernel_modules import CONFIGFS
from changer.tcmu.reservation_files import make_folder, remove_file
from changer.tcmu.ring import Ring
from changer.values import dataclass

_CORE = CONFIGFS / "target/core"
_UIO = Path("/sys/class/uio")
_BELL = 4  # bytes
_NAME = re.compile(r"sim:([A-Za-z0-9._-]+):(\d+)")
_MOST_HBAS = 1000
# Bytes; no block of a tape drive is read or written through the target core.
_DEVICE_SIZE, _BLOCK_SIZE = 1 << 20, 512
_DATA_MEGABYTES = 8


@dataclass(frozen=True, slots=True)
class Backstore:
    """The folder of one unit; ``unit`` 0 is the changer, then the drives."""

    folder: Path
    library: str
    unit: int

    def find_uio(self) -> str | None:
        """Its uio device, such as ``uio0``; None when the kernel has none."""
        number = self.folder.parent.name.removeprefix("user_")
        name = f"tcm-user/{number}/{self.folder.name}/changer/{self.library}/{self.unit}"
        for folder in _UIO.glob("uio*"):
            with suppress(OSError):  # it went away while we looked
                if (folder / "name").read_text().rstrip("\n") == name:
                    return folder.name
        return None

    def create(self, *, reserves: bool = True) -> None:
        """Make it, and the ring behind it. Raises OSError.

        ``reserves``: the target core answers RESERVE and PERSISTENT RESERVE, and keeps initiators
        apart; else it refuses these commands, as a library does that does not know them.
        """
        with suppress(OSError):  # a read-only /var: what registers is refused, and all else works
            make_folder()
        self.folder.mkdir()
        control = self.folder / "control"
        for setting in (
            f"dev_config=changer/{self.library}/{self.unit}",
            f"dev_size={_DEVICE_SIZE}",
            f"hw_block_size={_BLOCK_SIZE}",
            f"max_data_area_mb={_DATA_MEGABYTES}",
        ):
            control.write_text(setting)
        with suppress(OSError):  # since Linux 5.18; before, 8 MB are taken
            control.write_text("cmd_ring_size_mb=1")
        # A robot takes its time: the initiator's time-out ends a command, not the ring's.
        (self.folder / "attrib/cmd_time_out").write_text("0")
        # Without word of what the initiator gave up on, it would wait for a reply for ever.
        try:
            (self.folder / "attrib/tmr_notification").write_text("1")
        except FileNotFoundError:
            raise AttachFailed("this kernel is too old: Linux 5.9 or newer is needed") from None
        if not reserves:
            with suppress(FileNotFoundError):  # since Linux 5.2
                (self.folder / "attrib/emulate_pr").write_text("0")
        (self.folder / "enable").write_text("1")
        # Initiators see what the library reports; this is what its reservations are kept by.
        (self.folder / "wwn/vpd_unit_serial").write_text(self._serial)

    def abandon_commands(self) -> None:
        """End commands that no process answers any more as BUSY, from now on. Raises OSError."""
        if (self.folder / "action").is_dir():
            # What is sent again, as the kernel does after BUSY, must not wait in a queue.
            (self.folder / "attrib/qfull_time_out").write_text("0")
            (self.folder / "action/block_dev").write_text("1")
            (self.folder / "action/reset_ring").write_text("1")

    def remove(self) -> None:
        """Remove it. Raises OSError."""
        with suppress(FileNotFoundError):
            self.folder.rmdir()
        remove_file(self._serial)

    @property
    def _serial(self) -> str:
        return f"changer-{self.library}-{self.unit}"


def create_hba() -> Path:
    """A new HBA. Raises AttachFailed, OSError."""
    for number in range(_MOST_HBAS):
        folder = _CORE / f"user_{number}"
        with suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AttachFailed(f"the kernel has {_MOST_HBAS} user HBAs already, in {_CORE}")


def remove_hba(folder: Path) -> None:
    """Remove an HBA whose backstores are gone. Raises OSError."""
    with suppress(FileNotFoundError):
        folder.rmdir()


def find_backstores(library: str | None = None) -> Iterator[Backstore]:
    """The backstores in the kernel, of a library or of all, made by any process."""
    for folder in sorted(_CORE.glob("user_*/sim:*")):
        name = _NAME.fullmatch(folder.name)
        if name and library in (None, name[1]):
            yield Backstore(folder, name[1], int(name[2]))


class UioDevice:
    """An open /dev/uioN. The kernel lets one process open it at a time. Raises OSError."""

    def __init__(self, device: str) -> None:
        size = int((_UIO / device / "maps/map0/size").read_text(), 16)
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
