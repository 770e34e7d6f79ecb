"""Which drive of a library is which tape device of this host."""

from __future__ import annotations

from collections.abc import Callable

from changer.library.library import Library
from changer.store.records import DriveIdentity
from changer.transport.opening import SIMULATED

__all__ = ["device_finder"]


def device_finder(library: Library) -> Callable[[int, DriveIdentity | None], str | None]:
    """From drive number and identity to the tape device, or None; the host is asked once."""
    if library.device.startswith(SIMULATED):
        return library.find_drive
    from changer.library.discovery import find_tape_drives

    devices: dict[str, str] | None = None

    def find(_: int, identity: DriveIdentity | None) -> str | None:
        nonlocal devices
        if identity is None or identity.serial is None:
            return None
        if devices is None:
            devices = {
                each.identity.serial: str(each.tape or each.device)
                for each in find_tape_drives()
                if each.identity.serial
            }
        return devices.get(identity.serial)

    return find
