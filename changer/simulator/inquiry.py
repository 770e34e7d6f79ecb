"""INQUIRY: standard data and vital product data pages of changer and drives (SPC-4)."""

from __future__ import annotations

from zlib import crc32

from changer.simulator.request import Request
from changer.simulator.sense import INVALID_FIELD, CheckCondition
from changer.simulator.state import State

_TAPE = 0x01
_CHANGER = 0x08


def answer_inquiry(request: Request) -> bytes:
    """INQUIRY 12h."""
    allocation = request.uint(3, 2)
    page = request.cdb[2]
    if request.bit(1, 0):
        return _vital_product_data(request, page)[:allocation]
    if page:
        raise CheckCondition(INVALID_FIELD)
    return _standard(request)[:allocation]


def _names(request: Request) -> tuple[int, str, str, str, str]:
    """Peripheral device type, vendor, product, revision, serial number."""
    profile = request.state.profile
    if request.unit is None:
        return _CHANGER, profile.vendor, profile.product, profile.revision, profile.serial
    model = request.state.model_of_drive(request.unit)
    serial = request.state.serial_of_drive(request.unit)
    return _TAPE, model.vendor, model.product, model.revision, serial


def _standard(request: Request) -> bytes:
    device_type, vendor, product, revision, _serial = _names(request)
    # Removable; SPC-3; response data format 2; 31 bytes follow byte 4.
    head = bytes([device_type, 0x80, 0x05, 0x02, 31, 0, 0, 0])
    return head + _text(vendor, 8) + _text(product, 16) + _text(revision, 4)


def _vital_product_data(request: Request, page: int) -> bytes:
    device_type, vendor, product, _revision, serial = _names(request)
    has_serial = request.unit is not None or request.state.profile.serial_page
    pages = {0x83: _identification(vendor, product, serial)}
    if request.unit is None and request.state.profile.port_designators:
        pages[0x83] += _target_port(serial, request.nexus.port)
    if has_serial:
        pages[0x80] = serial.encode("ascii")
    if request.unit is not None:
        # Sequential-access device capabilities (SSC-3): neither WORM nor TSMC; serial number of
        # the manufacturer.
        pages |= {0xB0: bytes(2), 0xB1: serial.encode("ascii")}
        if request.state.profile.drive_element_address:
            pages[0xB4] = _element_address(request.state, request.unit).to_bytes(2, "big")
    pages[0x00] = bytes(sorted([*pages, 0x00]))
    if page not in pages:
        raise CheckCondition(INVALID_FIELD)
    return bytes([device_type, page]) + len(pages[page]).to_bytes(2, "big") + pages[page]


def _element_address(state: State, number: int) -> int:
    """Data transfer device element address (SSC-5): as the library told the drive in that bay."""
    for fault in state.faults_named("element-address"):
        if fault.drive == number and fault.address is not None:
            return fault.address
    return state.address_of_drive(number)


def _identification(vendor: str, product: str, serial: str) -> bytes:
    """A T10 vendor designator (ASCII) and a locally assigned NAA (binary)."""
    named = _text(vendor, 8) + _text(product, 16) + serial.encode("ascii")
    naa = (3 << 60 | crc32(named) << 28 | crc32(named[::-1]) >> 4).to_bytes(8, "big")
    return bytes([0x02, 0x01, 0, len(named)]) + named + bytes([0x01, 0x03, 0, len(naa)]) + naa


def _target_port(serial: str, port: int) -> bytes:
    """A locally assigned NAA of the port (SAS), and its relative port identifier."""
    naa = (3 << 60 | crc32(serial.encode("ascii")) << 8 | port).to_bytes(8, "big")
    relative = bytes(2) + port.to_bytes(2, "big")
    # Protocol identifier 6h; PIV=1, association 01b, types 3h and 4h.
    return bytes([0x61, 0x93, 0, len(naa)]) + naa + bytes([0x61, 0x94, 0, 4]) + relative


def _text(text: str, width: int) -> bytes:
    return text.encode("ascii").ljust(width)[:width]
