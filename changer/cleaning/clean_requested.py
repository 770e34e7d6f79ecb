"""Cleans every drive that asks for it, one after another."""

from __future__ import annotations

from dataclasses import dataclass

from changer.cleaning.clean_drive import CleanedDrive, clean
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
from changer.errors import (
    CartridgeOut,
    ChangerError,
    CleanerSpent,
    DeviceNotAvailable,
    DriveLoaded,
    InvalidCleaner,
    UnableToClean,
)
from changer.library.addressing import Place, PlaceKind
from changer.library.library import Library

__all__ = ["NeededCleaning", "clean_needed"]

# Of one drive; after any other error the next drive would meet the same. A library that is gone
# was missed before any drive was asked.
_OF_ONE_DRIVE = (DriveLoaded, UnableToClean, InvalidCleaner, DeviceNotAvailable)
_OF_A_CLEANER = (CleanerSpent, CartridgeOut)


@dataclass(frozen=True, slots=True)
class NeededCleaning:
    """A drive that asked for cleaning, and what came of it: ``cleaned``, or ``error``."""

    wish: DriveCleaningRequest
    cleaned: CleanedDrive | None
    error: ChangerError | None


def clean_needed(library: Library, *, may_unload: bool = False) -> tuple[NeededCleaning, ...]:
    """Clean what asks for it; those that need it most come first.

    A drive that fails does not keep the others from their turn; an error that they would meet too
    ends it, such as a cleaner that is spent, or not back in its slot. Raises what can be said
    before any drive: LibraryDisabled, NoSlotSet and others, but only when a drive asks for it.
    Warns of a drive that can't be asked.
    """
    library.require_usable()
    wishes = cleaning_requests(library)
    for each in wishes:
        if not each.asked:
            library.context.warn(
                f"drive {each.number} can't be asked whether it wants cleaning: {each.why_not}"
            )
    wanting = [each for each in wishes if each.wish is not None]
    wanting.sort(key=lambda each: (each.wish != "required", each.number))
    done: list[NeededCleaning] = []
    for each in wanting:
        try:
            cleaned = clean(library, Place(PlaceKind.DRIVE, each.number), may_unload=may_unload)
        except _OF_ONE_DRIVE as error:
            done.append(NeededCleaning(each, None, error))
        except ChangerError as error:
            if not done and not isinstance(error, _OF_A_CLEANER):
                raise
            done.append(NeededCleaning(each, None, error))
            break
        else:
            done.append(NeededCleaning(each, cleaned, None))
    return tuple(done)
