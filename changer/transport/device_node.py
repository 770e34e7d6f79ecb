"""Device node: whether it is one, and how its rights are given to a user."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from changer.errors import AccessDenied, DeviceNotAvailable, NotAChanger
from changer.host.trust import group_name, user_name

_GROUP_READ_WRITE = stat.S_IRGRP | stat.S_IWGRP
_LIST_HINT = "changer list shows the changers of this host"


def check_node(device: Path) -> None:
    """Raise unless a character device is there: DeviceNotAvailable, NotAChanger, AccessDenied."""
    try:
        mode = device.stat().st_mode
    except PermissionError as error:
        raise AccessDenied(
            f"{device}: {error.strerror}", hint="its folder is closed to you; run it as root"
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


def access_hint(device: Path) -> str:
    """Hint for a user who may not open the device."""
    if os.geteuid() == 0:
        return "root is refused too: the container that this runs in is not given the device"
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
