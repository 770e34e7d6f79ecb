"""The node by which programs of this host use a drive: its non-rewinding tape node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changer.drives.drive import KnownDrive
from changer.errors import DeviceNotAvailable
from changer.library.drive_map import paths_of
from changer.library.element_addresses import has_devices
from changer.library.library import Library

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice


def tape_node(library: Library, drive: KnownDrive, *, path: ScsiDevice | None) -> str:
    """``/dev/nst0``; of a virtual drive its name, ``sim:demo/drive:0``.

    Of several paths to the drive ``path``, if it is one of them, else the first. Raises
    DeviceNotAvailable where this host has none, or the kernel made no tape node.
    """
    device = library.find_drive(drive.number, drive.identity)
    if not has_devices(library):
        return device
    from changer.library.discovery import find_tape_drives

    paths = paths_of(drive.serial, find_tape_drives())
    named = path.device if path else None
    nodes = sorted((each.device != named, str(each.tape)) for each in paths if each.tape)
    if not nodes:
        raise DeviceNotAvailable(
            f"drive {drive.number} is {device}, and the kernel made no tape node for it",
            hint="load the kernel's tape driver: modprobe st",
        )
    return nodes[0][1]
