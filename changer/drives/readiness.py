"""Wait for a drive that a cartridge was put into: until it is ready, or says that it won't be.

SSC-4, TEST UNIT READY: a drive that draws a cartridge in becomes ready; any other reason is the
drive's or the cartridge's. A cleaning cartridge never becomes ready: the drive cleans, and is done.
"""

from __future__ import annotations

from contextlib import closing

from changer.drives.cleaning_monitor import NOTICING_SECONDS, Sign, sign_of_sense
from changer.drives.drive import KnownDrive, open_drive
from changer.errors import (
    ChangerError,
    DeviceFailed,
    DriveNotReady,
    MalformedData,
    NotExecuted,
    NotReady,
)
from changer.host.clock import TimedStep
from changer.library.element_state import UNLABELLED
from changer.library.library import Library
from changer.library.session import Patience, Session
from changer.smc.asc import describe
from changer.smc.cdb import test_unit_ready
from changer.smc.drive_models import may_calibrate
from changer.smc.sense import Action, SenseData, parse_sense
from changer.smc.sense_action import judge_sense
from changer.transport import Transport
from changer.values import dataclass

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 5.0
# Each reply is judged here: the session repeats the command after unit attentions only.
_NO_PATIENCE = Patience(ready_timeout_seconds=0.0, retry_timeout_seconds=0.0)
_BECOMING_READY = (0x04, 0x01)
_LONGER = "wait longer with --ready-timeout SECONDS"


def wait_until_ready(
    library: Library,
    drive: KnownDrive,
    *,
    cartridge: str | None,
    timeout_seconds: float,
    longer: str = _LONGER,
) -> None:
    """Return when the drive that a cartridge was put into answers TEST UNIT READY with GOOD.

    ``cartridge``: its volume tag. ``longer``: how to wait longer, for a hint.

    Raises DriveNotReady after the timeout, or as soon as the drive reports why it won't be ready;
    DeviceNotAvailable when no tape device of this host has the drive's serial number.
    """
    with closing(open_drive(library, drive)) as opened:
        if library.context.dry_run is not None:
            library.context.dry_run.drive(f"drive {drive.number} is asked until it is ready")
            return
        _Wait(library, drive, cartridge or UNLABELLED, timeout_seconds, longer).run(
            opened.transport
        )


@dataclass(frozen=True, slots=True)
class _Unready:
    """Reply of a drive that is not ready. ``sense``: None for a status without sense data."""

    error: ChangerError
    sense: SenseData | None

    @property
    def sign(self) -> Sign:
        """Its meaning."""
        return Sign.BUSY if self.sense is None else sign_of_sense(self.sense)

    @property
    def passes(self) -> bool:
        """Whether waiting may help."""
        if self.sense is None:
            return isinstance(self.error, NotReady)
        if self.sign is Sign.CLEANING:
            return True
        return judge_sense(self.sense).without_medium().action in (Action.WAIT, Action.RETRY)

    @property
    def why(self) -> str:
        """The reason in words, with its code."""
        return self.error.message if self.sense is None else describe(self.sense)


@dataclass(frozen=True, slots=True)
class _Wait:
    """One wait for a cartridge in a drive."""

    library: Library
    drive: KnownDrive
    cartridge: str
    timeout_seconds: float
    longer: str

    def run(self, transport: Transport) -> None:
        """Ask until the drive is ready. Raises DriveNotReady, and what the transport raises."""
        clock = self.library.context.clock
        session = Session(
            transport, clock=clock, may_initialize=lambda: False, patience=_NO_PATIENCE
        )
        began, pause, cleaned = clock.monotonic(), _FIRST_PAUSE_SECONDS, False
        while (unready := _ask(session)) is not None:
            cleaned = cleaned or unready.sign is Sign.CLEANING
            waited = clock.monotonic() - began
            left = self._limit(unready, cleaned=cleaned) - waited
            if left <= 0:
                raise self._give_up(unready, waited)
            step = TimedStep(
                f"waiting for drive {self.drive.number}: {unready.why}",
                limit_seconds=waited + left,
                spent_seconds=waited,
            )
            self.library.context.progress(step)
            clock.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _limit(self, unready: _Unready, *, cleaned: bool) -> float:
        """How long this is waited for. Raises DriveNotReady for what no wait changes."""
        if cleaned and unready.sign in (Sign.ABSENT, Sign.DONE):
            raise self._error(
                f"{self.cartridge} in drive {self.drive.number} is a cleaning cartridge, and the "
                "drive has finished with it",
                unready,
                hint=f"put it away: changer unload {self.drive.number}",
            )
        if unready.sign is Sign.ABSENT:
            return min(NOTICING_SECONDS, self.timeout_seconds)
        if unready.passes:
            return self.timeout_seconds
        raise self._error(
            f"{self.cartridge} in drive {self.drive.number} can't be used: {unready.why}",
            unready,
            hint=f"put it away: changer unload {self.drive.number}; then try it in another drive, "
            "or another cartridge in this one",
        )

    def _give_up(self, unready: _Unready, waited: float) -> DriveNotReady:
        codes = unready.sense.additional if unready.sense else None
        product = self.drive.identity.product if self.drive.identity else None
        calibrates = codes is not None and (codes.asc, codes.ascq) == _BECOMING_READY
        hint = f"{self.longer}; or put it away: changer unload {self.drive.number}"
        if calibrates and may_calibrate(product):
            hint = f"a new LTO-9 cartridge is calibrated for up to 2 hours: {hint}"
        return self._error(
            f"{self.cartridge} is in drive {self.drive.number}, which is not ready after "
            f"{waited:.0f} s: {unready.why}",
            unready,
            hint=hint,
        )

    def _error(self, message: str, unready: _Unready, *, hint: str) -> DriveNotReady:
        return DriveNotReady(message, hint=hint, sense=unready.error.sense)


def _ask(session: Session) -> _Unready | None:
    """Send TEST UNIT READY; None for a drive that is ready. Raises what the transport raises."""
    try:
        session.send(test_unit_ready())
    except ChangerError as error:
        if error.sense is None and not isinstance(error, (NotExecuted, DeviceFailed)):
            raise
        return _Unready(error, _parsed(error.sense))
    return None


def _parsed(sense: bytes | None) -> SenseData | None:
    try:
        return parse_sense(sense) if sense else None
    except MalformedData:
        return None
