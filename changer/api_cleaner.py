"""Cleaner management in Python: ``library.cleaner``."""

from __future__ import annotations

from dataclasses import replace

from changer.api_places import PlaceLike, place_of
from changer.cleaning.background import StartedOperation, start
from changer.cleaning.eject import EjectedCleaner, eject
from changer.cleaning.insert import InsertedCleaner, InsertionRequest, insert
from changer.cleaning.slot import CleanerSlot, release, reserve
from changer.library.library import Library
from changer.library.opening import KnownLibrary, Request
from changer.library.status import CleanerStatus, read_cleaner_status

__all__ = ["LibraryCleaner"]


class LibraryCleaner:
    """The reserved slot of a library and its cleaning cartridge.

    Every method raises LibraryClosed, and LibraryOffline, NotReady, DeviceNotAvailable as the
    library is; those that act LibraryDisabled and LibraryBusy. A refusal changes nothing.
    ``timeout_seconds``: how long to wait for a person; None is as the configuration says, or 600.
    """

    def __init__(self, library: Library, request: Request, known: KnownLibrary) -> None:
        """To be made by TapeLibrary."""
        self._library = library
        self._request = request
        self._known = known

    def status(self) -> CleanerStatus | None:
        """Slot, cartridge and cleans left; None where no slot is reserved."""
        self._library.require_open()
        return read_cleaner_status(self._library)

    def reserve(self, slot: PlaceLike, *, inventory: bool = False) -> CleanerSlot:
        """Keep a present and empty slot for the cleaning cartridge.

        ``inventory``: let the library look with its robot when it does not know what is in it.
        Raises UsageError, AlreadyReserved, InvalidSlot, SlotNotPresent, SlotFull, CartridgeOut,
        SlotUnknown.
        """
        return reserve(self._library, place_of(slot), may_inventory=inventory)

    def release(self, *, inventory: bool = False) -> CleanerSlot:
        """Give it up, if the library says that it is present and empty.

        Raises NoSlotReserved, SlotNotPresent, SlotFull, CartridgeOut, SlotUnknown.
        """
        return release(self._library, may_inventory=inventory)

    def insert(
        self,
        *,
        source: PlaceLike | None = None,
        cleans_left: int | None = None,
        assume_cleaner: bool = False,
        timeout_seconds: float | None = None,
    ) -> InsertedCleaner:
        """Bring a cleaning cartridge into the slot, and record how often it still cleans.

        ``source``: where it is now; None waits for a person who puts it into a mail slot, or
        through the door. ``cleans_left``: None is as often as its kind does when new.
        ``assume_cleaner``: it is one, even if the library can't tell.

        Raises UsageError, NoSlotSet, SlotNotPresent, SlotFull, CartridgeOut, SlotUnknown;
        OperatorTimeout, OperationStopped, SeveralCartridges, InvalidCleaner; and as a move.
        """
        return insert(
            self._library,
            InsertionRequest(
                source=None if source is None else place_of(source),
                cleans_left=cleans_left,
                assume_cleaner=assume_cleaner,
                timeout_seconds=timeout_seconds,
            ),
        )

    def start_insert(
        self,
        *,
        source: PlaceLike | None = None,
        cleans_left: int | None = None,
        assume_cleaner: bool = False,
        timeout_seconds: float | None = None,
    ) -> StartedOperation[InsertedCleaner]:
        """As insert, in a thread. Raises what refuses it before it is an operation."""
        wanted = InsertionRequest(
            source=None if source is None else place_of(source),
            cleans_left=cleans_left,
            assume_cleaner=assume_cleaner,
            timeout_seconds=timeout_seconds,
        )
        self._library.require_open()
        return start(
            self._request,
            self._known,
            lambda library, signals: insert(
                library,
                replace(wanted, started=signals.started, accepted=signals.accepted),
            ),
        )

    def eject(self, *, timeout_seconds: float | None = None) -> EjectedCleaner:
        """Bring the cartridge to where a person takes it, and wait until they did.

        The slot stays reserved. Raises NoSlotSet, SlotNotPresent, SlotUnknown, CartridgeOut,
        SlotEmpty, InvalidCleaner, MailSlotsFull; OperatorTimeout, OperationStopped; and as a move.
        """
        return eject(self._library, timeout_seconds=timeout_seconds)

    def start_eject(
        self, *, timeout_seconds: float | None = None
    ) -> StartedOperation[EjectedCleaner]:
        """As eject, in a thread. Raises what refuses it before it is an operation."""
        self._library.require_open()
        return start(
            self._request,
            self._known,
            lambda library, signals: eject(
                library,
                timeout_seconds=timeout_seconds,
                started=signals.started,
                accepted=signals.accepted,
            ),
        )
