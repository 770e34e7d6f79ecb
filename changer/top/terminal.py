"""The terminal of textual, which may go away at any time: nothing waits for it then."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App

_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
_PATIENCE_MILLISECONDS = 200
_PAUSE_SECONDS = 0.02


def is_gone(descriptor: int) -> bool:
    """Whether nobody looks at that terminal any more: its other side was closed."""
    poll = select.poll()
    poll.register(descriptor, 0)
    try:
        return any(seen & _GONE for _, seen in poll.poll(0))
    except OSError:
        return True


class PatientFile:
    """Writes to a terminal as it takes it; what one that is gone does not take is dropped.

    ``give_up``: one that is stopped, and takes nothing, is not waited for any more.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._unblocked = _opened_unblocked(descriptor)
        self._is_over = False
        self._poll = select.poll()
        self._poll.register(self._unblocked, select.POLLOUT)

    def give_up(self) -> None:
        """From now on, wait for nothing."""
        self._is_over = True

    def write(self, text: str) -> int:
        """Write all of it, or drop the rest."""
        data = text.encode("utf-8", "replace")
        while data:
            try:
                ready = self._poll.poll(_PATIENCE_MILLISECONDS)
                if ready and not ready[0][1] & select.POLLOUT:
                    break
                if ready:
                    data = data[os.write(self._unblocked, data) :]
                elif self._is_over:
                    break
            except BlockingIOError:  # it has room, but not for the next character
                if self._is_over:
                    break
                time.sleep(_PAUSE_SECONDS)
            except OSError:
                break
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor


def _opened_unblocked(descriptor: int) -> int:
    """The same terminal, opened anew: a write to it never waits, and only this program's don't.

    A terminal that is ready to take something may still have a write of more wait for ever.
    """
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(descriptor), flags)
    except OSError:
        return descriptor


class TerminalDriver(LinuxDriver):
    """Writes to standard output, as all data of the program goes there."""

    def __init__(self, app: App[Any], **settings: Any) -> None:
        super().__init__(app, **settings)
        self.file = PatientFile(1)
        self._file = cast("TextIOWrapper", self.file)

    def run_input_thread(self) -> None:
        """Read keys until the terminal is gone; the application looks for that itself."""
        try:
            super().run_input_thread()
        except OSError:
            return
