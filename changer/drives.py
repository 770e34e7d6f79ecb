"""Which drive element is which tape device, and whether a drive is ready."""

from __future__ import annotations

from dataclasses import replace

from changer.elements import Element
from changer.errors import (
    ChangerError,
    DriveNotReady,
    ElementNotPresent,
    NotReady,
)
from changer.inventory import Inventory
from changer.library import Library
from changer.numbering import Place
from changer.session import Patience, Session
from changer.smc.cdb import test_unit_ready
from changer.store.records import DriveIdentity
from changer.transport import Transport

__all__ = ["drive_identities", "require_device", "wait_until_ready"]

_LONGEST_PAUSE_SECONDS = 5.0
# A drive may report no medium for a while before it notices the one that was put in.
_NOTICING_SECONDS = 60.0


def drive_identities(library: Library, inventory: Inventory) -> dict[int, DriveIdentity]:
    """Who is at each data transfer element address, as read before or else from the library.

    Read apart from occupancy (DVCID), and again when the library has other drive elements than
    before, or said that something changed. Empty where the library does not tell.
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
    """Without serial numbers that more than one drive has: they would lead to the wrong one."""
    serials = [each.serial for each in drives]
    return tuple(
        each if serials.count(each.serial) == 1 else replace(each, serial=None) for each in drives
    )


def wait_until_ready(library: Library, address: int, *, limit_seconds: float) -> None:
    """Return when the drive at an element address answers TEST UNIT READY with GOOD.

    Raises DriveNotReady after the limit; DeviceNotAvailable when no tape device of this host has
    the drive's serial number.
    """
    number, transport = _open(library, Inventory(library.reader.assignment(), ()), address)
    if library.context.rehearsal is not None:
        transport.close()
        library.context.rehearsal.drive(f"drive {number} is asked until it is ready")
        return
    session = Session(
        transport,
        clock=library.context.clock,
        patience=Patience(
            ready_seconds=limit_seconds,
            retry_seconds=limit_seconds,
            longest_pause_seconds=_LONGEST_PAUSE_SECONDS,
        ),
        progress=library.context.progress,
        is_changer=False,
    )
    try:
        _wait(library, session, number, limit_seconds)
    finally:
        transport.close()


def require_device(library: Library, drive: Place) -> None:
    """See that this host has the tape device of a drive, before a cartridge is put into it.

    Raises NoSuchDrive, or DeviceNotAvailable where no tape device has the drive's serial number.
    """
    inventory = Inventory(library.reader.assignment(), ())
    address = inventory.numbering.address_of(drive)
    inventory.numbering.require_drive(address)
    _, transport = _open(library, inventory, address)
    transport.close()


def _open(library: Library, inventory: Inventory, address: int) -> tuple[int, Transport]:
    """Number of the drive at an element address, and what carries commands to it."""
    number = inventory.numbering.number_of(address)
    identity = drive_identities(library, inventory).get(address)
    return number, library.open_drive(number, identity)


def _wait(library: Library, session: Session, number: int, limit_seconds: float) -> None:
    clock = library.context.clock
    started = clock.monotonic()
    while True:
        try:
            session.send(test_unit_ready())
        except NotReady as error:
            raise _not_ready(number, clock.monotonic() - started, error) from error
        except ElementNotPresent as error:
            waited = clock.monotonic() - started
            if waited > min(_NOTICING_SECONDS, limit_seconds):
                raise _not_ready(number, waited, error) from error
            library.context.progress(f"waiting: drive {number} has not noticed its cartridge yet")
            clock.sleep(1.0)
        else:
            return


def _not_ready(number: int, waited_seconds: float, error: ChangerError) -> DriveNotReady:
    return DriveNotReady(
        f"the cartridge is in drive {number}, but it is not ready after {waited_seconds:.0f} s: "
        f"{error.message}",
        hint="a new LTO-9 cartridge is calibrated for up to 2 hours: wait longer with "
        "--ready-timeout SECONDS",
        sense=error.sense,
    )
