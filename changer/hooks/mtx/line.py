"""What the commands of one line share: the device that they mean, and how they are to be done."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from changer.errors import NoLibrary
from changer.hooks.mtx.failures import MtxFailure, reading
from changer.hooks.mtx.status import STATUS_TYPES
from changer.hooks.numbers import SlotNumbers
from changer.hooks.opening import HookSession, hook_request, hooked_library
from changer.host.clock import Clock, SystemClock
from changer.library.choose import is_generic
from changer.library.discovery import device_at
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.opening import open_device
from changer.moves.execute import MoveOptions
from changer.transport import Transport

__all__ = ["MtxInvocation"]

DEFAULT_DEVICE = "/dev/changer"
_SIMULATED = "sim:"


@dataclass
class MtxInvocation:
    """One command line. ``words``: all of it, for who waits for the lock meanwhile.

    ``bar_codes``: false after ``nobarcode``. ``invert``, ``invert2``, ``eepos``: after the commands
    of these names. ``notes``: warnings, to be told only if all fails.
    """

    words: str
    clock: Clock = field(default_factory=SystemClock)
    device: str | None = None
    bar_codes: bool = True
    invert: bool = False
    invert2: bool = False
    eepos: int = 0
    notes: list[str] = field(default_factory=list)
    _hooked: HookSession | None = None
    _opened: ExitStack = field(default_factory=ExitStack)

    @property
    def manner(self) -> MoveOptions:
        """How a cartridge is to be moved."""
        return MoveOptions(invert=self.invert, control=self.eepos << 6)

    @property
    def exchange_manner(self) -> MoveOptions:
        """How two are to be exchanged: mtx's ``invert`` is INV2 then, and ``invert2`` INV1."""
        return MoveOptions(invert=self.invert2, invert_second=self.invert, control=self.eepos << 6)

    def use(self, device: str) -> None:
        """From now on this device is meant. Raises MtxFailure for one that can't be opened."""
        self.close()
        self.device = device
        if _is_name(device):
            self.library()
        else:
            _require_node(device)

    def library(self) -> Library:
        """The library that is meant."""
        return self.hooked().library

    def hooked(self) -> HookSession:
        """The same, as it was opened: the last ``-f``, ``$CHANGER``, ``$TAPE``, /dev/changer."""
        if self.device is None:
            environment = os.environ
            self.use(environment.get("CHANGER", environment.get("TAPE", DEFAULT_DEVICE)))
        if self._hooked is None:
            self._hooked = self._open(self.device or DEFAULT_DEVICE)
            self.notes = self._hooked.notes
        return self._hooked

    def other_device(self) -> Transport:
        """The device that is meant, if it is no changer."""
        request = hook_request(
            _path(self.device or DEFAULT_DEVICE), command=self.words, clock=self.clock
        )
        return open_device(request)

    def _open(self, device: str) -> HookSession:
        opening = hooked_library(_path(device), command=self.words, clock=self.clock)
        try:
            return self._opened.enter_context(opening)
        except NoLibrary as error:
            raise _cannot_open(device, errno.ENOENT) from error

    def read(self) -> Inventory:
        """The elements that mtx shows. Raises MtxFailure, with what the device answers."""
        library = self.library()
        with reading():
            inventory = library.read(STATUS_TYPES)
        if not inventory.assignment.data_transfer.count:
            raise MtxFailure("no Data Transfer Element reported")
        if not SlotNumbers(inventory.assignment).total:
            raise MtxFailure("no Storage Elements reported")
        return inventory

    def close(self) -> None:
        """Let go of the device."""
        self._hooked = None
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _path(device: str) -> str:
    return f"./{device}" if _is_file_here(device) else device


def _is_file_here(device: str) -> bool:
    """A name without a folder is a file's, as for mtx, before it is a library's."""
    if "/" in device or device.startswith(_SIMULATED):
        return False
    try:
        return Path(device).exists()
    except OSError:  # such as a name that is too long: who opens the file says so
        return True


def _is_name(device: str) -> bool:
    """Whether it is a library's: who opens that says what is wrong with it."""
    return device.startswith(_SIMULATED) or (
        device != "" and "/" not in device and not _is_file_here(device)
    )


def _require_node(device: str) -> None:
    """Say as mtx does why a device can't be opened."""
    if not device:
        raise _cannot_open(device, errno.ENOENT)
    try:
        mode = Path(device).stat().st_mode
    except OSError as error:
        raise _cannot_open(device, error.errno or errno.ENOENT) from error
    if stat.S_ISDIR(mode):
        raise _cannot_open(device, errno.EISDIR)
    if not os.access(device, os.R_OK | os.W_OK):
        raise _cannot_open(device, errno.EACCES)
    path = Path(device)
    if not stat.S_ISCHR(mode) or (device_at(path) is None and not is_generic(path)):
        raise MtxFailure(f"{device} is not an sg device, or old sg driver")


def _cannot_open(device: str, number: int) -> MtxFailure:
    return MtxFailure(f"cannot open SCSI device '{device}' - {os.strerror(number)}")
