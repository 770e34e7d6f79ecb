"""Actions on a reply: a table from SCSI status and sense data.

Pure. Rows are searched in order and the first that fits decides, so the narrow ones stand first.
Keys and codes: SPC-4 sense keys, SMC-3. Vendor-specific codes are rows of ``vendor_codes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from changer.errors import (
    DestinationFull,
    DeviceFailed,
    DeviceNotAvailable,
    ElementNotPresent,
    InvalidSlot,
    LibraryOffline,
    NotReady,
    RemovalPrevented,
    ReservationConflict,
    SourceEmpty,
    UnsupportedByLibrary,
)
from changer.smc.command import Command, Reply, Status
from changer.smc.sense import Action, SenseAction, SenseData, SenseKey, UnitAttention


@dataclass(frozen=True, slots=True)
class _Row:
    """Sense key, ASC (None: any), ASCQ range (None: any), and the action."""

    key: int
    asc: int | None
    ascq: range | None
    action: SenseAction


def _only(ascq: int) -> range:
    return range(ascq, ascq + 1)


_OFFLINE = SenseAction(Action.FAIL, LibraryOffline)
_WAIT = SenseAction(Action.WAIT, NotReady)
_UNKNOWN = SenseAction(Action.UNKNOWN, DeviceFailed)
# SPC-4: a command that a deferred error is reported on was not executed, even if all ended well.
_DEFERRED = SenseAction(Action.RETRY, DeviceFailed)


def _attention(attention: UnitAttention) -> SenseAction:
    return SenseAction(Action.ATTENTION, NotReady, attention)


# What changed was cut off: then everything may have.
_UNTOLD = _attention(UnitAttention.IDENTITY)

_ROWS = (
    _Row(0x00, None, None, SenseAction(Action.ACCEPT)),
    _Row(0x01, None, None, SenseAction(Action.ACCEPT)),
    _Row(0x02, 0x04, _only(0x00), SenseAction(Action.RETRY, NotReady)),
    _Row(0x02, 0x04, _only(0x01), _WAIT),
    _Row(0x02, 0x04, _only(0x02), SenseAction(Action.INITIALIZE, NotReady)),
    _Row(0x02, 0x04, _only(0x03), _OFFLINE),
    _Row(0x02, 0x04, _only(0x07), _WAIT),
    _Row(0x02, 0x04, _only(0x12), _OFFLINE),
    _Row(0x02, 0x30, _only(0x03), _WAIT),
    _Row(0x02, 0x3A, None, SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x02, 0x3B, _only(0x11), SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x02, 0x3B, _only(0x12), SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x02, None, None, SenseAction(Action.FAIL, NotReady)),
    _Row(0x04, None, None, _UNKNOWN),
    _Row(0x05, 0x20, _only(0x00), SenseAction(Action.FAIL, UnsupportedByLibrary)),
    _Row(0x05, 0x21, _only(0x01), SenseAction(Action.FAIL, InvalidSlot)),
    _Row(0x05, 0x24, None, SenseAction(Action.FAIL, UnsupportedByLibrary)),
    _Row(0x05, 0x25, None, SenseAction(Action.FAIL, DeviceNotAvailable)),
    _Row(0x05, 0x3B, _only(0x0D), SenseAction(Action.FAIL, DestinationFull)),
    _Row(0x05, 0x3B, _only(0x0E), SenseAction(Action.FAIL, SourceEmpty)),
    _Row(0x05, 0x3B, _only(0x11), SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x05, 0x3B, _only(0x12), SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x05, 0x3B, _only(0x18), SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x05, 0x53, range(0x02, 0x04), SenseAction(Action.FAIL, RemovalPrevented)),
    _Row(0x05, None, None, SenseAction(Action.FAIL)),
    _Row(0x06, 0x28, None, _attention(UnitAttention.CONTENTS)),
    _Row(0x06, 0x29, None, _attention(UnitAttention.RESET)),
    _Row(0x06, 0x2A, _only(0x01), _attention(UnitAttention.PARAMETERS)),
    _Row(0x06, 0x2A, range(0x03, 0x06), _attention(UnitAttention.RESERVATIONS)),
    _Row(0x06, 0x3B, None, _attention(UnitAttention.CONTENTS)),
    _Row(0x06, 0x3F, None, _attention(UnitAttention.IDENTITY)),
    _Row(0x06, 0x5A, _only(0x01), _attention(UnitAttention.REMOVAL_REQUEST)),
    _Row(0x06, None, None, _attention(UnitAttention.OTHER)),
    _Row(0x0B, None, None, _UNKNOWN),
)


def judge_sense(sense: SenseData | None) -> SenseAction:
    """Action on sense data; without readable sense data the outcome is unknown."""
    if sense is None:
        return _UNKNOWN
    if sense.key == SenseKey.UNIT_ATTENTION and sense.additional is None:
        return _UNTOLD
    action = _vendor_action(sense) or _standard_action(sense)
    accepted = action.action is Action.ACCEPT
    return _DEFERRED if accepted and sense.deferred else action


def _vendor_action(sense: SenseData) -> SenseAction | None:
    from changer.smc.vendor_codes import vendor_code

    row = vendor_code(sense.additional) if sense.additional else None
    return row.actions.get(sense.key) if row else None


def _standard_action(sense: SenseData) -> SenseAction:
    asc = sense.additional.asc if sense.additional else None
    ascq = sense.additional.ascq if sense.additional else None
    for row in _ROWS:
        if (
            row.key == sense.key
            and (row.asc is None or row.asc == asc)
            and (row.ascq is None or (ascq is not None and ascq in row.ascq))
        ):
            return row.action
    return _UNKNOWN


def judge_status(reply: Reply, command: Command[Any]) -> SenseAction | None:
    """Action on a SCSI status by itself; None when the sense data decides."""
    if reply.status == Status.GOOD:
        return SenseAction(Action.ACCEPT)
    if reply.status == Status.CHECK_CONDITION:
        return None
    if reply.status in (Status.BUSY, Status.TASK_SET_FULL):
        return SenseAction(Action.RETRY, NotReady)
    if reply.status == Status.RESERVATION_CONFLICT:
        return SenseAction(Action.FAIL, ReservationConflict)
    return SenseAction(Action.UNKNOWN if command.moves_medium else Action.FAIL, DeviceFailed)
