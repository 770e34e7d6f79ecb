"""What the tests of the lock share: a clock, locks, other processes and users."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from children import started

from changer.errors import ChangerError, LibraryBusy
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock, LockHolder

LIBRARY = "IBM_3573-TL_00L4U78K1234_LL0"
NOBODY = 65534


@dataclass
class SteppingClock:
    """Sleeping moves it, and lets something happen."""

    time: float = 1_700_000_000.0
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], object] = lambda: None

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept.append(seconds)
        self.on_sleep()


def lock_of(
    folder: Path,
    *,
    library_id: str = LIBRARY,
    command: str = "changer load 4",
    wait_seconds: float = 0.0,
    clock: SteppingClock | SystemClock | None = None,
    on_wait: Callable[[LockHolder, int], None] | None = None,
    group: str | None = None,
) -> LibraryLock:
    return LibraryLock(
        library_id,
        folder=folder,
        command=command,
        wait_seconds=wait_seconds,
        clock=clock or SteppingClock(),
        on_wait=on_wait,
        group=group,
    )


def is_free(folder: Path) -> bool:
    try:
        with lock_of(folder):
            return True
    except LibraryBusy:
        return False


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def end(child: int, *, by: signal.Signals | None = None) -> None:
    if by is not None:
        os.kill(child, by)
    os.waitpid(child, 0)


def places_taken(folder: Path) -> int:
    """Waiters, as the kernel counts them."""
    (file,) = folder.iterdir()
    inode = f":{file.stat().st_ino}"
    lines = Path("/proc/locks").read_text().splitlines()
    return sum("OFDLCK" in line and line.split()[5].endswith(inode) for line in lines)


def as_nobody(function: Callable[[], object]) -> str:
    """Run as an ordinary user; the error. Root becomes nobody."""
    reader, writer = os.pipe()

    def run() -> None:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            function()
        except ChangerError as error:
            os.write(writer, f"{error.code}: {error.message}; {error.hint}".encode())

    child = started(run)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    end(child)
    return text
