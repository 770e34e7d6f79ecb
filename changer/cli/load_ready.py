"""``changer load`` into a drive that is chosen, waited for, or named to a program."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress

from changer.cli.application import Application
from changer.cli.drive_argument import path_named
from changer.drives.drive import KnownDrive, open_drive, require_device
from changer.drives.readiness import wait_until_ready
from changer.drives.tape_node import tape_node
from changer.errors import ChangerError, DeviceNotAvailable
from changer.host.clock import TimedStep
from changer.library.addressing import Place
from changer.library.library import Library
from changer.moves.execute import load
from changer.moves.free_drive import DriveChoice
from changer.moves.verify import MoveResult

# Prints what was moved; takes keywords as well.
Tell = Callable[..., None]


def load_into_free_drive(library: Library, source: Place, arguments: Namespace, tell: Tell) -> int:
    """Load into a drive that is free, and print which."""
    choice = DriveChoice(library)
    moved = load(library, source, choice, as_is=arguments.as_is)
    tell(moved, device=choice.device)
    return 0


class Waiting:
    """A load that returns when the drive is ready, which must have a device before anything moves.

    With --print-device, the device is all that is printed.
    """

    def __init__(
        self,
        application: Application,
        library: Library,
        arguments: Namespace,
        tell: Tell,
        *,
        limit_seconds: float,
    ) -> None:
        self._application = application
        self._library = library
        self._tell = tell
        self._prints_device: bool = arguments.print_device
        self._path = path_named(arguments.drive)
        self._limit_seconds = limit_seconds
        self._device: str | None = None

    def load(self, source: Place, drive: Place | None, *, as_is: bool) -> int:
        """Load and wait; ``drive``: None for one that is free. Raises as both."""
        if drive is None:
            choice = DriveChoice(self._library, check=self._check)
            moved = load(self._library, source, choice, as_is=as_is)
            known = choice.known
            assert known is not None, "it was checked"
        else:
            known = require_device(self._library, drive)
            self._note_device(known)
            moved = load(self._library, source, drive, as_is=as_is)
        self._wait(known, moved)
        return 0

    def _check(self, drive: KnownDrive) -> None:
        """Raise DeviceNotAvailable where the drive has no device on this host that will do."""
        open_drive(self._library, drive).close()
        self._note_device(drive)

    def _note_device(self, drive: KnownDrive) -> None:
        """Keep the drive's tape node; raise DeviceNotAvailable where it is to be printed."""
        self._device = None
        with suppress(*(() if self._prints_device else (DeviceNotAvailable,))):
            self._device = tape_node(self._library, drive, path=self._path)

    def _wait(self, drive: KnownDrive, moved: MoveResult) -> None:
        """Wait, and print; what was moved also where the drive does not become ready."""
        words = f"waiting for drive {drive.number} to become ready"
        limit = self._limit_seconds
        self._application.progress.step(TimedStep(words, limit_seconds=limit))
        try:
            wait_until_ready(
                self._library, drive, cartridge=moved.volume_tag, timeout_seconds=limit
            )
        except ChangerError:
            self._report(moved, ready=False)
            raise
        self._report(moved, ready=True)

    def _report(self, moved: MoveResult, *, ready: bool) -> None:
        device = self._device
        self._tell(moved, ready=ready, device=device, is_told=not self._prints_device)
        if self._prints_device and ready and device is not None:
            self._application.output.print(device)
