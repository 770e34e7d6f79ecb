"""Cleaning between two cartridges: the drive asks for it, and the caller waits long enough."""

from __future__ import annotations

from changer.errors import ChangerError
from changer.hooks.numbers import SlotNumbers
from changer.hooks.session import HookSession
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.values import replace

# A cleaning and its two moves, where the history has none: an LTO drive takes one to two minutes
# (the vendors' manuals), a robot up to half a minute a move.
USUAL_SECONDS = 180.0
_REMEMBERED = 50


def clean_after_unload(session: HookSession, drive_address: int) -> None:
    """Ask a drive that was just emptied, and clean it, as ``cleaning_on_the_way`` is set.

    The unload has succeeded, so no ChangerError is raised: it goes to the host's log, and the
    drive's request is kept for ``changer clean --needed``.
    """
    library = session.library
    how = library.settings.cleaning_on_the_way
    if how == "off":
        return
    from changer.cleaning.by_itself import may_clean_by_itself
    from changer.cleaning.clean_drive import clean
    from changer.drives.cleaning_requests import cleaning_request

    try:
        drive = cleaning_request(library, drive_address)
        if how == "idle" or drive.request is None or not _has_usable_cleaner(library):
            return
        if not may_clean_by_itself(library, drive):
            return
        needed = cleaning_seconds(library)
        spare = session.seconds_left - needed
        if spare < 0:
            library.context.log_warning(
                f"drive {drive.number} of {library.id} requests cleaning, which takes about "
                f"{needed:.0f} s, but the backup software waits only {session.seconds_left:.0f} "
                "s more; it is left for: changer clean --needed"
            )
            return
        # Others that are busy with the library may take what is to spare, and no more.
        library.context = replace(library.context, wait_seconds=spare)
        clean(library, SlotNumbers.place(drive_address))
    except ChangerError as error:
        library.context.log_warning(f"{library.id}: no cleaning after the unload: {error.message}")


def _has_usable_cleaner(library: Library) -> bool:
    """Whether one may be usable; without, a cleaning would only record a refusal."""
    reserved = ReservedSlots.for_(library)
    known = (reserved.cleaner_of(each) for each in reserved)
    return any(
        each is None or (each.condition == "usable" and each.cleans_left != 0) for each in known
    )


def cleaning_seconds(library: Library) -> float:
    """Seconds that a cleaning takes: the longest recent one of this library that succeeded."""
    took = [
        each.finished_at - each.started_at
        for each in library.store.operations(library.id, limit=_REMEMBERED)
        if each.kind == "clean" and each.state == "completed" and each.finished_at is not None
    ]
    return max(took, default=USUAL_SECONDS)
