"""Outcome of a command to Linux' sg driver as a Reply or an error: for every transport to it.

Pure. Host status, driver status and error numbers are those of Linux' sg driver (the kernel's
scsi_status.h; sg_io_hdr in the Linux SCSI Generic HOWTO).
"""

from __future__ import annotations

import errno
from collections.abc import Collection

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    NotAChanger,
    TransportFailed,
)
from changer.smc.command import Reply, Status
from changer.smc.sense_action import reports_success

DID_ERROR = 0x07
_DID_TIME_OUT = 0x03
# By number; the rest have names that changed.
_HOST_STATUS_NAMES = (
    "DID_OK",
    "DID_NO_CONNECT",
    "DID_BUS_BUSY",
    "DID_TIME_OUT",
    "DID_BAD_TARGET",
    "DID_ABORT",
    "DID_PARITY",
    "DID_ERROR",
    "DID_RESET",
    "DID_BAD_INTR",
    "DID_PASSTHROUGH",
    "DID_SOFT_ERROR",
    "DID_IMM_RETRY",
    "DID_REQUEUE",
    "DID_TRANSPORT_DISRUPTED",
    "DID_TRANSPORT_FAILFAST",
    "DID_TARGET_FAILURE",
    "DID_NEXUS_FAILURE",
    "DID_ALLOC_FAILURE",
    "DID_MEDIUM_ERROR",
)
_DRIVER_TIMEOUT, _DRIVER_SENSE = 0x06, 0x08
_DRIVER_MASK = 0x0F  # the upper half suggests what to do
# DID_TARGET_FAILURE to DID_MEDIUM_ERROR: Linux's own reading of a reply that the device did give;
# some kernels leave it in the host status beside the device's status and sense data.
_READINGS_OF_A_REPLY = range(0x10, 0x14)


def check_carried(device: str, *, host_status: int, driver_status: int, said: str) -> None:
    """Return if the device replied. ``said``: the two statuses in words, for the message.

    Raises CommandTimedOut and TransportFailed: the device may have acted.
    """
    driver = driver_status & _DRIVER_MASK
    if host_status == _DID_TIME_OUT or driver == _DRIVER_TIMEOUT:
        raise CommandTimedOut(f"{device}: no reply in time ({said})")
    if host_status in _READINGS_OF_A_REPLY or (not host_status and driver in (0, _DRIVER_SENSE)):
        return
    raise TransportFailed(
        f"{device}: the host could not complete the command ({said})",
        hint="see the kernel's log: dmesg",
    )


def statuses_in_words(*, host_status: int, driver_status: int) -> str:
    """The two statuses, as sg3-utils writes them."""
    names = _HOST_STATUS_NAMES[host_status : host_status + 1]
    words = " ".join([f"Host_status=0x{host_status:02x}", *(f"[{name}]" for name in names)])
    return f"{words} Driver_status=0x{driver_status:02x}" if driver_status else words


def reply_of(status: int, data: bytes, sense: bytes) -> Reply:
    """The reply of a device.

    CHECK CONDITION with sense data that reports success ("recovered error", a warning) is a GOOD
    one: the data is valid, and the sense data kept. With any other status there is no data: an
    adapter may report as received what a device that refused never sent.
    """
    if status == Status.CHECK_CONDITION and reports_success(sense):
        status = Status.GOOD
    return Reply(status, data if status == Status.GOOD else b"", sense)


def opening_error(device: str, numbers: Collection[int]) -> ChangerError | None:
    """The error behind the error numbers of open(2); None for others. Nothing was sent."""
    if errno.EACCES in numbers or errno.EPERM in numbers:
        return AccessDenied(f"{device}: permission denied")
    if any(each in numbers for each in (errno.ENOENT, errno.ENODEV, errno.ENXIO)):
        return DeviceNotAvailable(f"no such device: {device}")
    if errno.EBUSY in numbers:
        return DeviceNotAvailable(f"{device}: another program has exclusive use of it")
    return None


def sending_error(device: str, number: int) -> ChangerError | None:
    """The error behind an error number of sending a command; None for others.

    Linux' sg driver checks for ENXIO before it sends anything; ENODEV also ends a command that was
    on its way when the device was removed.
    """
    if number in (errno.EACCES, errno.EPERM):
        return AccessDenied(f"{device}: permission denied")
    if number == errno.ENXIO:
        return DeviceNotAvailable(f"{device}: the kernel has set the device offline")
    if number == errno.ENOTTY:
        return NotAChanger(f"{device} does not accept SCSI commands")
    if number == errno.ENODEV:
        return TransportFailed(f"{device}: the device went away")
    return None
