"""Which drives want to be cleaned: asked now, and kept, since asking can make a drive forget."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from changer.drives.drive import drive_name, linked_drive, wish_of_flags
from changer.errors import ChangerError, DeviceNotAvailable, NoSuchDrive, UsageError
from changer.library.discovery import SEQUENTIAL_ACCESS, device_at
from changer.library.drive_map import drive_identities
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.store.protocol import Store
from changer.store.records import CleaningRequest, DriveCondition

__all__ = ["DriveWish", "drive_wish", "drive_wishes", "mark_cleaned"]


@dataclass(frozen=True, slots=True)
class DriveWish:
    """A drive of the library. ``name``: by which things are kept of it.

    ``wish``: how much it wants to be cleaned, by what it says now and by what it said before.
    ``asked``: it could be asked now; else ``why_not`` says why. ``cleaned_at``: epoch, None: never.
    """

    number: int
    address: int
    name: str
    serial: str | None
    wish: CleaningRequest | None
    asked: bool
    why_not: str | None
    cleaned_at: float | None
    cleanings: int
    tape_alerts: frozenset[int]


def drive_wishes(library: Library) -> tuple[DriveWish, ...]:
    """Every drive of the library, in order of its number. Holds no lock."""
    inventory = Inventory(library.reader.assignment(), ())
    drives = inventory.assignment.data_transfer
    return tuple(
        _ask(library, inventory, address) for address in range(drives.first, drives.last + 1)
    )


def drive_wish(library: Library, address: int) -> DriveWish:
    """The drive at an element address. Holds no lock."""
    return _ask(library, Inventory(library.reader.assignment(), ()), address)


def _ask(library: Library, inventory: Inventory, address: int) -> DriveWish:
    identity = drive_identities(library, inventory).get(address)
    serial = identity.serial if identity else None
    name = drive_name(library, identity, address)
    why_not: str | None = None
    condition: DriveCondition | None
    try:
        with linked_drive(library, inventory, address) as link:
            told = link.wish()
        if told is None:
            why_not = "the drive does not tell"
            condition = library.store.drive_condition(name)
        else:
            condition = library.store.note_drive(
                name, library_id=library.id, wish=told[0], flags=told[1]
            )
    except ChangerError as error:
        why_not = error.message
        condition = library.store.drive_condition(name)
    return DriveWish(
        number=inventory.numbering.number_of(address),
        address=address,
        name=name,
        serial=serial,
        wish=_wish_of(condition),
        asked=why_not is None,
        why_not=why_not,
        cleaned_at=condition.cleaned_at if condition else None,
        cleanings=condition.cleanings if condition else 0,
        tape_alerts=condition.tape_alerts if condition else frozenset(),
    )


def _wish_of(condition: DriveCondition | None) -> CleaningRequest | None:
    if condition is None:
        return None
    return condition.wish or wish_of_flags(condition.tape_alerts)


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
