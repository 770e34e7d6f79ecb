"""The cleaner functions of the Removable Storage Manager, by name, for this host's libraries.

Parameters, their order and the numbers that are returned are those of ``ntmsapi.h`` (MS-RSMP
v20170601); docs/ntms.md has them all. No error that has a number is raised. GUIDs are ``uuid.UUID``
or text, made by ``library_guid``, ``slot_guid``, ``drive_guid`` and ``standalone_drive_guid``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert, require_cleans
from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError, UsageError
from changer.journal.operations import Callbacks
from changer.library.library import Library
from changer.library.opening import host_request
from changer.ntms.identifiers import (
    drive_guid,
    library_guid,
    parse_guid,
    place_of_slot,
    primary_slot,
    slot_guid,
    standalone_drive_guid,
)
from changer.ntms.session import NtmsSession, answer
from changer.store.records import OperationKind
from changer.values import dataclass, replace

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
    """Identifier of an operation: set by START, read by STOP."""

    id: UUID | str | None = None


def OpenNtmsSession(
    server: str | None = None,
    application: str = "application",
    *,
    wait_seconds: float = 0.0,
    on_error: Callable[[ChangerError], None] | None = None,
) -> NtmsSession:
    """Open a session with the libraries of this host.

    server        another server is accepted; calls on it return ERROR_NOT_CONNECTED.
    application   shown to others as the holder of a library's lock.
    wait_seconds  for a library that another process is using, before ERROR_BUSY.
    on_error      called with the error behind each number but ERROR_SUCCESS.
    """
    return NtmsSession(
        lambda: replace(host_request(f"{application} (ntms)"), wait_seconds=wait_seconds),
        server=server,
        on_error=on_error,
    )


def CloseNtmsSession(session: NtmsSession | None) -> int:
    """Close a session. Operations that it started go on, and keep the process until they end."""
    return answer(session, "reserve", lambda opened: opened.close())


def ReserveNtmsCleanerSlot(
    session: NtmsSession | None, library: UUID | str | None, slot: UUID | str | None
) -> int:
    """Reserve a present and empty slot for a cleaning cartridge (changer.cleaning.slot).

    A library has one such slot here: a second is refused with ERROR_ALREADY_RESERVED.
    """

    def call(opened: NtmsSession) -> None:
        library_id, slot_id = opened.library_guid(library), parse_guid(slot, what="a slot")
        with opened.library(library_id) as found:
            reserve(found, place_of_slot(slot_id, found.id), is_only=True)

    return answer(session, "reserve", call)


def ReleaseNtmsCleanerSlot(session: NtmsSession | None, library: UUID | str | None) -> int:
    """Release the primary slot, if it is present and empty (changer.cleaning.slot)."""

    def call(opened: NtmsSession) -> None:
        with opened.library(opened.library_guid(library)) as found:
            release(found, primary_slot(found))

    return answer(session, "release", call)


def InjectNtmsCleaner(
    session: NtmsSession | None,
    library: UUID | str | None,
    operation: NtmsOperation | None,
    number_of_cleans_left: int,
    action: int,
) -> int:
    """Wait for a cleaning cartridge and move it into the primary slot, or stop waiting.

    START answers when only the operator and the robot are waited for (changer.cleaning.insert), and
    leaves the operation's identifier in ``operation``; STOP needs it there.
    """

    def run() -> Callable[..., object]:
        _require_number(number_of_cleans_left)
        return partial(_insert, number_of_cleans_left)

    return _start_or_stop(session, "insert", library, operation, action, run)


def EjectNtmsCleaner(
    session: NtmsSession | None,
    library: UUID | str | None,
    operation: NtmsOperation | None,
    action: int,
) -> int:
    """Move the primary slot's cartridge to a mail slot and wait until it is taken, or stop waiting.

    START answers when only the robot and the operator are waited for (changer.cleaning.eject), and
    leaves the operation's identifier in ``operation``; STOP needs it there.
    """
    return _start_or_stop(session, "eject", library, operation, action, lambda: _eject)


def _insert(number_of_cleans_left: int, library: Library, *, callbacks: Callbacks) -> object:
    request = InsertionRequest(slot=primary_slot(library), cleans_left=number_of_cleans_left)
    return insert(library, request, callbacks=callbacks)


def _eject(library: Library, *, callbacks: Callbacks) -> object:
    return eject(library, primary_slot(library), callbacks=callbacks)


def _start_or_stop(
    session: NtmsSession | None,
    kind: OperationKind,
    library: UUID | str | None,
    operation: NtmsOperation | None,
    action: int,
    run: Callable[[], Callable[..., object]],
) -> int:
    def call(opened: NtmsSession) -> None:
        library_id = opened.library_guid(library)
        if isinstance(action, bool) or action not in (NTMS_INJECT_START, NTMS_INJECT_STOP):
            raise UsageError(f"{action!r} is neither START nor STOP")
        if not isinstance(operation, NtmsOperation):
            raise UsageError("an NtmsOperation is needed for the operation's identifier")
        if action == NTMS_INJECT_STOP:
            opened.stop(library_id, kind, parse_guid(operation.id, what="an operation"))
        else:
            started = opened.start(library_id, run())
            operation.id = parse_guid(started.id, what="an operation")

    return answer(session, kind, call)


def CleanNtmsDrive(session: NtmsSession | None, drive: UUID | str | None) -> int:
    """Queue a cleaning of a drive, once every check has passed (changer.cleaning.clean_drive).

    A stand-alone drive is recorded as cleaned now.
    """

    def call(opened: NtmsSession) -> None:
        drive_id = parse_guid(drive, what="a drive")
        if not opened.mark_standalone_drive(drive_id):
            opened.start_on_drive(drive_id, clean)

    return answer(session, "clean", call)


def _require_number(number_of_cleans_left: int) -> None:
    if not isinstance(number_of_cleans_left, int) or isinstance(number_of_cleans_left, bool):
        raise UsageError(f"{number_of_cleans_left!r} is not a number of cleanings")
    require_cleans(number_of_cleans_left)
