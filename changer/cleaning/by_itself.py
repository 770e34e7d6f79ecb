"""Whether the host may clean a drive by itself: for ``clean --needed``, and after an unload."""

from __future__ import annotations

from changer.drives.cleaning_guard import WEEK_SECONDS, CleaningLimits, PastCleaning, find_refusal
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.host.clock import time_of_day
from changer.journal.operations import CANCELLED
from changer.library.library import Library
from changer.store.records import Operation


def may_clean_by_itself(library: Library, drive: DriveCleaningRequest) -> bool:
    """Whether a drive that requests it may be cleaned; if not, warn, and tell of it.

    Raises what the store raises.
    """
    now = library.context.clock.now()
    reason = require_may_clean(library, drive.address, drive.name, now)
    if reason is None:
        return True
    text = (
        f"drive {drive.number} of {library.id} needs service: {reason}; to clean it before "
        f"that: changer clean {drive.number}"
    )
    library.context.warn(text)
    from changer.events.news import Fact

    fields = {"drive": drive.number, "serial": drive.serial}
    library.tell(Fact("drive-service", drive.name, text, fields=fields))
    return False


def require_may_clean(library: Library, drive_address: int, name: str, now: float) -> str | None:
    """Why a drive may not be cleaned by itself at the time ``now``, with when it may; or None.

    ``name``: its key in the store. The cleanings are those of its element, and the last one of
    the drive itself, which may have been in another bay, or was cleaned by hand.
    """
    settings = library.settings
    limits = CleaningLimits(
        pause_seconds=settings.cleaning_pause_seconds,
        per_week=settings.cleanings_per_week,
        retry_seconds=settings.cleaning_retry_seconds,
    )
    refusal = find_refusal(_past_cleanings(library, drive_address, now), limits, now=now)
    condition = library.store.drive_condition(name)
    if condition is not None and condition.cleaned_at is not None:
        of_drive = [PastCleaning(condition.cleaned_at, helped=True)]
        refusal = refusal or find_refusal(of_drive, limits._replace(per_week=0), now=now)
    if refusal is None:
        return None
    again = time_of_day(refusal.again_at, now=now)
    why = f"it requests cleaning, but {refusal.reason}"
    return f"{why}; it is not cleaned automatically before {again}"


def _past_cleanings(library: Library, drive_address: int, now: float) -> list[PastCleaning]:
    cleanings = library.store.cleanings_since(library.id, now - WEEK_SECONDS)
    return [
        PastCleaning(
            each.started_at if each.finished_at is None else each.finished_at, helped=_helped(each)
        )
        for each in cleanings
        if each.drive_address == drive_address
    ]


def _helped(cleaning: Operation) -> bool | None:
    """Whether it helped; None where nothing reported that: it was cut off, or is under way."""
    if cleaning.still_requested is not None:
        return not cleaning.still_requested
    if cleaning.state == "completed":
        return True
    is_told = cleaning.state == "failed" and cleaning.result_code != CANCELLED.code
    return False if is_told else None
