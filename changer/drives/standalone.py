"""A tape drive that is part of no library: it is cleaned by hand, and marked as cleaned."""

from __future__ import annotations

from pathlib import Path

from changer.errors import DeviceNotAvailable, NoSuchDrive, UsageError
from changer.library.discovery import SEQUENTIAL_ACCESS, device_at
from changer.store.protocol import Store
from changer.store.records import DriveCondition

__all__ = ["mark_cleaned"]


def mark_cleaned(store: Store, device: Path) -> DriveCondition:
    """Record that a stand-alone drive was cleaned now.

    Raises NoSuchDrive for a device that is no tape drive, UsageError for a drive of a library, and
    DeviceNotAvailable for one without a serial number, which nothing could be kept of.
    """
    try:
        known = device_at(device)
    except DeviceNotAvailable as missing:
        missing.add_context(hint="lsscsi -g shows which there are")
        raise
    if known is None or known.peripheral_device_type != SEQUENTIAL_ACCESS:
        raise NoSuchDrive(f"{device} is no tape drive", hint="lsscsi -g shows which are")
    serial = known.identity.serial
    if serial is None:
        raise DeviceNotAvailable(
            f"{device} tells no serial number", hint="nothing can be kept of it"
        )
    for library in store.libraries():
        for drive in store.drives(library.id) or ():
            if drive.serial == serial:
                raise UsageError(
                    f"{device} is a drive of {library.id}, at element {drive.address}",
                    hint=f"changer -l {library.id} clean @{drive.address}",
                )
    return store.drive_cleaned(serial, library_id=None)
