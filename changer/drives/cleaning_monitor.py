"""Watches a drive from the moment that a cleaning cartridge is in it until it says that it is done.

Never a fixed time: TEST UNIT READY tells, else log page 11h; a ceiling ends what never ends.
"""

from __future__ import annotations

from changer.drives.cleaning_signs import CleaningSeen, Sign, sign_of_activity, sign_of_sense
from changer.drives.drive import TapeDrive
from changer.errors import ChangerError, MalformedData
from changer.library.library import Library

__all__ = ["watch_cleaning"]

# A drive may hold no cartridge for a while before it notices the one that was put in.
NOTICING_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
_ENDS = (Sign.DONE, Sign.READY, Sign.FAILED, Sign.INVALID)


def watch_cleaning(
    library: Library, link: TapeDrive, *, name: str, wish_before: bool | None
) -> CleaningSeen:
    """What was seen, with the TapeAlert flags at the end, which reading clears: keep them.

    Raises what the host raises when the drive can't be asked any more.
    """
    if library.context.dry_run is not None:
        library.context.dry_run.drive(f"{name} cleans, and is asked until it says that it is done")
        return CleaningSeen(True, Sign.DONE, frozenset(), wish_before, None)
    clock = library.context.clock
    limit = library.settings.cleaning_timeout_seconds
    began = clock.monotonic()
    pause = _FIRST_PAUSE_SECONDS
    cleaning_seen, end = False, None
    while (elapsed := clock.monotonic() - began) < limit:
        sign = _sign(link)
        cleaning_seen = cleaning_seen or sign is Sign.CLEANING
        library.context.progress(f"cleaning {name}: {sign.value}")
        if sign in _ENDS or (
            sign is Sign.ABSENT and (cleaning_seen or elapsed >= min(NOTICING_SECONDS, limit / 2))
        ):
            end = sign
            break
        clock.sleep(min(pause, limit - elapsed))
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    wish_after, flags = (None, frozenset()) if wish_before is None else _still_wished(link)
    return CleaningSeen(cleaning_seen, end, flags | link.tape_alerts(), wish_before, wish_after)


def _sign(link: TapeDrive) -> Sign:
    try:
        sign = sign_of_sense(link.readiness())
    except MalformedData:
        sign = Sign.NOTHING
    if sign in (Sign.CLEANING, Sign.FAILED, Sign.INVALID):
        return sign
    activity = sign_of_activity(link.status())
    return sign if activity is Sign.NOTHING else activity


def _still_wished(link: TapeDrive) -> tuple[bool | None, frozenset[int]]:
    """Whether it asks for cleaning, and the flags that were read for it."""
    try:
        told = link.wish()
    except ChangerError:
        told = None
    return (None, frozenset()) if told is None else (told[0] is not None, told[1])
