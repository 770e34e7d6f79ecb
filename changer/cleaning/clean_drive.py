"""Cleaning of a drive with the cleaner of the reserved slot (CleanNtmsDrive).

The cleaner is loaded, the drive watched until it reports that it is done, the use counted, once,
and the cleaner moved back to its slot, all under the library's lock.
"""

from __future__ import annotations

from changer.cleaning.cartridge import CleanerState, read_cleaner_state
from changer.cleaning.cleaning_run import CleanedDrive, CleaningRun
from changer.drives.drive import TapeDrive, linked_drive
from changer.drives.media_family import family_of_cleaner, family_of_drive
from changer.errors import ChangerError, DriveLoaded, InvalidCleaner, NoSuchDrive, UsageError
from changer.journal.operations import NO_CALLBACKS, Callbacks, operation
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.element_state import cartridge_name
from changer.library.library import Library
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element


def clean(
    library: Library, drive: Place, *, may_unload: bool = False, callbacks: Callbacks = NO_CALLBACKS
) -> CleanedDrive:
    """Clean one drive, and return when the cleaner is back in its slot.

    ``may_unload``: move a cartridge in the drive back to its slot first.

    Raises, in this order: LibraryClosed, UsageError, NoSuchDrive, LibraryDisabled, LibraryBusy,
    DeviceNotAvailable, LibraryOffline, RecoveryNeeded, CartridgeMissing, NoSlotSet, SlotNotPresent,
    SlotUnknown, CartridgeOut, SlotEmpty, InvalidCleaner, CleanerSpent, DriveLoaded, what a move
    raises; then UnableToClean, CleanerSpent, InvalidCleaner, by what the drive said.
    """
    library.require_open()
    if drive.kind not in (PlaceKind.DRIVE, PlaceKind.ADDRESS):
        raise UsageError(f"{drive} is no drive", hint="name one by its number: changer clean 0")
    known = _known_drive(library, drive)
    library.require_usable()
    with (
        operation(library, "clean", drive_address=known, callbacks=callbacks) as running,
        library.locked(),
    ):
        library.context.progress("reading the library")
        settle_or_refuse(library)
        library.session.send(test_unit_ready())
        state = read_cleaner_state(library)
        address = _drive_address(state.inventory.numbering, drive)
        element = state.require_usable()
        with linked_drive(library, state.inventory, address) as link:
            _check_family(state, element, link, address)
            # Asked before anything moves: a drive that can't be asked is not cleaned.
            requested = _note_request(library, link)
            loaded = state.inventory.at(address)
            is_loaded = loaded is not None and loaded.full
            if loaded is not None and is_loaded and not may_unload:
                raise _loaded(state.inventory.numbering, loaded)
            library.store.describe_operation(
                running.id, drive_address=address, slot_address=state.address
            )
            cleaning = CleaningRun(running, state, link, address, element)
            if not is_loaded:
                cleaning.require_empty()
            running.accepted()
            if is_loaded:
                cleaning.unload_drive()
            return cleaning.run(requested_before=requested)


def _known_drive(library: Library, drive: Place) -> int | None:
    """Element address of the drive; None if the library can't be asked now. Raises NoSuchDrive.

    MS-RSMP looks for the drive before it looks whether the library can be used.
    """
    try:
        return _drive_address(Numbering(library.reader.assignment()), drive)
    except NoSuchDrive:
        raise
    except ChangerError:
        return None


def _drive_address(numbering: Numbering, drive: Place) -> int:
    is_address = drive.kind is PlaceKind.ADDRESS
    address = drive.number if is_address else numbering.address_of(drive)
    numbering.require_drive(address)
    return address


def _check_family(state: CleanerState, cleaner: Element, link: TapeDrive, address: int) -> None:
    """Raise InvalidCleaner for a cleaner of another media family than the drive's."""
    for_drive = family_of_drive(link.identity.product if link.identity else None)
    of_cleaner = family_of_cleaner(cleaner.tag)
    if for_drive and of_cleaner and for_drive is not of_cleaner:
        name = state.inventory.numbering.name_of(address)
        raise InvalidCleaner(
            f"{cartridge_name(cleaner)} cleans {of_cleaner} drives, and {name} is {for_drive}",
            hint="bring in a cleaner for this drive: changer cleaner eject, then insert",
        )


def _loaded(numbering: Numbering, drive: Element) -> DriveLoaded:
    return DriveLoaded(
        f"{numbering.name_of(drive.address)} holds {cartridge_name(drive)}",
        hint=f"changer unload {numbering.place_of(drive.address)}, or add --unload",
    )


def _note_request(library: Library, link: TapeDrive) -> bool | None:
    """Whether the drive asks for cleaning, which is recorded; None if it does not report it.

    Its TapeAlert flags are read, and so cleared: those at the end are of this cleaning.
    """
    told = link.cleaning_request()
    request, flags = (None, frozenset[int]()) if told is None else told
    flags |= link.tape_alerts()
    if told is not None or flags:
        library.store.note_drive(
            link.name, library_id=library.id, cleaning_request=request, flags=flags
        )
    return None if told is None else request is not None
