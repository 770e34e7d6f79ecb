"""INQUIRY and vital product data: the identity of a device, and a drive's place in a library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from changer.errors import MalformedData
from changer.smc.cdb import unsigned
from changer.smc.command import Command
from changer.smc.reader import Reader, device_text, identification_text
from changer.values import NamedTuple

ResultT = TypeVar("ResultT")

_UNIT_SERIAL_NUMBER = 0x80
_DEVICE_IDENTIFICATION = 0x83
_ELEMENT_ADDRESS = 0xB4
_HIGHEST_ADDRESS = 0xFFFF
# SCSI-2 has one byte of allocation length; targets of that age misread a second one.
_STANDARD_ALLOCATION = 96
_VPD_ALLOCATION = 252
_TIMEOUT_SECONDS = 60.0
_TEXT_CODE_SETS = (2, 3)
_OF_TARGET_PORT = 1


class StandardInquiry(NamedTuple):
    """Standard INQUIRY data (SPC-4, INQUIRY), texts without padding and printable.

    ``peripheral_device_type`` 08h is a medium changer; ``peripheral_qualifier`` 0 means that
    the device is there.
    """

    peripheral_qualifier: int
    peripheral_device_type: int
    removable: bool
    version: int
    vendor: str
    product: str
    revision: str


class Designator(NamedTuple):
    """One designation descriptor of VPD page 83h (SPC-4).

    ``association``: 0 logical unit, 1 target port, 2 target device. ``designator_type``: 0 vendor
    specific, 1 T10 vendor id, 2 EUI-64, 3 NAA, 8 SCSI name. ``code_set``: 1 binary, 2 ASCII,
    3 UTF-8.
    """

    association: int
    designator_type: int
    code_set: int
    identifier: bytes

    @property
    def names_target_port(self) -> bool:
        """It names the port of the device through which it was asked."""
        return self.association == _OF_TARGET_PORT

    @property
    def text(self) -> str:
        """Printable: the identifier's text, or its hex digits where it is binary."""
        if self.code_set in _TEXT_CODE_SETS:
            return device_text(self.identifier)
        return self.identifier.hex()


def standard_inquiry() -> Command[StandardInquiry]:
    """Vendor, product and revision (SPC-4, INQUIRY, 12h)."""
    return _inquiry(None, _STANDARD_ALLOCATION, parse=parse_standard_inquiry)


def unit_serial_number() -> Command[str]:
    """The unit serial number (SPC-4, VPD page 80h); blank where the device has none."""
    return _inquiry(_UNIT_SERIAL_NUMBER, _VPD_ALLOCATION, parse=parse_unit_serial_number)


def device_identification() -> Command[tuple[Designator, ...]]:
    """The designators of the device and its ports (SPC-4, VPD page 83h)."""
    return _inquiry(_DEVICE_IDENTIFICATION, _VPD_ALLOCATION, parse=parse_device_identification)


def data_transfer_element_address() -> Command[int | None]:
    """The element address that its library gave a drive (SSC-5, VPD page B4h); None: none."""
    return _inquiry(_ELEMENT_ADDRESS, _VPD_ALLOCATION, parse=parse_data_transfer_element_address)


def _inquiry(
    page_code: int | None, allocation_length: int, *, parse: Callable[[bytes], ResultT]
) -> Command[ResultT]:
    page = (0, 0) if page_code is None else (1, page_code)
    cdb = b"\x12" + bytes(page) + unsigned(allocation_length, 2, "allocation length") + b"\x00"
    return Command(
        name="INQUIRY",
        cdb=cdb,
        allocation_length=allocation_length,
        timeout_seconds=_TIMEOUT_SECONDS,
        parse=parse,
    )


def parse_standard_inquiry(data: bytes) -> StandardInquiry:
    """Parse the 36 bytes that every device returns; what follows is vendor specific.

    The additional length is ignored: devices that set it too low still send the texts.
    """
    reader = Reader(data, "standard INQUIRY data")
    peripheral = reader.uint(1, "peripheral device type")
    removable = reader.uint(1, "removable medium bit")
    version = reader.uint(1, "version")
    reader.skip(5, "response data format and flags")
    return StandardInquiry(
        peripheral_qualifier=peripheral >> 5,
        peripheral_device_type=peripheral & 0x1F,
        removable=bool(removable & 0x80),
        version=version,
        vendor=identification_text(reader.take(8, "vendor identification")),
        product=identification_text(reader.take(16, "product identification")),
        revision=identification_text(reader.take(4, "product revision level")),
    )


def parse_unit_serial_number(data: bytes) -> str:
    """Parse VPD page 80h; trimmed on both sides.

    A serial cut short is MalformedData: it would name another device.

    A NUL ends it (seen: mhVTL's 03584L32), as for udev.
    """
    reader = _vpd_page(data, _UNIT_SERIAL_NUMBER, "VPD page 80h")
    length = reader.uint(2, "page length")
    serial = reader.take(length, "unit serial number").lstrip(b" \0")
    return device_text(serial.partition(b"\0")[0])


def parse_device_identification(data: bytes) -> tuple[Designator, ...]:
    """Parse VPD page 83h: the whole designators, in the device's order."""
    reader = _vpd_page(data, _DEVICE_IDENTIFICATION, "VPD page 83h")
    length = reader.uint(2, "page length")
    page = reader.sub(min(length, reader.remaining), "designation descriptors")
    designators: list[Designator] = []
    while page.remaining >= 4:
        code_set = page.uint(1, "code set") & 0x0F
        flags = page.uint(1, "designator type")
        page.skip(1, "reserved byte")
        size = page.uint(1, "designator length")
        if size > page.remaining:
            break
        designators.append(
            Designator(
                association=flags >> 4 & 0x03,
                designator_type=flags & 0x0F,
                code_set=code_set,
                identifier=page.take(size, "designator"),
            )
        )
    return tuple(designators)


def parse_data_transfer_element_address(data: bytes) -> int | None:
    """Parse VPD page B4h: the address in as many bytes as the page has; None where it has none.

    MalformedData for an address that no element can have, and for one cut short.
    """
    reader = _vpd_page(data, _ELEMENT_ADDRESS, "VPD page B4h")
    length = reader.uint(2, "page length")
    if not length:
        return None
    address = reader.uint(length, "data transfer device element address")
    if address > _HIGHEST_ADDRESS:
        raise MalformedData(f"VPD page B4h: {address:X}h is not an element address")
    return address


def _vpd_page(data: bytes, page_code: int, what: str) -> Reader:
    """A reader past the page code. Devices that ignore EVPD send standard data instead."""
    reader = Reader(data, what)
    reader.skip(1, "peripheral device type")
    received = reader.uint(1, "page code")
    if received != page_code:
        raise MalformedData(f"{what}: the device sent page {received:02X}h instead")
    return reader
