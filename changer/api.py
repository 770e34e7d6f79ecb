"""Libraries in Python: what the commands do, as methods of a library that is open.

    import changer

    with changer.open_library("sim:demo") as library:
        library.load("A00001L8", 0)
        library.cleaner.reserve(12)

A place is a slot's number, a text as on the command line (``drive:0``, ``mail:1``, ``@1012``,
``A00001L8``), or a Place. Where a drive is meant, a number is the drive's. Times that are waited
are in seconds, points in time in seconds since the epoch, UTC. Every error is a ChangerError, in
one of five groups (changer.errors). An open library belongs to the thread that opened it: another
thread opens its own; what was started can be stopped and waited for by all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Self, TypeVar

from changer.cleaning.background import StartedOperation, start
from changer.cleaning.clean_drive import clean
from changer.cleaning.clean_requested import RequestedCleaning, clean_requested
from changer.cleaning.cleaner_list import CleaningCartridge, list_cleaners
from changer.cleaning.cleaning_run import CleanedDrive
from changer.cleaning.eject import EjectedCleaner, eject
from changer.cleaning.insert import InsertedCleaner, InsertionRequest, insert
from changer.cleaning.recover import RecoveryReport, recover
from changer.cleaning.slot import CleanerSlot, release, reserve
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
from changer.drives.drive import require_device
from changer.drives.readiness import wait_until_ready
from changer.errors import UsageError
from changer.journal.find import FoundCartridge, FoundPlace, find_cartridges
from changer.journal.home import Homes
from changer.journal.open_moves import RecoveryOptions
from changer.journal.operations import request_stop
from changer.library.addressing import (
    Place,
    PlaceKind,
    PlaceLike,
    as_destination,
    as_drive,
    as_place,
    as_range,
)
from changer.library.claims import when_unclaimed
from changer.library.discovery import ScsiDevice, find_changers
from changer.library.drive_map import device_finder
from changer.library.history import Event, history
from changer.library.initialize_status import initialize_elements
from changer.library.library import Library
from changer.library.model import Identity
from changer.library.opening import KnownLibrary, Request, host_request, open_known_library
from changer.library.opening import open_library as open_request
from changer.library.owner_choice import owned_elsewhere
from changer.library.settings import state_place
from changer.library.status import (
    CleanerStatus,
    DriveStatus,
    ExceptionStatus,
    ImportExportStatus,
    LibraryStatus,
    MailStatus,
    PickerStatus,
    SlotStatus,
    library_status,
    read_cleaner_status,
)
from changer.moves.execute import exchange, load, move, unload
from changer.moves.export import export
from changer.moves.exported import Exported, ExportedCartridge
from changer.moves.import_ import import_cartridges
from changer.moves.imported import Imported, ImportedCartridge
from changer.moves.verify import MoveResult
from changer.store.records import JournalQuery, LabelSighting, Operation
from changer.values import replace

if TYPE_CHECKING:
    from changer.owner.remote_library import RemoteLibrary

__all__ = [
    "CleanedDrive",
    "CleanerSlot",
    "CleanerStatus",
    "CleaningCartridge",
    "DriveCleaningRequest",
    "DriveStatus",
    "EjectedCleaner",
    "Event",
    "Exported",
    "ExportedCartridge",
    "ExceptionStatus",
    "FoundCartridge",
    "FoundPlace",
    "Identity",
    "ImportExportStatus",
    "Imported",
    "ImportedCartridge",
    "InsertedCleaner",
    "LabelSighting",
    "LibraryCleaner",
    "LibraryStatus",
    "MailStatus",
    "MoveResult",
    "Operation",
    "PickerStatus",
    "Place",
    "PlaceKind",
    "PlaceLike",
    "RecoveryReport",
    "RequestedCleaning",
    "ScsiDevice",
    "SlotStatus",
    "StartedOperation",
    "TapeLibrary",
    "list_libraries",
    "open_library",
]

ResultT = TypeVar("ResultT")
Parameters = ParamSpec("Parameters")

PASSED_ON: dict[str, Callable[..., Any]] = {}
"""Methods that the owner of a library calls for other hosts, by their names."""


def _passed_on(
    *, acts: bool = True
) -> Callable[[Callable[Parameters, ResultT]], Callable[Parameters, ResultT]]:
    """Have a method called by the library's owner, where that is another host.

    ``acts``: it may move something.
    """

    def decorate(method: Callable[Parameters, ResultT]) -> Callable[Parameters, ResultT]:
        name = method.__qualname__

        @wraps(method)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResultT:
            remote: RemoteLibrary | None = getattr(args[0], "_remote")  # noqa: B009 - of any class
            if remote is None:
                return method(*args, **kwargs)
            result: ResultT = remote.call(name, args[1:], kwargs, acts=acts)
            return result

        PASSED_ON[name] = method
        return call

    return decorate


def _started_there(
    method: Callable[Parameters, StartedOperation[ResultT]],
) -> Callable[Parameters, StartedOperation[ResultT]]:
    """Have a method that starts an operation start it at the library's owner, likewise."""
    name = method.__qualname__

    @wraps(method)
    def start_it(*args: Parameters.args, **kwargs: Parameters.kwargs) -> StartedOperation[ResultT]:
        remote: RemoteLibrary | None = getattr(args[0], "_remote")  # noqa: B009 - of any class
        if remote is None:
            return method(*args, **kwargs)
        run, stop = remote.operation(name, args[1:], kwargs)
        operation: StartedOperation[ResultT] = StartedOperation(
            remote.named.id, lambda callbacks: run(callbacks.started), stop
        )
        operation.wait_until_begun()
        return operation

    PASSED_ON[name] = method
    return start_it


def list_libraries() -> tuple[ScsiDevice, ...]:
    """The medium changers of this host; ``identity.id`` names each. Sends no SCSI command."""
    return find_changers()


def open_library(
    name: str | None = None,
    *,
    state: Path | str | None = None,
    wait_seconds: float = 0.0,
    progress: Callable[[str], None] | None = None,
    warn: Callable[[str], None] | None = None,
    trace: Path | str | None = None,
) -> TapeLibrary:
    """Open a library; close it, or use it in ``with``.

    name          an id, a unique part of one, an alias, a device, or ``sim:NAME``. None:
                  ``$CHANGER``, else the configuration's default, else the only library there is.
    state         file or URL of the state store, which has to be there (changer state init makes
                  it). None: ``$CHANGER_STATE``, likewise, else the host's, made on demand.
    wait_seconds  for a library that another process is using.
    progress      called with what is being done or waited for, in words.
    warn          called with what the user should know although the call goes on.
    trace         file that each SCSI command to the library and its drives is added to, with its
                  reply.

    Where the settings name another host as the owner (``manager``), each call is made there, with
    the tape drives of this host; ``state`` and ``trace`` are refused.

    Raises UsageError (configuration), OwnerUnreachable, StoreUnreachable and other errors of the
    store, NoLibrary, AmbiguousLibrary, NotAChanger, DeviceNotAvailable, AccessDenied, OutputFailed
    (trace).
    """
    request = host_request("python")
    return TapeLibrary(
        replace(
            request,
            library=name,
            state=state_place(state) if isinstance(state, str) else state,
            wait_seconds=wait_seconds,
            progress=progress or request.progress,
            warn=warn or request.warn,
            trace=None if trace is None else Path(trace),
        )
    )


class TapeLibrary:
    """An open library. Every method that acts raises LibraryClosed, LibraryDisabled, LibraryBusy.

    While one holds the library's lock, signals of the main thread wait: their handlers are called
    when the method waits for something that doesn't move, or ends. After a move, the notes of a
    KeyboardInterrupt say where the cartridge is.

    ``cleaner``: the reserved slot and its cleaning cartridge.
    """

    def __init__(self, request: Request) -> None:
        """Raises as open_library."""
        self._request = request
        self._remote = _remote_library(request)
        if self._remote is None:
            self._library = open_request(replace(request, held=[]))
        self.cleaner = LibraryCleaner(self)

    @property
    def id(self) -> str:
        """``VENDOR_PRODUCT_SERIAL``, the key of everything on record about the library."""
        return self._remote.named.id if self._remote else self._library.id

    @property
    def identity(self) -> Identity:
        """Vendor, product, revision and serial number, as the library reports them."""
        return self._remote.named.identity if self._remote else self._library.identity

    @property
    def device(self) -> str:
        """Device node, or ``sim:NAME``."""
        return self._remote.named.device if self._remote else self._library.device

    @_passed_on(acts=False)
    def status(self) -> LibraryStatus:
        """Inventory, read now. Raises LibraryOffline, NotReady, DeviceNotAvailable."""
        library = self._opened()
        inventory = library.read()
        return library_status(
            library,
            inventory,
            find_device=device_finder(library),
            find_home=Homes(library, inventory).address_of,
        )

    @_passed_on()
    def inventory(self, first: PlaceLike | None = None, last: PlaceLike | None = None) -> bool:
        """Make the library scan its elements with the robot (minutes to an hour).

        ``first`` to ``last`` of one kind; ``first`` alone; neither: every element. Returns True if
        the library scanned the range only, False if it scanned everything.

        Raises UsageError, InvalidSlot, NoSuchDrive, LibraryOffline, NotReady, CommandTimedOut.
        """
        return initialize_elements(self._opened(), as_range(first, last))

    @_passed_on()
    def move(self, source: PlaceLike, destination: PlaceLike, *, as_is: bool = False) -> MoveResult:
        """Move a cartridge, and return when the library shows it at its destination.

        ``destination``: ``slot`` and ``mail`` are the first free one.
        ``as_is``: a cleaning cartridge may go into a drive, as if it were data: the drive cleans,
        and a use of the cleaner on record is counted. Without it, CleanerAsData.

        Raises the check that forbids it (SourceEmpty, DestinationFull, SlotReserved, ...);
        MoveFailed: not moved; CartridgeMisplaced: at another place; OutcomeUnknown: not shown.
        """
        return move(self._opened(), as_place(source), as_destination(destination), as_is=as_is)

    @_passed_on()
    def load(
        self,
        source: PlaceLike,
        drive: PlaceLike = 0,
        *,
        ready_timeout_seconds: float | None = None,
        as_is: bool = False,
    ) -> MoveResult:
        """Move a cartridge to a drive. ``as_is``: as in move. Raises as move, and NoSuchDrive.

        ``ready_timeout_seconds``: then wait until the drive is ready. Raises DriveNotReady after
        that time, or when the drive reports that it won't be; DeviceNotAvailable before the move if
        this host does not see the drive.
        """
        library, place = self._opened(), as_drive(drive)
        if ready_timeout_seconds is None:
            return load(library, as_place(source), place, as_is=as_is)
        known = require_device(library, place)
        moved = load(library, as_place(source), place, as_is=as_is)
        wait_until_ready(
            library, known, cartridge=moved.volume_tag, timeout_seconds=ready_timeout_seconds
        )
        return moved

    @_passed_on()
    def unload(self, drive: PlaceLike = 0, slot: PlaceLike | None = None) -> MoveResult:
        """Move a drive's cartridge to a slot, or back to where it came from. Raises as load."""
        to = None if slot is None else as_destination(slot)
        return unload(self._opened(), as_drive(drive), to)

    @_passed_on()
    def exchange(
        self,
        source: PlaceLike,
        first: PlaceLike,
        second: PlaceLike | None = None,
        *,
        as_is: bool = False,
    ) -> tuple[MoveResult, ...]:
        """Move ``source`` to ``first``, and the cartridge there to ``second`` or ``source``.

        ``as_is``: as in move. Raises as move, and UnsupportedByLibrary.
        """
        to = None if second is None else as_place(second)
        return exchange(self._opened(), as_place(source), as_place(first), to, as_is=as_is)

    @_passed_on()
    def recover(
        self,
        *,
        accept_missing: bool = False,
        at_rest: bool = False,
        direction: Literal["on", "back"] | None = None,
        to: PlaceLike | None = None,
    ) -> RecoveryReport:
        """Settle what interrupted commands left, and bring cleaning cartridges home.

        What is in a picker goes on to where it was to go, else ``back``; or ``to`` a place.
        ``accept_missing``: write off what the library does not show. ``at_rest``: a person saw that
        the robot stands still. Raises as move; RecoveryNeeded and CartridgeMissing for what is
        still open, when everything else is settled.
        """
        place = None if to is None else as_place(to)
        options = RecoveryOptions(
            accept_missing=accept_missing, at_rest=at_rest, direction=direction, to=place
        )
        report = recover(self._opened(), options)
        report.raise_for_open()
        return report

    @_passed_on()
    def export(self, *labels: str, timeout_seconds: float | None = None) -> Exported:
        """Move cartridges out through the mail slots, in rounds; a person is waited for each time.

        ``labels``: or patterns of them, such as ``A000*``, which leave cleaning cartridges and
        reserved slots alone. What is to be taken is said by ``warn``. The result has of each
        cartridge whether it left, and why not; the same labels go on where an interrupted export
        was.

        Raises UsageError for a pattern that nothing matches, InvalidSlot without mail slots,
        LibraryOffline, NotReady, RecoveryNeeded, CartridgeMissing.
        """
        return export(self._opened(), labels, timeout_seconds=timeout_seconds)

    @_started_there
    def start_export(
        self, *labels: str, timeout_seconds: float | None = None
    ) -> StartedOperation[Exported]:
        """As export, in a thread. Raises what refuses it before it is an operation."""
        return self._start(partial(export, words=labels, timeout_seconds=timeout_seconds))

    @_passed_on()
    def import_cartridges(
        self,
        *,
        count: int | None = None,
        only_now: bool = False,
        timeout_seconds: float | None = None,
    ) -> Imported:
        """Move what is in the mail slots into free slots, and wait for a person to put in more.

        ``count``: until so many are in slots; ``only_now``: what is there, and nobody is waited
        for; neither: until nothing is put in for ``timeout_seconds``. The result has each
        cartridge, and why one is not in a slot. Raises as export.
        """
        return import_cartridges(
            self._opened(), count=count, only_now=only_now, timeout_seconds=timeout_seconds
        )

    @_passed_on()
    def lock(self) -> None:
        """Prevent people from removing media. Raises UnsupportedByLibrary."""
        self._opened().prevent_removal(prevent=True)

    @_passed_on()
    def unlock(self) -> None:
        """Let people remove media again. Raises UnsupportedByLibrary."""
        self._opened().prevent_removal(prevent=False)

    @_passed_on()
    def clean(
        self, drive: PlaceLike, *, cleaner: PlaceLike | None = None, unload: bool = False
    ) -> CleanedDrive:
        """Clean a drive, and return when the cleaner is back in its slot.

        ``cleaner``: the one to use, by its slot or label; None: of those that can be used the one
        with the fewest cleanings left. ``unload``: move a cartridge in the drive back to its slot
        first. Raises NoSuchDrive, NoSlotSet, BeingCleaned, SlotEmpty, InvalidCleaner, CleanerSpent,
        DriveLoaded, UnableToClean, as move.
        """
        place = None if cleaner is None else as_place(cleaner)
        library, which = self._opened(), as_drive(drive)
        return when_unclaimed(
            library, lambda: clean(library, which, cleaner=place, may_unload=unload)
        )

    @_started_there
    def start_clean(
        self, drive: PlaceLike, *, cleaner: PlaceLike | None = None, unload: bool = False
    ) -> StartedOperation[CleanedDrive]:
        """As clean, in a thread. Raises what refuses it before it is an operation."""
        place = None if cleaner is None else as_place(cleaner)
        return self._start(partial(clean, drive=as_drive(drive), cleaner=place, may_unload=unload))

    @_passed_on()
    def clean_requested(self, *, unload: bool = False) -> tuple[RequestedCleaning, ...]:
        """Clean the drives that ask for it, and return each with its result or its error.

        Raises what keeps every drive from being cleaned: NoSlotSet, SlotEmpty, LibraryOffline.
        """
        library = self._opened()
        known = KnownLibrary(library.id, library.device)
        return clean_requested(
            library,
            may_unload=unload,
            open_another=lambda: open_known_library(replace(self._request, held=[]), known),
        )

    @_passed_on(acts=False)
    def cleaning_requests(self) -> tuple[DriveCleaningRequest, ...]:
        """Every drive's request to be cleaned, and when each was cleaned last."""
        return cleaning_requests(self._opened())

    @_passed_on(acts=False)
    def operations(self, *, limit: int = 100) -> tuple[Operation, ...]:
        """Operations of cleaner management on record, newest first."""
        library = self._opened()
        return library.store.operations(library.id, limit=limit)

    @_passed_on()
    def stop(self, operation_id: str) -> Operation:
        """Stop an operation that waits for an operator, in any process of this host.

        That may be an insert, eject, export or import.
        Raises OperationNotFound, OperationNotStoppable.
        """
        library = self._opened()
        return request_stop(library.context.coordination, library.store, operation_id)

    @_passed_on(acts=False)
    def find(self, *labels: str) -> tuple[FoundCartridge, ...]:
        """Where cartridges are, by labels or patterns such as ``A0*``; the library is read.

        A label that is not shown is no error: ``is_shown`` is False, and what is on record of it
        is there. Raises UsageError, LibraryOffline, NotReady, DeviceNotAvailable.
        """
        library = self._opened()
        return find_cartridges(library, labels, library.read())

    @_passed_on(acts=False)
    def history(
        self,
        *,
        limit: int = 50,
        volume_tag: str | None = None,
        since: float | None = None,
        until: float | None = None,
        user: str | None = None,
        failed: bool = False,
    ) -> tuple[Event, ...]:
        """Operations and moves on record, newest first.

        volume_tag    of one cartridge, also of the second one of an exchange.
        since, until  those that began then.
        failed        those alone that were not completed.
        """
        library = self._opened()
        return history(
            library.store,
            library.id,
            limit=limit,
            is_running=library.context.coordination.is_running,
            query=JournalQuery(
                volume_tag=volume_tag, since=since, until=until, user=user, is_failed=failed
            ),
        )

    def close(self) -> None:
        """Close device and store; operations that were started go on."""
        (self._remote or self._library).close()

    def _opened(self) -> Library:
        self._library.require_open()
        return self._library

    def _start(self, run: Callable[..., ResultT]) -> StartedOperation[ResultT]:
        library = self._opened()
        return start(self._request, KnownLibrary(library.id, library.device), run)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _remote_library(request: Request) -> RemoteLibrary | None:
    """The library that is meant, where another host owns it. Raises as open_library."""
    if not request.configuration.has_owners:
        return None
    owned = owned_elsewhere(request.name, request.configuration)
    if owned is None:
        return None
    if request.state is not None or request.trace is not None:
        raise UsageError(
            f"state and trace name files, and {owned.owner.host} manages the library",
            hint="leave them out, or call this there",
        )
    from changer.owner.remote_library import RemoteLibrary

    return RemoteLibrary(owned, request)


class LibraryCleaner:
    """The reserved slots of a library and their cleaning cartridges.

    Every method raises LibraryClosed, LibraryOffline, NotReady, DeviceNotAvailable; those that act
    also LibraryDisabled, LibraryBusy. ``timeout_seconds``: for the operator; None: the
    configuration's ``operator_timeout_seconds``.
    """

    def __init__(self, library: TapeLibrary) -> None:
        """To be made by TapeLibrary."""
        self._opened, self._start = library._opened, library._start
        self._remote = library._remote

    @_passed_on(acts=False)
    def status(self) -> CleanerStatus | None:
        """Of the slot that was reserved first: cartridge and cleanings left; None without one."""
        return read_cleaner_status(self._opened())

    @_passed_on(acts=False)
    def cartridges(self) -> tuple[CleaningCartridge, ...]:
        """Every cleaning cartridge that the library shows or that is on record, with its state.

        Those of reserved slots come first, in the order of reservation, then those elsewhere in the
        library, then those that left it.
        """
        return list_cleaners(self._opened())

    @_passed_on()
    def reserve(self, slot: PlaceLike, *, inventory: bool = False) -> CleanerSlot:
        """Reserve a present and empty slot for the cleaning cartridge.

        ``inventory``: let the robot scan the slot if the library does not know what is in it.
        Raises UsageError, AlreadyReserved, InvalidSlot, SlotNotPresent, SlotFull, CartridgeOut,
        SlotUnknown.
        """
        return reserve(self._opened(), as_place(slot), may_inventory=inventory)

    @_passed_on()
    def release(
        self,
        slot: PlaceLike | None = None,
        *,
        inventory: bool = False,
        cleaner_is_gone: bool = False,
    ) -> CleanerSlot:
        """Release a reserved slot if the library shows it present and empty.

        slot             the slot, or the label of its cleaner. None: the only one there is.
        cleaner_is_gone  a person took the cleaner on record out of the library: it is not looked
                         for in elements that do not say what they hold.

        Raises NoSlotReserved, SlotNotPresent, SlotFull, CartridgeOut, SlotUnknown.
        """
        return release(
            self._opened(),
            None if slot is None else as_place(slot),
            may_inventory=inventory,
            cleaner_is_gone=cleaner_is_gone,
        )

    @_passed_on()
    def insert(
        self,
        slot: PlaceLike | None = None,
        *,
        source: PlaceLike | None = None,
        cleans_left: int | None = None,
        assume_cleaner: bool = False,
        timeout_seconds: float | None = None,
    ) -> InsertedCleaner:
        """Bring a cleaning cartridge into a reserved slot, and record its cleanings left.

        slot            the reserved slot. None: the only one, or the first that is free.
        source          where it is. None: wait for an operator at a mail slot, or at the door.
        cleans_left     None: as many as its kind has when new.
        assume_cleaner  take the cartridge for a cleaner even if the library can't tell.

        Raises UsageError, NoSlotSet, SlotNotPresent, SlotFull, CartridgeOut, SlotUnknown;
        OperatorTimeout, OperationStopped, SeveralCartridges, InvalidCleaner; and as a move.
        """
        request = InsertionRequest(
            slot=None if slot is None else as_place(slot),
            source=None if source is None else as_place(source),
            cleans_left=cleans_left,
            assume_cleaner=assume_cleaner,
            timeout_seconds=timeout_seconds,
        )
        return insert(self._opened(), request)

    @_started_there
    def start_insert(
        self,
        slot: PlaceLike | None = None,
        *,
        source: PlaceLike | None = None,
        cleans_left: int | None = None,
        assume_cleaner: bool = False,
        timeout_seconds: float | None = None,
    ) -> StartedOperation[InsertedCleaner]:
        """As insert, in a thread. Raises what refuses it before it is an operation."""
        request = InsertionRequest(
            slot=None if slot is None else as_place(slot),
            source=None if source is None else as_place(source),
            cleans_left=cleans_left,
            assume_cleaner=assume_cleaner,
            timeout_seconds=timeout_seconds,
        )
        return self._start(partial(insert, request=request))

    @_passed_on()
    def eject(
        self, slot: PlaceLike | None = None, *, timeout_seconds: float | None = None
    ) -> EjectedCleaner:
        """Move a cleaning cartridge to a mail slot, and wait until an operator has taken it.

        One that was taken out before, as the library shows, is recorded as away. ``slot``: its
        slot, or its label; None: the only one. The slot stays reserved. Raises
        NoSlotSet, SlotNotPresent, SlotUnknown, CartridgeOut, SlotEmpty, InvalidCleaner,
        MailSlotsFull; OperatorTimeout, OperationStopped; and as a move.
        """
        place = None if slot is None else as_place(slot)
        return eject(self._opened(), place, may_be_gone=True, timeout_seconds=timeout_seconds)

    @_started_there
    def start_eject(
        self, slot: PlaceLike | None = None, *, timeout_seconds: float | None = None
    ) -> StartedOperation[EjectedCleaner]:
        """As eject, in a thread. Raises what refuses it before it is an operation."""
        place = None if slot is None else as_place(slot)
        return self._start(
            partial(eject, place=place, may_be_gone=True, timeout_seconds=timeout_seconds)
        )
