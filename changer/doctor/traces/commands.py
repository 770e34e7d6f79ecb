"""Commands whose data is known: the parts of what they return, and of what goes out. Pure."""

from __future__ import annotations

from collections.abc import Callable

from changer.doctor.traces.elements import element_status_parts
from changer.doctor.traces.identity import inquiry_parts
from changer.doctor.traces.pages import (
    log_parts,
    mode_parts,
    reserve_in_parts,
    reserve_out_parts,
    sense_parts,
)
from changer.doctor.traces.parts import Part, Parts, Role

_SHORTEST_CDB = 6
# Of MAINTENANCE IN: target port groups, supported operation codes, supported functions.
_NUMERIC_ACTIONS = (0x0A, 0x0C, 0x0D)


def _numbers(_cdb: bytes, data: bytes) -> Parts:
    yield Part(Role.CHECKED, 0, len(data))


def _sense(_cdb: bytes, data: bytes) -> Parts:
    yield from sense_parts(data)


def _mode_6(_cdb: bytes, data: bytes) -> Parts:
    yield from mode_parts(4, data)


def _mode_10(_cdb: bytes, data: bytes) -> Parts:
    yield from mode_parts(8, data)


def _densities(_cdb: bytes, data: bytes) -> Parts:
    """Of a standard's formats, with their names."""
    yield Part(Role.MODEL, 0, len(data))


def _maintenance(cdb: bytes, data: bytes) -> Parts:
    if cdb[1] & 0x1F in _NUMERIC_ACTIONS:
        yield Part(Role.CHECKED, 0, len(data))


_Of = Callable[[bytes, bytes], Parts]
_REPLIES: dict[int, tuple[str, _Of]] = {
    0x03: ("REQUEST SENSE", _sense),
    0x05: ("READ BLOCK LIMITS", _numbers),
    0x12: ("INQUIRY", inquiry_parts),
    0x1A: ("MODE SENSE", _mode_6),
    0x34: ("READ POSITION", _numbers),
    0x44: ("REPORT DENSITY SUPPORT", _densities),
    0x4D: ("LOG SENSE", log_parts),
    0x5A: ("MODE SENSE", _mode_10),
    0x5E: ("PERSISTENT RESERVE IN", reserve_in_parts),
    0xA0: ("REPORT LUNS", _numbers),
    0xA3: ("MAINTENANCE IN", _maintenance),
    0xB4: ("READ ELEMENT STATUS ATTACHED", element_status_parts),
    0xB5: ("REQUEST VOLUME ELEMENT ADDRESS", element_status_parts),
    0xB8: ("READ ELEMENT STATUS", element_status_parts),
}
_SENT: dict[int, tuple[str, _Of]] = {
    0x15: ("MODE SELECT", _mode_6),
    0x55: ("MODE SELECT", _mode_10),
    0x5F: ("PERSISTENT RESERVE OUT", reserve_out_parts),
}
# Commands of numbers alone besides these: of changers and of tape drives.
_PLAIN = frozenset(
    (
        *(0x00, 0x01, 0x07, 0x08, 0x0A, 0x10, 0x11, 0x16, 0x17, 0x19, 0x1B, 0x1E, 0x2B, 0x37),
        *(0x56, 0x57, 0x91, 0x92, 0xA5, 0xA6, 0xA7, 0xE7),
    )
)


def reply_parts(cdb: bytes, data: bytes) -> Parts:
    """Those of data-in; none of a command that is not known."""
    if len(cdb) >= _SHORTEST_CDB and cdb[0] in _REPLIES:
        yield from _REPLIES[cdb[0]][1](cdb, data)


def sent_parts(cdb: bytes, data: bytes) -> Parts:
    """Those of data-out."""
    if len(cdb) >= _SHORTEST_CDB and cdb[0] in _SENT:
        yield from _SENT[cdb[0]][1](cdb, data)


def is_known(cdb: bytes) -> bool:
    """Whether the bytes of the command itself are all numbers."""
    return bool(cdb) and len(cdb) <= 16 and cdb[0] in {*_REPLIES, *_SENT, *_PLAIN}


def words_of(cdb: bytes) -> str:
    """What a command asks for: ``INQUIRY, page C0h``, ``command FFh``."""
    if not cdb:
        return "command without bytes"
    name, _ = _REPLIES.get(cdb[0]) or _SENT.get(cdb[0]) or (f"command {cdb[0]:02X}h", None)
    if len(cdb) < _SHORTEST_CDB:
        return name
    if cdb[0] == 0x12 and cdb[1] & 0x01:
        return f"{name}, page {cdb[2]:02X}h"
    if cdb[0] in (0x1A, 0x5A, 0x4D):
        return f"{name}, page {cdb[2] & 0x3F:02X}h"
    return name
