"""Names of processes and of the host, by which no other one is taken for them."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from changer.printable import printable

__all__ = [
    "LONGEST_COMMAND",
    "command_of",
    "host_id",
    "interrupts_allowed",
    "interrupts_held",
    "is_alive",
    "own_identity",
]

_PROC = Path("/proc")
_ENDED = ("Z", "X")  # nothing of it is left but its exit status
LONGEST_COMMAND = 200
_MACHINE_ID = re.compile("[0-9a-f]{32}")
_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_START_TIME = 22  # proc(5), stat: clock ticks after boot


def own_identity() -> str:
    """This process: ``BOOT:PID:START``."""
    return _identity(os.getpid()) or f"{_boot()}:{os.getpid()}:"


@cache
def host_id() -> str:
    """This host, whatever its name and since whichever boot, in 32 hexadecimal digits.

    A hash of machine-id(5), which should not be given away; of the host's name where there is none.
    """
    from hashlib import sha256

    named = filter(_MACHINE_ID.fullmatch, map(_line, _MACHINE_ID_FILES))
    machine = next(named, os.uname().nodename)
    return sha256(os.fsencode(f"changer {machine}")).hexdigest()[:32]


def is_alive(identity: str | None, *, host: str | None) -> bool:
    """That process, and no other of its number, runs on this host since the same boot.

    ``host``: where it was started; None: not recorded, which means here. One of another host is
    not looked for: it came with an import or a backup, and does not use this host's store.
    """
    if identity is None or host not in (None, host_id()):
        return False
    number = identity.split(":")[1] if identity.count(":") == 2 else ""
    return number.isdecimal() and _identity(int(number)) == identity


def command_of(process_id: int) -> str:
    """The words that a process was started with; empty for one that is gone, or the kernel's."""
    try:
        words = (_PROC / str(process_id) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
    return printable(words.replace("\0", " ").strip()[:LONGEST_COMMAND])


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
    return _line(_PROC / "sys/kernel/random/boot_id") or "unknown"


def _line(file: Path) -> str:
    with suppress(OSError, UnicodeError):
        return file.read_text().strip()
    return ""


@contextmanager
def interrupts_held(*signals: signal.Signals) -> Iterator[None]:
    """Block these signals for the calling thread; what came meanwhile comes at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interrupts_allowed(*signals: signal.Signals) -> Iterator[None]:
    """Inside ``interrupts_held``: let these signals come for a while, those of before at once."""
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
