"""Replies taken apart into named fields, so that two of them can be compared one by one.

Every byte of a reply is in some field; nothing here is shared with the parsers of the package.
"""

import json
from collections.abc import Iterator

Field = tuple[str, object]
READ_ELEMENT_STATUS, MODE_SENSE = 0xB8, 0x1A
CAPABILITIES = 0x1F

# Bytes of a descriptor before its volume tag (SMC-3, 6.11).
DESCRIPTOR = (
    ("address", 0, 2), ("reserved 3", 3, 4), ("additional sense", 4, 6), ("bus", 6, 9),
    ("source valid and medium type", 9, 10),
)  # fmt: skip
PAGE = (("element type", 0, 1), ("page flags", 1, 2), ("descriptor length", 2, 4), ("bytes", 4, 8))
HEADER = (("first address", 0, 2), ("elements", 2, 4), ("byte count", 4, 8))
SENSE = (("sense key", 2, 3), ("code and qualifier", 12, 14))
MODE_DATA = (("mode data length", 0, 1), ("block descriptor length", 3, 4))
MODE_HEADER = 4
TAG = 36
FULL, PLACED_BY_OPERATOR, SOURCE_VALID = 0x01, 0x02, 0x80


def opcode_of(line: str) -> int:
    """Which command an exchange of a trace is of."""
    return bytes.fromhex(json.loads(line)["cdb"])[0]


def fields_of(line: str) -> Iterator[Field]:
    """The fields of one exchange of a trace, in order."""
    record = json.loads(line)
    cdb, data = bytes.fromhex(record["cdb"]), bytes.fromhex(record["data"])
    yield "command", cdb.hex(" ")
    yield "status", record["status"]
    yield from _cut(bytes.fromhex(record["sense"]), SENSE, "")
    if cdb[0] == READ_ELEMENT_STATUS and data:
        yield from _element_status(data)
    elif cdb[0] == MODE_SENSE and data:
        # Medium type and device-specific parameter say nothing of a changer (SMC-3, 7.3).
        yield from _cut(data, MODE_DATA, "")
        yield "mode page", _mode_page(data[MODE_HEADER:]).hex(" ")
    elif data:
        yield "data", data.hex(" ")


def _mode_page(page: bytes) -> bytes:
    """Of the capabilities, what may go from where to where between slots, mail slots and drives.

    Whether the transport stores, and what is exchanged, each model says as it likes.
    """
    if page[0] & 0x3F != CAPABILITIES:
        return page
    return page[:2] + bytes(moves & 0x0E for moves in page[5:8])


def _cut(data: bytes, layout: tuple[tuple[str, int, int], ...], where: str) -> Iterator[Field]:
    if data:
        yield from ((f"{where}{name}", data[start:end].hex()) for name, start, end in layout)


def _element_status(data: bytes) -> Iterator[Field]:
    yield from _cut(data, HEADER, "")
    at = 8
    while at < len(data):
        page = data[at : at + 8]
        yield from _cut(page, PAGE, "")
        end = min(at + 8 + int.from_bytes(page[4:8]), len(data))
        length = int.from_bytes(page[2:4])
        if not length:
            yield "what is no page", data[at:].hex(" ")
            return
        for start in range(at + 8, end, length):
            yield from _descriptor(data[start : min(start + length, end)], bool(page[1] & 0x80))
        at = end


def _descriptor(data: bytes, has_tag: bool) -> Iterator[Field]:
    where = f"element {int.from_bytes(data[:2]):#x}: "
    yield from _cut(data, DESCRIPTOR, where)
    # IMPEXP says nothing of an empty element, and a source nothing without SVALID.
    yield f"{where}flags", data[2] & (0xFF if data[2] & FULL else 0xFF & ~PLACED_BY_OPERATOR)
    yield f"{where}source", data[10:12].hex() if data[9] & SOURCE_VALID else None
    rest = data[12:]
    if has_tag:
        yield f"{where}volume tag", rest[:TAG].hex()
        rest = rest[TAG:]
    yield f"{where}identifier", rest.hex()


def differences(one: str, other: str) -> list[tuple[str, object, object]]:
    """Where two exchanges differ: field, and both values; None for what one of them has not."""
    left, right = dict(fields_of(one)), dict(fields_of(other))
    names = list(dict.fromkeys([*left, *right]))
    return [
        (name, left.get(name), right.get(name))
        for name in names
        if left.get(name) != right.get(name)
    ]
