"""One command line of mtx: the device that it means, and the options that its words have set."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from changer.errors import LibraryElsewhere, NoLibrary
from changer.hooks.mtx.failures import MtxFailure, reading
from changer.hooks.mtx.status import STATUS_TYPES
from changer.hooks.numbers import SlotNumbers
from changer.hooks.session import HookSession, OwnedElsewhere, is_for_client, open_hook_session
from changer.host.clock import Clock, SystemClock
from changer.library.discovery import device_at
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.opening import host_request, open_device
from changer.transport import Transport
from changer.transport.device_node import is_generic
from changer.values import dataclass, field, replace

NO_NUMBER = -1
"""Stands for a number that the line does not have."""

DEFAULT_DEVICE = "/dev/changer"
SIMULATED = "sim:"
"""What the name of a virtual library begins with; parsers of mtx's header stop at a colon."""


@dataclass(slots=True)
class MtxInvocation:
    """One command line, whose commands share a device and options.

    words      the whole line, shown to others while the lock is held.
    bar_codes  False after ``nobarcode``.
    invert, invert2, eepos  as the commands of these names set them.
    notes      warnings, printed only if a command fails.
    """

    words: str
    clock: Clock = field(default_factory=SystemClock)
    device: str | None = None
    bar_codes: bool = True
    invert: bool = False
    invert2: bool = False
    eepos: int = 0
    notes: list[str] = field(default_factory=list)
    _session: HookSession | None = None
    _has_opened: bool = False
    _opened: ExitStack = field(default_factory=ExitStack)

    def use(self, device: str) -> None:
        """Mean this device from now on. Raises MtxFailure for one that can't be opened."""
        self.close()
        self.device = device
        if _is_name(device):
            self.library()
        elif not is_for_client():
            _require_node(device)

    def library(self) -> Library:
        """Open the library that is meant, or return it open."""
        return self.session().library

    def session(self) -> HookSession:
        """Open what the last ``-f``, ``$CHANGER`` or ``$TAPE`` names, or /dev/changer."""
        if self.device is None:
            environment = os.environ
            self.use(environment.get("CHANGER", environment.get("TAPE", DEFAULT_DEVICE)))
        if self._session is None:
            self._session = self._open(self.device or DEFAULT_DEVICE)
            self.notes = self._session.notes
        return self._session

    def other_device(self) -> Transport:
        """Open the device that is meant, which is not a changer."""
        device = _path(self.device or DEFAULT_DEVICE)
        return open_device(replace(host_request(self.words), library=device, clock=self.clock))

    def _open(self, device: str) -> HookSession:
        opening = open_hook_session(_path(device), command=self.words, clock=self.clock)
        try:
            session = self._opened.enter_context(opening)
        except OwnedElsewhere as elsewhere:
            if self._has_opened:
                raise LibraryElsewhere(
                    f"{device} is managed by {elsewhere.owner.host}, and what comes before it on "
                    "this command line is not",
                    hint="give each its own command line",
                ) from elsewhere
            # As the line names it: the owner reads that again.
            elsewhere.devices = {device: elsewhere.devices.get(_path(device))}
            raise
        except NoLibrary as error:
            raise _cannot_open(device, errno.ENOENT) from error
        self._has_opened = True
        return session

    def read(self) -> Inventory:
        """Read the elements that mtx shows. Raises MtxFailure, with what the device answers."""
        library = self.library()
        with reading():
            inventory = library.read(STATUS_TYPES)
        if not inventory.assignment.data_transfer.count:
            raise MtxFailure("no Data Transfer Element reported")
        if not SlotNumbers(inventory.assignment).total:
            raise MtxFailure("no Storage Elements reported")
        return inventory

    def close(self) -> None:
        """Close the device."""
        self._session = None
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _path(device: str) -> str:
    return f"./{device}" if _is_file_here(device) else device


def _is_file_here(device: str) -> bool:
    """Whether a name without a folder is a file's, as for mtx, before it is a library's."""
    if "/" in device or device.startswith(SIMULATED):
        return False
    try:
        return Path(device).exists()
    except OSError:  # such as a name that is too long: opening the file reports it
        return True


def _is_name(device: str) -> bool:
    """Whether a device is a library's name; open_library reports what is wrong with it."""
    return device.startswith(SIMULATED) or (
        device != "" and "/" not in device and not _is_file_here(device)
    )


def _require_node(device: str) -> None:
    """Raise MtxFailure, as mtx reports it, for a device that can't be opened."""
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
