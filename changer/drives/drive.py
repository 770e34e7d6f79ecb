"""A tape drive: how it is opened, and what it reports of itself and of its cleaning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TypeVar

from changer.errors import ChangerError, DeviceNotAvailable, MalformedData
from changer.library.addressing import Place
from changer.library.drive_conditions import drive_name, request_of_flags
from changer.library.drive_map import drive_identities, may_be_same_drive
from changer.library.element_addresses import identified_drives
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.cdb import load_unload, test_unit_ready
from changer.smc.command import Command, Reply, Status
from changer.smc.drive_models import asks_for_cleaning, cleaning_page
from changer.smc.inquiry import standard_inquiry, unit_serial_number
from changer.smc.log_sense import (
    DataTransferDeviceStatus,
    data_transfer_device_status,
    makers_parameter,
    sequential_access_device,
    tape_alert_response,
)
from changer.smc.sense import SenseData, parse_sense
from changer.store.records import CleaningRequest, DriveIdentity
from changer.transport import Transport
from changer.values import dataclass

ResultT = TypeVar("ResultT")

_ATTENTIONS = 16
_UNIT_ATTENTION = 0x06


class TapeDrive:
    """Sends commands to one tape drive, again after unit attentions, without waiting.

    ``name``: its key in the store, as ``drive_name`` makes it. ``known_product``: its product
    identification, by the library or by the caller, until it is asked itself. ``asks_by_sense``:
    it asked for cleaning by the sense data of its last reply to TEST UNIT READY.
    """

    def __init__(self, name: str, identity: DriveIdentity | None, transport: Transport) -> None:
        self.name = name
        self.identity = identity
        self.transport = transport
        self.known_product = identity.product if identity is not None else None
        self.asks_by_sense = False

    def serial_number(self) -> str | None:
        """Its own unit serial number (VPD page 80h); None where it reports none."""
        return self._read(unit_serial_number()) or None

    def product(self) -> str | None:
        """Its product identification, by the library or else by itself (INQUIRY); None: neither."""
        if not self.known_product:
            inquiry = self._read(standard_inquiry())
            self.known_product = None if inquiry is None else inquiry.product or None
        return self.known_product

    def readiness(self) -> SenseData | None:
        """The sense data of TEST UNIT READY; None for GOOD.

        Raises MalformedData for a status without sense data (BUSY), and the transport's errors.
        """
        reply = self._ask(test_unit_ready())
        self.asks_by_sense = False
        if reply.status == Status.GOOD:
            return None
        sense = parse_sense(reply.sense)
        self.asks_by_sense = asks_for_cleaning(self.known_product, reply.sense)
        return sense

    def status(self) -> DataTransferDeviceStatus | None:
        """Log page 11h; None where the drive has none, or has not initialized it."""
        status = self._read(data_transfer_device_status())
        return status if status is not None and status.initialized else None

    def tape_alerts(self) -> frozenset[int]:
        """TapeAlert flags. Reading clears them: keep them."""
        return self._read(tape_alert_response()) or frozenset()

    def cleaning_request(
        self, *, flags_before: frozenset[int] = frozenset()
    ) -> tuple[CleaningRequest | None, frozenset[int]] | None:
        """Whether the drive requests or requires cleaning; None where it reports neither.

        By its maker's own log page, if it is known to have one; by log page 11h, else 0Ch, else
        TapeAlert flags: keep them, since reading clears them.
        ``flags_before``: flags that were just read, and count as read now.
        """
        if (told := self._on_makers_page()) is not None:
            return told
        if (status := self.status()) is not None:
            if status.cleaning_required:
                return "required", frozenset()
            return ("requested" if status.cleaning_requested else None), frozenset()
        if (page := self._read(sequential_access_device())) and page.cleaning_required is not None:
            return ("required" if page.cleaning_required else None), frozenset()
        flags = self._read(tape_alert_response())
        if flags is None:
            return None
        flags |= flags_before
        return request_of_flags(flags), flags

    def _on_makers_page(self) -> tuple[CleaningRequest | None, frozenset[int]] | None:
        row = cleaning_page(self.known_product)
        value = None if row is None else self._read(makers_parameter(row.page, row.parameter))
        if row is None or value is None:
            return None
        if value & row.required:
            return "required", frozenset()
        return ("requested" if value & row.requested else None), frozenset()

    def unload(self) -> None:
        """Eject the cartridge; failures are ignored."""
        with suppress(ChangerError):
            self._ask(load_unload(load=False))

    def close(self) -> None:
        """Close the transport."""
        self.transport.close()

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
            reply = self.transport.execute(command)
            if reply.status != Status.CHECK_CONDITION or not reply.sense:
                return reply
            with suppress(MalformedData):
                if parse_sense(reply.sense).key != _UNIT_ATTENTION:
                    return reply
        return reply


def keep_flags(library: Library, drive: TapeDrive, flags: frozenset[int]) -> None:
    """Store TapeAlert flags that were read, and so cleared, with the condition of the drive."""
    known = library.store.drive_condition(drive.name)
    request = known.cleaning_request if known else None
    library.store.note_drive(
        drive.name, library_id=library.id, cleaning_request=request, flags=flags
    )


@dataclass(frozen=True, slots=True)
class KnownDrive:
    """Drive of a number and element address, with the identity that its library just reported."""

    number: int
    address: int
    identity: DriveIdentity | None

    @property
    def serial(self) -> str | None:
        """Its serial number, as the library reports it."""
        return self.identity.serial if self.identity else None


def known_drive(library: Library, inventory: Inventory, address: int) -> KnownDrive:
    """The drive at an element address, asked of the library now."""
    identity = drive_identities(library, inventory).get(address)
    return KnownDrive(inventory.numbering.number_of(address), address, identity)


def matched_drive(library: Library, inventory: Inventory, address: int) -> KnownDrive:
    """As known_drive; of a library that reports no identifiers, by what its drives report."""
    identity = identified_drives(library, inventory).get(address)
    return KnownDrive(inventory.numbering.number_of(address), address, identity)


def open_drive(library: Library, known: KnownDrive, *, hint: str | None = None) -> TapeDrive:
    """Open a drive of the library, and hold its own serial number against what the library says.

    Raises DeviceNotAvailable where it is another drive, or, with the ``hint``, where this host has
    none.
    """
    try:
        transport = library.open_drive(known.number, known.identity)
    except DeviceNotAvailable as missing:
        if hint is not None:
            missing.add_context(hint=hint)
        raise
    drive = TapeDrive(drive_name(library, known.identity, known.address), known.identity, transport)
    try:
        own = drive.serial_number()
        if known.serial and own and not may_be_same_drive(known.serial, own):
            raise DeviceNotAvailable(
                f"drive {known.number} has serial number {known.serial} in the library, and the "
                f"device that was opened for it reports {own}; nothing else was sent to it",
                hint="two drives may have changed bays, or their devices: try again; "
                "lsscsi -g shows what the host sees",
            )
    except BaseException:
        drive.close()
        raise
    return drive


def require_device(library: Library, drive: Place) -> KnownDrive:
    """The drive, if this host has its tape device, before a cartridge is put into it.

    Raises NoSuchDrive, or DeviceNotAvailable where no tape device has the drive's serial number.
    """
    inventory = Inventory(library.reader.assignment(), ())
    address = inventory.numbering.address_of(drive)
    inventory.numbering.require_drive(address)
    known = matched_drive(library, inventory, address)
    open_drive(library, known).close()
    return known


@contextmanager
def linked_drive(
    library: Library, inventory: Inventory, address: int, known: KnownDrive | None = None
) -> Iterator[TapeDrive]:
    """Open the drive at an element address. Raises DeviceNotAvailable where this host has none.

    ``known``: the drive, if the library was just asked.
    """
    known = known or matched_drive(library, inventory, address)
    hint = "a drive is asked and cleaned from the host that sees it: lsscsi -g"
    with closing(open_drive(library, known, hint=hint)) as drive:
        library.checked(f"this host reaches drive {known.number}")
        yield drive
