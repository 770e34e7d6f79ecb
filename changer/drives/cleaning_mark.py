"""Marking of a drive as cleaned now, by hand: by its key in the store."""

from __future__ import annotations

from pathlib import Path

from changer.drives.drive import KnownDrive, matched_drive
from changer.drives.drive_owner import tape_drive_at
from changer.errors import UsageError
from changer.library.addressing import Place
from changer.library.drive_conditions import drive_name
from changer.library.drive_map import known_owners
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.store.protocol import Store
from changer.store.records import DriveCondition


def mark_library_drive(library: Library, drive: Place) -> tuple[KnownDrive, DriveCondition]:
    """Record that a drive of the library was cleaned now, by hand; the library is asked which.

    Raises NoSuchDrive, and what asking the library raises.
    """
    inventory = Inventory(library.reader.assignment(), ())
    address = inventory.numbering.address_of_drive(drive)
    known = matched_drive(library, inventory, address)
    name = drive_name(library, known.identity, address)
    condition = library.store.drive_cleaned(name, library_id=library.id)
    library.tell_over("cleaning-requested", "cleaning-failed", "drive-service", subject=name)
    return known, condition


def mark_cleaned(store: Store, device: Path) -> DriveCondition:
    """Record that a drive which belongs to no library was cleaned now, by hand.

    Raises NoSuchDrive for a device that is not a tape drive, UsageError for a drive of a library,
    and DeviceNotAvailable for one without a serial number, its key in the store.
    """
    known = tape_drive_at(device)
    serial = known.identity.serial
    assert serial is not None, "a drive without one was refused"
    for library_id, drive in known_owners(store, known):
        raise UsageError(
            f"{device} is a drive of {library_id}, at element {drive.address}",
            hint=f"changer -l {library_id} clean @{drive.address}",
        )
    return store.drive_cleaned(serial, library_id=None)
