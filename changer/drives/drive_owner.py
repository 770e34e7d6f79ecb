"""The library that a tape drive of this host belongs to, asked of the libraries now.

What the store keeps of drives only says which library to ask first: drives change their bays.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from changer.errors import ChangerError, DeviceNotAvailable, NoSuchDrive, UsageError
from changer.library.discovery import (
    SEQUENTIAL_ACCESS,
    ScsiDevice,
    find_changers,
    find_tape_drives,
    tape_device_at,
)
from changer.library.drive_conditions import drive_name
from changer.library.drive_map import known_owners, paths_of
from changer.library.element_addresses import identified_drives
from changer.library.library import Library
from changer.library.opening import KnownLibrary, Request, open_known_library, open_library
from changer.smc.elements import ElementType
from changer.values import NamedTuple, replace


class OwnedDrive(NamedTuple):
    """A drive of a library.

    ``library``: as a request names it. ``name``: the drive's key in the store.
    """

    library_id: str
    library: str
    number: int
    address: int
    name: str


def tape_drive_at(device: Path) -> ScsiDevice:
    """The tape drive of a node or link, with a serial number.

    Raises NoSuchDrive for a device that is not a tape drive, DeviceNotAvailable for one that is not
    there, or that reports no serial number.
    """
    try:
        known = tape_device_at(device)
    except DeviceNotAvailable as missing:
        missing.add_context(hint="lsscsi -g lists the tape drives")
        raise
    if known is None or known.peripheral_device_type != SEQUENTIAL_ACCESS:
        raise NoSuchDrive(f"{device} is not a tape drive", hint="lsscsi -g shows which are")
    if known.identity.serial is None:
        raise DeviceNotAvailable(
            f"{device} does not report a serial number",
            hint="without one, changer can't find the drive in a library",
        )
    return known


def find_owner(request: Request, device: Path, drive: ScsiDevice) -> OwnedDrive | None:
    """The library whose drive it is; None for a stand-alone drive.

    The libraries in question are asked, without a lock: the one that ``request`` names, those whose
    drive it was, and the others of the host. One of the last that can't be asked is warned of.

    Raises UsageError where ``request.library`` names another one than the drive's, and what opening
    and asking a library raise.
    """
    looking = replace(request, purpose="look", held=[])
    named: str | None = None
    if looking.name is not None:
        try:
            with open_library(looking) as library:
                if found := _drive_in(library, looking.name, drive):
                    return found
                named = library.id
        except ChangerError as error:
            if request.library is not None:
                raise
            request.warn(f"{looking.name} can't be asked for its drives: {error.message}")
    for known, is_owner in _candidates(looking, drive):
        if known.id == named:
            continue
        try:
            with open_known_library(looking, known) as library:
                found = _drive_in(library, known.name, drive)
        except ChangerError as error:
            if is_owner:
                raise
            request.warn(f"{known.id} can't be asked for its drives: {error.message}")
            continue
        if found is None:
            continue
        if request.library is not None:
            raise UsageError(
                f"{device} is drive {found.number} of {found.library_id}, not of {named}",
                hint=f"leave --library out, or name {found.library_id}",
            )
        return found
    return None


def _candidates(request: Request, drive: ScsiDevice) -> Iterator[tuple[KnownLibrary, bool]]:
    """Libraries to ask, each once; whether the store has the drive as theirs."""
    with request.coordination.open_store("look") as store:
        owners = {library_id for library_id, _ in known_owners(store, drive)}
        kept = [each for each in store.libraries() if each.id in owners]
    asked = set()
    for record in kept:
        if record.device is not None:
            asked.add(record.id)
            yield KnownLibrary(record.id, record.device), True
    for each in find_changers():
        if each.identity.id not in asked:
            asked.add(each.identity.id)
            yield KnownLibrary(each.identity.id, str(each.device)), False


def _drive_in(library: Library, name: str, drive: ScsiDevice) -> OwnedDrive | None:
    inventory = library.read([ElementType.DATA_TRANSFER])
    devices = {each.device: each for each in (*find_tape_drives(), drive)}.values()
    for address, identity in identified_drives(library, inventory).items():
        if drive in paths_of(identity.serial, devices):
            number = inventory.numbering.number_of(address)
            key = drive_name(library, identity, address)
            return OwnedDrive(library.id, name, number, address, key)
    return None
