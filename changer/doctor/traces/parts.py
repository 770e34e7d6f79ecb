"""Parts of a reply: what some of its bytes are, and so what becomes of them before others see it.

Bytes that are in no part are not known, and are blanked. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from changer.values import NamedTuple


class Role(Enum):
    """What bytes are.

    NUMBERS   fields that stay, even if they look like text.
    CHECKED   fields that stay, as long as no four of their bytes in a row look like text.
    MODEL     the name of a model, a maker or a format, which stays.
    PRODUCT   the same where a serial number may stand in its place: stays if it is known as one.
    NAME      text that names one device.
    LABEL     the 32 characters of a volume identifier.
    WORDS     text of unknown meaning.
    BINARY    a world wide name, or another binary designator.
    KEY       a reservation key, which names a host.
    """

    NUMBERS = auto()
    CHECKED = auto()
    MODEL = auto()
    PRODUCT = auto()
    NAME = auto()
    LABEL = auto()
    WORDS = auto()
    BINARY = auto()
    KEY = auto()


class Part(NamedTuple):
    """Bytes ``start`` to ``stop``, the last one not included; one may be longer than the reply."""

    role: Role
    start: int
    stop: int


Parts = Iterator[Part]

# Of a field of text: what fills it up, and what stands between blanks.
PADDING = " \0"
RUN = re.compile(r"[!-~]+")

_VENDOR_SIZE, _PRODUCT_SIZE = 8, 16
_TEXT_CODE_SETS = (2, 3)
_T10_VENDOR_ID, _SCSI_NAME = 1, 8
# Numbers of ports and groups within a device.
_COUNTED = (4, 5, 6)


def uint(data: bytes, start: int, size: int) -> int:
    """An unsigned number; 0 where the bytes end before it."""
    return int.from_bytes(data[start : start + size], "big") if start + size <= len(data) else 0


def designator_parts(code_set: int, kind: int, start: int, stop: int) -> Parts:
    """Those of the identifier of a designation descriptor, or of a drive (SPC-4, 7.8.6)."""
    if kind in _COUNTED:
        yield Part(Role.CHECKED, start, stop)
    elif kind == _T10_VENDOR_ID and code_set in _TEXT_CODE_SETS:
        product, serial = start + _VENDOR_SIZE, start + _VENDOR_SIZE + _PRODUCT_SIZE
        yield Part(Role.PRODUCT, start, min(product, stop))
        if serial < stop:
            yield Part(Role.PRODUCT, product, serial)
        yield Part(Role.NAME, serial if serial < stop else product, stop)
    elif code_set in _TEXT_CODE_SETS or kind == _SCSI_NAME:
        yield Part(Role.NAME, start, stop)
    else:
        yield Part(Role.BINARY, start, stop)
