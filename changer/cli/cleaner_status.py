"""``changer cleaner status``: the slot, its cartridge, and the drives that ask for cleaning."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from changer.cleaning.cartridge import cleaner_state
from changer.cleaning.named_slot import require_reserved
from changer.cli.application import Application
from changer.cli.output import columns, count, library_json, local_time, utc_time
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
from changer.errors import (
    CartridgeOut,
    ChangerError,
    CleanerLow,
    CleanerSpent,
    InvalidCleaner,
    NoSlotSet,
    SlotEmpty,
    SlotNotPresent,
    SlotUnknown,
)
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.library.status import CleanerStatus, cleaner_status
from changer.printable import printable
from changer.smc.elements import ElementType
from changer.store.records import Cleaner


def show_cleaner(application: Application, arguments: Namespace) -> int:
    """Print the state; with --check, fail without a cleaner, or with few cleanings left."""
    with application.open_library("read") as library:
        application.progress.step(f"reading {library.id}")
        is_reserved = bool(ReservedSlots.for_(library))
        inventory = library.read(ElementType if is_reserved else (ElementType.DATA_TRANSFER,))
        status = cleaner_status(library, inventory)
        slots = ReservedSlots.for_(library)
        kept = None if slots.primary is None else slots.cleaner_of(slots.primary)
        drives = cleaning_requests(library, inventory)
        application.output.print_json(
            "cleaner",
            {
                "library": library_json(library),
                "cleaner": _cleaner_json(status, kept),
                "drives": [_drive_json(each) for each in drives],
            },
        )
        trouble = _trouble(library, inventory, status)
        is_there = not isinstance(trouble, SlotEmpty | InvalidCleaner)
        slot = _slot_text(library, status, kept, is_there=is_there)
        lines = [slot, columns(map(_row, drives))]
        if status is not None and trouble is not None:
            lines.insert(1, f"  {trouble.message}")
        application.output.print("\n".join(filter(None, lines)))
    if trouble is not None and arguments.check:
        raise trouble
    return 0


def _cleaner_json(status: CleanerStatus | None, kept: Cleaner | None) -> dict[str, Any] | None:
    if status is None:
        return None
    return {
        "slot": status.slot,
        "address": status.address,
        "volume_tag": status.volume_tag,
        "cleans_left": status.cleans_left,
        "last_used_at": utc_time(kept.last_used_at if kept else None),
    }


def _drive_json(drive: DriveCleaningRequest) -> dict[str, Any]:
    return {
        "number": drive.number,
        "address": drive.address,
        "serial": drive.serial,
        "wish": drive.request,
        "asked": drive.asked,
        "why_not": drive.why_not,
        "cleaned_at": utc_time(drive.cleaned_at),
        "cleanings": drive.cleanings,
        "tape_alerts": sorted(drive.tape_alerts),
    }


def _slot_text(
    library: Library, status: CleanerStatus | None, kept: Cleaner | None, *, is_there: bool
) -> str:
    if status is None:
        return f"no slot of {library.id} is reserved; changer cleaner reserve SLOT does it"
    parts = []
    if kept is not None:
        parts.append(printable(status.volume_tag or "") or "a cleaning cartridge without a label")
    if status.cleans_left is not None:
        parts.append(f"{count(status.cleans_left, 'clean')} left")
    if kept is not None:
        used = kept.last_used_at
        parts.append("never used" if used is None else f"last used {local_time(used)}")
    text = f"slot {status.slot} of {library.id} is reserved"
    if not parts:
        return text
    return f"{text}{': ' if is_there else '; its cleaner on record: '}{', '.join(parts)}"


def _row(drive: DriveCleaningRequest) -> tuple[str, ...]:
    request = {None: "", "requested": "asks for cleaning", "required": "needs cleaning now"}[
        drive.request
    ]
    if not request:
        request = "wants no cleaning" if drive.asked else f"can't be asked: {drive.why_not}"
    cleaned = "never cleaned here"
    if drive.cleaned_at is not None:
        cleaned = f"cleaned {local_time(drive.cleaned_at)}"
    return f"drive {drive.number}", request, cleaned


def _trouble(
    library: Library, inventory: Inventory, status: CleanerStatus | None
) -> ChangerError | None:
    """The error of --check; None if a drive can be cleaned and cleanings are left."""
    if status is None:
        return NoSlotSet(
            f"no slot of {library.id} is reserved", hint="changer cleaner reserve SLOT does it"
        )
    unusable = _unusable(library, inventory)
    left = status.cleans_left
    if unusable is not None or left is None or left > library.settings.cleans_left_warning:
        return unusable
    return CleanerLow(
        f"the cleaning cartridge has {count(left, 'clean')} left: replace it soon",
        hint="changer cleaner eject, then changer cleaner insert with a new one",
    )


def _unusable(library: Library, inventory: Inventory) -> ChangerError | None:
    """Why no drive can be cleaned now; None also while the cleaner cleans one."""
    try:
        cleaner_state(library, inventory, require_reserved(library).addresses[0]).require_usable()
    except CartridgeOut as out:
        unfinished = library.store.unfinished_operations(library.id)
        is_running = library.context.coordination.is_running
        cleans = any(each.kind == "clean" and is_running(each) for each in unfinished)
        return None if cleans else out
    except (SlotNotPresent, SlotUnknown, SlotEmpty, InvalidCleaner, CleanerSpent) as error:
        return error
    return None
