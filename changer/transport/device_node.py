"""Device node: whether it is one, and how its rights are given to a user."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from changer.errors import AccessDenied, DeviceNotAvailable, NotAChanger
from changer.host.trust import group_name, user_name

_GENERIC_MAJOR = 21  # /dev/sg*
_OFFLINE = ("offline", "transport-offline")
_GROUP_READ_WRITE = stat.S_IRGRP | stat.S_IWGRP
_LIST_HINT = "changer list shows the changers of this host"


def check_node(device: Path) -> None:
    """Raise unless a character device is there: DeviceNotAvailable, NotAChanger, AccessDenied."""
    try:
        mode = device.stat().st_mode
    except PermissionError as error:
        raise AccessDenied(
            f"{device}: {error.strerror}", hint="you have no access to its folder; run it as root"
        ) from None
    except (OSError, ValueError):  # ValueError: a name that no file can have
        raise DeviceNotAvailable(f"no such device: {device}", hint=_LIST_HINT) from None
    if not stat.S_ISCHR(mode):
        raise NotAChanger(f"{device} is not a character device", hint=_LIST_HINT)


def check_access(device: Path) -> None:
    """Raise as check_node, and AccessDenied unless this user may read and write the device."""
    if not os.access(device, os.R_OK | os.W_OK):
        check_node(device)
        raise AccessDenied(f"{device}: no permission to read and write", hint=access_hint(device))


def is_generic(device: Path) -> bool:
    """Whether a node is the sg driver's, by its number. Raises OSError.

    Opening another one may start what was not meant: a watchdog counts, a tape is rewound.
    """
    return os.major(device.stat().st_rdev) == _GENERIC_MAJOR


def open_generic(device: Path) -> int | None:
    """Open a node of the sg driver, without waiting; None for one of another. Raises OSError."""
    if not is_generic(device):
        return None
    node = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    if os.major(os.fstat(node).st_rdev) == _GENERIC_MAJOR:
        return node
    os.close(node)  # a link that has just been changed: what is written to a tape would be kept
    return None


def is_offline(node: int) -> bool:
    """Whether the kernel has set the SCSI device of an open node offline."""
    number = os.fstat(node).st_rdev
    state = Path(f"/sys/dev/char/{os.major(number)}:{os.minor(number)}/device/state")
    with suppress(OSError):
        return state.read_text().strip() in _OFFLINE
    return False


def access_hint(device: Path) -> str:
    """Hint for a user who may not open the device."""
    if os.geteuid() == 0:
        return "even root is refused: this container has no access to the device"
    try:
        status = device.stat()
    except OSError:
        return "run it as root"
    group = group_name(status.st_gid)
    if status.st_gid != 0 and status.st_mode & _GROUP_READ_WRITE == _GROUP_READ_WRITE:
        return f"add yourself to the group {group} (usermod -aG {group} USER) and log in again"
    owner = user_name(status.st_uid)
    mode = stat.filemode(status.st_mode)
    return (
        f"it belongs to {owner}:{group}, {mode}; run it as {owner}, or install the udev rules "
        "that give changers a group (udev/README.md)"
    )
