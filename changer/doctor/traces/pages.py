"""Parts of mode and log pages, of reservations, and of sense data (SPC-4). Pure."""

from __future__ import annotations

from changer.doctor.traces.parts import Part, Parts, Role, uint

# Pages of a standard, all of numbers: SPC-4, SSC-4, SMC-3.
_MODE_PAGES = (0x01, 0x02, 0x0A, 0x0F, 0x10, 0x11, 0x18, 0x19, 0x1A, 0x1C)
# Element addresses, transport geometry, capabilities: any of their numbers may look like text.
_CHANGER_PAGES = (0x1D, 0x1E, 0x1F)
# Error counters, sequential access device, temperature, device status, TapeAlert twice.
_LOG_PAGES = (0x02, 0x03, 0x06, 0x0C, 0x0D, 0x11, 0x12, 0x2E)
_DEVICE_STATUS = 0x11
_OF_PORTS = 0x0100  # primary ports, with their names
_LONGEST_NUMBER = 8
_LONGEST_FLAG = 2  # of any page, a maker's too: too short to name anything
_FIXED_SIZE, _FIXED = 18, (0x70, 0x71)
_DESCRIBED = (0x72, 0x73)
# Information, command specific, sense key specific, field replaceable unit, stream commands.
_SENSE_DESCRIPTORS = (0, 1, 2, 3, 4)


def mode_parts(header: int, data: bytes) -> Parts:
    """Those of mode parameters, whose header has 4 or 8 bytes."""
    yield Part(Role.CHECKED, 0, header)
    blocks = uint(data, 3, 1) if header == 4 else uint(data, 6, 2)
    yield Part(Role.CHECKED, header, header + blocks)
    at = header + blocks
    while at + 2 <= len(data):
        code, has_subpage = data[at] & 0x3F, bool(data[at] & 0x40)
        begin = at + (4 if has_subpage else 2)
        stop = begin + (uint(data, at + 2, 2) if has_subpage else data[at + 1])
        yield Part(Role.CHECKED, at, begin)
        if not has_subpage and code in _CHANGER_PAGES:
            yield Part(Role.NUMBERS, begin, stop)
        elif not has_subpage and code in _MODE_PAGES:
            yield Part(Role.CHECKED, begin, stop)
        at = stop


def log_parts(_cdb: bytes, data: bytes) -> Parts:
    """Those of a log page: its parameters' headers, and short numbers of pages that are known."""
    yield Part(Role.CHECKED, 0, 4)
    page, has_subpage = uint(data, 0, 1) & 0x3F, bool(uint(data, 0, 1) & 0x40)
    if page == 0 and not has_subpage:
        yield Part(Role.NUMBERS, 4, len(data))
        return
    at = 4
    while at + 4 <= len(data):
        code, size = uint(data, at, 2), data[at + 3]
        yield Part(Role.CHECKED, at, at + 4)
        names_ports = page == _DEVICE_STATUS and code >= _OF_PORTS
        is_known = page in _LOG_PAGES and not has_subpage and size <= _LONGEST_NUMBER
        if (is_known and not names_ports) or size <= _LONGEST_FLAG:
            yield Part(Role.CHECKED, at + 4, at + 4 + size)
        at += 4 + size


def reserve_in_parts(cdb: bytes, data: bytes) -> Parts:
    """Those of PERSISTENT RESERVE IN: keys, and what names initiators is not known."""
    action = cdb[1] & 0x1F
    yield Part(Role.CHECKED, 0, 8)
    at = 8
    while at < len(data) and action in (0, 1, 3):
        yield Part(Role.KEY, at, at + 8)
        if action == 0:
            at += 8
        elif action == 1:
            yield Part(Role.CHECKED, at + 8, at + 16)
            at += 16
        else:
            yield Part(Role.CHECKED, at + 8, at + 24)
            at += 24 + uint(data, at + 20, 4)


def reserve_out_parts(_cdb: bytes, _data: bytes) -> Parts:
    """Those of PERSISTENT RESERVE OUT: two keys, and flags."""
    yield Part(Role.KEY, 0, 8)
    yield Part(Role.KEY, 8, 16)
    yield Part(Role.CHECKED, 16, 24)


def sense_parts(data: bytes) -> Parts:
    """Those of sense data; what a vendor adds to it is not known."""
    code = uint(data, 0, 1) & 0x7F
    if code in _FIXED:
        yield Part(Role.CHECKED, 0, _FIXED_SIZE)
    elif code in _DESCRIBED:
        yield Part(Role.CHECKED, 0, 8)
        at = 8
        while at + 2 <= len(data):
            stop = at + 2 + data[at + 1]
            is_known = data[at] in _SENSE_DESCRIPTORS
            yield Part(Role.CHECKED, at, stop if is_known else at + 2)
            at = stop
    else:
        yield Part(Role.CHECKED, 0, min(1, len(data)))
