"""Owner of an attachment: the process that shows the library, and holds a lock meanwhile."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from changer.errors import AttachFailed, LibraryBusy, SimulatorRefused
from changer.host.clock import Clock
from changer.lock.flock import LibraryLock
from changer.lock.holder import holding_process

_LIMIT_SECONDS = 60.0


@contextmanager
def owning(name: str, *, locks: Path, command: str, clock: Clock) -> Iterator[None]:
    """Own the attachment of the library. Raises SimulatorRefused when another process does."""
    lock = _lock(name, locks=locks, command=command, clock=clock)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock)
        except LibraryBusy:
            raise SimulatorRefused(
                f"sim:{name} is attached already, by process {holding_process(lock.path)}",
                hint=f"changer sim detach {name}",
            ) from None
        yield


def owner_of(name: str, *, locks: Path, clock: Clock) -> int | None:
    """The process that shows the library, or None when none does."""
    return holding_process(_lock(name, locks=locks, command="", clock=clock).path)


def end_owner(name: str, process_id: int, *, locks: Path, clock: Clock) -> None:
    """Ask the process to end, and return when it has. Raises AttachFailed if it does not."""
    try:
        process = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    try:
        # Its number may have gone to another process meanwhile; this descriptor stays with one.
        if owner_of(name, locks=locks, clock=clock) != process_id:
            return
        signal.pidfd_send_signal(process, signal.SIGTERM)
        ended = _ends_within(process, _LIMIT_SECONDS)
    except ProcessLookupError:
        return
    finally:
        os.close(process)
    if not ended:
        raise AttachFailed(
            f"process {process_id} still shows sim:{name} after {_LIMIT_SECONDS:.0f} s",
            hint=f"kill -9 {process_id}, then changer sim detach {name} --cleanup",
        )


def _ends_within(process: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _lock(name: str, *, locks: Path, command: str, clock: Clock) -> LibraryLock:
    return LibraryLock(f"attached:{name}", folder=locks, command=command, clock=clock)
