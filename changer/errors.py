"""Every error: its code, exit status, RSM name and number, and what to do next.

Names and numbers are those of facts on the Removable Storage Manager (MS-RSMP v20170601 and
``ntmsapi.h``). One class per situation; exit statuses are unique and never change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from changer.printable import printable

__all__ = ["EXIT_INTERRUPTED", "ChangerError", "NtmsResult", "error_classes"]

EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class NtmsResult:
    """What the Removable Storage Manager calls a result: name and Win32 number."""

    name: str
    code: int


class ChangerError(Exception):
    """Base of all. ``hint`` says what to do next, ``sense`` holds the device's raw sense data.

    Both texts may quote what others wrote, and are printable, wherever the error is caught.
    """

    code: ClassVar[str]
    exit_status: ClassVar[int]
    ntms: ClassVar[NtmsResult | None] = None

    def __init__(
        self, message: str, *, hint: str | None = None, sense: bytes | None = None
    ) -> None:
        self.message = printable(message)
        super().__init__(self.message)
        self.hint = None if hint is None else printable(hint)
        self.sense = sense or None


# The caller


class UsageError(ChangerError):
    """The words of the request are wrong: a place, a number, an option."""

    code = "usage"
    exit_status = 2
    ntms = NtmsResult("ERROR_INVALID_PARAMETER", 87)


class NoLibrary(ChangerError):
    """No library answers to that name, or the host has none."""

    code = "no-library"
    exit_status = 3
    ntms = NtmsResult("ERROR_INVALID_LIBRARY", 4301)


class AmbiguousLibrary(ChangerError):
    """More than one library answers to that name."""

    code = "ambiguous-library"
    exit_status = 4
    ntms = NtmsResult("ERROR_INVALID_LIBRARY", 4301)


class AccessDenied(ChangerError):
    """The caller has no right to the device, the store or the lock."""

    code = "access-denied"
    exit_status = 5
    ntms = NtmsResult("ERROR_ACCESS_DENIED", 5)


class NoSuchDrive(ChangerError):
    """The library has no data transfer element of that number."""

    code = "no-such-drive"
    exit_status = 6
    ntms = NtmsResult("ERROR_INVALID_DRIVE", 15)


class InvalidSlot(ChangerError):
    """The address range of the library holds no such element."""

    code = "invalid-slot"
    exit_status = 7
    ntms = NtmsResult("ERROR_INVALID_SLOT", 487)


class VolumeNotFound(ChangerError):
    """No element of the library holds a cartridge with that volume tag, or more than one does."""

    code = "volume-not-found"
    exit_status = 8
    ntms = NtmsResult("ERROR_OBJECT_NOT_FOUND", 4312)


# Host and device


class DeviceNotAvailable(ChangerError):
    """The device node does not exist, or nothing answers behind it."""

    code = "device-not-available"
    exit_status = 10
    ntms = NtmsResult("ERROR_DEVICE_NOT_AVAILABLE", 4319)


class NotAChanger(ChangerError):
    """A device answers, but it is no medium changer."""

    code = "not-a-changer"
    exit_status = 11
    ntms = NtmsResult("ERROR_INVALID_LIBRARY", 4301)


class ToolMissing(ChangerError):
    """A program that carries commands is not installed, or can't be run."""

    code = "tool-missing"
    exit_status = 12
    ntms = NtmsResult("ERROR_DEVICE_NOT_AVAILABLE", 4319)


class TransportFailed(ChangerError):
    """The host could not carry the command to its end; the device may or may not have acted."""

    code = "transport-failed"
    exit_status = 13
    ntms = NtmsResult("ERROR_DEVICE_NOT_AVAILABLE", 4319)


class CommandTimedOut(ChangerError):
    """No reply in time; the device may or may not have acted."""

    code = "command-timed-out"
    exit_status = 14
    ntms = NtmsResult("ERROR_TIMEOUT", 1460)


class MalformedData(ChangerError):
    """The device sent bytes that are not what the standard says they are."""

    code = "malformed-data"
    exit_status = 15
    ntms = NtmsResult("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326)


class LibraryOffline(ChangerError):
    """The library answers, and says that it is offline, or that its door is open."""

    code = "library-offline"
    exit_status = 16
    ntms = NtmsResult("ERROR_LIBRARY_OFFLINE", 4305)


class NotReady(ChangerError):
    """The library is still becoming ready, and did not get there in the time given."""

    code = "not-ready"
    exit_status = 17
    ntms = NtmsResult("ERROR_LIBRARY_OFFLINE", 4305)


class ReservationConflict(ChangerError):
    """Another host holds a SCSI reservation on the library."""

    code = "reservation-conflict"
    exit_status = 18
    ntms = NtmsResult("ERROR_ACCESS_DENIED", 5)


class UnsupportedByLibrary(ChangerError):
    """The library does not know the command, or a field of it."""

    code = "unsupported-by-library"
    exit_status = 19
    ntms = NtmsResult("ERROR_NOT_SUPPORTED", 50)


class DeviceFailed(ChangerError):
    """The device reported a condition that has no better class here; its sense says which."""

    code = "device-failed"
    exit_status = 20
    ntms = NtmsResult("ERROR_DEVICE_NOT_AVAILABLE", 4319)


class IdentityChanged(ChangerError):
    """The device is no longer the library that it was when it was opened."""

    code = "identity-changed"
    exit_status = 21
    ntms = NtmsResult("ERROR_INVALID_LIBRARY", 4301)


class LibraryDisabled(ChangerError):
    """The configuration says that the library is not to be used."""

    code = "library-disabled"
    exit_status = 22
    ntms = NtmsResult("ERROR_RESOURCE_DISABLED", 4309)


class LibraryClosed(ChangerError):
    """The library was closed before; in Python only."""

    code = "library-closed"
    exit_status = 23
    ntms = NtmsResult("ERROR_INVALID_HANDLE", 6)


# Moves


class LibraryBusy(ChangerError):
    """Another process holds the library's lock."""

    code = "library-busy"
    exit_status = 30
    ntms = NtmsResult("ERROR_BUSY", 170)


class SourceEmpty(ChangerError):
    """There is no cartridge where the move was to start."""

    code = "source-empty"
    exit_status = 31
    ntms = NtmsResult("ERROR_SLOT_EMPTY", 4306)


class DestinationFull(ChangerError):
    """There is a cartridge already where the move was to end."""

    code = "destination-full"
    exit_status = 32
    ntms = NtmsResult("ERROR_SLOT_FULL", 5006)


class ElementNotPresent(ChangerError):
    """Source or destination is not there: its magazine or drive is out, or it is disabled."""

    code = "element-not-present"
    exit_status = 33
    ntms = NtmsResult("ERROR_SLOT_NOT_PRESENT", 4316)


class ElementUnknown(ChangerError):
    """The library cannot say what is in source or destination."""

    code = "element-unknown"
    exit_status = 34
    ntms = NtmsResult("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326)


class SlotReserved(ChangerError):
    """The destination is kept free for the cleaning cartridge."""

    code = "slot-reserved"
    exit_status = 35
    ntms = NtmsResult("ERROR_INVALID_CLEANER", 4310)


class MoveNotAllowed(ChangerError):
    """Mode page 1Fh says that the library cannot make this move."""

    code = "move-not-allowed"
    exit_status = 36
    ntms = NtmsResult("ERROR_INVALID_OPERATION", 4317)


class RemovalPrevented(ChangerError):
    """Medium removal is prevented, by the library or by a drive."""

    code = "removal-prevented"
    exit_status = 37
    ntms = NtmsResult("ERROR_BUSY", 170)


class MoveFailed(ChangerError):
    """The move was not executed: the cartridge is where it was."""

    code = "move-failed"
    exit_status = 38
    ntms = NtmsResult("ERROR_DEVICE_NOT_AVAILABLE", 4319)


class CartridgeMisplaced(ChangerError):
    """After the move the cartridge is somewhere else than asked; the message says where."""

    code = "cartridge-misplaced"
    exit_status = 39
    ntms = NtmsResult("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326)


class OutcomeUnknown(ChangerError):
    """The library did not say in time where the cartridge is; the journal keeps the move open."""

    code = "outcome-unknown"
    exit_status = 40
    ntms = NtmsResult("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326)


class DriveNotReady(ChangerError):
    """The cartridge is in the drive, and the drive did not become ready in the time given."""

    code = "drive-not-ready"
    exit_status = 41
    ntms = NtmsResult("ERROR_TIMEOUT", 1460)


class NoFreeElement(ChangerError):
    """No empty element that could take the cartridge was found."""

    code = "no-free-element"
    exit_status = 42
    ntms = NtmsResult("ERROR_SLOT_FULL", 5006)


class RecoveryNeeded(ChangerError):
    """An interrupted move left a cartridge in the transport: it has to be brought home first."""

    code = "recovery-needed"
    exit_status = 43
    ntms = NtmsResult("ERROR_BUSY", 170)


class CartridgeMissing(ChangerError):
    """The library shows the cartridge of an interrupted move nowhere."""

    code = "cartridge-missing"
    exit_status = 44
    ntms = NtmsResult("ERROR_OBJECT_NOT_FOUND", 4312)


# Cleaner management


class AlreadyReserved(ChangerError):
    """The library has a reserved slot."""

    code = "already-reserved"
    exit_status = 50
    ntms = NtmsResult("ERROR_ALREADY_RESERVED", 4331)


class NoSlotReserved(ChangerError):
    """The library has no reserved slot."""

    code = "no-slot-reserved"
    exit_status = 51
    ntms = NtmsResult("ERROR_NO_SLOT_RESERVED", 4332)


class SlotNotPresent(ChangerError):
    """The slot is not there: its magazine is out, it is disabled, or the library omits it."""

    code = "slot-not-present"
    exit_status = 52
    ntms = NtmsResult("ERROR_SLOT_NOT_PRESENT", 4316)


class SlotFull(ChangerError):
    """There is a cartridge in the slot."""

    code = "slot-full"
    exit_status = 53
    ntms = NtmsResult("ERROR_SLOT_FULL", 5006)


class SlotUnknown(ChangerError):
    """The library cannot tell whether the slot is present and empty."""

    code = "slot-unknown"
    exit_status = 54
    ntms = NtmsResult("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326)


class CartridgeOut(ChangerError):
    """The cartridge of the slot is out in a drive or in the transport, and will come back."""

    code = "cartridge-out"
    exit_status = 55
    ntms = NtmsResult("ERROR_BUSY", 170)


class NoSlotSet(ChangerError):
    """The library has no reserved slot, and so no cleaner."""

    code = "no-slot-set"
    exit_status = 56
    ntms = NtmsResult("ERROR_NO_SLOT_SET", 4332)


class SlotEmpty(ChangerError):
    """There is no cleaning cartridge in the reserved slot."""

    code = "slot-empty"
    exit_status = 57
    ntms = NtmsResult("ERROR_SLOT_EMPTY", 4306)


class InvalidCleaner(ChangerError):
    """The cartridge is no cleaning cartridge, or none for this drive."""

    code = "invalid-cleaner"
    exit_status = 58
    ntms = NtmsResult("ERROR_INVALID_CLEANER", 4310)


class CleanerSpent(ChangerError):
    """The cleaning cartridge has no cleans left."""

    code = "cleaner-spent"
    exit_status = 59
    ntms = NtmsResult("ERROR_CLEANER_CARTRIDGE_SPENT", 4333)


class SeveralCartridges(ChangerError):
    """More than one cartridge came in; which one is meant can't be told."""

    code = "several-cartridges"
    exit_status = 80
    ntms = NtmsResult("ERROR_INVALID_CLEANER", 4310)


class UnableToClean(ChangerError):
    """The drive did not report a good cleaning."""

    code = "unable-to-clean"
    exit_status = 81
    ntms = NtmsResult("ERROR_UNABLE_TO_CLEAN", 4311)


class MailSlotsFull(ChangerError):
    """No mail slot can take the cartridge."""

    code = "mail-slots-full"
    exit_status = 82
    ntms = NtmsResult("ERROR_IEPORT_FULL", 4341)


class OperatorTimeout(ChangerError):
    """Nobody did in time what was waited for."""

    code = "operator-timeout"
    exit_status = 83
    ntms = NtmsResult("ERROR_TIMEOUT", 1460)


class OperationStopped(ChangerError):
    """The operation was stopped from elsewhere."""

    code = "operation-stopped"
    exit_status = 84
    ntms = NtmsResult("ERROR_CANCELLED", 1223)


class OperationNotFound(ChangerError):
    """No operation has that id."""

    code = "operation-not-found"
    exit_status = 85
    ntms = NtmsResult("ERROR_OBJECT_NOT_FOUND", 4312)


class OperationNotStoppable(ChangerError):
    """The operation has ended, or waits for nobody and ends by itself."""

    code = "operation-not-stoppable"
    exit_status = 86
    ntms = NtmsResult("ERROR_INVALID_OPERATION", 4317)


class DriveLoaded(ChangerError):
    """There is a cartridge in the drive that is to be cleaned."""

    code = "drive-loaded"
    exit_status = 87
    ntms = NtmsResult("ERROR_BUSY", 170)


class CleanerLow(ChangerError):
    """The cleaning cartridge has few cleans left."""

    code = "cleaner-low"
    exit_status = 88


# The state store


class StoreUnreachable(ChangerError):
    """The state store can't be opened."""

    code = "store-unreachable"
    exit_status = 60
    ntms = NtmsResult("ERROR_NOT_CONNECTED", 2250)


class StoreFailed(ChangerError):
    """The state store is damaged, or a read or write of it failed."""

    code = "store-failed"
    exit_status = 61
    ntms = NtmsResult("ERROR_DATABASE_FAILURE", 4313)


class StoreFull(ChangerError):
    """There is no space left for the state store."""

    code = "store-full"
    exit_status = 62
    ntms = NtmsResult("ERROR_DATABASE_FULL", 4314)


class StoreNewer(ChangerError):
    """The state store was written by a newer version of this program, and is left untouched."""

    code = "store-newer"
    exit_status = 63
    ntms = NtmsResult("ERROR_DATABASE_FAILURE", 4313)


# Virtual libraries


class SimulatorRefused(ChangerError):
    """A virtual library can't be made, changed or deleted as asked."""

    code = "simulator-refused"
    exit_status = 70
    ntms = NtmsResult("ERROR_INVALID_PARAMETER", 87)


class ReplayMismatch(ChangerError):
    """A recording has no answer to the command that was sent."""

    code = "replay-mismatch"
    exit_status = 71


class OutputFailed(ChangerError):
    """A file that the caller named can't be written or read: a full disk, a missing folder."""

    code = "output-failed"
    exit_status = 72


class AttachFailed(ChangerError):
    """The kernel does not show a virtual library as a device: it lacks a module, or refused."""

    code = "attach-failed"
    exit_status = 73
    ntms = NtmsResult("ERROR_DEVICE_NOT_AVAILABLE", 4319)


def error_classes() -> tuple[type[ChangerError], ...]:
    """Every error class, in order of exit status."""
    return tuple(sorted(ChangerError.__subclasses__(), key=lambda error: error.exit_status))
