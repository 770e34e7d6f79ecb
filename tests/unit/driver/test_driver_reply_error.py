"""What a reply that reports a failure is called: in words, with its codes, and with what to do."""

from __future__ import annotations

import pytest
from scsi_bytes import check

from changer.errors import (
    ChangerError,
    DeviceFailed,
    InvalidSlot,
    LibraryOffline,
    NotReady,
    RemovalPrevented,
    ReservationConflict,
    UnsupportedByLibrary,
)
from changer.library.reply_error import reply_error
from changer.smc.command import Reply, Status
from changer.smc.elements import Model
from changer.smc.sense import parse_sense
from changer.values import replace

PANEL = "look at the library's panel; try again when it is ready"
SHOWN = "look at the library's panel; changer status shows what it reports now"
ONLINE = "set the library online at its panel, then try again"

# Class of the error, reply; its message and hint.
CASES: dict[str, tuple[type[ChangerError], Reply, str, str | None]] = {
    "busy": (NotReady, Reply(Status.BUSY), "the library is busy (IT: BUSY)", PANEL),
    "reserved": (
        ReservationConflict,
        Reply(Status.RESERVATION_CONFLICT),
        "another host has reserved the library (IT: RESERVATION CONFLICT)",
        "changer reservation shows whose reservation it is",
    ),
    "queue full": (
        NotReady,
        Reply(Status.TASK_SET_FULL),
        "the library's queue is full (IT: TASK SET FULL)",
        PANEL,
    ),
    "another status": (DeviceFailed, Reply(0x04), "IT: SCSI status 04h, no sense data", SHOWN),
    "no sense data": (
        DeviceFailed,
        Reply(Status.CHECK_CONDITION),
        "IT: SCSI status 02h, no sense data",
        SHOWN,
    ),
    "sense data that can't be read": (
        DeviceFailed,
        Reply(Status.CHECK_CONDITION, sense=b"\x01\xff"),
        "IT: sense data that can't be read: 01 ff",
        SHOWN,
    ),
    "scan needed": (
        NotReady,
        check(2, 0x04, 0x02),
        "not ready, initializing command required (IT: Not Ready, 04/02)",
        "it asks for an inventory (moves the robot): changer inventory",
    ),
    "removal prevented": (
        RemovalPrevented,
        check(5, 0x53, 0x02),
        "medium removal prevented (IT: Illegal Request, 53/02)",
        "allow removal with: changer unlock; if a drive holds the cartridge: mt -f /dev/nstN "
        "unlock",
    ),
    "removal prevented by a drive": (
        RemovalPrevented,
        check(4, 0x53, 0x00),
        "media load or eject failed (IT: Hardware Error, 53/00)",
        "have the drive eject it first: mt -f /dev/nstN offline",
    ),
    "unsupported": (
        UnsupportedByLibrary,
        check(5, 0x20, 0x00),
        "invalid command operation code (IT: Illegal Request, 20/00)",
        "the library does not support this",
    ),
    "no hint": (
        InvalidSlot,
        check(5, 0x21, 0x01),
        "invalid element address (IT: Illegal Request, 21/01)",
        None,
    ),
    "offline": (
        LibraryOffline,
        check(2, 0x04, 0x12),
        "the library is offline (IT: Not Ready, 04/12)",
        ONLINE,
    ),
    "offline, without a code": (
        LibraryOffline,
        Reply(Status.CHECK_CONDITION, sense=b"\x70\0\2\0\0\0\0\0"),
        "the library is offline (IT: Not Ready)",
        ONLINE,
    ),
    "offline, for another reason": (
        LibraryOffline,
        check(2, 0x04, 0x03),
        "the library is offline: manual intervention required (IT: Not Ready, 04/03)",
        ONLINE,
    ),
    "door": (
        LibraryOffline,
        check(2, 0x04, 0x18),
        "the library's door is open (IT: Not Ready, 04/18)",
        "close the library's door, then try again",
    ),
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("case", CASES)
def test_reply_is_told_in_words_with_its_codes_and_what_to_do(case: str) -> None:
    kind, reply, words, hint = CASES[case]
    try:
        sense = parse_sense(reply.sense) if reply.sense else None
    except ChangerError:
        sense = None
    error = reply_error(kind, "IT", reply, sense)
    assert type(error) is kind
    assert (error.message, error.hint) == (words, hint)
    assert error.sense == (reply.sense or None)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("model", "reply", "message", "hint"),
    [
        (
            Model("IBM", "03584L22"),
            check(2, 0x04, 0x84),
            "the library's I/O station is open (IT: Not Ready, 04/84)",
            "close the I/O station, then try again",
        ),
        (
            Model("STK", "SL500"),
            check(2, 0x3A, 0x02),
            "the library's mail slots are open (IT: Not Ready, 3A/02)",
            "close the mail slots, then try again",
        ),
        (
            Model("QUALSTAR", "TLS-8211"),
            check(2, 0x04, 0x83),
            "the library's door is open (IT: Not Ready, 04/83)",
            "close the library's door, then try again",
        ),
    ],
)
def test_what_is_open_at_an_offline_library_is_told_by_its_makers_code(
    model: Model, reply: Reply, message: str, hint: str
) -> None:
    sense = parse_sense(reply.sense)
    assert sense.additional is not None
    sense = sense._replace(additional=replace(sense.additional, model=model))
    error = reply_error(LibraryOffline, "IT", reply, sense)
    assert (error.message, error.hint) == (message, hint)
