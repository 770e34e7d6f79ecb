"""One run of a cleaning: the cleaner into the drive, watched there, its use counted, and back.

To be called within an operation that has claimed drive and cleaner, with signals held.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from changer.cleaning.cartridge import CleanerState
from changer.cleaning.spent import put_spent_away
from changer.cleaning.told import tell_used_cleaner
from changer.cleaning.unfit import why_unfit
from changer.drives.cleaning_monitor import (
    CleaningResult,
    CleaningSeen,
    Sign,
    conclude,
    look_when_settled,
    may_eject,
    sign_of_sense,
    watch_cleaning,
)
from changer.drives.drive import TapeDrive, keep_flags
from changer.errors import (
    ChangerError,
    CleanerSpent,
    DriveLoaded,
    InvalidCleaner,
    MalformedData,
    UnableToClean,
)
from changer.host import interrupts
from changer.journal.open_operations import may_have_loaded
from changer.journal.operations import SUCCESS, Running
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.element_state import cartridge_name
from changer.library.library import STORE_ERRORS
from changer.moves.execute import move_locked
from changer.moves.plan import plan_move, plan_unload
from changer.smc.elements import Element
from changer.smc.sense import parse_sense
from changer.store.records import Cleaner
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class CleanedDrive:
    """A drive that reported to be clean.

    ``volume_tag``, ``cleans_left``: of the cleaner, which is back in its slot. ``why``: the report
    of the drive, in words.
    """

    drive: int
    address: int
    serial: str | None
    volume_tag: str | None
    cleans_left: int | None
    operation_id: str
    why: str


class CleaningRun:
    """One cleaning, from the cleaner in its slot to the cleaner in its slot."""

    def __init__(
        self,
        running: Running,
        state: CleanerState,
        link: TapeDrive,
        address: int,
        element: Element,
        *,
        requested_before: bool | None,
    ) -> None:
        """``requested_before``: whether the drive requested cleaning; None: it did not say."""
        self._running = running
        self._requested_before = requested_before
        self._library = running.library
        self._link = link
        self._element = element
        self._numbering = numbering = state.inventory.numbering
        self._slot, self._drive = numbering.place_of(state.address), numbering.place_of(address)
        self._name = numbering.name_of(address)
        self._number, self._address = numbering.number_of(address), address
        self._slot_address = state.address
        self._first = Sign.ABSENT
        self._rejected: str | None = None  # why this cleaning showed that the cleaner is unfit

    def require_empty(self) -> None:
        """Raise DriveLoaded where the drive itself says that it holds a cartridge.

        Then it is one of which the library does not know, or the library means another drive.
        """
        self._first = look_when_settled(self._library, self._link, name=self._name)
        if self._first in (Sign.READY, Sign.CLEANING):
            raise DriveLoaded(
                f"{self._name} is empty, as the library shows it, but reports that it holds a "
                f"cartridge ({self._first.value}); the cleaner is in its slot, and nothing was "
                "ejected",
                hint="see which it is; if it is to come out: mt -f /dev/nstN offline",
            )

    def unload_drive(self) -> None:
        """Move the cartridge that is in the drive back to its slot."""
        move_locked(
            self._library,
            lambda: plan_unload(self._library, self._drive, None, operation_id=self._running.id),
            operation_id=self._running.id,
        )
        if self._library.context.dry_run is None:  # else it is in the drive still
            self.require_empty()

    def finish(self) -> CleanedDrive:
        """Watch the drive, count the use, move the cleaner back. Takes the library's lock."""
        with self._use_counted_on_failure():
            seen = watch_cleaning(
                self._library, self._link, name=self._name, requested_before=self._requested_before
            )
            result, why = conclude(seen)
            cleaner = self._keep(seen, result, why)
        trouble = self._return(seen, result)
        error = self._judge(result, why, trouble)
        if error is not None:
            raise error
        with self._library.store_error_context(
            f"{self._name} was cleaned, but its end could not be recorded"
        ):
            self._library.store.finish_operation(
                self._running.id, state="completed", result=SUCCESS, message=why
            )
        return CleanedDrive(
            drive=self._number,
            address=self._address,
            serial=self._link.identity.serial if self._link.identity else None,
            volume_tag=self._element.tag,
            cleans_left=cleaner.cleans_left if cleaner else None,
            operation_id=self._running.id,
            why=why,
        )

    def load(self) -> None:
        """Move the cleaner into the drive; under the library's lock."""
        try:
            self._move(self._slot, self._drive)
        except BaseException as error:  # whatever a signal's handler raises, too
            # It may be in the drive and clean it: better a use too many than one too few.
            may_be_there = True
            with suppress(ChangerError):
                may_be_there = may_have_loaded(self._library, self._running.id, self._address)
                if may_be_there:
                    self._count_at_any_rate()
            if isinstance(error, ChangerError) and _reports_spent(error):
                self._count_at_any_rate(spent=True, why=f"the library: {error.message}")
                tell_used_cleaner(self._library, self._slot_address)
                if not may_be_there:
                    put_spent_away(self._running, self._element)
                    raise self._spent(error) from error
            raise

    def _spent(self, refused: ChangerError) -> ChangerError:
        """The error of a library that does not move a cleaner which is used up."""
        error, hint = _FAILURES[CleaningResult.SPENT]
        return error(
            f"{self._name} was not cleaned: the library reports that "
            f"{cartridge_name(self._element)} is used up: {refused.message}",
            hint=hint.format(slot=self._slot),
            sense=refused.sense,
        )

    def _move(self, source: Place, destination: Place) -> None:
        move_locked(
            self._library,
            lambda: plan_move(
                self._library,
                source,
                destination,
                assume_cleaner=True,
                operation_id=self._running.id,
            ),
            operation_id=self._running.id,
        )

    @contextmanager
    def _use_counted_on_failure(self) -> Iterator[None]:
        """The cleaner is in the drive: if this fails here, it was used."""
        try:
            yield
        except BaseException:  # whatever a signal's handler raises, too
            self._count_at_any_rate()
            self._library.context.warn(
                f"{cartridge_name(self._element)} is in {self._name}; when the drive has "
                "finished, bring it back with: changer recover"
            )
            raise

    def _count_at_any_rate(self, *, spent: bool = False, why: str | None = None) -> None:
        """Count the use, before another signal is obeyed; or leave that to whoever settles it."""
        try:
            with interrupts.motion(lambda: None):
                self._library.store.count_use(self._running.id, spent=spent, why=why)
        except ChangerError as error:
            self._running.unrecorded.append(error.message)

    def _keep(self, seen: CleaningSeen, result: CleaningResult, why: str) -> Cleaner | None:
        """Count the use, record what was read, warn of a cleaner that is nearly used up."""
        store, library = self._library.store, self._library
        cleaner = None
        if result is CleaningResult.INVALID:
            store.reject_cleaner(self._running.id, why=f"{self._name}: {why}")
        else:
            is_spent = result is CleaningResult.SPENT
            still_requested = None if is_spent else seen.still_requested
            if still_requested:
                self._rejected = why_unfit(library, self._running.id, numbering=self._numbering)
            cleaner = store.count_use(
                self._running.id,
                spent=is_spent,
                rejected=self._rejected is not None,
                why=f"{self._name}: {why}" if is_spent else self._rejected,
                still_requested=still_requested,
            )
            left = cleaner.cleans_left if cleaner else None
            if left is not None and left <= library.settings.cleans_left_warning:
                library.context.warn(
                    f"the cleaning cartridge {cartridge_name(self._element)} of {library.id} has "
                    f"{left} {'cleaning' if left == 1 else 'cleanings'} left; have a new one "
                    "ready"
                )
        tell_used_cleaner(library, self._slot_address)
        if result is CleaningResult.CLEANED:
            not_recorded = f"{self._name} was cleaned, but that could not be recorded"
            with library.store_error_context(not_recorded):
                store.drive_cleaned(self._link.name, library_id=library.id)
            library.tell_over(
                "cleaning-requested", "cleaning-failed", "drive-service", subject=self._link.name
            )
        else:
            keep_flags(library, self._link, seen.flags)
        return cleaner

    def _return(self, seen: CleaningSeen, result: CleaningResult) -> ChangerError | None:
        """Move the cleaner back to its slot; the error if that failed."""
        if seen.end is None:
            return None  # the drive still cleans: the robot must not pull at the cartridge
        if may_eject(self._first, seen):
            self._link.unload()
        try:
            with ExitStack() as stack:
                with self._use_counted_on_failure():
                    stack.enter_context(self._library.locked(patiently=True))
                    settle_or_refuse(self._library)
                self._library.context.progress("bringing the cleaning cartridge back")
                self._move(self._drive, self._slot)
                if result is CleaningResult.SPENT:
                    put_spent_away(self._running, self._element)
        except ChangerError as error:
            return error
        return None

    def _judge(
        self, result: CleaningResult, why: str, trouble: ChangerError | None
    ) -> ChangerError | None:
        """The error of the cleaning; None for a clean drive and a cleaner in its slot."""
        # The store can fail after the motion, and says itself how far it came.
        of_the_store = isinstance(trouble, STORE_ERRORS)
        what = "its cleaner needs attention" if of_the_store else _NOT_BACK
        if result in _FAILURES:
            where = f"; {what}: {trouble.message}" if trouble else ""
            error, hint = _FAILURES[result]
            if self._rejected is not None:
                why += f"; {cartridge_name(self._element)} is not used again: {self._rejected}"
                hint = _FAILURES[CleaningResult.SPENT][1]
            hint = hint.format(slot=self._slot)
            return error(f"{self._name} was not cleaned: {why}{where}", hint=hint)
        if trouble is not None:
            trouble.add_context(
                f"{self._name} was cleaned, but {what}",
                hint=None if of_the_store else trouble.hint or "changer recover brings it there",
            )
        return trouble


def _reports_spent(error: ChangerError) -> bool:
    """Whether the library reports, in reply to a move, that the cleaner is used up (30/13)."""
    with suppress(MalformedData):
        return bool(error.sense) and sign_of_sense(parse_sense(error.sense or b"")) is Sign.SPENT
    return False


_NOT_BACK = "its cleaner is not back in its slot"
_FAILURES: dict[CleaningResult, tuple[type[ChangerError], str]] = {
    CleaningResult.SPENT: (
        CleanerSpent,
        "changer cleaner eject {slot}, then changer cleaner insert with a new one",
    ),
    CleaningResult.INVALID: (
        InvalidCleaner,
        "changer cleaner eject {slot}, then insert one for this drive",
    ),
    CleaningResult.FAILED: (
        UnableToClean,
        "look at the drive; changer status shows where the cleaner is",
    ),
}
