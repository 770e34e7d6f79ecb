"""The driver in Python: what the commands do, as methods of a library that is open.

    import changer

    with changer.open_library("sim:demo") as library:
        library.load("A00001L8", 0)
        library.cleaner.reserve(12)

A place is a slot's number, a text as on the command line (``drive:0``, ``mail:1``, ``@1012``,
``A00001L8``), or a Place. Where a drive is meant, a number is the drive's. Times are seconds;
what is kept says when in seconds since the epoch, UTC. Every error is a ChangerError, with
``code``, ``message``, ``hint`` and the ``ntms`` result. All but starting and stopping is for the
thread that opened the library: others open their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from changer.api_cleaner import LibraryCleaner
from changer.api_places import PlaceLike, drive_of, place_of, range_of
from changer.cleaning.background import StartedOperation, start
from changer.cleaning.clean_drive import CleanedDrive, clean
from changer.cleaning.clean_requested import NeededCleaning, clean_needed
from changer.drives.cleaning_requests import DriveWish, drive_wishes
from changer.drives.devices import device_finder
from changer.drives.ready import require_device, wait_until_ready
from changer.host.clock import SystemClock
from changer.host.syslog import announce
from changer.journal.operations import request_stop
from changer.library.discovery import ScsiDevice, find_changers
from changer.library.history import Event, history
from changer.library.identity import Identity
from changer.library.initialize_status import initialize_elements
from changer.library.library import Library
from changer.library.opening import KnownLibrary, Request
from changer.library.opening import open_library as open_request
from changer.library.settings import load_configuration
from changer.library.status import LibraryStatus, library_status
from changer.moves.execute import MoveResult, exchange, load, move, unload
from changer.store.records import Operation

__all__ = ["PlaceLike", "TapeLibrary", "list_libraries", "open_library"]


def _silent(_: str) -> None:
    """Stands where nobody watches."""


def list_libraries() -> tuple[ScsiDevice, ...]:
    """The medium changers of this host; ``identity.id`` names each. Sends no SCSI command."""
    return find_changers()


def open_library(
    name: str | None = None,
    *,
    state: Path | str | None = None,
    wait_seconds: float = 0.0,
    progress: Callable[[str], None] = _silent,
    warn: Callable[[str], None] = _silent,
    trace: Path | str | None = None,
) -> TapeLibrary:
    """Open a library; to be closed, or used in ``with``.

    ``name``: an id, a unique part of one, a device, ``sim:NAME``; None is ``$CHANGER``, else the
    configuration's, else the only one there is. ``state``: the store's file, else
    ``$CHANGER_STATE``, else the host's. ``wait_seconds``: for a library that another process
    holds. ``progress``, ``warn``: told, in words, what is waited for, and what should be known.
    ``trace``: a file that every SCSI command is written to.

    Raises UsageError (configuration), StoreUnreachable and other errors of the store, NoLibrary,
    AmbiguousLibrary, NotAChanger, DeviceNotAvailable, AccessDenied, OutputFailed (trace).
    """
    return TapeLibrary(
        Request(
            library=name,
            state=None if state is None else Path(state),
            environment=os.environ,
            configuration=load_configuration(os.environ),
            clock=SystemClock(),
            command="python",
            wait_seconds=wait_seconds,
            progress=progress,
            warn=warn,
            announce=announce,
            trace=None if trace is None else Path(trace),
        )
    )


class TapeLibrary:
    """A library that is open. Whatever acts raises LibraryClosed, LibraryDisabled, LibraryBusy."""

    def __init__(self, request: Request) -> None:
        """Raises as open_library."""
        self._request = request
        self._library = open_request(replace(request, held=[]))
        self._known = KnownLibrary(self._library.id, self._library.device)
        self.cleaner = LibraryCleaner(self._library, request, self._known)

    @property
    def id(self) -> str:
        """``VENDOR_PRODUCT_SERIAL``: by which everything about it is kept."""
        return self._library.id

    @property
    def identity(self) -> Identity:
        """What it says of itself."""
        return self._library.identity

    @property
    def device(self) -> str:
        """Its device, or ``sim:NAME``."""
        return self._library.device

    def status(self) -> LibraryStatus:
        """What is where, freshly read. Raises LibraryOffline, NotReady, DeviceNotAvailable."""
        library = self._open()
        return library_status(library, library.read(), find_device=device_finder(library))

    def inventory(self, first: PlaceLike | None = None, last: PlaceLike | None = None) -> bool:
        """Let the library look with its robot, for minutes to an hour.

        ``first`` to ``last``, or ``first`` alone, or everything. True when it looked at no more
        than the range. Raises UsageError, InvalidSlot, NoSuchDrive.
        """
        return initialize_elements(self._open(), range_of(first, last))

    def move(self, source: PlaceLike, destination: PlaceLike) -> MoveResult:
        """Move a cartridge, and return when the library shows it there.

        Raises what forbids it (SourceEmpty, DestinationFull, SlotReserved, ...); MoveFailed: it is
        where it was; CartridgeMisplaced: it is elsewhere; OutcomeUnknown: the library does not say.
        """
        return move(self._open(), place_of(source), place_of(destination))

    def load(
        self, source: PlaceLike, drive: PlaceLike = 0, *, ready_timeout_seconds: float | None = None
    ) -> MoveResult:
        """Move a cartridge to a drive. Raises as move, and NoSuchDrive.

        ``ready_timeout_seconds``: wait so long until the drive is ready; raises DriveNotReady, and
        DeviceNotAvailable before anything is moved.
        """
        library, place = self._open(), drive_of(drive)
        if ready_timeout_seconds is not None:
            require_device(library, place)
        moved = load(library, place_of(source), place)
        if ready_timeout_seconds is not None:
            wait_until_ready(
                library, moved.destination_address, timeout_seconds=ready_timeout_seconds
            )
        return moved

    def unload(self, drive: PlaceLike = 0, slot: PlaceLike | None = None) -> MoveResult:
        """Move a drive's cartridge to a slot, or to where it came from. Raises as load."""
        return unload(self._open(), drive_of(drive), None if slot is None else place_of(slot))

    def exchange(
        self, source: PlaceLike, first: PlaceLike, second: PlaceLike | None = None
    ) -> tuple[MoveResult, ...]:
        """Exchange two cartridges; the one at ``first`` goes to ``second``, or to ``source``.

        Raises as move, and UnsupportedByLibrary.
        """
        to = None if second is None else place_of(second)
        return exchange(self._open(), place_of(source), place_of(first), to)

    def lock(self) -> None:
        """Keep people from taking media out. Raises UnsupportedByLibrary."""
        self._open().prevent_removal(prevent=True)

    def unlock(self) -> None:
        """Let people take media out again. Raises UnsupportedByLibrary."""
        self._open().prevent_removal(prevent=False)

    def clean(self, drive: PlaceLike, *, unload: bool = False) -> CleanedDrive:
        """Clean a drive, and return when the cleaner is back in its slot.

        ``unload``: put away what is in the drive. Raises NoSuchDrive, NoSlotSet, SlotEmpty,
        InvalidCleaner, CleanerSpent, DriveLoaded, UnableToClean, and as move.
        """
        return clean(self._open(), drive_of(drive), may_unload=unload)

    def start_clean(
        self, drive: PlaceLike, *, unload: bool = False
    ) -> StartedOperation[CleanedDrive]:
        """Clean a drive in a thread. Raises what refuses it before it is an operation."""
        place = drive_of(drive)
        self._open()
        return start(
            self._request,
            self._known,
            lambda library, signals: clean(
                library,
                place,
                may_unload=unload,
                started=signals.started,
                accepted=signals.accepted,
            ),
        )

    def clean_needed(self, *, unload: bool = False) -> tuple[NeededCleaning, ...]:
        """Clean the drives that ask for it; each with its result or its error.

        Raises what keeps every drive from being cleaned: NoSlotSet, SlotEmpty, LibraryOffline.
        """
        return clean_needed(self._open(), may_unload=unload)

    def drive_wishes(self) -> tuple[DriveWish, ...]:
        """Which drives want to be cleaned, and when each was cleaned last."""
        return drive_wishes(self._open())

    def operations(self, *, limit: int = 100) -> tuple[Operation, ...]:
        """The newest operations of cleaner management, newest first; the library is not asked."""
        library = self._open()
        return library.store.operations(library.id, limit=limit)

    def stop(self, operation_id: str) -> Operation:
        """End an insert or eject that waits for a person, in whichever process.

        Raises OperationNotFound, OperationNotStoppable.
        """
        library = self._open()
        return request_stop(library.context.coordination, library.store, operation_id)

    def history(self, *, limit: int = 50) -> tuple[Event, ...]:
        """The newest operations and moves, newest first; the library is not asked."""
        library = self._open()
        return history(library.store, library.id, limit=limit)

    def close(self) -> None:
        """Let go of device and store; what was started goes on."""
        self._library.close()

    def _open(self) -> Library:
        self._library.require_open()
        return self._library

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
