"""Map of the tape drives: which is at which element, and which device of this host it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from changer.errors import DeviceNotAvailable
from changer.library.discovery import find_tape_drive, find_tape_drives, with_udev_trouble
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element
from changer.store.records import DriveIdentity
from changer.transport.opening import SIMULATED, drive_device


def drive_identities(library: Library, inventory: Inventory) -> dict[int, DriveIdentity]:
    """Identity of the drive at each data transfer element address, from the store or the library.

    Read apart from occupancy (DVCID), and again when the library has other drive elements than
    before, or reported a change. Empty where the library does not report identifiers.
    """
    kept = library.store.drives(library.id)
    addresses = set(
        range(inventory.assignment.data_transfer.first, inventory.assignment.data_transfer.last + 1)
    )
    if kept is None or not {each.address for each in kept} <= addresses:
        elements = library.reader.drive_identifiers(inventory.assignment) or []
        library.ensure_identity()
        kept = _told_apart([_identity(each) for each in elements])
        library.store.replace_drives(library.id, kept)
    return {each.address: each for each in kept}


def _identity(element: Element) -> DriveIdentity:
    identifier = element.identifier
    return DriveIdentity(
        address=element.address,
        serial=identifier.serial if identifier else None,
        vendor=identifier.vendor if identifier else None,
        product=identifier.product if identifier else None,
    )


def _told_apart(drives: list[DriveIdentity]) -> tuple[DriveIdentity, ...]:
    """The drives, without serial numbers that several share: they would lead to the wrong one."""
    serials = [each.serial for each in drives]
    return tuple(
        each if serials.count(each.serial) == 1 else replace(each, serial=None) for each in drives
    )


def drive_of_library(library: str, number: int, identity: DriveIdentity | None) -> str:
    """The device of a drive, by that of its library: its sg node, or that of the virtual drive.

    Raises DeviceNotAvailable where this host has none.
    """
    if library.startswith(SIMULATED):
        return drive_device(library, number)
    if identity is None or identity.serial is None:
        raise DeviceNotAvailable(
            f"the library does not tell the serial number of drive {number}, so its tape device "
            "can't be found",
            hint="go without --ready, and ask the tape device yourself: mt -f /dev/nst0 status",
        )
    if (drive := find_tape_drive(identity.serial)) is not None:
        return str(drive.device)
    raise DeviceNotAvailable(
        f"no tape device of this host has the serial number {identity.serial} of drive {number}",
        hint=with_udev_trouble("lsscsi -g shows what the host sees; go without --ready"),
    )


def device_finder(library: Library) -> Callable[[int, DriveIdentity | None], str | None]:
    """A function from drive number and identity to the tape device, or None; asks the host once."""
    if library.device.startswith(SIMULATED):
        return library.find_drive

    @cache
    def devices() -> dict[str | None, str]:
        return {each.identity.serial: str(each.tape or each.device) for each in find_tape_drives()}

    def find(_: int, identity: DriveIdentity | None) -> str | None:
        return devices().get(identity.serial) if identity and identity.serial else None

    return find
