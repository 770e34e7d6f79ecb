"""READ ELEMENT STATUS data from plain values: the field layout of SMC-3, written down once more.

Nothing of the program is used, so that it can't be wrong in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PICKER, SLOT, MAIL, DRIVE = 1, 2, 3, 4
KINDS = {PICKER: "picker", SLOT: "slot", MAIL: "mail slot", DRIVE: "drive"}
_ACCESS, _EXCEPT, _FULL = 0x08, 0x04, 0x01
_IMPORT, _EXPORT = 0x20, 0x10
_DISABLED, _SOURCE_VALID = 0x08, 0x80
_WITH_TAGS = 0x80
_TAG_SIZE, _HEAD_SIZE = 36, 12

Code = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Told:
    """What the library tells of one element. ``code``: ASC and ASCQ, with EXCEPT=1."""

    kind: int
    address: int
    full: bool
    access: bool = True
    disabled: bool = False
    code: Code | None = None
    label: str | None = None
    source: int | None = None
    medium_type: int = 0
    serial: str | None = None


def _descriptor(told: Told, *, tags: bool, identified: bool) -> bytes:
    flags = _FULL * told.full | _EXCEPT * (told.code is not None)
    if told.kind != PICKER:
        flags |= _ACCESS * told.access
    if told.kind == MAIL:
        flags |= _IMPORT | _EXPORT
    asc, ascq = told.code or (0, 0)
    valid = _SOURCE_VALID * (told.source is not None) | _DISABLED * told.disabled
    data = told.address.to_bytes(2, "big") + bytes((flags, 0, asc, ascq, 0, 0, 0))
    data += bytes((valid | told.medium_type,)) + (told.source or 0).to_bytes(2, "big")
    if tags:
        label = "" if told.label is None else told.label
        data += label.encode().ljust(_TAG_SIZE - 4) + bytes(4)
    if identified:
        serial = (told.serial or "").encode()
        data += bytes((2, 0, 0, len(serial))) + serial
    return data


def pages(told: Iterable[Told], *, tags: bool, identified: bool) -> bytes:
    """Header, and a page for each kind of element; identified drives have a page each, since
    serial numbers are of different lengths.
    """
    elements = sorted(told, key=lambda each: each.address)
    groups: dict[tuple[int, int], list[bytes]] = {}
    for each in elements:
        data = _descriptor(each, tags=tags, identified=identified)
        groups.setdefault((each.kind, len(data)), []).append(data)
    body = b"".join(
        bytes((kind, _WITH_TAGS * tags))
        + size.to_bytes(2, "big")
        + (size * len(found)).to_bytes(4, "big")
        + b"".join(found)
        for (kind, size), found in groups.items()
    )
    first = elements[0].address if elements else 0
    head = first.to_bytes(2, "big") + len(elements).to_bytes(2, "big")
    return head + len(body).to_bytes(4, "big") + body
