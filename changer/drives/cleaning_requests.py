"""Cleaning requests of drives, and cleanings on record.

Requests are stored, since reading TapeAlert flags clears them in the drive (SSC-4).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from changer.drives.drive import drive_name, linked_drive, request_of_flags
from changer.errors import ChangerError, DeviceNotAvailable, NoSuchDrive, UsageError
from changer.library.discovery import SEQUENTIAL_ACCESS, device_at
from changer.library.drive_map import drive_identities
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.store.protocol import Store
from changer.store.records import CleaningRequest, DriveCondition


@dataclass(frozen=True, slots=True)
class DriveCleaningRequest:
    """Whether a drive of the library requests or requires cleaning, and when it was cleaned.

    ``name``: its key in the store. ``request``: by what it reports now and reported before.
    ``asked``: it could be asked now; else ``why_not`` has the reason. ``cleaned_at``: seconds since
    the epoch, None without a cleaning on record.
    """

    number: int
    address: int
    name: str
    serial: str | None
    request: CleaningRequest | None
    asked: bool
    why_not: str | None
    cleaned_at: float | None
    cleanings: int
    tape_alerts: frozenset[int]


def cleaning_requests(library: Library) -> tuple[DriveCleaningRequest, ...]:
    """Ask every drive of the library, in order of its number. Holds no lock."""
    inventory = Inventory(library.reader.assignment(), ())
    drives = inventory.assignment.data_transfer
    return tuple(
        _ask(library, inventory, address) for address in range(drives.first, drives.last + 1)
    )


def cleaning_request(library: Library, address: int) -> DriveCleaningRequest:
    """Ask the drive at an element address. Holds no lock."""
    return _ask(library, Inventory(library.reader.assignment(), ()), address)


def _ask(library: Library, inventory: Inventory, address: int) -> DriveCleaningRequest:
    identity = drive_identities(library, inventory).get(address)
    serial = identity.serial if identity else None
    name = drive_name(library, identity, address)
    why_not: str | None = None
    condition: DriveCondition | None
    try:
        with linked_drive(library, inventory, address) as drive:
            told = drive.cleaning_request()
        if told is None:
            why_not = "the drive does not tell"
            condition = library.store.drive_condition(name)
        else:
            condition = library.store.note_drive(
                name, library_id=library.id, cleaning_request=told[0], flags=told[1]
            )
    except ChangerError as error:
        why_not = error.message
        condition = library.store.drive_condition(name)
    return DriveCleaningRequest(
        number=inventory.numbering.number_of(address),
        address=address,
        name=name,
        serial=serial,
        request=_request_of(condition),
        asked=why_not is None,
        why_not=why_not,
        cleaned_at=condition.cleaned_at if condition else None,
        cleanings=condition.cleanings if condition else 0,
        tape_alerts=condition.tape_alerts if condition else frozenset(),
    )


def _request_of(condition: DriveCondition | None) -> CleaningRequest | None:
    if condition is None:
        return None
    return condition.cleaning_request or request_of_flags(condition.tape_alerts)


def mark_cleaned(store: Store, device: Path) -> DriveCondition:
    """Record that a drive which belongs to no library was cleaned now, by hand.

    Raises NoSuchDrive for a device that is not a tape drive, UsageError for a drive of a library,
    and DeviceNotAvailable for one without a serial number, its key in the store.
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
