"""Device nodes of changers and drives, who may use them and does, and the rules that made them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from changer.doctor.facts import Node, RuleFile, UdevRules
from changer.host.device_use import DeviceUsers, users_of
from changer.host.processes import line_of
from changer.host.trust import group_name, user_name
from changer.library.discovery import ScsiDevice, find_changers, find_tape_drives, udev_trouble

_RULES_NAME = "61-changer.rules"
# udev(7): the first folder that has a file of that name wins.
_RULES_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d")
_PACKAGED = ("/usr/lib/udev/rules.d", "/lib/udev/rules.d")
_BY_LIBRARY = Path("/dev/tape/by-library")
_UDEV = Path("/run/udev/control")
_LARGEST = 1 << 16


def nodes() -> tuple[Node, ...]:
    """Those of every changer, then of every tape drive. Opens none of them."""
    found = [_node("changer", each) for each in find_changers()]
    return (*found, *(_node("drive", each) for each in find_tape_drives()))


def _node(kind: str, device: ScsiDevice) -> Node:
    try:
        status = device.device.stat()
    except OSError:
        status = None
    exists = status is not None and stat.S_ISCHR(status.st_mode) and _is_of(device, status)
    is_changer = kind == "changer"
    users = DeviceUsers((), all_seen=True)
    if is_changer and device.folder is not None:
        users = users_of([device.folder])
    return Node(
        kind=kind,
        device=str(device.device),
        identity=device.identity,
        tape=str(device.tape) if device.tape else None,
        exists=exists,
        usable=os.access(device.device, os.R_OK | os.W_OK),
        owner=user_name(status.st_uid) if status else "",
        group=group_name(status.st_gid) if status else "",
        group_id=status.st_gid if status else 0,
        mode=stat.S_IMODE(status.st_mode) if status else 0,
        users=tuple(f"{each} (pid {each.process_id})" for each in users.users),
        all_seen=users.all_seen,
        has_link=_has_link(device) if is_changer and _UDEV.exists() else None,
    )


def _is_of(device: ScsiDevice, status: os.stat_result) -> bool:
    """Whether a node has the number that the kernel gave to the device."""
    if device.folder is None:
        return True
    number = line_of(device.folder / "scsi_generic" / device.device.name / "dev")
    return number in ("", f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}")


def _has_link(device: ScsiDevice) -> bool:
    """Whether a link by library leads to the node, or to another path of the same library."""
    if any(each.parent == _BY_LIBRARY for each in device.links):
        return True
    with suppress(OSError):
        names = {each.name for each in _BY_LIBRARY.iterdir()}
        return device.identity.id in names
    return False


def rules() -> UdevRules:
    """The files that udev reads under the name of our rules."""
    folders = [*_RULES_FOLDERS, _PACKAGED[0]]
    if not Path(_PACKAGED[1]).parent.parent.is_symlink():
        folders.append(_PACKAGED[1])
    files = tuple(
        _rule_file(path) for folder in folders if os.path.lexists(path := Path(folder, _RULES_NAME))
    )
    return UdevRules(files, udev_runs=_UDEV.exists(), library_trouble=udev_trouble())


def _rule_file(path: Path) -> RuleFile:
    text = path.read_text(errors="replace")[:_LARGEST] if path.is_file() else ""
    rules = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    ours = any('ATTRS{type}=="8"' in line.replace(" ", "") for line in rules)
    return RuleFile(str(path), is_empty=not rules, has_our_rule=ours)
