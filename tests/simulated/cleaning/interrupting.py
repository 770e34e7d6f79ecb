"""Meets a function with Ctrl-C at one command after another, always from the same beginning."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from driver.virtual_library import Wire

from changer.errors import ChangerError
from changer.library.library import Library
from changer.transport import Transport

from .cleaner_library import CleanerLibrary


class _Steps:
    """Counts what goes to changer and drives, before and after; at one of them comes Ctrl-C."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last

    def step(self, *_: object) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGINT)


def interrupted(library: CleanerLibrary, function: Callable[[Library], object]) -> Iterator[int]:
    """The library after Ctrl-C at each of the steps; their numbers."""
    kept = Path(tempfile.mkdtemp(dir=library.folder.parent)) / "kept"
    shutil.copytree(library.folder, kept)
    number = 0
    while True:
        number += 1
        shutil.rmtree(library.folder)
        shutil.copytree(kept, library.folder)
        library.folder.chmod(0o755)
        library.warnings.clear()
        if not _interrupt(library, function, number):
            shutil.rmtree(kept.parent)
            return
        library.clock.sleep(3600)  # whatever a drive was doing is done
        yield number


def _interrupt(library: CleanerLibrary, function: Callable[[Library], object], number: int) -> bool:
    """Whether it came that far."""
    steps = _Steps(number)

    def stepping(inner: Transport) -> Wire:
        return Wire(inner, before=steps.step, after=steps.step)

    try:
        with library.open(wire=stepping, drive_wire=stepping) as opened:
            function(opened)
    except (KeyboardInterrupt, ChangerError):
        pass
    library.clock.forget()
    return steps.count >= number
