"""Use of devices by other programs: which have one open, and what a tape drive does for them.

By /proc and sysfs alone. Opening a tape's node to find out would keep others from opening it, and a
command to the drive may take away a unit attention that another program has to see.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from changer.host.processes import line_of
from changer.printable import printable
from changer.values import NamedTuple

_PROC = Path("/proc")
# Kinds of nodes that the kernel makes for one tape drive, each in a folder of its device.
_NODES = ("scsi_tape", "scsi_generic", "bsg")
_COUNTERS = ("read_cnt", "write_cnt", "other_cnt")

Activity = Literal["reading", "writing", "busy"]


class User(NamedTuple):
    """A process that has a device open."""

    process_id: int
    name: str

    def __str__(self) -> str:
        return self.name or f"process {self.process_id}"


class DeviceUsers(NamedTuple):
    """Other processes that have a device open. ``all_seen``: none was hidden from this process."""

    users: tuple[User, ...]
    all_seen: bool


class TapeCounters(NamedTuple):
    """How many commands of each kind the tape driver has sent, and how many are under way."""

    reads: int = 0
    writes: int = 0
    others: int = 0
    in_flight: int = 0

    def since(self, before: TapeCounters) -> Activity | None:
        """What somebody did with the tape between two readings, or does now; None for nothing."""
        if self.writes != before.writes:
            return "writing"
        if self.reads != before.reads:
            return "reading"
        return "busy" if self.in_flight or self.others != before.others else None


def users_of(folders: Iterable[Path]) -> DeviceUsers:
    """The other processes that have a node of devices open, by their folders in sysfs.

    The descriptors of other users' processes are for root to see. Where /proc hides whole
    processes (hidepid), that of number 1 is missing.
    """
    numbers = {number for folder in folders for number in _device_numbers(folder)}
    processes, own = _processes(), str(os.getpid())
    users, all_seen = [], any(each.name == "1" for each in processes)
    for process in processes:
        if process.name == own:
            continue
        try:
            is_user = _has_open(process, numbers)
        except PermissionError:
            all_seen = False
        except OSError:  # it has ended
            continue
        else:
            if is_user:
                users.append(User(int(process.name), printable(line_of(process / "comm"))))
    return DeviceUsers(tuple(users), all_seen)


def tape_counters(folder: Path) -> TapeCounters:
    """The counters of a tape drive's driver (Linux, scsi/st.rst), 0 where it has none."""
    stats = next(iter(sorted((folder / "scsi_tape").glob("*/stats"))), None)
    if stats is None:
        return TapeCounters()
    reads, writes, others = (_number(stats / name) for name in _COUNTERS)
    return TapeCounters(reads, writes, others, _number(stats / "in_flight"))


def _device_numbers(folder: Path) -> set[tuple[int, int]]:
    """Major and minor numbers of all nodes of a device."""
    found = set()
    for kind in _NODES:
        for file in (folder / kind).glob("*/dev"):
            major, _, minor = line_of(file).partition(":")
            if major.isdecimal() and minor.isdecimal():
                found.add((int(major), int(minor)))
    return found


def _processes() -> list[Path]:
    with suppress(OSError):
        return [each for each in _PROC.iterdir() if each.name.isdecimal()]
    return []


def _has_open(process: Path, numbers: set[tuple[int, int]]) -> bool:
    """Whether a process has one of these devices open. Raises OSError where it can't be seen."""
    for descriptor in (process / "fd").iterdir():
        try:
            if not str(descriptor.readlink()).startswith("/dev/"):
                continue  # a file of a network may not answer
            device = descriptor.stat().st_rdev
        except FileNotFoundError:  # closed by now
            continue
        if (os.major(device), os.minor(device)) in numbers:
            return True
    return False


def _number(file: Path) -> int:
    text = line_of(file)
    return int(text) if text.isdecimal() else 0
