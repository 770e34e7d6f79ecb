"""Cleaning of every drive that requests it, one after another."""

from __future__ import annotations

from changer.cleaning.clean_drive import clean
from changer.cleaning.cleaning_run import CleanedDrive
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
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
from changer.library.library import Library
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


def clean_requested(library: Library, *, may_unload: bool = False) -> tuple[RequestedCleaning, ...]:
    """Clean the drives that request it, those that require it first.

    An error of one drive, of its bay or of a move to it does not keep the others from being
    cleaned. One that the next drive would meet too ends it, such as a cleaner that is spent or not
    back in its slot; it is raised if it came before the first drive had its turn: LibraryDisabled,
    NoSlotSet and others. Warns of a drive that can't be asked.
    """
    library.require_usable()
    requests = cleaning_requests(library)
    for each in requests:
        if not each.asked:
            library.context.warn(
                f"drive {each.number} can't be asked whether it wants cleaning: {each.why_not}"
            )
    requesting = [each for each in requests if each.request is not None]
    requesting.sort(key=lambda each: (each.request != "required", each.number))
    done: list[RequestedCleaning] = []
    for each in requesting:
        try:
            cleaned = clean(library, Place(PlaceKind.DRIVE, each.number), may_unload=may_unload)
            done.append(RequestedCleaning(each, cleaned, None))
        except ChangerError as error:
            of_one_drive = isinstance(error, _OF_ONE_DRIVE)
            if not (of_one_drive or done or isinstance(error, _OF_A_CLEANER)):
                raise
            done.append(RequestedCleaning(each, None, error))
            if not of_one_drive:
                break
    return tuple(done)
