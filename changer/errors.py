"""Errors: the code and exit status of each, its group, and what to do next.

Five groups say what a caller must know of the step that failed. ``load``, ``unload``, ``move``,
``exchange``, ``reserve`` and ``release`` are one step. ``clean``, ``insert``, ``eject``,
``recover``, and ``load`` that waits for the drive are several, and the steps before the one that
failed were done: ``history()`` has them.

An error that can come both before and after the robot acted belongs to the group that claims less.
Codes, exit statuses, and the names and numbers of the Removable Storage Manager (MS-RSMP v20170601
and ``ntmsapi.h``) never change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from changer.printable import printable
from changer.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

EXIT_INTERRUPTED = 130

_NTMS_NUMBERS = {
    "ERROR_ACCESS_DENIED": 5,
    "ERROR_INVALID_HANDLE": 6,
    "ERROR_INVALID_DRIVE": 15,
    "ERROR_NOT_SUPPORTED": 50,
    "ERROR_INVALID_PARAMETER": 87,
    "ERROR_BUSY": 170,
    "ERROR_INVALID_SLOT": 487,
    "ERROR_CANCELLED": 1223,
    "ERROR_TIMEOUT": 1460,
    "ERROR_NOT_CONNECTED": 2250,
    "ERROR_INVALID_LIBRARY": 4301,
    "ERROR_LIBRARY_OFFLINE": 4305,
    "ERROR_SLOT_EMPTY": 4306,
    "ERROR_RESOURCE_DISABLED": 4309,
    "ERROR_INVALID_CLEANER": 4310,
    "ERROR_UNABLE_TO_CLEAN": 4311,
    "ERROR_OBJECT_NOT_FOUND": 4312,
    "ERROR_DATABASE_FAILURE": 4313,
    "ERROR_DATABASE_FULL": 4314,
    "ERROR_SLOT_NOT_PRESENT": 4316,
    "ERROR_INVALID_OPERATION": 4317,
    "ERROR_DEVICE_NOT_AVAILABLE": 4319,
    "ERROR_UNABLE_TO_INVENTORY_SLOT": 4326,
    "ERROR_ALREADY_RESERVED": 4331,
    "ERROR_NO_SLOT_RESERVED": 4332,
    "ERROR_NO_SLOT_SET": 4332,
    "ERROR_CLEANER_CARTRIDGE_SPENT": 4333,
    "ERROR_IEPORT_FULL": 4341,
    "ERROR_SLOT_FULL": 5006,
}


@dataclass(frozen=True, slots=True)
class NtmsResult:
    """A result of the Removable Storage Manager: its name and Win32 number."""

    name: str
    code: int


class ChangerError(Exception):
    """Base of all errors. ``sense``: the device's raw sense data; ``ntms``: None where none fits.

    ``message`` says what and where, ``hint`` what to do next. Both are printable text on one line,
    whatever they quote, and ``str(error)`` is the message, with the context that was added to it.
    ``listed``: what the message has one after the other, of several things; ``lines`` has each on
    a line of its own.
    """

    code: ClassVar[str]
    exit_status: ClassVar[int]
    ntms: ClassVar[NtmsResult | None] = None

    def __init_subclass__(cls, *, exit_status: int = 0, ntms: str | None = None) -> None:
        """A class with an exit status is an error, and its code is its name; others are groups."""
        if exit_status:
            words = "".join(f"-{each.lower()}" if each.isupper() else each for each in cls.__name__)
            cls.code = words.removeprefix("-").removesuffix("-error")
            cls.exit_status = exit_status
            cls.ntms = None if ntms is None else NtmsResult(ntms, _NTMS_NUMBERS[ntms])

    def __init__(
        self, message: str, *, hint: str | None = None, sense: bytes | None = None
    ) -> None:
        self.message = printable(message)
        super().__init__(self.message)
        self.hint = None if hint is None else printable(hint)
        self.sense = sense or None
        self.listed: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The message for people: one line, or more where it lists several things."""
        before, joined, after = self.message.partition("; ".join(self.listed) or "\n")
        if not joined:
            return (self.message,)
        rest = after.removeprefix("; ")
        return (before.rstrip(), *(f"  {each}" for each in self.listed), *([rest] if rest else ()))

    def __str__(self) -> str:
        return self.message

    def rephrase(self, change: Callable[[str], str]) -> None:
        """Put the message into other words, and what it lists."""
        self.message = printable(change(self.message))
        self.args = (self.message,)
        self.listed = tuple(map(change, self.listed))

    def add_context(self, before: str = "", *, after: str = "", hint: str | None = None) -> None:
        """Put words before and after the message, and a better hint in the place of the hint."""
        parts = (f"{before}: " if before else "", self.message, f"; {after}" if after else "")
        self.message = printable("".join(parts))
        self.args = (self.message,)
        if hint is not None:
            self.hint = printable(hint)


class Refused(ChangerError):
    """A check forbade it: no cartridge was moved, and nothing of the library was set.

    Where it was asked to, or the library had no inventory, the robot may have scanned elements.
    Mend what the message names, then call again.
    """


class UsageError(Refused, exit_status=2, ntms="ERROR_INVALID_PARAMETER"):
    """A word of the request is wrong: a place, a number, an option."""


class NoLibrary(Refused, exit_status=3, ntms="ERROR_INVALID_LIBRARY"):
    """No library has that name, or the host has no library."""


class AmbiguousLibrary(Refused, exit_status=4, ntms="ERROR_INVALID_LIBRARY"):
    """More than one library has that name."""


class NoSuchDrive(Refused, exit_status=6, ntms="ERROR_INVALID_DRIVE"):
    """The library has no data transfer element of that number."""


class VolumeNotFound(Refused, exit_status=8, ntms="ERROR_OBJECT_NOT_FOUND"):
    """No element of the library holds a cartridge with that volume tag, or more than one does."""


class CartridgeNotShown(Refused, exit_status=9, ntms="ERROR_OBJECT_NOT_FOUND"):
    """The library does not show a cartridge that was to be found; what is on record was printed."""


class NotAChanger(Refused, exit_status=11, ntms="ERROR_INVALID_LIBRARY"):
    """A device answers, but it is not a medium changer."""


class LibraryDisabled(Refused, exit_status=22, ntms="ERROR_RESOURCE_DISABLED"):
    """The configuration disables the library."""


class LibraryClosed(Refused, exit_status=23, ntms="ERROR_INVALID_HANDLE"):
    """The library was closed before; in Python only."""


class LibraryElsewhere(Refused, exit_status=26, ntms="ERROR_INVALID_LIBRARY"):
    """Another host owns the library (``manager``), and this can't be passed to it."""


class SettingsWrong(Refused, exit_status=27, ntms="ERROR_INVALID_PARAMETER"):
    """The settings have mistakes, contradict each other, or don't fit this host."""


class LibraryBusy(Refused, exit_status=30, ntms="ERROR_BUSY"):
    """Another process holds the library's lock."""


class ElementUnknown(Refused, exit_status=34, ntms="ERROR_UNABLE_TO_INVENTORY_SLOT"):
    """The library does not report what is in source or destination."""


class SlotReserved(Refused, exit_status=35, ntms="ERROR_INVALID_CLEANER"):
    """The destination is kept free for the cleaning cartridge."""


class MoveNotAllowed(Refused, exit_status=36, ntms="ERROR_INVALID_OPERATION"):
    """The library reports that it cannot make this move (mode page 1Fh, EXENAB)."""


class NoFreeElement(Refused, exit_status=42, ntms="ERROR_SLOT_FULL"):
    """No empty element that could take the cartridge was found."""


class RecoveryNeeded(Refused, exit_status=43, ntms="ERROR_BUSY"):
    """A cartridge is in the picker, or an earlier move may still be under way.

    ``changer recover`` puts it away, or settles the move.
    """


class CartridgeMissing(Refused, exit_status=44, ntms="ERROR_OBJECT_NOT_FOUND"):
    """The library shows the cartridge of an interrupted move nowhere."""


class BeingCleaned(Refused, exit_status=45, ntms="ERROR_BUSY"):
    """A drive that is being cleaned, or the home slot of the cleaner that does it."""


class CleanedByLibrary(Refused, exit_status=46, ntms="ERROR_INVALID_OPERATION"):
    """The library keeps the cleaner for cleaning its drives itself."""


class AlreadyReserved(Refused, exit_status=50, ntms="ERROR_ALREADY_RESERVED"):
    """The library has a reserved slot."""


class NoSlotReserved(Refused, exit_status=51, ntms="ERROR_NO_SLOT_RESERVED"):
    """The library has no reserved slot."""


class SlotNotPresent(Refused, exit_status=52, ntms="ERROR_SLOT_NOT_PRESENT"):
    """The slot is not there: its magazine is out, it is disabled, or the library omits it."""


class SlotFull(Refused, exit_status=53, ntms="ERROR_SLOT_FULL"):
    """There is a cartridge in the slot."""


class SlotUnknown(Refused, exit_status=54, ntms="ERROR_UNABLE_TO_INVENTORY_SLOT"):
    """The library does not report whether the slot is present and empty."""


class CartridgeOut(Refused, exit_status=55, ntms="ERROR_BUSY"):
    """The cartridge of the slot is in a drive or in the picker."""


class NoSlotSet(Refused, exit_status=56, ntms="ERROR_NO_SLOT_SET"):
    """The library has no reserved slot, and so no cleaner."""


class SlotEmpty(Refused, exit_status=57, ntms="ERROR_SLOT_EMPTY"):
    """There is no cleaning cartridge in the reserved slot."""


class SimulatorRefused(Refused, exit_status=70, ntms="ERROR_INVALID_PARAMETER"):
    """A virtual library can't be made, changed or deleted as asked."""


class SeveralCartridges(Refused, exit_status=80, ntms="ERROR_INVALID_CLEANER"):
    """More than one cartridge came in, and either could be meant."""


class MailSlotsFull(Refused, exit_status=82, ntms="ERROR_IEPORT_FULL"):
    """No mail slot can take the cartridge."""


class OperationNotFound(Refused, exit_status=85, ntms="ERROR_OBJECT_NOT_FOUND"):
    """No operation has that id."""


class OperationNotStoppable(Refused, exit_status=86, ntms="ERROR_INVALID_OPERATION"):
    """The operation has ended, or does not wait for an operator."""


class DriveLoaded(Refused, exit_status=87, ntms="ERROR_BUSY"):
    """There is a cartridge in the drive that is to be cleaned."""


class CleanerLow(Refused, exit_status=88):
    """The cleaning cartridge has few cleanings left."""


class WantsAttention(Refused, exit_status=95):
    """``changer check``: something of the library wants attention."""


class ProblemsFound(Refused, exit_status=97):
    """``changer doctor``: something of this host, or of a library, is to be fixed."""


class CleanerAsData(Refused, exit_status=89, ntms="ERROR_INVALID_OPERATION"):
    """A cleaning cartridge is to go into a drive by a move that is not a cleaning."""


class NotExecuted(ChangerError):
    """The library did not do it, or would not have: every cartridge is where it was.

    Sent and refused, or known beforehand to be refused. Calling again is safe.
    """


class InvalidSlot(NotExecuted, exit_status=7, ntms="ERROR_INVALID_SLOT"):
    """The address range of the library holds no such element."""


class LibraryOffline(NotExecuted, exit_status=16, ntms="ERROR_LIBRARY_OFFLINE"):
    """The library reports that it is offline, or that its door is open."""


class NotReady(NotExecuted, exit_status=17, ntms="ERROR_LIBRARY_OFFLINE"):
    """The library did not become ready in time."""


class ReservationConflict(NotExecuted, exit_status=18, ntms="ERROR_ACCESS_DENIED"):
    """Another host holds a SCSI reservation on the library."""


class UnsupportedByLibrary(NotExecuted, exit_status=19, ntms="ERROR_NOT_SUPPORTED"):
    """The library does not know the command, or a field of it."""


class SourceEmpty(NotExecuted, exit_status=31, ntms="ERROR_SLOT_EMPTY"):
    """There is no cartridge where the move was to start."""


class DestinationFull(NotExecuted, exit_status=32, ntms="ERROR_SLOT_FULL"):
    """There is a cartridge already where the move was to end."""


class ElementNotPresent(NotExecuted, exit_status=33, ntms="ERROR_SLOT_NOT_PRESENT"):
    """Source or destination is not there: its magazine or drive is out, or it is disabled."""


class RemovalPrevented(NotExecuted, exit_status=37, ntms="ERROR_BUSY"):
    """Medium removal is prevented, by the library or by a drive."""


class MoveFailed(NotExecuted, exit_status=38, ntms="ERROR_DEVICE_NOT_AVAILABLE"):
    """The robot is at rest, and the cartridge is where it was."""


class InDoubt(ChangerError):
    """It was done, or may have been, but not as asked: look before anything else.

    ``status()`` shows what the library says now; the message says how far it came. Calling again
    before that is not safe.
    """


class TransportFailed(InDoubt, exit_status=13, ntms="ERROR_DEVICE_NOT_AVAILABLE"):
    """The host could not carry the command to its end; the device may have acted."""


class CommandTimedOut(InDoubt, exit_status=14, ntms="ERROR_TIMEOUT"):
    """The device did not reply in time, and may have acted."""


class MalformedData(InDoubt, exit_status=15, ntms="ERROR_UNABLE_TO_INVENTORY_SLOT"):
    """The device sent bytes that contradict the standard."""


class DeviceFailed(InDoubt, exit_status=20, ntms="ERROR_DEVICE_NOT_AVAILABLE"):
    """The device reported a condition without a class of its own; ``sense`` has it."""


class IdentityChanged(InDoubt, exit_status=21, ntms="ERROR_INVALID_LIBRARY"):
    """The device is no longer the library that it was when it was opened."""


class CartridgeMisplaced(InDoubt, exit_status=39, ntms="ERROR_UNABLE_TO_INVENTORY_SLOT"):
    """After the move the cartridge is somewhere else than asked; the message says where."""


class OwnerLost(InDoubt, exit_status=25, ntms="ERROR_NOT_CONNECTED"):
    """The connection to the library's owner was lost while it worked; its outcome is not known.

    There it is brought to its end and recorded; nothing is sent a second time.
    """


class OutcomeUnknown(InDoubt, exit_status=40, ntms="ERROR_UNABLE_TO_INVENTORY_SLOT"):
    """The end of the move was not seen, or the library does not report where the cartridge is.

    The robot may still move it: the move stays open.
    """


class OwnershipLost(InDoubt, exit_status=47, ntms="ERROR_BUSY"):
    """Another host has taken the library over, or may have; it settles what was under way."""


class DriveNotReady(InDoubt, exit_status=41, ntms="ERROR_TIMEOUT"):
    """The cartridge is in the drive, which did not become ready in time, or can't use it."""


class InvalidCleaner(InDoubt, exit_status=58, ntms="ERROR_INVALID_CLEANER"):
    """The cartridge is not a cleaning cartridge, or not for this drive."""


class CleanerSpent(InDoubt, exit_status=59, ntms="ERROR_CLEANER_CARTRIDGE_SPENT"):
    """The cleaning cartridge has no cleanings left."""


class UnableToClean(InDoubt, exit_status=81, ntms="ERROR_UNABLE_TO_CLEAN"):
    """The drive did not report a good cleaning."""


class OperatorTimeout(InDoubt, exit_status=83, ntms="ERROR_TIMEOUT"):
    """The operator did not do in time what was asked for."""


class OperationStopped(InDoubt, exit_status=84, ntms="ERROR_CANCELLED"):
    """The operation was stopped from elsewhere."""


class ExportIncomplete(InDoubt, exit_status=90, ntms="ERROR_CANCELLED"):
    """Not every cartridge of an export left the library; the list says which, and why."""


class ImportIncomplete(InDoubt, exit_status=91, ntms="ERROR_CANCELLED"):
    """Not every cartridge that an import was to bring in is in a slot; the list says why."""


class StoreError(ChangerError):
    """The state store failed; the message begins with what was done before, if anything was.

    What was done stays done. A move that could not be recorded is settled by the next one.
    """


class StoreUnreachable(StoreError, exit_status=60, ntms="ERROR_NOT_CONNECTED"):
    """The state store can't be opened."""


class StoreFailed(StoreError, exit_status=61, ntms="ERROR_DATABASE_FAILURE"):
    """The state store is damaged, or a read or write of it failed.

    ``is_damage``: its content is damaged.
    """

    is_damage = False

    @classmethod
    def damage(cls, message: str, *, hint: str | None = None) -> StoreFailed:
        """Return the error for content that is damaged."""
        error = cls(message, hint=hint)
        error.is_damage = True
        return error


class StoreFull(StoreError, exit_status=62, ntms="ERROR_DATABASE_FULL"):
    """There is no space left for the state store."""


class StoreNewer(StoreError, exit_status=63, ntms="ERROR_DATABASE_FAILURE"):
    """The state store was written by a newer version of this program, and is left untouched."""


class HostError(ChangerError):
    """This host failed: a right, a device node, a program or a file. No command was under way.

    What was done before stays done; where something was, the message begins with it.
    """


class AccessDenied(HostError, exit_status=5, ntms="ERROR_ACCESS_DENIED"):
    """The caller has no right to the device, the store or the lock."""


class DeviceNotAvailable(HostError, exit_status=10, ntms="ERROR_DEVICE_NOT_AVAILABLE"):
    """The device node does not exist, or nothing answers behind it."""


class ToolMissing(HostError, exit_status=12, ntms="ERROR_DEVICE_NOT_AVAILABLE"):
    """A program that carries commands is not installed, or can't be run."""


class OwnerUnreachable(HostError, exit_status=24, ntms="ERROR_NOT_CONNECTED"):
    """The host that owns the library can't be reached, or can't be asked: nothing was begun."""


class ReplayMismatch(HostError, exit_status=71):
    """A recording has no answer to the command that was sent."""


class OutputFailed(HostError, exit_status=72):
    """A file that the caller named can't be written or read: a full disk, a missing folder."""


class AttachFailed(HostError, exit_status=73, ntms="ERROR_DEVICE_NOT_AVAILABLE"):
    """The kernel does not show a virtual library as a device: it lacks a module, or failed."""


class ListenFailed(HostError, exit_status=74):
    """An address to listen on can't be used: another program has it, or this host lacks it."""


def error_groups() -> tuple[type[ChangerError], ...]:
    """The five groups; each error class belongs to exactly one."""
    return tuple(ChangerError.__subclasses__())


def error_classes() -> tuple[type[ChangerError], ...]:
    """Every error class, in order of exit status."""
    classes = (each for group in error_groups() for each in group.__subclasses__())
    return tuple(sorted(classes, key=lambda error: error.exit_status))
