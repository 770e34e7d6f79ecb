"""Valid replies, and the parser of each: what the tests on hostile bytes begin with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Parser = Callable[[bytes], Any]


def tag(identifier: str, *, sequence: int = 0) -> bytes:
    """Volume tag information, 36 bytes."""
    return identifier.encode().ljust(32) + bytes(2) + sequence.to_bytes(2, "big")


def page(type_code: int, *descriptors: bytes, tags: int = 0, size: int | None = None) -> bytes:
    """An element status page whose header tells the truth, but for ``size``."""
    body = b"".join(descriptors)
    length = size if size is not None else len(descriptors[0])
    return (
        bytes((type_code, tags)) + length.to_bytes(2, "big") + len(body).to_bytes(4, "big") + body
    )


def report(*pages: bytes, first: int = 0, count: int = 0, byte_count: int | None = None) -> bytes:
    """Element status data whose header tells the truth, but for ``byte_count``."""
    body = b"".join(pages)
    size = len(body) if byte_count is None else byte_count
    return first.to_bytes(2, "big") + count.to_bytes(2, "big") + size.to_bytes(4, "big") + body


STANDARD_INQUIRY = (
    bytes.fromhex("08 80 05 02 43 00 10 02")
    + b"HP      "
    + b"MSL G3 Series   "
    + b"D.00"
    + bytes(8)
)
SERIAL_PAGE = bytes.fromhex("08 80 00 0a") + b"DE61200123"
IDENTIFICATION_PAGE = (
    bytes.fromhex("08 83 00 2e")
    + bytes.fromhex("02 01 00 1e")
    + b"HP      MSL G3 Series   DE6120"
    + bytes.fromhex("01 93 00 08 50 01 43 80 31 bd c7 ef")
)
ADDRESS_PAGE = bytes.fromhex("1d 12 00 01 00 01 03 e8 00 28 00 0a 00 04 01 f4 00 02 00 00")
CAPABILITIES_PAGE = bytes.fromhex("1f 12 0e 00 00 0e 0a 0e 00 00 00 00 00 02 00 00 00 00 00 00")
TAPE_ALERT_PAGE = bytes.fromhex("2e 00 00 0f 00 0b 40 01 00 00 14 40 01 01 00 15 40 01 01")
DRIVE_STATUS_PAGE = bytes.fromhex("11 00 00 10 00 01 03 04 de ad be ef 00 00 03 04 05 10 01 00")
SEQUENTIAL_PAGE = bytes.fromhex(
    "0c 00 00 14 00 00 43 08 00 00 00 00 00 00 00 01 01 00 40 04 00 00 00 01"
)
FIXED_SENSE = bytes.fromhex("70 00 05 00 00 00 00 0a 00 00 00 00 21 01 00 cf 00 04")
DESCRIPTOR_SENSE = bytes.fromhex(
    "72 05 21 01 00 00 00 10 00 0a 80 00 00 00 00 00 00 00 03 e8 04 02 00 80"
)
ELEMENT_STATUS = report(
    page(1, bytes.fromhex("0001 00 00 0000 0000 00 00 0000") + bytes(40), tags=0x80),
    page(
        2,
        bytes.fromhex("03e8 09 00 0000 0000 00 81 03e8") + tag("A00001L8") + bytes(4),
        bytes.fromhex("03e9 0d 00 3003 0000 00 82 03e9") + tag("CLNU01L1") + bytes(4),
        tags=0x80,
    ),
    page(
        3, bytes.fromhex("000a 3b 00 0000 0000 00 00 0000") + tag("B00001L8") + bytes(4), tags=0x80
    ),
    page(
        4,
        bytes.fromhex("01f4 08 00 0000 0000 00 00 0000")
        + bytes(36)
        + bytes.fromhex("02 01 00 22")
        + b"HP      Ultrium 6-SCSI  HU1234ABCD",
        tags=0x80,
    ),
    first=1,
    count=5,
)


def mode_data(*pages: bytes, ten_byte: bool = False, block_descriptor: bytes = b"") -> bytes:
    """Mode parameter header, block descriptor, pages."""
    body = block_descriptor + b"".join(pages)
    if ten_byte:
        return (
            (6 + len(body)).to_bytes(2, "big")
            + bytes(4)
            + len(block_descriptor).to_bytes(2, "big")
            + body
        )
    return bytes((3 + len(body), 0, 0x10, len(block_descriptor))) + body
