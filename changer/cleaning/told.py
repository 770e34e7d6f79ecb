"""What is told of cleaning: cleaners that are nearly or wholly used up, drives that stay dirty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from changer.errors import (
    BeingCleaned,
    CartridgeMissing,
    ChangerError,
    CleanedByLibrary,
    DeviceNotAvailable,
    DriveLoaded,
    LibraryBusy,
    LibraryClosed,
    LibraryDisabled,
    LibraryOffline,
    NoSuchDrive,
    NotReady,
    OperationStopped,
    RecoveryNeeded,
    StoreError,
    UsageError,
)
from changer.library.drive_conditions import drive_name
from changer.library.library import Library
from changer.store.records import Cleaner, DriveIdentity

if TYPE_CHECKING:
    from changer.events.kinds import EventKind
    from changer.events.news import Fact

# Not a failure of cleaning: somebody else's turn, a wrong word, or an event of its own.
_NOT_OF_CLEANING = (
    BeingCleaned,
    CartridgeMissing,
    CleanedByLibrary,
    DriveLoaded,
    LibraryBusy,
    LibraryClosed,
    LibraryDisabled,
    LibraryOffline,
    NoSuchDrive,
    NotReady,
    OperationStopped,
    RecoveryNeeded,
    StoreError,
    UsageError,
)


def fact_of(cleaner: Cleaner, library: Library) -> Fact | None:
    """That a cleaner is used up, rejected, or has few cleanings left, by its record; or None."""
    from changer.events.news import Fact

    left, name = cleaner.cleans_left, cleaner.volume_tag or "without a label"
    why = f" ({cleaner.why})" if cleaner.why else ""
    kind: EventKind
    if cleaner.condition == "spent":
        kind, state = "cleaner-spent", ""
        text = f"the cleaning cartridge {name} of {library.id} is used up{why}; replace it"
    elif cleaner.condition == "rejected":
        kind, state = "cleaner-rejected", ""
        text = f"the cleaning cartridge {name} of {library.id} was rejected{why}; replace it"
    elif left is not None and left <= library.settings.cleans_left_warning:
        kind, state = "cleaner-low", str(left)
        cleanings = f"{left} {'cleaning' if left == 1 else 'cleanings'}"
        text = (
            f"the cleaning cartridge {name} of {library.id} has {cleanings} left; have a new one "
            "ready"
        )
    else:
        return None
    fields = {
        "volume_tag": cleaner.volume_tag,
        "slot_address": cleaner.slot_address,
        "cleans_left": left,
        "uses": cleaner.uses,
    }
    return Fact(kind, str(cleaner.id), text, state=state, fields=fields)


def tell_used_cleaner(library: Library, slot_address: int | None) -> None:
    """Tell what is to be told of the cleaner at home in a slot, as it is on record now."""
    with suppress(ChangerError):
        cleaners = library.store.cleaners(library.id)
        at_home = (each for each in cleaners if each.slot_address == slot_address)
        cleaner = None if slot_address is None else next(at_home, None)
        if cleaner is None:
            return
        if (fact := fact_of(cleaner, library)) is not None:
            library.tell(fact)
        else:
            library.tell_over(
                "cleaner-low", "cleaner-spent", "cleaner-rejected", subject=str(cleaner.id)
            )


@contextmanager
def telling_failure(library: Library, drive_address: int | None) -> Iterator[None]:
    """Tell that a drive was not cleaned, where the body fails before it was."""
    before = _cleanings(library, drive_address)
    try:
        yield
    except ChangerError as error:
        is_of_library = isinstance(error, DeviceNotAvailable) and library.session.lost is not None
        is_failure = not (isinstance(error, _NOT_OF_CLEANING) or is_of_library)
        if (
            drive_address is not None
            and is_failure
            and _cleanings(library, drive_address) == before
        ):
            _tell_not_cleaned(library, drive_address, error)
        raise


def _cleanings(library: Library, drive_address: int | None) -> int:
    """How often the drive was cleaned."""
    with suppress(ChangerError):
        if drive_address is not None:
            _, name = _drive(library, drive_address)
            condition = library.store.drive_condition(name)
            return condition.cleanings if condition else 0
    return 0


def _drive(library: Library, address: int) -> tuple[DriveIdentity | None, str]:
    """A drive as it was last read, and its key in the store."""
    known = library.store.drives(library.id) or ()
    identity = next((each for each in known if each.address == address), None)
    return identity, drive_name(library, identity, address)


def _tell_not_cleaned(library: Library, drive_address: int, error: ChangerError) -> None:
    from changer.events.news import Fact

    with suppress(ChangerError):
        identity, name = _drive(library, drive_address)
        library.tell(
            Fact(
                "cleaning-failed",
                name,
                f"{library.id}: {error.message}",
                state=error.code,
                fields={
                    "drive_address": drive_address,
                    "serial": identity.serial if identity else None,
                    "code": error.code,
                },
            )
        )
