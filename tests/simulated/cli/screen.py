"""The program at a terminal of its own, as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .terminal import PROGRAM, Terminal


@dataclass
class Screen:
    """A process at a terminal of its own: what it wrote, and a person's keys."""

    process: subprocess.Popen[bytes]
    descriptor: int
    written: str = field(default="", init=False)

    def press(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def wait_for(self, pattern: str, *, seconds: float = 120.0) -> None:
        """Until that stands there."""
        end = time.monotonic() + seconds
        while re.search(pattern, self.written) is None:
            assert time.monotonic() < end, self.written
            self._read()

    def end(self) -> int:
        """The exit status."""
        while self._read():
            pass
        return self.process.wait(timeout=120)

    def _read(self) -> bool:
        if not select.select([self.descriptor], [], [], 0.2)[0]:
            return self.process.poll() is None
        try:
            read = os.read(self.descriptor, 65536)
        except OSError:  # Linux: the other side is closed
            return False
        self.written += read.decode()
        return bool(read)


@contextmanager
def at_a_terminal(terminal: Terminal, *arguments: str, columns: int = 80) -> Iterator[Screen]:
    """The program, as a person starts it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [str(PROGRAM), *arguments],
        env=terminal.environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: (
            fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            signal.signal(signal.SIGINT, signal.SIG_DFL),
        ),
    )
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
