"""Map of the tape drives: which is at which element, and which device of this host it is.

Drives change their bays, and a unit attention that says so may go to another program: the library
is asked whenever the answer opens, ejects or cleans a drive, or is shown. What the store keeps of
it only says whose drive a device is, while no library is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from changer.errors import DeviceNotAvailable
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element
from changer.store.protocol import Store
from changer.store.records import DriveIdentity
from changer.transport.opening import SIMULATED, drive_device

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice

# Fewer characters may be part of any serial number.
_SHORTEST_PIECE = 6


def drive_identities(library: Library, inventory: Inventory) -> dict[int, DriveIdentity]:
    """Identity of the drive at each data transfer element address, asked of the library now.

    One command, apart from occupancy (DVCID). Empty where the library does not report identifiers;
    what the store keeps of its drives stays then.
    """
    reported = reported_identities(library, inventory)
    return {} if reported is None else keep_identities(library, reported)


def reported_identities(library: Library, inventory: Inventory) -> list[DriveIdentity] | None:
    """The identities just as the library reports them; None where it refuses to."""
    elements = library.reader.drive_identifiers(inventory.assignment)
    library.ensure_identity()
    return None if elements is None else [_identity(each) for each in elements]


def keep_identities(library: Library, reported: list[DriveIdentity]) -> dict[int, DriveIdentity]:
    """The identities by address, as far as they tell the drives apart; kept in the store."""
    drives = _told_apart(reported)
    library.store.replace_drives(library.id, drives)
    return {each.address: each for each in drives}


def _identity(element: Element) -> DriveIdentity:
    identifier = element.identifier
    return DriveIdentity(
        address=element.address,
        serial=identifier.serial if identifier else None,
        vendor=identifier.vendor if identifier else None,
        product=identifier.product if identifier else None,
    )


def _told_apart(drives: list[DriveIdentity]) -> tuple[DriveIdentity, ...]:
    """The drives, without serial numbers that may be those of others: they would mislead."""

    def is_shared(drive: DriveIdentity) -> bool:
        others = (each.serial for each in drives if each is not drive)
        return any(may_be_same_drive(drive.serial, each) for each in others)

    return tuple(each._replace(serial=None) if is_shared(each) else each for each in drives)


def may_be_same_drive(told: str | None, own: str | None) -> bool:
    """Whether two serial numbers, a library's and a drive's own, can be those of one drive.

    They are equal, or one contains the other: libraries put the vendor's name or zeros in front of
    a serial number, or cut it short (seen: mhVTL, to 10 characters).
    """
    if not told or not own:
        return False
    shorter, longer = sorted((told, own), key=len)
    return told == own or (len(shorter) >= _SHORTEST_PIECE and shorter in longer)


def paths_of(told: str | None, devices: Iterable[ScsiDevice]) -> tuple[ScsiDevice, ...]:
    """The devices of the drive with a serial number that a library reports, in their order.

    Several with one serial number are paths to one drive. The same serial number before one that
    contains it or is part of it; none where two drives fit.
    """
    by_serial: dict[str | None, list[ScsiDevice]] = {}
    for each in devices:
        by_serial.setdefault(each.identity.serial, []).append(each)
    if told and told in by_serial:
        return tuple(by_serial[told])
    fitting = [paths for own, paths in by_serial.items() if may_be_same_drive(told, own)]
    return tuple(fitting[0]) if len(fitting) == 1 else ()


def known_owners(store: Store, device: ScsiDevice) -> tuple[tuple[str, DriveIdentity], ...]:
    """The library whose drive a device is, and that drive as the library reported it last.

    Several where one that was not asked since had the drive before.
    """
    from changer.library.discovery import find_tape_drives

    devices = {each.device: each for each in (*find_tape_drives(), device)}.values()
    owners = [
        (library.id, each)
        for library in store.libraries()
        for each in store.drives(library.id) or ()
        if device in paths_of(each.serial, devices)
    ]
    owners.sort(key=lambda owner: owner[1].serial != device.identity.serial)
    return tuple(owners)


def drive_of_library(library: str, number: int, identity: DriveIdentity | None) -> str:
    """The device of a drive, by that of its library: its sg node, or that of the virtual drive.

    Of several paths to a drive, the first. Raises DeviceNotAvailable where this host has none.
    """
    if library.startswith(SIMULATED):
        return drive_device(library, number)
    if identity is None or identity.serial is None:
        raise DeviceNotAvailable(
            f"the library does not report the serial number of drive {number}, so its tape "
            "device can't be found",
            hint="leave out --ready, and check the tape device yourself: mt -f /dev/nst0 status",
        )
    from changer.library.discovery import find_tape_drives, with_udev_trouble

    if paths := paths_of(identity.serial, find_tape_drives()):
        return str(paths[0].device)
    raise DeviceNotAvailable(
        f"no tape device of this host has the serial number {identity.serial} of drive {number}",
        hint=with_udev_trouble("lsscsi -g shows what the host sees; or leave out --ready"),
    )


def device_finder(library: Library) -> Callable[[int, DriveIdentity | None], str | None]:
    """A function from drive number and identity to the tape device, or None; asks the host once.

    It names the path that is used: the first.
    """
    if library.device.startswith(SIMULATED):
        return library.find_drive

    from changer.library.discovery import find_tape_drives

    devices = cache(find_tape_drives)

    def find(_: int, identity: DriveIdentity | None) -> str | None:
        paths = paths_of(identity.serial, devices()) if identity else ()
        return str(paths[0].tape or paths[0].device) if paths else None

    return find
