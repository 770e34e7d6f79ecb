"""What a reply that reports a failure means, and what to do next, in words."""

from __future__ import annotations

from changer.errors import (
    ChangerError,
    DeviceFailed,
    LibraryOffline,
    NotReady,
    RemovalPrevented,
    ReservationConflict,
    UnsupportedByLibrary,
)
from changer.smc.asc import additional_sense_text, describe
from changer.smc.command import Reply
from changer.smc.elements import AdditionalSense
from changer.smc.sense import SenseData

_HINTS: dict[type[ChangerError], str] = {
    NotReady: "look at the library's panel; try again when it is ready",
    ReservationConflict: "changer reservation shows whose reservation it is",
    RemovalPrevented: "have the drive eject it first: mt -f /dev/nstN offline",
    UnsupportedByLibrary: "the library does not support this",
    DeviceFailed: "look at the library's panel; changer status shows what it reports now",
}
_HINTS_BY_CODE = {
    AdditionalSense(0x04, 0x02): "it asks for an inventory (moves the robot): changer inventory",
    AdditionalSense(0x53, 0x02): "allow removal with: changer unlock; if a drive holds the "
    "cartridge: mt -f /dev/nstN unlock",
}


def reply_error(
    error: type[ChangerError], command_name: str, reply: Reply, sense: SenseData | None
) -> ChangerError:
    """The error for a reply that was no success: what happened, the remedy, the SCSI in brackets.

    ``sense``: the reply's, as far as it could be read.
    """
    told = sense.additional if sense else None
    hint = (_HINTS_BY_CODE.get(told) if told else None) or _HINTS.get(error)
    condition = None
    if error is LibraryOffline:
        condition, hint = _offline_words((told and additional_sense_text(told)) or "")
    if sense is not None:
        message = describe(sense, command=command_name, condition=condition)
    elif reply.sense:
        message = f"{command_name}: sense data that can't be read: {reply.sense.hex(' ')}"
    elif reply.status in _STATUS_WORDS:
        words, status = _STATUS_WORDS[reply.status]
        message = f"{words} ({command_name}: {status})"
    else:
        message = f"{command_name}: SCSI status {reply.status:02X}h, no sense data"
    return error(message, hint=hint, sense=reply.sense)


def _offline_words(condition: str) -> tuple[str, str]:
    """What an offline library lacks, and the remedy, by the meaning of its sense data."""
    for opened, remedy in _OPENED.items():
        if opened in condition:
            return remedy
    words = condition.removeprefix("not ready, ")
    is_plain = words in ("", "offline")
    return (
        "the library is offline" if is_plain else f"the library is offline: {words}",
        "set the library online at its panel, then try again",
    )


_OPENED = {
    "door": ("the library's door is open", "close the library's door, then try again"),
    "station open": ("the library's I/O station is open", "close the I/O station, then try again"),
    "slots open": ("the library's mail slots are open", "close the mail slots, then try again"),
}
_STATUS_WORDS = {
    0x08: ("the library is busy", "BUSY"),
    0x18: ("another host has reserved the library", "RESERVATION CONFLICT"),
    0x28: ("the library's queue is full", "TASK SET FULL"),
}
