"""Actions on a reply: a table from SCSI status and sense data.

Pure. Rows are searched in order and the first that fits decides, so the narrow ones stand first.
Keys and codes: SPC-4 sense keys, SMC-3. Vendor-specific codes are rows of ``vendor_codes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from changer.errors import (
    DestinationFull,
    DeviceFailed,
    DeviceNotAvailable,
    ElementNotPresent,
    InvalidSlot,
    LibraryOffline,
    MalformedData,
    NotReady,
    RemovalPrevented,
    ReservationConflict,
    SourceEmpty,
    UnsupportedByLibrary,
)
from changer.smc.command import Command, Reply, Status
from changer.smc.sense import Action, SenseAction, SenseData, SenseKey, UnitAttention, parse_sense
from changer.values import NamedTuple


class _Row(NamedTuple):
    """Sense key, ASC (None: any), ASCQ range (None: any), and the action."""

    key: int
    asc: int | None
    ascq: range | None
    action: SenseAction


def _only(ascq: int) -> range:
    return range(ascq, ascq + 1)


_ACCEPT = SenseAction(Action.ACCEPT)
_OFFLINE = SenseAction(Action.FAIL, LibraryOffline)
_WAIT = SenseAction(Action.WAIT, NotReady)
_UNKNOWN = SenseAction(Action.UNKNOWN, DeviceFailed)
_ABORTED = SenseAction(Action.UNKNOWN, DeviceFailed, harmless=Action.RETRY)
_IN_PROGRESS = SenseAction(Action.UNKNOWN, NotReady, harmless=Action.WAIT)


def _attention(attention: UnitAttention) -> SenseAction:
    return SenseAction(Action.ATTENTION, NotReady, attention)


# What was cut off: no warning, then; and if it is what changed, everything may have.
_WITHOUT_CODE: Mapping[int, SenseAction] = {
    SenseKey.NO_SENSE: _ACCEPT,
    SenseKey.UNIT_ATTENTION: _attention(UnitAttention.IDENTITY),
}

# SPC-4, sense key NO SENSE: either the command was successful, or it ended in CHECK CONDITION for
# a filemark, the end of the medium or a length (00/01 to 00/05). What an enclosure or a drive warns
# of comes with this key, too (SPC-4, informational exceptions: MRIE 5h; TapeAlert). All other codes
# tell of something that is not over, or not done: 00/16 is how Oracle's SL150 asks for the command
# again. RECOVERED ERROR: "completed successfully, with some recovery action", whatever it was.
_INFORMATIONAL = (
    _Row(0x00, 0x00, range(0x06), _ACCEPT),
    _Row(0x00, 0x00, _only(0x17), _ACCEPT),  # cleaning requested
    _Row(0x00, 0x0B, None, _ACCEPT),  # warning
    _Row(0x00, 0x5D, None, _ACCEPT),  # failure prediction threshold exceeded
    _Row(0x00, 0x5E, None, _ACCEPT),  # low power condition
)

_ROWS = (
    *_INFORMATIONAL,
    _Row(0x00, 0x00, _only(0x16), _IN_PROGRESS),
    _Row(0x00, None, None, _ABORTED),
    _Row(0x01, None, None, _ACCEPT),
    _Row(0x02, 0x04, _only(0x00), SenseAction(Action.RETRY, NotReady)),
    _Row(0x02, 0x04, _only(0x01), _WAIT),
    _Row(0x02, 0x04, _only(0x02), SenseAction(Action.INITIALIZE, NotReady)),
    _Row(0x02, 0x04, _only(0x03), _OFFLINE),
    _Row(0x02, 0x04, _only(0x07), _WAIT),
    _Row(0x02, 0x04, _only(0x09), _WAIT),
    _Row(0x02, 0x04, _only(0x12), _OFFLINE),
    _Row(0x02, 0x04, _only(0x15), _OFFLINE),
    _Row(0x02, 0x04, range(0x18, 0x1A), _OFFLINE),
    _Row(0x02, 0x04, _only(0x1D), _WAIT),
    _Row(0x02, 0x30, _only(0x03), _WAIT),
    _Row(0x02, 0x3A, None, SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x02, 0x3B, _only(0x11), SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x02, 0x3B, _only(0x12), SenseAction(Action.FAIL, ElementNotPresent)),
    _Row(0x02, 0x3E, _only(0x00), _WAIT),
    _Row(0x02, 0x74, _only(0x71), SenseAction(Action.FAIL, DeviceNotAvailable)),
    _Row(0x02, None, None, SenseAction(Action.FAIL, NotReady)),
    _Row(0x04, None, None, _UNKNOWN),
    _Row(0x05, 0x20, _only(0x00), SenseAction(Action.FAIL, UnsupportedByLibrary)),
    _Row(0x05, 0x21, _only(0x01), SenseAction(Action.FAIL, InvalidSlot)),
    _Row(0x05, 0x24, None, SenseAction(Action.FAIL, UnsupportedByLibrary)),
    _Row(0x05, 0x25, None, SenseAction(Action.FAIL, DeviceNotAvailable)),
    _Row(0x05, 0x30, _only(0x03), _WAIT),
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
    _Row(0x09, None, None, _UNKNOWN),  # vendor specific: vendor_codes has those that are known
    _Row(0x0B, None, None, _ABORTED),
)


def judge_sense(sense: SenseData | None) -> SenseAction:
    """Action on sense data; without readable sense data the outcome is unknown."""
    if sense is None:
        return _UNKNOWN
    if sense.additional is None and sense.key in _WITHOUT_CODE:
        action = _WITHOUT_CODE[sense.key]
    else:
        action = _vendor_action(sense) or _standard_action(sense)
    return _of_earlier_command(action) if sense.deferred else action


def reports_success(sense: bytes) -> bool:
    """Whether CHECK CONDITION with this sense data means that the command was executed."""
    try:
        return judge_sense(parse_sense(sense)).action is Action.ACCEPT
    except MalformedData:
        return False


def _of_earlier_command(action: SenseAction) -> SenseAction:
    """Action on a deferred error. SPC-4: the command that it is reported on was not executed."""
    if action.action is Action.ACCEPT:
        return SenseAction(Action.RETRY, action.error)
    if action.action in (Action.WAIT, Action.ATTENTION):
        return action
    return action._replace(harmless=Action.RETRY)


def _vendor_action(sense: SenseData) -> SenseAction | None:
    from changer.smc.vendor_codes import vendor_action

    return vendor_action(sense.additional, sense.key) if sense.additional else None


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
