"""Moves for the daemons of Bacula and Bareos, with the wait for a loaded drive."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.cli.output import complain, write
from changer.drives.drive import KnownDrive
from changer.drives.readiness import wait_until_ready
from changer.errors import ChangerError, OutputFailed, SourceEmpty
from changer.hooks.autochanger.archive_device import ArchiveDevice
from changer.hooks.autochanger.program import Call
from changer.hooks.clean_after_unload import clean_after_unload
from changer.hooks.cleaners import naming_the_setting
from changer.hooks.numbers import SlotNumbers
from changer.hooks.session import HookSession
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.claims import when_unclaimed
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.settings import settings_file
from changer.moves.drive_eject import move_ejecting
from changer.moves.execute import move_locked
from changer.moves.plan import Plan, plan_between
from changer.moves.verify import MoveResult
from changer.smc.elements import ElementAddressAssignment


class _Ends:
    """The slot and the drive of a call, by the numbers of the reading that plans the move."""

    def __init__(self, session: HookSession, call: Call) -> None:
        self.library = session.library
        self._session = session
        self._call = call
        self._find_drive = self.library.find_drive
        self.slot: Place | None = None
        self.archive: ArchiveDevice | None = None

    def find(self, assignment: ElementAddressAssignment) -> tuple[Place, Place]:
        """Slot and drive, whose device is from now on the daemon's if it may be that.

        Raises IdentityChanged, InvalidSlot, NoSuchDrive.
        """
        call, library = self._call, self.library
        self.library.ensure_identity()
        numbers = SlotNumbers(assignment)
        self.slot = numbers.require_slot(call.slot_number)
        drive = numbers.require_drive(call.drive_number)
        self.archive = ArchiveDevice(library, call.archive, call.drive_number, drive.number)
        library.find_drive = self._find_drive
        self.archive.stand_in()
        return self.slot, drive

    def tape_nodes(self, drive: KnownDrive) -> tuple[Path, ...]:
        """As ArchiveDevice.tape_nodes."""
        return () if self.archive is None else self.archive.tape_nodes(drive)

    @contextmanager
    def blaming(self) -> Iterator[None]:
        """Note, when something fails, a wrong Archive Device: it may be the reason."""
        try:
            yield
        except ChangerError:
            if self.archive is not None and (mistake := self.archive.mistake()) is not None:
                self._session.notes.append(mistake)
            raise


def load(session: HookSession, call: Call) -> None:
    """Move a slot's cartridge into a drive, and return when the drive is ready.

    Raises as moves.execute.move, and DriveNotReady.
    """
    library, ends = session.library, _Ends(session, call)
    known: list[KnownDrive] = []

    def choose(assignment: ElementAddressAssignment) -> tuple[Place, Place]:
        places = ends.find(assignment)
        assert ends.archive is not None
        known[:] = [ends.archive.require_drive(Inventory(assignment, ()))]
        return places

    with ends.blaming():
        try:
            may_clean = library.settings.cleaners_loadable
            with naming_the_setting(library):
                moved = _move(library, choose, as_is=may_clean)
        except SourceEmpty:
            # Bareos looks for this line, and waits for a person instead of giving the job up.
            if ends.slot is not None:
                complain(f"Source Element Address {ends.slot.number} is Empty")
            raise
        _wait(session, known[0], moved)
    if ends.archive is not None and ends.archive.is_another_drive:
        # The daemon will use the wrong drive, but would take any output for a failure of the load.
        library.context.log_warning(f"{library.id}: {ends.archive.mistake()}")
    _say(
        f"Loading media from Storage Element {call.slot_number} into drive {call.drive_number}"
        "...done\n"
    )


def _move(
    library: Library,
    choose: Callable[[ElementAddressAssignment], tuple[Place, Place]],
    *,
    as_is: bool = False,
) -> MoveResult:
    """As moves.execute.move, between places that ``choose`` finds anew for each plan."""

    def run() -> MoveResult:
        with library.locked():
            settle_or_refuse(library)
            return move_locked(library, lambda: plan_between(library, choose, as_is=as_is))

    library.require_usable()
    return when_unclaimed(library, run)


def _wait(session: HookSession, drive: KnownDrive, moved: MoveResult) -> None:
    library = session.library
    wait_until_ready(
        library,
        drive,
        cartridge=moved.volume_tag,
        timeout_seconds=session.seconds_left,
        longer="to wait longer, set Maximum Changer Wait in the daemon's configuration, and "
        f"changer_wait_seconds of {library.id} in {settings_file(os.environ)}, now "
        f"{library.settings.changer_wait_seconds:.0f}",
    )


def unload(session: HookSession, call: Call) -> None:
    """Move a drive's cartridge into a slot; clean the drive if it asks and settings allow it."""
    library, ends = session.library, _Ends(session, call)

    def run() -> MoveResult:
        with library.locked():
            settle_or_refuse(library)
            return move_ejecting(library, lambda: _plan_unload(ends), ends.tape_nodes)

    library.require_usable()
    with ends.blaming():
        try:
            moved = when_unclaimed(library, run)
        except SourceEmpty:
            complain(f"Data Transfer Element {call.drive_number} is Empty")
            raise
    _say(f"Unloading drive {call.drive_number} into Storage Element {call.slot_number}...done\n")
    clean_after_unload(session, moved.source_address)


def _plan_unload(ends: _Ends) -> Plan:
    def choose(assignment: ElementAddressAssignment) -> tuple[Place, Place]:
        slot, drive = ends.find(assignment)
        return drive, slot

    return plan_between(ends.library, choose)


def transfer(session: HookSession, call: Call) -> None:
    """Move a cartridge from one slot to another; nothing is printed."""
    source, destination = call.slot_number, call.destination_number
    library = session.library

    def choose(assignment: ElementAddressAssignment) -> tuple[Place, Place]:
        library.ensure_identity()
        numbers = SlotNumbers(assignment)
        return numbers.require_slot(source), numbers.require_slot(destination)

    _move(library, choose)


def _say(text: str) -> None:
    """Write to the job's log; the move was made, even if that can't be written."""
    with suppress(OutputFailed, BrokenPipeError):
        write(text)
