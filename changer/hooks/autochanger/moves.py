"""Moves for the daemons of Bacula and Bareos, with the wait for a loaded drive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from changer.cli.output import complain, write
from changer.drives.drive import KnownDrive
from changer.drives.readiness import wait_until_ready
from changer.errors import ChangerError, OutputFailed, SourceEmpty
from changer.hooks.autochanger.archive_device import ArchiveDevice
from changer.hooks.autochanger.program import Call
from changer.hooks.clean_after_unload import clean_after_unload
from changer.hooks.cleaners import naming_the_setting
from changer.hooks.numbers import read_numbers
from changer.hooks.session import HookSession
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.moves.drive_eject import move_ejecting
from changer.moves.execute import move
from changer.moves.plan import plan_move
from changer.moves.verify import MoveResult


def load(session: HookSession, call: Call) -> None:
    """Move a slot's cartridge into a drive, and return when the drive is ready.

    Raises as moves.execute.move, and DriveNotReady.
    """
    source, drive = call.slot_number, call.drive_number
    library = session.library
    numbers = read_numbers(library)
    slot_place, drive_place = numbers.require_slot(source), numbers.require_drive(drive)
    archive = ArchiveDevice(library, call.archive, drive, drive_place.number)
    with _blaming(session, archive):
        archive.stand_in()
        known = archive.require_drive(Inventory(numbers.assignment, ()))
        try:
            may_clean = library.settings.cleaners_loadable
            with naming_the_setting(library):
                moved = move(library, slot_place, drive_place, as_is=may_clean)
        except SourceEmpty:
            # Bareos looks for this line, and waits for a person instead of giving the job up.
            complain(f"Source Element Address {slot_place.number} is Empty")
            raise
        _wait(session, known, moved)
    if archive.is_another_drive:
        # The daemon will use the wrong drive, but would take any output for a failure of the load.
        library.context.log_warning(f"{library.id}: {archive.mistake()}")
    _say(f"Loading media from Storage Element {source} into drive {drive}...done\n")


def _wait(session: HookSession, drive: KnownDrive, moved: MoveResult) -> None:
    library = session.library
    wait_until_ready(
        library,
        drive,
        cartridge=moved.volume_tag,
        timeout_seconds=session.seconds_left,
        longer="to wait longer, set Maximum Changer Wait in the daemon's configuration, and "
        f"changer_wait_seconds of {library.id} in /etc/changer/changer.toml, now "
        f"{library.settings.changer_wait_seconds:.0f}",
    )


def unload(session: HookSession, call: Call) -> None:
    """Move a drive's cartridge into a slot; clean the drive if it asks and settings allow it."""
    destination, drive = call.slot_number, call.drive_number
    library = session.library
    numbers = read_numbers(library)
    drive_place, slot_place = numbers.require_drive(drive), numbers.require_slot(destination)
    archive = ArchiveDevice(library, call.archive, drive, drive_place.number)
    with _blaming(session, archive):
        archive.stand_in()
        try:
            moved = _unload(library, drive_place, slot_place, archive)
        except SourceEmpty:
            complain(f"Data Transfer Element {drive} is Empty")
            raise
    _say(f"Unloading drive {drive} into Storage Element {destination}...done\n")
    clean_after_unload(session, moved.source_address)


def _unload(library: Library, drive: Place, slot: Place, archive: ArchiveDevice) -> MoveResult:
    library.require_usable()
    with library.locked():
        settle_or_refuse(library)
        return move_ejecting(library, lambda: plan_move(library, drive, slot), archive.tape_nodes)


@contextmanager
def _blaming(session: HookSession, archive: ArchiveDevice) -> Iterator[None]:
    """Note, when something fails, a wrong Archive Device of the daemon: it may be the reason."""
    try:
        yield
    except ChangerError:
        if (mistake := archive.mistake()) is not None:
            session.notes.append(mistake)
        raise


def transfer(session: HookSession, call: Call) -> None:
    """Move a cartridge from one slot to another; nothing is printed."""
    source, destination = call.slot_number, call.destination_number
    numbers = read_numbers(session.library)
    move(session.library, numbers.require_slot(source), numbers.require_slot(destination))


def _say(text: str) -> None:
    """Write to the job's log; the move was made, even if that can't be written."""
    with suppress(OutputFailed, BrokenPipeError):
        write(text)
