"""Parts of READ ELEMENT STATUS data (SMC-3, 6.11). Pure."""

from __future__ import annotations

from changer.doctor.traces.parts import Part, Parts, Role, designator_parts, uint

_HEADER = 8
_STANDARD = 12
_TAG, _LABEL = 36, 32
_TYPES = (1, 2, 3, 4)
_CODE_SETS = (1, 2, 3)
# Vendors' bytes as few as these name nothing: medium domain and type, for one.
_SPARE = 4


def element_status_parts(_cdb: bytes, data: bytes) -> Parts:
    """Those of headers, page headers and descriptors, as far as the bytes go."""
    yield Part(Role.NUMBERS, 0, _HEADER)
    at = _HEADER
    while at + _HEADER <= len(data):
        yield Part(Role.CHECKED, at, at + _HEADER)
        size, count = uint(data, at + 2, 2), uint(data, at + 5, 3)
        if not size or data[at] not in _TYPES:
            return
        if count % size == _HEADER:  # a page that counts in its own header
            count -= _HEADER
        stop = min(at + _HEADER + count, len(data))
        tags = bool(data[at + 1] & 0x80) + bool(data[at + 1] & 0x40)
        for start in range(at + _HEADER, stop, size):
            yield from _descriptor(data, start, min(start + size, stop), tags)
        at += _HEADER + count


def _descriptor(data: bytes, start: int, stop: int, tags: int) -> Parts:
    yield Part(Role.CHECKED, start, min(start + _STANDARD, stop))
    at = start + _STANDARD
    for _ in range(tags):
        if at >= stop or _is_identifier(data, at, stop):
            break  # AVOLTAG without the field (seen: mhVTL)
        yield Part(Role.LABEL, at, min(at + _LABEL, stop))
        yield Part(Role.CHECKED, at + _LABEL, min(at + _TAG, stop))
        at += _TAG
    if _is_identifier(data, at, stop):
        yield Part(Role.CHECKED, at, at + 4)
        end = min(at + 4 + data[at + 3], stop)
        yield from designator_parts(data[at] & 0x0F, data[at + 1] & 0x0F, at + 4, end)
        at = end
        padding = stop - at - len(data[at:stop].lstrip(b" "))
        yield Part(Role.NUMBERS, at, at + padding)  # blanks, which fill the identifier's field
        at += padding
    elif at + 4 <= stop and not any(data[at : at + 4]):
        at += 4  # an identifier of no bytes
    yield from _spare(data, at, stop)


def _spare(data: bytes, at: int, stop: int) -> Parts:
    """The vendor's bytes; after them a serial number, which STK's drives have without DVCID."""
    if 0 < stop - at <= _SPARE:
        yield Part(Role.CHECKED, at, stop)
    elif (name := data[at + _SPARE : stop]).isascii() and name[:1].isalnum():
        yield Part(Role.CHECKED, at, at + _SPARE)
        yield Part(Role.NAME, at + _SPARE, stop)


def _is_identifier(data: bytes, at: int, stop: int) -> bool:
    """Whether code set, type, a reserved 0 and a length that fits come next, and not a label."""
    if at + 4 > stop:
        return False
    code_set, kind, reserved, size = data[at : at + 4]
    fits = 0 < size <= stop - at - 4
    return code_set in _CODE_SETS and kind <= 0x0F and reserved == 0 and fits
