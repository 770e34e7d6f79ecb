"""The cleaner functions of the Removable Storage Manager, by name, for this host's libraries.

They take what the functions of ``ntmsapi.h`` take, in their order, and return their numbers
(MS-RSMP v20170601); docs/ntms.md says which is which. What the numbers cover is never raised.
GUIDs are ``uuid.UUID`` or text; ``library_guid`` and its neighbours make them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert, require_cleans
from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError, UsageError
from changer.ntms.identifiers import (
    drive_guid,
    library_guid,
    parse_guid,
    place_of_slot,
    slot_guid,
    standalone_drive_guid,
)
from changer.ntms.session import NtmsSession, answer, host_request

if TYPE_CHECKING:
    from uuid import UUID

__all__ = [
    "ERROR_ACCESS_DENIED",
    "ERROR_ALREADY_RESERVED",
    "ERROR_BUSY",
    "ERROR_CANCELLED",
    "ERROR_CLEANER_CARTRIDGE_SPENT",
    "ERROR_DATABASE_FAILURE",
    "ERROR_DATABASE_FULL",
    "ERROR_DEVICE_NOT_AVAILABLE",
    "ERROR_IEPORT_FULL",
    "ERROR_INVALID_CLEANER",
    "ERROR_INVALID_DRIVE",
    "ERROR_INVALID_HANDLE",
    "ERROR_INVALID_LIBRARY",
    "ERROR_INVALID_OPERATION",
    "ERROR_INVALID_PARAMETER",
    "ERROR_INVALID_SLOT",
    "ERROR_LIBRARY_OFFLINE",
    "ERROR_NOT_CONNECTED",
    "ERROR_NOT_SUPPORTED",
    "ERROR_NO_SLOT_RESERVED",
    "ERROR_NO_SLOT_SET",
    "ERROR_OBJECT_NOT_FOUND",
    "ERROR_RESOURCE_DISABLED",
    "ERROR_RESOURCE_NOT_PRESENT",
    "ERROR_SLOT_EMPTY",
    "ERROR_SLOT_FULL",
    "ERROR_SLOT_NOT_PRESENT",
    "ERROR_SUCCESS",
    "ERROR_TIMEOUT",
    "ERROR_UNABLE_TO_CLEAN",
    "ERROR_UNABLE_TO_INVENTORY_SLOT",
    "NTMS_EJECT_START",
    "NTMS_EJECT_STOP",
    "NTMS_INJECT_START",
    "NTMS_INJECT_STOP",
    "CleanNtmsDrive",
    "CloseNtmsSession",
    "EjectNtmsCleaner",
    "InjectNtmsCleaner",
    "NtmsOperation",
    "NtmsSession",
    "OpenNtmsSession",
    "ReleaseNtmsCleanerSlot",
    "ReserveNtmsCleanerSlot",
    "drive_guid",
    "library_guid",
    "slot_guid",
    "standalone_drive_guid",
]

ERROR_SUCCESS = 0
ERROR_ACCESS_DENIED = 5
ERROR_INVALID_HANDLE = 6
ERROR_INVALID_DRIVE = 15
ERROR_NOT_SUPPORTED = 50
ERROR_INVALID_PARAMETER = 87
ERROR_BUSY = 170
ERROR_INVALID_SLOT = 487
ERROR_CANCELLED = 1223
ERROR_TIMEOUT = 1460
ERROR_NOT_CONNECTED = 2250
ERROR_INVALID_LIBRARY = 4301
ERROR_LIBRARY_OFFLINE = 4305
ERROR_SLOT_EMPTY = 4306
ERROR_RESOURCE_DISABLED = 4309
ERROR_INVALID_CLEANER = 4310
ERROR_UNABLE_TO_CLEAN = 4311
ERROR_OBJECT_NOT_FOUND = 4312
ERROR_DATABASE_FAILURE = 4313
ERROR_DATABASE_FULL = 4314
ERROR_RESOURCE_NOT_PRESENT = 4316
ERROR_SLOT_NOT_PRESENT = 4316
ERROR_INVALID_OPERATION = 4317
ERROR_DEVICE_NOT_AVAILABLE = 4319
ERROR_UNABLE_TO_INVENTORY_SLOT = 4326
ERROR_ALREADY_RESERVED = 4331
ERROR_NO_SLOT_RESERVED = 4332
ERROR_NO_SLOT_SET = 4332
ERROR_CLEANER_CARTRIDGE_SPENT = 4333
ERROR_IEPORT_FULL = 4341
ERROR_SLOT_FULL = 5006

NTMS_INJECT_START, NTMS_INJECT_STOP = 0, 1
NTMS_EJECT_START, NTMS_EJECT_STOP = 0, 1


@dataclass(slots=True)
class NtmsOperation:
    """In and out: START leaves the operation's identifier here, STOP finds it here."""

    id: UUID | str | None = None


def OpenNtmsSession(
    server: str | None = None,
    application: str = "application",
    *,
    wait_seconds: float = 0.0,
    on_error: Callable[[ChangerError], None] | None = None,
) -> NtmsSession:
    """A session with the libraries of this host; calls on another server's answer NOT_CONNECTED.

    ``application``: what others read of who holds a library. ``wait_seconds``: how long to wait for
    a library that is held, before ERROR_BUSY. ``on_error``: told the error behind each refusal.
    """
    return NtmsSession(
        lambda: host_request(application, wait_seconds=wait_seconds),
        server=server,
        on_error=on_error,
    )


def CloseNtmsSession(session: NtmsSession | None) -> int:
    """End a session; what it started goes on, and keeps the process until it ends."""
    return answer(session, "reserve", lambda opened: opened.close())


def ReserveNtmsCleanerSlot(
    session: NtmsSession | None, library: UUID | str | None, slot: UUID | str | None
) -> int:
    """Reserve a present and empty slot for a cleaning cartridge (cleaning.reserve)."""

    def call(opened: NtmsSession) -> None:
        library_id, slot_id = parse_guid(library, what="a library"), parse_guid(slot, what="a slot")
        with opened.library(library_id) as found:
            reserve(found, place_of_slot(slot_id, found.id))

    return answer(session, "reserve", call)


def ReleaseNtmsCleanerSlot(session: NtmsSession | None, library: UUID | str | None) -> int:
    """Give up the reserved slot, if it is present and empty (cleaning.release)."""

    def call(opened: NtmsSession) -> None:
        with opened.library(parse_guid(library, what="a library")) as found:
            release(found)

    return answer(session, "release", call)


def InjectNtmsCleaner(
    session: NtmsSession | None,
    library: UUID | str | None,
    operation: NtmsOperation | None,
    number_of_cleans_left: int,
    action: int,
) -> int:
    """Wait for a cleaning cartridge and bring it into the reserved slot, or stop that.

    START answers when all but the person and the robot is done (cleaner_insertion.insert), and
    leaves the operation's identifier in ``operation``; STOP needs it there.
    """

    def call(opened: NtmsSession) -> None:
        library_id = parse_guid(library, what="a library")
        _require_action(action)
        holder = _require_holder(operation)
        if action == NTMS_INJECT_STOP:
            opened.stop(library_id, "insert", parse_guid(holder.id, what="an operation"))
            return
        _require_number(number_of_cleans_left)
        request = InsertionRequest(cleans_left=number_of_cleans_left)
        started = opened.start(library_id, partial(insert, request=request))
        holder.id = parse_guid(started.id, what="an operation")

    return answer(session, "insert", call)


def EjectNtmsCleaner(
    session: NtmsSession | None,
    library: UUID | str | None,
    operation: NtmsOperation | None,
    action: int,
) -> int:
    """Bring the cleaning cartridge to where a person takes it, or stop waiting for that.

    START answers when all but the robot and the person is done (cleaner_ejection.eject), and
    leaves the operation's identifier in ``operation``; STOP needs it there.
    """

    def call(opened: NtmsSession) -> None:
        library_id = parse_guid(library, what="a library")
        _require_action(action)
        holder = _require_holder(operation)
        if action == NTMS_EJECT_STOP:
            opened.stop(library_id, "eject", parse_guid(holder.id, what="an operation"))
            return
        holder.id = parse_guid(opened.start(library_id, eject).id, what="an operation")

    return answer(session, "eject", call)


def CleanNtmsDrive(session: NtmsSession | None, drive: UUID | str | None) -> int:
    """Queue a cleaning of a drive (drive_cleaning.clean), once nothing speaks against it.

    A stand-alone drive is marked as cleaned now (standalone_drive.mark_cleaned).
    """

    def call(opened: NtmsSession) -> None:
        drive_id = parse_guid(drive, what="a drive")
        if not opened.mark_standalone_drive(drive_id):
            opened.start_on_drive(drive_id, clean)

    return answer(session, "clean", call)


def _require_action(action: int) -> None:
    if isinstance(action, bool) or action not in (NTMS_INJECT_START, NTMS_INJECT_STOP):
        raise UsageError(f"{action!r} is neither START nor STOP")


def _require_holder(operation: NtmsOperation | None) -> NtmsOperation:
    if not isinstance(operation, NtmsOperation):
        raise UsageError("no NtmsOperation to keep the operation's identifier in")
    return operation


def _require_number(number_of_cleans_left: int) -> None:
    if not isinstance(number_of_cleans_left, int) or isinstance(number_of_cleans_left, bool):
        raise UsageError(f"{number_of_cleans_left!r} is no number of cleans")
    require_cleans(number_of_cleans_left)
