"""Who holds a lock: as one line of JSON in its file, for messages only, and as the kernel says."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["LockHolder", "describe_holder", "holding_process", "read_holder", "write_holder"]

_LOCKS = Path("/proc/locks")

_LONGEST_RECORD = 4096
_LONGEST_COMMAND = 200


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who took the lock; ``since`` is seconds since the epoch, UTC."""

    process_id: int
    command: str
    user: str
    since: float


def write_holder(descriptor: int, holder: LockHolder) -> None:
    """Leave word of the holder; a full disk is no reason to fail."""
    import json

    record = asdict(holder) | {"command": holder.command[:_LONGEST_COMMAND]}
    line = json.dumps(record).encode() + b"\n"
    with suppress(OSError):
        os.ftruncate(descriptor, os.pwrite(descriptor, line, 0))


def read_holder(descriptor: int) -> LockHolder | None:
    """What the last holder wrote; anyone in the group may have written anything."""
    import json

    try:
        record = json.loads(os.pread(descriptor, _LONGEST_RECORD, 0).partition(b"\n")[0])
        holder = LockHolder(
            process_id=int(record["process_id"]),
            command=_printable(str(record["command"])),
            user=_printable(str(record["user"])),
            since=float(record["since"]),
        )
        time.localtime(holder.since)
    except (ValueError, TypeError, LookupError, ArithmeticError, OSError, RecursionError):
        return None
    return holder if 0 < holder.process_id < 1 << 31 else None


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def describe_holder(holder: LockHolder, *, now: float) -> str:
    """The holder in words; ``now`` tells whether the date goes without saying."""
    since = time.localtime(holder.since)
    is_today = since[:3] == time.localtime(now)[:3]
    when = time.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S", since)
    text = f"pid {holder.process_id} ({holder.command}) since {when}"
    try:
        os.kill(holder.process_id, 0)
    except ProcessLookupError:
        return f"{text}, which has ended; a command that it started may still run"
    except OSError:
        return text  # another user's
    return text


def holding_process(path: Path) -> int | None:
    """The process that took the flock of a file, which nobody but the kernel can say wrongly."""
    try:
        status = path.stat()
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return None
    device, inode = status.st_dev, status.st_ino
    wanted = f"{os.major(device):02x}:{os.minor(device):02x}:{inode}"
    for line in lines:
        # 1: FLOCK  ADVISORY  WRITE 1234 00:19:567 0 EOF; with -> before FLOCK for one that waits
        fields = line.split()
        if len(fields) > 5 and fields[1] == "FLOCK" and fields[5] == wanted:
            return int(fields[4])
    return None
