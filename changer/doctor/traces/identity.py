"""Parts of INQUIRY data: standard data, and vital product data pages (SPC-4). Pure."""

from __future__ import annotations

from changer.doctor.traces.parts import Part, Parts, Role, designator_parts, uint

_STANDARD_SIZE = 36
# Extended INQUIRY data, mode page policy, SSC capabilities, TapeAlert support, element address.
_NUMERIC_PAGES = (0x86, 0x87, 0xB0, 0xB2, 0xB4)
# Unit serial number; serial numbers of the manufacturer and of the automation device.
_SERIAL_PAGES = (0x80, 0xB1, 0xB3)
_LONGEST_PAGE = 0x200


def inquiry_parts(cdb: bytes, data: bytes) -> Parts:
    """Those of a reply to INQUIRY 12h; a device that ignores EVPD sends standard data."""
    if not cdb[1] & 0x01 or data[1:2] != cdb[2:3] or _is_standard(data):
        yield from _standard()
        return
    yield Part(Role.CHECKED, 0, 4)
    page = cdb[2]
    if page == 0x00:
        yield Part(Role.NUMBERS, 4, len(data))
    elif page in _SERIAL_PAGES:
        yield Part(Role.NAME, 4, len(data))
    elif page == 0x83:
        yield from _designators(data)
    elif page == 0x85:
        yield from _network_addresses(data)
    elif page in _NUMERIC_PAGES:
        yield Part(Role.CHECKED, 4, len(data))


def _is_standard(data: bytes) -> bool:
    """Whether what would be the length of a page is the version and the data format."""
    return len(data) >= _STANDARD_SIZE and uint(data, 2, 2) >= _LONGEST_PAGE


def _standard() -> Parts:
    yield Part(Role.CHECKED, 0, 8)
    yield Part(Role.MODEL, 8, _STANDARD_SIZE)
    # Vendor specific, and often a serial number.
    yield Part(Role.WORDS, _STANDARD_SIZE, 56)
    yield Part(Role.CHECKED, 56, 74)  # version descriptors


def _designators(data: bytes) -> Parts:
    at = 4
    while at + 4 <= len(data):
        stop = at + 4 + data[at + 3]
        yield Part(Role.CHECKED, at, at + 4)
        yield from designator_parts(data[at] & 0x0F, data[at + 1] & 0x0F, at + 4, stop)
        at = stop


def _network_addresses(data: bytes) -> Parts:
    at = 4
    while at + 4 <= len(data):
        stop = at + 4 + uint(data, at + 2, 2)
        yield Part(Role.CHECKED, at, at + 4)
        yield Part(Role.WORDS, at + 4, stop)
        at = stop
