"""Monitoring of a drive while it cleans: the meaning of its replies, and the result.

SSC-4: sense codes 30/03 cleaning cartridge installed, 30/07 cleaning failure, 30/13 cleaning volume
expired; TapeAlert flags 22 expired cleaning media, 23 invalid cleaning tape. A cleaning has no
fixed time: TEST UNIT READY and log page 11h report its end, and a timeout ends the wait.
"""

from __future__ import annotations

from contextlib import suppress
from enum import Enum

from changer.drives.drive import TapeDrive, keep_flags
from changer.drives.given_back import CartridgeShown
from changer.errors import ChangerError, MalformedData
from changer.host.clock import TimedStep
from changer.library.library import Library
from changer.smc.atlas.drive_row import CleaningSign
from changer.smc.drive_models import cleaning_sign
from changer.smc.log_sense import DataTransferDeviceStatus
from changer.smc.sense import SenseData
from changer.values import dataclass

EXPIRED_CLEANING_MEDIA = 22
INVALID_CLEANING_TAPE = 23
_CLEANING_ACTIVITY = 0x01
# A drive may hold no cartridge for a while before it notices the one that was put in.
NOTICING_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0


class Sign(Enum):
    """Meaning of one reply of the drive."""

    CLEANING = "it is cleaning"
    CLEANED = "it was cleaned"
    BUSY = "it is busy with the cartridge"
    ABSENT = "no cartridge is threaded"
    DONE = "it has finished with the cartridge"
    READY = "the cartridge is ready"
    FAILED = "the cleaning failed"
    INVALID = "the cartridge does not suit it"
    SPENT = "the cartridge is used up"
    NOTHING = "nothing conclusive"


_CERTAIN = (Sign.CLEANING, Sign.FAILED, Sign.INVALID, Sign.SPENT)
_ENDS = (Sign.DONE, Sign.READY, Sign.FAILED, Sign.INVALID, Sign.SPENT)


# Of ASC 30h. 30/0B: how older drives and libraries report a cleaner that is used up.
_MEDIUM_SIGNS = {0x03: Sign.CLEANING, 0x07: Sign.FAILED, 0x0B: Sign.SPENT, 0x13: Sign.SPENT}


class CleaningResult(Enum):
    """Result of a cleaning."""

    CLEANED = "cleaned"
    SPENT = "the cleaning cartridge is used up"
    INVALID = "the cleaning cartridge is not valid for this drive"
    FAILED = "not cleaned"


@dataclass(frozen=True, slots=True)
class CleaningSeen:
    """Replies of the drive from loading to the end.

    ``cleaning_seen``: it reported that it cleans. ``end``: the last sign, None after a timeout.
    ``flags``: TapeAlert flags at the end. ``requested_before``, ``requested_after``: whether it
    requested cleaning; None where it does not report that.
    """

    cleaning_seen: bool
    end: Sign | None
    flags: frozenset[int] = frozenset()
    requested_before: bool | None = None
    requested_after: bool | None = None

    @property
    def still_requested(self) -> bool | None:
        """Whether a drive that had requested cleaning still did when it was over.

        None: it had not, did not report it, or was not done with the cartridge.
        """
        is_over = self.end in (Sign.ABSENT, Sign.DONE, Sign.READY, Sign.FAILED)
        return self.requested_after if self.requested_before and is_over else None


def sign_of_sense(sense: SenseData | None, product: str | None = None) -> Sign:
    """Meaning of the sense data of TEST UNIT READY; None stands for GOOD.

    A cleaning cartridge never becomes ready (SSC-4), so GOOD alone is not a sign of a cleaning.
    ``product``: the product identification of the drive, whose maker may have codes of its own.
    """
    if sense is None:
        return Sign.READY
    if cleaning_sign(product, sense) is CleaningSign.CLEANED:
        return Sign.CLEANED
    codes = (sense.additional.asc, sense.additional.ascq) if sense.additional else (0, 0)
    if codes[0] == 0x30:
        return _MEDIUM_SIGNS.get(codes[1], Sign.INVALID)
    if codes[0] == 0x3A:
        return Sign.ABSENT
    if codes == (0x04, 0x02):  # seen: mhVTL, when the cleaning is over and the cartridge stays
        return Sign.DONE
    if codes[0] == 0x04:
        return Sign.BUSY
    return Sign.NOTHING


def sign_of_activity(status: DataTransferDeviceStatus | None) -> Sign:
    """Meaning of log page 11h."""
    if status is None:
        return Sign.NOTHING
    if status.activity == _CLEANING_ACTIVITY:
        return Sign.CLEANING
    return Sign.BUSY if status.activity else Sign.NOTHING


def conclude(seen: CleaningSeen) -> tuple[CleaningResult, str]:
    """Result of a cleaning, and the reason in words."""
    if INVALID_CLEANING_TAPE in seen.flags or seen.end is Sign.INVALID:
        return CleaningResult.INVALID, (
            "the drive reports that the cartridge is not a cleaner for it"
        )
    if EXPIRED_CLEANING_MEDIA in seen.flags or seen.end is Sign.SPENT:
        return CleaningResult.SPENT, "the drive reports that the cartridge is used up"
    if seen.end is Sign.FAILED:
        return CleaningResult.FAILED, "the drive reports that the cleaning failed (30/07)"
    if seen.end is None:
        return (
            CleaningResult.FAILED,
            "the drive keeps the cleaner: it did not report in time that the cleaning is complete",
        )
    if seen.requested_before and seen.requested_after:
        return CleaningResult.FAILED, "the drive still asks for cleaning"
    if seen.cleaning_seen or seen.end is Sign.DONE:
        return CleaningResult.CLEANED, "the drive reports that cleaning is complete"
    if seen.requested_before and seen.requested_after is False:
        return CleaningResult.CLEANED, "the drive no longer requests cleaning"
    return CleaningResult.FAILED, "the drive gave the cartridge back without a sign of cleaning"


def may_eject(first: Sign, seen: CleaningSeen) -> bool:
    """Whether the cartridge that the drive holds is the cleaner, so that it may be ejected.

    ``first``: its sign before the cleaner was moved, NOTHING if it was not asked then. It is, if
    the drive held none then, or has shown since that it holds a cleaner, which never becomes ready:
    a drive that was busy and then is ready, or that has not changed, may hold another cartridge.
    """
    if seen.end is Sign.ABSENT:
        return False
    if first is Sign.ABSENT or seen.cleaning_seen:
        return True
    return seen.end not in (None, Sign.READY, first)


def watch_cleaning(
    library: Library,
    drive: TapeDrive,
    *,
    name: str,
    requested_before: bool | None,
    flags_are_new: bool = True,
    seconds_in_drive: float = 0.0,
) -> CleaningSeen:
    """Poll the drive until the cleaning ends, or for ``cleaning_timeout_seconds`` of the settings.

    A drive that reports that it holds no cartridge may not have noticed it yet. It has thrown the
    cleaner out if it reports that, by TapeAlert flags or log page 11h, or if it had
    ``NOTICING_SECONDS`` for noticing it.

    ``flags_are_new``: its TapeAlert flags were read just before the cleaner was moved into it, so
    all that it has now are of this cleaner; else those of the first reading may be older, and end
    nothing. ``seconds_in_drive``: for how long the cleaner has been in it, at least.

    Keep the TapeAlert flags that it returns: reading clears them. Raises the transport's errors;
    the flags that were read until then are kept in the store.
    """
    if library.context.dry_run is not None:
        library.context.dry_run.drive(
            f"{name} cleans, and is polled until it reports that cleaning is complete"
        )
        return CleaningSeen(True, Sign.DONE, frozenset(), requested_before, None)
    clock = library.context.clock
    limit = library.settings.cleaning_timeout_seconds
    noticing_seconds = min(NOTICING_SECONDS, limit / 2) - seconds_in_drive
    began = clock.monotonic()
    pause, end = _FIRST_PAUSE_SECONDS, None
    watch = _Watch(drive, flags_are_new=flags_are_new)
    try:
        while (elapsed := clock.monotonic() - began) < limit:
            sign = watch.poll()
            words = f"cleaning {name}: {sign.value}"
            step = TimedStep(words, limit_seconds=limit, spent_seconds=elapsed)
            library.context.progress(step)
            thrown_out = watch.reports_back or elapsed >= noticing_seconds
            if sign in _ENDS or (sign is Sign.ABSENT and thrown_out):
                end = sign
                break
            clock.sleep(min(pause, limit - elapsed))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        requested_after = None
        # A drive that refused the cleaner has said so once: nothing else delays what counts it.
        if not watch.is_refused:
            requested_after = None if requested_before is None else watch.still_requested()
            watch.read_flags()
    except BaseException:  # whatever a signal's handler raises, too
        if watch.flags:
            with suppress(ChangerError):
                keep_flags(library, drive, watch.flags)
        raise
    return CleaningSeen(watch.cleaning_seen, end, watch.flags, requested_before, requested_after)


class _Watch:
    """What the polls of one drive have shown so far.

    ``flags``: every TapeAlert flag that was read.
    """

    def __init__(self, drive: TapeDrive, *, flags_are_new: bool) -> None:
        self.cleaning_seen = False
        self.flags: frozenset[int] = frozenset()
        self._drive = drive
        self._flags_are_new = self._was_asked = flags_are_new
        self._new_flags: frozenset[int] = frozenset()
        self._flags_since_cleaning: frozenset[int] = frozenset()
        self._cartridge = CartridgeShown()

    def poll(self) -> Sign:
        """Ask the drive once: two commands, and a third where it reports that it holds nothing."""
        sign = _look(self._drive)
        if sign not in _CERTAIN:
            status = self._drive.status()
            self._cartridge.note(status)
            activity = sign_of_activity(status)
            sign = sign if activity is Sign.NOTHING else activity
        if sign is Sign.CLEANED and self._was_asked:  # else it may be of a cleaning before this one
            self.cleaning_seen = True
        self._was_asked = True
        if sign is Sign.CLEANING:
            self.cleaning_seen = True
            self._flags_since_cleaning = frozenset()
        elif sign is Sign.ABSENT:
            self.read_flags()
        return sign

    @property
    def reports_back(self) -> bool:
        """Whether a drive that holds no cartridge reports that it had it, or refused it."""
        return self.cleaning_seen or self.is_refused or self._cartridge.is_back

    @property
    def is_refused(self) -> bool:
        """Whether the drive reports that this cleaner is used up, or unfit for it."""
        return bool(self._new_flags & {EXPIRED_CLEANING_MEDIA, INVALID_CLEANING_TAPE})

    def read_flags(self) -> None:
        """Read the TapeAlert flags, which clears them in the drive."""
        self._keep(self._drive.tape_alerts())

    def still_requested(self) -> bool | None:
        """Whether the drive requests cleaning; None where it does not tell."""
        try:
            told = self._drive.cleaning_request(flags_before=self._flags_since_cleaning)
        except ChangerError:
            told = None
        if told is None:
            return None
        self._keep(told[1])
        return told[0] is not None

    def _keep(self, flags: frozenset[int]) -> None:
        self.flags |= flags
        self._flags_since_cleaning |= flags
        if self._flags_are_new:
            self._new_flags |= flags
        self._flags_are_new = True


def look_when_settled(library: Library, drive: TapeDrive, *, name: str) -> Sign:
    """Meaning of the drive's reply to TEST UNIT READY, once it is not busy any more.

    A drive that is busy for longer than one takes to notice a cartridge stays BUSY.
    """
    clock = library.context.clock
    began, pause = clock.monotonic(), _FIRST_PAUSE_SECONDS
    while (sign := _look(drive)) is Sign.BUSY and clock.monotonic() - began < NOTICING_SECONDS:
        step = TimedStep(
            f"waiting for {name}: {sign.value}",
            limit_seconds=NOTICING_SECONDS,
            spent_seconds=clock.monotonic() - began,
        )
        library.context.progress(step)
        clock.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    return sign


def _look(drive: TapeDrive) -> Sign:
    """Meaning of the drive's reply to TEST UNIT READY now."""
    try:
        return sign_of_sense(drive.readiness(), drive.known_product)
    except MalformedData:
        return Sign.NOTHING
