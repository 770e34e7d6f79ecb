"""Names a process so that another one that got its number later is not taken for it."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from changer.printable import printable

__all__ = ["command_of", "is_alive", "own_identity"]

_PROC = Path("/proc")
_ENDED = ("Z", "X")  # nothing of it is left but its exit status
_LONGEST_COMMAND = 200
_START_TIME = 22  # proc(5), stat: clock ticks after boot


def own_identity() -> str:
    """This process: ``BOOT:PID:START``."""
    return _identity(os.getpid()) or f"{_boot()}:{os.getpid()}:"


def is_alive(identity: str) -> bool:
    """That process, and no other of its number, runs on this host since the same boot."""
    number = identity.split(":")[1] if identity.count(":") == 2 else ""
    return number.isdecimal() and _identity(int(number)) == identity


def command_of(process_id: int) -> str:
    """The words that a process was started with; empty for one that is gone, or the kernel's."""
    try:
        words = (_PROC / str(process_id) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
    return printable(words.replace("\0", " ").strip()[:_LONGEST_COMMAND])


def _identity(process_id: int) -> str | None:
    try:
        content = (_PROC / str(process_id) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses, which may hold anything.
    fields = content.rpartition(")")[2].split()
    if fields[:1] and fields[0] in _ENDED:
        return None
    start = fields[_START_TIME - 3] if len(fields) > _START_TIME - 3 else ""
    return f"{_boot()}:{process_id}:{start}"


@cache
def _boot() -> str:
    with suppress(OSError):
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return "unknown"
