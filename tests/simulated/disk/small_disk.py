"""A disk for the store alone that is full from a given write on: a small tmpfs, or a file limit."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import disks

from changer.store.protocol import Store

READS = {
    "libraries",
    "library",
    "reservations",
    "cleaners",
    "claims",
    "cleanings_since",
    "drop_long_gone",  # where none left long ago
    "operation",
    "operations",
    "unfinished_operations",
    "moves",
    "lasts",
    "transfers",
    "sightings",
    "find_moves",
    "find_operations",
    "moves_of_operation",
    "unsettled_moves",
    "drives",
    "drive_condition",
    "drive_conditions",
    "capabilities",
    "close",
}
NO_OCTETS_MORE = 100


@dataclass
class Disk:
    """``fill`` takes the space, ``free`` gives it back; ``full`` is how it is while it is full."""

    fill: Callable[[], None]
    free: Callable[[], None]
    full: Callable[[], Any] = field(default=nullcontext)


class FillingStore:
    """The store, whose disk is full from one of its writes on; 0: never."""

    def __init__(self, store: Store, disk: Disk, full_from: int) -> None:
        self.writes: list[str] = []
        self._store = store
        self._disk = disk
        self._full_from = full_from

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        if name in READS:
            return attribute

        def write(*arguments: Any, **named: Any) -> Any:
            self.writes.append(name)
            if len(self.writes) == self._full_from:
                self._disk.fill()
            is_full = 0 < self._full_from <= len(self.writes)
            with self._disk.full() if is_full else nullcontext():
                return attribute(*arguments, **named)

        return write


@contextmanager
def mounted_disk(folder: Path) -> Iterator[Disk]:
    """A file system of half a megabyte at a folder, where this user may mount one."""

    def fill() -> None:
        _empty_logs(folder)
        disks.fill(folder)

    with disks.tiny_file_system(folder, kibibytes=512) as is_mounted:
        assert is_mounted
        yield Disk(fill, lambda: disks.free(folder))


@contextmanager
def limited_disk(folder: Path) -> Iterator[Disk]:
    """For users who may mount nothing: no file may grow, while the store is written to."""
    folder.mkdir()
    yield Disk(
        lambda: _empty_logs(folder), lambda: None, full=lambda: disks.no_file_beyond(NO_OCTETS_MORE)
    )


@contextmanager
def unwritable(folder: Path, *, mounted: bool) -> Iterator[None]:
    """Nothing there can be written: its file system is read-only, or the user has no right."""
    if mounted:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        return
    places = [*folder.iterdir(), folder]
    modes = [each.stat().st_mode for each in places]
    for each in places:
        each.chmod(0o555 if each.is_dir() else 0o444)
    yield
    for each, mode in zip(places, modes, strict=True):
        each.chmod(mode)


def _empty_logs(folder: Path) -> None:
    """Else there might be room for a commit in what the log took before."""
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
