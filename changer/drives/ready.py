"""Whether a tape drive is ready, and which device of this host it is."""

from __future__ import annotations

from changer.errors import (
    ChangerError,
    DriveNotReady,
    ElementNotPresent,
    NotReady,
)
from changer.library.addressing import Place
from changer.library.drive_map import drive_identities
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.session import Patience, Session
from changer.smc.cdb import test_unit_ready
from changer.transport import Transport

__all__ = ["require_device", "wait_until_ready"]

_LONGEST_PAUSE_SECONDS = 5.0
# A drive may report no medium for a while before it notices the one that was put in.
_NOTICING_SECONDS = 60.0


def wait_until_ready(library: Library, address: int, *, timeout_seconds: float) -> None:
    """Return when the drive at an element address answers TEST UNIT READY with GOOD.

    Raises DriveNotReady after the limit; DeviceNotAvailable when no tape device of this host has
    the drive's serial number.
    """
    number, transport = _open(library, Inventory(library.reader.assignment(), ()), address)
    if library.context.dry_run is not None:
        transport.close()
        library.context.dry_run.drive(f"drive {number} is asked until it is ready")
        return
    session = Session(
        transport,
        clock=library.context.clock,
        may_initialize=lambda: False,
        patience=Patience(
            ready_timeout_seconds=timeout_seconds,
            retry_timeout_seconds=timeout_seconds,
            longest_pause_seconds=_LONGEST_PAUSE_SECONDS,
        ),
        progress=library.context.progress,
    )
    try:
        _wait(library, session, number, timeout_seconds)
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


def _wait(library: Library, session: Session, number: int, timeout_seconds: float) -> None:
    clock = library.context.clock
    started = clock.monotonic()
    while True:
        try:
            session.send(test_unit_ready())
        except NotReady as error:
            raise _not_ready(number, clock.monotonic() - started, error) from error
        except ElementNotPresent as error:
            waited = clock.monotonic() - started
            if waited > min(_NOTICING_SECONDS, timeout_seconds):
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
