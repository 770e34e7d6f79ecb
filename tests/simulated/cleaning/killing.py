"""Kills a function at one step after another: before and after each command and store write.

The child process dies without running anything more, as by SIGKILL or a power cut of the host;
the library lives on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from driver.virtual_library import Wire

from changer.errors import ChangerError
from changer.library import Library
from changer.store import Store

from .cleaner_library import CleanerLibrary

KILLED, BROKEN = 9, 3

STORE_WRITES = {
    "begin_operation",
    "finish_operation",
    "describe_operation",
    "set_waiting",
    "insert_cleaner",
    "eject_cleaner",
    "count_use",
    "reserve",
    "release",
    "begin_move",
    "finish_move",
    "note_drive",
    "drive_cleaned",
    "replace_drives",
    "forget_drives",
}


def _die() -> None:
    os._exit(KILLED)


def _interrupt() -> None:
    raise KeyboardInterrupt


class Steps:
    """Counts the steps of this process; at one of them, once, this happens."""

    def __init__(self, last: int, action: Callable[[], None]) -> None:
        self.count = 0
        self._last = last
        self._action = action

    def step(self, *_: object) -> None:
        self.count += 1
        if self.count == self._last:
            self._action()


class SteppingStore:
    """The store, whose writes are steps."""

    def __init__(self, store: Store, steps: Steps) -> None:
        self._store = store
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if name not in STORE_WRITES:
            return attribute

        def write(*arguments: Any, **named: Any) -> Any:
            self._steps.step()
            result = attribute(*arguments, **named)
            self._steps.step()
            return result

        return write


def stepping(library: CleanerLibrary, steps: Steps, *, writes: bool) -> Library:
    """The library, opened; what goes to changer, drives, and the store if so, is a step."""
    opened = library.open(wire=lambda inner: Wire(inner, before=steps.step, after=steps.step))
    if writes:
        opened.store = cast(Store, SteppingStore(opened.store, steps))
    open_drive = opened.open_drive
    opened.open_drive = lambda number, identity: Wire(
        open_drive(number, identity), before=steps.step, after=steps.step
    )
    return opened


class Killing:
    """One function on one library, from the same beginning as often as it is asked for."""

    def __init__(self, library: CleanerLibrary, function: Callable[[Library], object]) -> None:
        self.library = library
        self._function = function
        self._kept = Path(tempfile.mkdtemp(dir=library.folder.parent)) / "kept"
        shutil.copytree(library.folder, self._kept)

    def points(self, *, interrupted: bool = False) -> Iterator[int]:
        """The steps, one after another; at each, the function was killed there, or met Ctrl-C."""
        number = 0
        while True:
            number += 1
            self._begin_again()
            if not (self._interrupted_at if interrupted else self._killed_at)(number):
                shutil.rmtree(self._kept.parent)
                return
            self.library.clock.sleep(3600)  # whatever a drive was doing is done
            yield number

    def _begin_again(self) -> None:
        shutil.rmtree(self.library.folder)
        shutil.copytree(self._kept, self.library.folder)
        self.library.folder.chmod(0o755)
        self.library.warnings.clear()

    def _interrupted_at(self, number: int) -> bool:
        steps = Steps(number, _interrupt)
        try:
            with stepping(self.library, steps, writes=False) as opened:
                self._function(opened)
        except (KeyboardInterrupt, ChangerError):
            pass
        self.library.clock.forget()
        return steps.count >= number

    def _killed_at(self, number: int) -> bool:
        child = os.fork()
        if child == 0:
            try:
                with stepping(self.library, Steps(number, _die), writes=True) as opened:
                    self._function(opened)
                os._exit(0)
            except ChangerError:
                os._exit(0)  # it was refused: an end like any other
            except BaseException:
                traceback.print_exc()
                os._exit(BROKEN)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, KILLED), f"killed at {number}: ended with {status}"
        return status == KILLED
