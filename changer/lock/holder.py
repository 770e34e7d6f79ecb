"""Holder of a lock, for messages: from the record in its file, one line of JSON, and the kernel.

If they differ, the record is damaged, or the process that wrote it was killed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from changer.host.clock import Clock, time_of_day
from changer.host.processes import command_of, file_locks
from changer.host.trust import is_plain
from changer.printable import printable
from changer.values import NamedTuple

_LONGEST_RECORD = 4096
# The next in the queue may be about to take the lock, and to write who it is.
_LOOKS_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.1)


class _Holder(NamedTuple):
    """The process that took the lock; ``since``: seconds since the epoch, UTC, or None: unknown."""

    process_id: int
    command: str
    since: float | None


def _read_record(descriptor: int) -> bytes:
    """Return what the last holder, or any member of the group, wrote; empty if unreadable."""
    with suppress(OSError):
        return os.pread(descriptor, _LONGEST_RECORD, 0).partition(b"\n")[0]
    return b""


def name_holder(descriptor: int, path: Path, *, clock: Clock) -> str:
    """Describe the holder; one that has ended, or left no record, only if no other turns up."""
    for pause in _LOOKS_SECONDS:
        holder = _find_holder(descriptor, path)
        if holder and holder.since is not None and not _has_ended(holder.process_id):
            return _describe(holder, now=clock.now())
        clock.sleep(pause)
    holder = _find_holder(descriptor, path)
    if holder is None:
        return "another process holds it, or waits for it"
    return _describe(holder, now=clock.now())


def find_holder_words(descriptor: int, path: Path, *, now: float) -> str | None:
    """Describe the holder as its record and the kernel's list name it; None where neither does."""
    holder = _find_holder(descriptor, path)
    return None if holder is None else _describe(holder, now=now)


def _find_holder(descriptor: int, path: Path) -> _Holder | None:
    """Return the holder by its record, unless the kernel names another process."""
    written, process_id = _holder_of(_read_record(descriptor)), holding_process(path)
    if not process_id or (written is not None and written.process_id == process_id):
        return written
    return _Holder(process_id, command_of(process_id), None)


def _holder_of(record: bytes) -> _Holder | None:
    import json

    try:
        values = json.loads(record)
        since = float(values["since"])
        holder = _Holder(
            process_id=int(values["process_id"]),
            command=printable(str(values["command"])),
            since=since,
        )
        time.localtime(since)
    except (ValueError, TypeError, LookupError, ArithmeticError, OSError, RecursionError):
        return None
    return holder if 0 < holder.process_id < 1 << 31 else None


def _describe(holder: _Holder, *, now: float) -> str:
    """Describe the holder; the date is left out if it is that of ``now``."""
    text = f"pid {holder.process_id}"
    if holder.command:
        text += f" ({holder.command})"
    if holder.since is not None:
        text += f" since {time_of_day(holder.since, now=now)}"
    if _has_ended(holder.process_id):
        text += ", which has ended; a command that it started may still be running"
    return text


def _has_ended(process_id: int) -> bool:
    """Whether no process of this host has that number."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # another user's
    return False


def holding_process(path: Path) -> int | None:
    """Return the process that took the flock of a file, from the kernel's list.

    None for a link, by which a member of the group could point to a process with another file.
    """
    try:
        status = path.lstat()
    except OSError:
        return None
    device = status.st_dev
    place = f"{os.major(device):02x}:{os.minor(device):02x}:{status.st_ino}"
    holders = (process for kind, _, process, at in file_locks() if (kind, at) == ("FLOCK", place))
    return next(holders, None) if is_plain(status) else None


class HolderNews:
    """Reports each holder to a waiter once."""

    def __init__(
        self, tell: Callable[[str, int], None] | None, *, now: Callable[[], float]
    ) -> None:
        self._tell, self._now = tell, now
        self._record: bytes | None = None
        self._holder: _Holder | None = None

    def look(self, descriptor: int, path: Path, *, before: int) -> None:
        """Report the holder, if it is another than before, and the number of waiters ``before``."""
        if self._tell is None or (record := _read_record(descriptor)) == self._record:
            return
        self._record = record
        holder = _find_holder(descriptor, path)
        if holder is not None and holder != self._holder:
            self._tell(_describe(holder, now=self._now()), before)
            self._holder = holder
