"""A tape drive: what it reports of its cleaning, and whether it is ready."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TypeVar

from changer.errors import (
    ChangerError,
    DeviceNotAvailable,
    DriveNotReady,
    ElementNotPresent,
    MalformedData,
    NotReady,
)
from changer.library.addressing import Place
from changer.library.drive_map import drive_identities
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.session import Patience, Session
from changer.smc.cdb import load_unload, test_unit_ready
from changer.smc.command import Command, Reply, Status
from changer.smc.log_sense import (
    DataTransferDeviceStatus,
    data_transfer_device_status,
    sequential_access_device,
    tape_alert_response,
)
from changer.smc.sense import SenseData, parse_sense
from changer.store.records import CleaningRequest, DriveIdentity
from changer.transport import Transport

ResultT = TypeVar("ResultT")

_ATTENTIONS = 16
_UNIT_ATTENTION = 0x06
# Not 11, cleaning media: it says that a cleaning cartridge is in the drive (SSC-4).
_CLEAN_NOW, _CLEAN_PERIODIC = 20, 21
_LONGEST_PAUSE_SECONDS = 5.0
# A drive may report no medium for a while before it notices the one that was put in.
_NOTICING_SECONDS = 60.0


class TapeDrive:
    """Sends commands to one tape drive, again after unit attentions, without waiting.

    ``name``: its key in the store, as ``drive_name`` makes it.
    """

    def __init__(self, name: str, identity: DriveIdentity | None, transport: Transport) -> None:
        self.name = name
        self.identity = identity
        self._transport = transport

    def readiness(self) -> SenseData | None:
        """The sense data of TEST UNIT READY; None for GOOD.

        Raises MalformedData for a status without sense data (BUSY), and the transport's errors.
        """
        reply = self._ask(test_unit_ready())
        return None if reply.status == Status.GOOD else parse_sense(reply.sense)

    def status(self) -> DataTransferDeviceStatus | None:
        """Log page 11h; None where the drive has none, or has not initialized it."""
        status = self._read(data_transfer_device_status())
        return status if status is not None and status.initialized else None

    def tape_alerts(self) -> frozenset[int]:
        """TapeAlert flags. Reading clears them: keep them."""
        return self._read(tape_alert_response()) or frozenset()

    def cleaning_request(self) -> tuple[CleaningRequest | None, frozenset[int]] | None:
        """Whether the drive requests or requires cleaning; None where it reports neither.

        By log page 11h, else 0Ch, else TapeAlert flags: keep them, since reading clears them.
        """
        if (status := self.status()) is not None:
            if status.cleaning_required:
                return "required", frozenset()
            return ("requested" if status.cleaning_requested else None), frozenset()
        if (page := self._read(sequential_access_device())) and page.cleaning_required is not None:
            return ("required" if page.cleaning_required else None), frozenset()
        flags = self._read(tape_alert_response())
        if flags is None:
            return None
        return request_of_flags(flags), flags

    def unload(self) -> None:
        """Eject the cartridge; failures are ignored."""
        with suppress(ChangerError):
            self._ask(load_unload(load=False))

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()

    def _read(self, command: Command[ResultT]) -> ResultT | None:
        reply = self._ask(command)
        if reply.status != Status.GOOD:
            return None
        try:
            return command.parse(reply.data)
        except MalformedData:
            return None

    def _ask(self, command: Command[ResultT]) -> Reply:
        for _ in range(_ATTENTIONS):
            reply = self._transport.execute(command)
            if reply.status != Status.CHECK_CONDITION or not reply.sense:
                return reply
            with suppress(MalformedData):
                if parse_sense(reply.sense).key != _UNIT_ATTENTION:
                    return reply
        return reply


def request_of_flags(flags: frozenset[int]) -> CleaningRequest | None:
    """The cleaning request that TapeAlert flags amount to."""
    if _CLEAN_NOW in flags:
        return "required"
    return "requested" if _CLEAN_PERIODIC in flags else None


def drive_name(library: Library, identity: DriveIdentity | None, address: int) -> str:
    """Key of a drive in the store: its serial number, else ``LIBRARY@ADDRESS``."""
    return identity.serial if identity and identity.serial else f"{library.id}@{address}"


def keep_flags(library: Library, drive: TapeDrive, flags: frozenset[int]) -> None:
    """Store TapeAlert flags that were read, and so cleared, with the condition of the drive."""
    known = library.store.drive_condition(drive.name)
    request = known.cleaning_request if known else None
    library.store.note_drive(
        drive.name, library_id=library.id, cleaning_request=request, flags=flags
    )


@contextmanager
def linked_drive(library: Library, inventory: Inventory, address: int) -> Iterator[TapeDrive]:
    """Open the drive at an element address. Raises DeviceNotAvailable where this host has none."""
    number = inventory.numbering.number_of(address)
    identity = drive_identities(library, inventory).get(address)
    name = drive_name(library, identity, address)
    try:
        transport = library.open_drive(number, identity)
    except DeviceNotAvailable as error:
        error.add_context(hint="a drive is asked and cleaned from the host that sees it: lsscsi -g")
        raise
    library.checked(f"this host reaches drive {number}")
    with closing(TapeDrive(name, identity, transport)) as drive:
        yield drive


def wait_until_ready(library: Library, address: int, *, timeout_seconds: float) -> None:
    """Return when the drive at an element address answers TEST UNIT READY with GOOD.

    Raises DriveNotReady after the timeout; DeviceNotAvailable when no tape device of this host has
    the drive's serial number.
    """
    number, transport = _open(library, Inventory(library.reader.assignment(), ()), address)
    with closing(transport):
        if library.context.dry_run is not None:
            library.context.dry_run.drive(f"drive {number} is asked until it is ready")
            return
        patience = Patience(
            ready_timeout_seconds=timeout_seconds,
            retry_timeout_seconds=timeout_seconds,
            longest_pause_seconds=_LONGEST_PAUSE_SECONDS,
        )
        session = Session(
            transport,
            clock=library.context.clock,
            may_initialize=lambda: False,
            patience=patience,
            progress=library.context.progress,
        )
        _wait(library, session, number, timeout_seconds)


def require_device(library: Library, drive: Place) -> None:
    """Return if this host has the tape device of a drive, before a cartridge is put into it.

    Raises NoSuchDrive, or DeviceNotAvailable where no tape device has the drive's serial number.
    """
    inventory = Inventory(library.reader.assignment(), ())
    address = inventory.numbering.address_of(drive)
    inventory.numbering.require_drive(address)
    _, transport = _open(library, inventory, address)
    transport.close()


def _open(library: Library, inventory: Inventory, address: int) -> tuple[int, Transport]:
    """Number of the drive at an element address, and its transport."""
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
