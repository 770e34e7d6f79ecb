"""The sense table: what is said, and what is to be done (SPC-4, SMC-3).

Written from the table and not from the driver, whose own table it judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scsi_bytes import descriptor_sense, fixed_sense

from changer import errors
from changer.errors import ChangerError
from changer.smc.command import Reply, Status


class Asks(Enum):
    """The column "action"."""

    NOTHING = "the command was executed"
    SHORT_RETRY = "short retry, then fail"
    WAIT = "wait, for minutes, then fail"
    INVENTORY = "07h once, then retry"
    FAIL = "fail"
    LOOK = "no blind retry: find the cartridge"
    RETRY_READS = "aborted: retry reads only"
    READS_WAIT = "in progress: reads wait, for minutes; find the cartridge of a motion"
    FEATURE_OFF = "the feature is off, and remembered"
    REFRESH_GEOMETRY = "refresh the geometry, fail"
    READ_AGAIN = "drop every cached thing, read again"


# What leaves open what a motion did.
IN_DOUBT = (Asks.LOOK, Asks.RETRY_READS, Asks.READS_WAIT)


class Form(Enum):
    """Format of sense data: its response code (SPC-4)."""

    FIXED = 0x70
    DEFERRED = 0x71
    DESCRIPTOR = 0x72
    DEFERRED_DESCRIPTOR = 0x73

    @property
    def deferred(self) -> bool:
        """About an earlier command."""
        return self in (Form.DEFERRED, Form.DEFERRED_DESCRIPTOR)


@dataclass(frozen=True)
class Row:
    """Status and sense, what they ask for, and the error if the condition stays."""

    key: int
    asc: int
    ascq: int
    asks: Asks
    error: type[ChangerError]
    status: int = Status.CHECK_CONDITION

    @property
    def id(self) -> str:
        if self.status != Status.CHECK_CONDITION:
            return f"status-{self.status:02X}h"
        return f"{self.key:02X}-{self.asc:02X}-{self.ascq:02X}"


def _not_ready(ascq: int, asks: Asks, error: type[ChangerError] = errors.NotReady) -> Row:
    return Row(0x02, 0x04, ascq, asks, error)


def _attentions(*codes: tuple[int, int]) -> list[Row]:
    return [Row(0x06, *code, Asks.READ_AGAIN, errors.NotReady) for code in codes]


ROWS = [
    Row(0x00, 0x00, 0x00, Asks.NOTHING, errors.DeviceFailed),
    Row(0x00, 0x0B, 0x01, Asks.NOTHING, errors.DeviceFailed),
    Row(0x00, 0x00, 0x16, Asks.READS_WAIT, errors.NotReady),
    Row(0x01, 0x17, 0x01, Asks.NOTHING, errors.DeviceFailed),
    _not_ready(0x00, Asks.SHORT_RETRY),
    _not_ready(0x01, Asks.WAIT),
    _not_ready(0x02, Asks.INVENTORY),
    _not_ready(0x03, Asks.FAIL, errors.LibraryOffline),
    _not_ready(0x07, Asks.WAIT),
    _not_ready(0x09, Asks.WAIT),
    _not_ready(0x12, Asks.FAIL, errors.LibraryOffline),
    _not_ready(0x15, Asks.FAIL, errors.LibraryOffline),
    _not_ready(0x18, Asks.FAIL, errors.LibraryOffline),
    _not_ready(0x19, Asks.FAIL, errors.LibraryOffline),
    _not_ready(0x1D, Asks.WAIT),
    _not_ready(0x8D, Asks.FAIL, errors.LibraryOffline),
    _not_ready(0x83, Asks.FAIL, errors.LibraryOffline),
    _not_ready(0x85, Asks.WAIT),
    _not_ready(0x8E, Asks.FAIL, errors.LibraryOffline),
    Row(0x02, 0x30, 0x03, Asks.WAIT, errors.NotReady),
    Row(0x02, 0x3A, 0x00, Asks.FAIL, errors.ElementNotPresent),
    Row(0x02, 0x3A, 0x02, Asks.FAIL, errors.ElementNotPresent),
    Row(0x02, 0x3B, 0x12, Asks.FAIL, errors.ElementNotPresent),
    Row(0x02, 0x3E, 0x00, Asks.WAIT, errors.NotReady),
    Row(0x04, 0x15, 0x01, Asks.LOOK, errors.DeviceFailed),
    Row(0x04, 0x44, 0x00, Asks.LOOK, errors.DeviceFailed),
    Row(0x05, 0x20, 0x00, Asks.FEATURE_OFF, errors.UnsupportedByLibrary),
    Row(0x05, 0x21, 0x01, Asks.REFRESH_GEOMETRY, errors.InvalidSlot),
    Row(0x05, 0x24, 0x00, Asks.FEATURE_OFF, errors.UnsupportedByLibrary),
    Row(0x05, 0x30, 0x03, Asks.WAIT, errors.NotReady),
    Row(0x05, 0x3B, 0x0D, Asks.FAIL, errors.DestinationFull),
    Row(0x05, 0x3B, 0x0E, Asks.FAIL, errors.SourceEmpty),
    Row(0x05, 0x3B, 0x11, Asks.FAIL, errors.ElementNotPresent),
    # "Unload the drive or ALLOW, retry once": a person's to do, whose lock it may be.
    Row(0x05, 0x53, 0x02, Asks.FAIL, errors.RemovalPrevented),
    Row(0x05, 0x53, 0x03, Asks.FAIL, errors.RemovalPrevented),
    *_attentions((0x28, 0x00), (0x28, 0x01)),
    *_attentions((0x3B, 0x12), (0x3B, 0x13), (0x3B, 0x14), (0x3B, 0x15)),
    *_attentions((0x3B, 0x18), (0x3B, 0x19), (0x3B, 0x1A), (0x3B, 0x1B)),
    *_attentions((0x29, 0x00), (0x29, 0x04), (0x2A, 0x01)),
    # "Check, fail": the command sent again is the check; a reservation answers it with 18h.
    *_attentions((0x2A, 0x03), (0x2A, 0x04), (0x2A, 0x05)),
    *_attentions((0x3F, 0x01), (0x3F, 0x03), (0x5A, 0x01)),
    Row(0x0B, 0x00, 0x00, Asks.RETRY_READS, errors.DeviceFailed),
    Row(0x0B, 0x47, 0x00, Asks.RETRY_READS, errors.DeviceFailed),
]

STATUSES = [
    Row(0, 0, 0, Asks.FAIL, errors.ReservationConflict, Status.RESERVATION_CONFLICT),
    Row(0, 0, 0, Asks.SHORT_RETRY, errors.NotReady, Status.BUSY),
    Row(0, 0, 0, Asks.SHORT_RETRY, errors.NotReady, Status.TASK_SET_FULL),
]

# What the table has no row for: an unknown condition is not taken for success or passed over.
UNLISTED = [
    Row(0x00, 0x00, 0x06, Asks.RETRY_READS, errors.DeviceFailed),
    _not_ready(0xFE, Asks.FAIL),
    Row(0x03, 0x30, 0x00, Asks.LOOK, errors.DeviceFailed),
    Row(0x05, 0xFE, 0xED, Asks.FAIL, errors.DeviceFailed),
    *_attentions((0xFE, 0xED)),
    Row(0x09, 0x80, 0x00, Asks.LOOK, errors.DeviceFailed),
    Row(0, 0, 0, Asks.LOOK, errors.DeviceFailed, Status.TASK_ABORTED),
    Row(0, 0, 0, Asks.LOOK, errors.DeviceFailed, 0x30),
]


EVERY_ROW = [*ROWS, *STATUSES, *UNLISTED]


def reply_of(row: Row, form: Form = Form.FIXED) -> Reply:
    """What the device answers, in bytes (SPC-4)."""
    if row.status != Status.CHECK_CONDITION:
        return Reply(row.status)
    write = descriptor_sense if form.value >= Form.DESCRIPTOR.value else fixed_sense
    return Reply(row.status, sense=write(row.key, row.asc, row.ascq, deferred=form.deferred))
