"""Processes of this host: names that are never reused, and the locks that they hold."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from changer.printable import printable

_PROC = Path("/proc")
_LOCKS = _PROC / "locks"
_ENDED = ("Z", "X")  # nothing of it is left but its exit status
LONGEST_COMMAND = 200
_MACHINE_ID = "[0-9a-f]{32}"
_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_FIRST_PID_NAMESPACE = 0xEFFFFFFC  # include/linux/proc_ns.h: PROC_PID_INIT_INO
_START_TIME = 22  # proc(5), stat: clock ticks after boot


def own_identity() -> str:
    """Return the name of this process: ``BOOT:PID:START``."""
    return _identity(str(os.getpid())) or f"{_boot()}:{os.getpid()}:"


@cache
def host_id() -> str:
    """Return the name of this host, the same after a reboot: 32 hexadecimal digits.

    A hash of machine-id(5), which is confidential; of the host name where there is none. Containers
    of one image may have the same: one that sees no processes but its own has a name of its own,
    until it is started again.
    """
    from hashlib import sha256

    lines = map(line_of, _MACHINE_ID_FILES)
    named = (line for line in lines if re.fullmatch(_MACHINE_ID, line))
    machine = next(named, os.uname().nodename)
    name = f"changer {machine}{_pid_namespace()}"
    return sha256(os.fsencode(name)).hexdigest()[:32]


def _pid_namespace() -> str:
    """Which processes are seen here, as a word; empty where all of the running system are."""
    with suppress(OSError):
        number = (_PROC / "self/ns/pid").stat().st_ino
        return "" if number == _FIRST_PID_NAMESPACE else f" {number}"
    return ""


def is_alive(identity: str | None, *, host: str | None) -> bool:
    """Whether that very process runs on this host, and not another one with its number.

    ``host``: the ``host_id`` recorded with it, or None: not recorded, so this host. A process of
    another host is not looked up here: its record came with an import or a backup.
    """
    if identity is None or host not in (None, host_id()):
        return False
    number = identity.split(":")[1] if identity.count(":") == 2 else ""
    return number.isdecimal() and _identity(number) == identity


def exists(process_id: int, *, host: str | None) -> bool:
    """Whether a process of that number, or another one with it, runs on this host."""
    return host in (None, host_id()) and _identity(str(process_id)) is not None


def command_of(process_id: int) -> str:
    """Return the command line of a process; empty for a kernel thread, or after its end."""
    try:
        words = (_PROC / str(process_id) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
    return printable(words.replace("\0", " ").strip()[:LONGEST_COMMAND])


def _identity(process_id: str) -> str | None:
    try:
        content = (_PROC / process_id / "stat").read_text(errors="replace")
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
    return line_of(_PROC / "sys/kernel/random/boot_id") or "unknown"


def line_of(file: Path) -> str:
    """Return the line that a small file holds; empty where it can't be read."""
    with suppress(OSError):
        return file.read_text(errors="replace").strip()
    return ""


def file_locks() -> Iterator[tuple[str, str, int, str]]:
    """Yield the kernel's file locks: class, access, process, and MAJOR:MINOR:INODE of the file."""
    with suppress(OSError):
        for line in _LOCKS.read_text().splitlines():
            words = line.split()  # 1: FLOCK ADVISORY WRITE 1234 00:19:567 0 EOF; a waiter has "->"
            if len(words) == 8:
                yield words[1], words[3], int(words[4]), words[5]
