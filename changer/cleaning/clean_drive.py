"""Cleaning of a drive with a cleaner of the reserved slots (CleanNtmsDrive).

The cleaner is loaded, the drive watched until it reports that it is done, the use counted, once,
and the cleaner moved back to its slot. The library's lock is held for the two moves alone; in
between, drive and cleaner are claimed.
"""

from __future__ import annotations

from contextlib import ExitStack

from changer.cleaning.cartridge import read_cleaner_states
from changer.cleaning.choose import choose, usable_cleaners
from changer.cleaning.cleaning_run import CleanedDrive, CleaningRun
from changer.cleaning.named_slot import named_slot, require_slot_or_label
from changer.cleaning.told import telling_failure
from changer.drives.drive import TapeDrive, linked_drive
from changer.errors import ChangerError, DriveLoaded, NoSuchDrive, UsageError
from changer.journal.operations import NO_CALLBACKS, Callbacks, Running, operation
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.claims import Claims
from changer.library.drive_map import drive_identities
from changer.library.element_state import cartridge_name
from changer.library.library import Library
from changer.smc.cdb import test_unit_ready
from changer.smc.drive_models import family_of_drive
from changer.smc.elements import Element


def clean(
    library: Library,
    drive: Place,
    *,
    cleaner: Place | None = None,
    may_unload: bool = False,
    callbacks: Callbacks = NO_CALLBACKS,
) -> CleanedDrive:
    """Clean one drive, and return when the cleaner is back in its slot.

    ``cleaner``: the one to use, by its slot or label; None: see ``choose``. ``may_unload``: move a
    cartridge in the drive back to its slot first.

    Raises, in this order: LibraryClosed, UsageError, NoSuchDrive, LibraryDisabled, LibraryBusy,
    DeviceNotAvailable, LibraryOffline, RecoveryNeeded, CartridgeMissing, NoSlotSet, NoSlotReserved,
    BeingCleaned; of the only cleaner, or of all of them (``choose``) SlotNotPresent, SlotUnknown,
    CartridgeOut, SlotEmpty, InvalidCleaner, CleanerSpent; DriveLoaded, what a move raises; then
    UnableToClean, CleanerSpent, InvalidCleaner, by what the drive said.
    """
    library.require_open()
    if drive.kind not in (PlaceKind.DRIVE, PlaceKind.ADDRESS):
        raise UsageError(f"{drive} is not a drive", hint="name one by its number: changer clean 0")
    require_slot_or_label(cleaner)
    known = _known_drive(library, drive)
    library.require_usable()
    with (
        telling_failure(library, known),
        operation(library, "clean", drive_address=known, callbacks=callbacks) as running,
        ExitStack() as opened,
    ):
        with library.locked():
            library.context.progress("reading the library")
            settle_or_refuse(library)
            library.session.send(test_unit_ready())
            cleaning = _prepare(running, drive, cleaner, may_unload=may_unload, opened=opened)
            cleaning.load()
        return cleaning.finish()


def _prepare(
    running: Running, drive: Place, cleaner: Place | None, *, may_unload: bool, opened: ExitStack
) -> CleaningRun:
    """Make every check, claim drive and cleaner, and empty the drive. ``opened``: what to close."""
    library = running.library
    states = read_cleaner_states(library)
    numbering, inventory = states[0].inventory.numbering, states[0].inventory
    address = numbering.address_of_drive(drive)
    Claims.for_(library).check(address, numbering=numbering)
    if cleaner is not None:
        named = named_slot(library, cleaner)
        states = tuple(each for each in states if each.address == named)
    cleaners = usable_cleaners(states, is_named=cleaner is not None)
    link = opened.enter_context(linked_drive(library, inventory, address))
    drives = drive_identities(library, inventory).values()
    state, element = choose(
        cleaners,
        family=family_of_drive(link.product()),
        drives={family_of_drive(each.product) for each in drives},
        drive=numbering.name_of(address),
        by=library.settings.cleaner_choice,
    )
    # Asked before anything moves: a drive that can't be asked is not cleaned.
    requested = _note_request(library, link)
    loaded = inventory.at(address)
    is_loaded = loaded is not None and loaded.full
    if loaded is not None and is_loaded and not may_unload:
        raise _loaded(numbering, loaded)
    library.store.describe_operation(
        running.id,
        drive_address=address,
        slot_address=state.address,
        volume_tag=element.tag,
        drive=link.name,
    )
    cleaning = CleaningRun(running, state, link, address, element, requested_before=requested)
    if not is_loaded:
        cleaning.require_empty()
    library.store.claim(running.id, address, state.address)
    running.accepted()
    if is_loaded:
        cleaning.unload_drive()
    return cleaning


def _known_drive(library: Library, drive: Place) -> int | None:
    """Element address of the drive; None if the library can't be asked now. Raises NoSuchDrive.

    MS-RSMP looks for the drive before it looks whether the library can be used.
    """
    try:
        return Numbering(library.reader.assignment()).address_of_drive(drive)
    except NoSuchDrive:
        raise
    except ChangerError:
        return None


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
