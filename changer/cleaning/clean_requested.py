"""Cleaning of every drive that requests it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial

from changer.cleaning.by_itself import may_clean_by_itself
from changer.cleaning.cartridge import read_cleaner_states
from changer.cleaning.choose import Usable, usable_cleaners
from changer.cleaning.clean_drive import clean
from changer.cleaning.cleaning_run import CleanedDrive
from changer.cleaning.side_by_side import Ending, Work, run_in_threads
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
from changer.drives.media_family import MediaFamily, may_clean
from changer.errors import (
    CartridgeOut,
    ChangerError,
    CleanerSpent,
    CommandTimedOut,
    DestinationFull,
    DeviceFailed,
    DeviceNotAvailable,
    DriveLoaded,
    ElementNotPresent,
    ElementUnknown,
    InvalidCleaner,
    InvalidSlot,
    MalformedData,
    MoveFailed,
    RemovalPrevented,
    TransportFailed,
    UnableToClean,
)
from changer.library.addressing import Place, PlaceKind
from changer.library.claims import Claims
from changer.library.drive_map import drive_identities
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.drive_models import family_of_drive
from changer.smc.elements import ElementType
from changer.store.records import DriveIdentity
from changer.values import dataclass

# Errors of one drive, its bay, or a move to it; any other would meet the next drive, too. What a
# library that is gone, or a cleaner that is not back, means for the next drive, its checks find.
_OF_ONE_DRIVE = (
    CommandTimedOut,
    DestinationFull,
    DeviceFailed,
    DeviceNotAvailable,
    DriveLoaded,
    ElementNotPresent,
    ElementUnknown,
    InvalidCleaner,
    InvalidSlot,
    MalformedData,
    MoveFailed,
    RemovalPrevented,
    TransportFailed,
    UnableToClean,
)
_OF_A_CLEANER = (CleanerSpent, CartridgeOut)


@dataclass(frozen=True, slots=True)
class RequestedCleaning:
    """A drive that requested cleaning, and either ``cleaned`` or ``error``."""

    request: DriveCleaningRequest
    cleaned: CleanedDrive | None
    error: ChangerError | None


def clean_requested(
    library: Library,
    *,
    may_unload: bool = False,
    open_another: Callable[[], AbstractContextManager[Library]] | None = None,
) -> tuple[RequestedCleaning, ...]:
    """Clean the drives that request it, those that require it first, and as many as cleaners fit.

    An error of one drive, of its bay or of a move to it does not keep the others from being
    cleaned. One that the next drive would meet too ends it, such as the last cleaner being spent;
    it is raised if it came before the first drive had its turn: LibraryDisabled, NoSlotSet and
    others. Warns of a drive that can't be asked, and of one that was cleaned too often (by_itself).
    Nothing is cleaned where the library does that itself, by its settings; nor a drive that is
    being cleaned.

    ``open_another``: opens the same library for a thread; None: one drive after another.
    """
    library.require_usable()
    inventory = library.read([ElementType.DATA_TRANSFER])
    requests = cleaning_requests(library, inventory)
    for each in requests:
        if not each.asked:
            library.context.warn(
                f"drive {each.number} can't be asked for its cleaning request: {each.why_not}"
            )
    claims = Claims.for_(library)
    requesting = [
        each for each in requests if each.request is not None and each.address not in claims
    ]
    requesting.sort(key=lambda each: (each.request != "required", each.number))
    if requesting and library.settings.auto_clean == "library":
        names = ", ".join(f"drive {each.number}" for each in requesting)
        library.context.warn(
            f"{library.id} cleans its drives itself, by its settings (auto_clean); cleaning is"
            f" requested by: {names}"
        )
        return ()
    requesting = [each for each in requesting if may_clean_by_itself(library, each)]
    identities = drive_identities(library, inventory)
    families = {
        each.address: family_of_drive(identity.product)
        for each in requesting
        if (identity := identities.get(each.address)) is not None
    }
    is_alone = open_another is None or len(requesting) < 2 or library.context.dry_run is not None
    capacity = {} if is_alone else _capacity(library, set(identities.values()), families.values())
    work = Work(requesting, families, capacity, partial(_clean, may_unload=may_unload))
    if open_another is None or work.most_at_once < 2:
        work.run(library)
    else:
        run_in_threads(work, open_another, warn=library.context.warn)
    if work.error is not None:
        raise work.error
    by_drive = dict(work.done)
    return tuple(by_drive[each] for each in requesting if each in by_drive)


def _clean(
    library: Library, drive: DriveCleaningRequest, *, may_unload: bool
) -> Ending[RequestedCleaning]:
    """Clean one drive; with the next cleaner where one turns out to be used up, or unfit."""
    place = Place(PlaceKind.DRIVE, drive.number)
    while True:
        before = _in_use(library)
        try:
            cleaned = clean(library, place, may_unload=may_unload)
            return Ending(RequestedCleaning(drive, cleaned, None))
        except ChangerError as error:
            left = _usable(library)
            was_found_unfit = _in_use(library) < before
            if isinstance(error, CleanerSpent | InvalidCleaner) and left and was_found_unfit:
                library.context.warn(f"{error.message}; another cleaner is tried")
                continue
            of_one_drive = isinstance(error, _OF_ONE_DRIVE)
            return Ending(
                RequestedCleaning(drive, None, error),
                fatal=None if of_one_drive or isinstance(error, _OF_A_CLEANER) else error,
                is_last=not of_one_drive and not left,
            )


def _in_use(library: Library) -> int:
    """How many cleaners on record no drive has found to be used up or unfit."""
    cleaners = ReservedSlots.for_(library).cleaners
    return sum(each.condition == "usable" for each in cleaners)


def _capacity(
    library: Library, drives: Iterable[DriveIdentity], wanted: Iterable[MediaFamily | None]
) -> dict[MediaFamily | None, int]:
    """How many drives of each wanted family can be cleaned at once."""
    families = {family_of_drive(each.product) for each in drives}
    usable = _usable(library)
    return {
        family: sum(may_clean(each.family, family, drives=families).fits for each in usable)
        for family in set(wanted)
    }


def _usable(library: Library) -> tuple[Usable, ...]:
    """The cleaners that can be used now; why there are none, each drive meets in its turn."""
    try:
        return usable_cleaners(read_cleaner_states(library)).usable
    except ChangerError:
        return ()
