"""Boundaries of a process: one after each change of device, store, lock and files.

What is there before a change is what the one before it left.

What is wrapped is the host's and the device's side; everything does what it did before. To be used
in a process that is about to end: nothing is unwrapped.
"""

from __future__ import annotations

import _sqlite3
import fcntl
import os
import sqlite3
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from changer.simulator.transport import SimulatedTransport
from changer.smc.command import Command, Reply

from .points import Kind, Steps

_STORE = f"{os.sep}changer{os.sep}store{os.sep}"
_CHANGES = (
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "ALTER",
    "PRAGMA user_version =",
    "PRAGMA journal_mode =",
)
_LOG_SENSE = 0x4D
_PAGE = 4096  # of SQLite's files, in bytes, as are the next two of its write-ahead log
_FRAME_HEADER, _LOG_HEADER = 24, 32


def watch(steps: Steps, *, locks: Path, state: Path) -> None:
    """From now on, for good. ``locks``: the folder of locks; ``state``: the store's file."""
    _watch_devices(steps)
    _watch_store(steps, state)
    _watch_lock(steps, locks)
    _watch_files(steps, (locks, state.parent))


def _put(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)


# Devices


def _watch_devices(steps: Steps) -> None:
    execute = SimulatedTransport.execute

    def stepping(transport: SimulatedTransport, command: Command[Any]) -> Reply:
        unit = transport._unit
        try:
            return execute(transport, command)
        finally:
            place = "the changer" if unit is None else f"drive {unit}"
            steps.step(Kind.COMMAND, f"after {_words_of(command)} to {place}")

    _put(SimulatedTransport, "execute", stepping)


def _words_of(command: Command[Any]) -> str:
    """Its name; of a LOG SENSE, its page, too: reading the one of TapeAlert clears it."""
    if command.cdb[0] == _LOG_SENSE:
        return f"{command.name} of {command.cdb[2] & 0x3F:02X}h"
    return command.name


# The store


def _watch_store(steps: Steps, state: Path) -> None:
    log = state.with_name(f"{state.name}-wal")

    class SteppingConnection(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            done: list[sqlite3.Cursor] = []
            do, call = super().execute, _call()
            statement = _without_comments(statement)
            first = statement.split(maxsplit=1)[0]
            if first == "COMMIT":
                before = _size(log)
                steps.write(
                    lambda: done.append(do(statement)),
                    lambda: _commit_limits(state, log, before),
                    call,
                )
                steps.step(Kind.COMMIT, "after COMMIT", call)
                return done[0]
            cursor = do(statement, *values)
            if (first == "BEGIN" and statement != "BEGIN") or statement.startswith(_CHANGES):
                steps.step(Kind.STATEMENT, f"after {' '.join(statement.split()[:3])}", call)
            return cursor

        def close(self) -> None:
            limits = _checkpoint_limits(log)
            steps.write(super().close, lambda: [] if log.exists() else limits)
            steps.step(Kind.FILE, "after the store is closed")

    connect = sqlite3.connect
    _put(
        _sqlite3,
        "connect",
        lambda *where, **how: connect(*where, **how, factory=SteppingConnection),
    )


def _without_comments(statement: str) -> str:
    """A migration's have some before them."""
    lines = (line for line in statement.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip()


def _call() -> str:
    """The function of the store that was called from outside it."""
    frame, outermost = sys._getframe(1), ""
    while frame.f_back is not None:
        frame = frame.f_back
        if _STORE in frame.f_code.co_filename:
            outermost = frame.f_code.co_name
    return outermost


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _commit_limits(state: Path, log: Path, before: int) -> list[tuple[int, str]]:
    """In the middle of each page that a COMMIT appended to the log, or wrote without one."""
    if not log.exists():
        number = _size(state) // _PAGE
        return [
            (each * _PAGE + _PAGE // 2, f"in COMMIT, page {each + 1} of {number} of a new file")
            for each in range(number)
        ]
    start, end = max(before, _LOG_HEADER), _size(log)
    frame = _FRAME_HEADER + _PAGE
    number = (end - start) // frame
    return [
        (start + each * frame + frame // 2, f"in COMMIT, page {each + 1} of {number}")
        for each in range(number)
    ]


def _checkpoint_limits(log: Path) -> list[tuple[int, str]]:
    """In the middle of each page of the database that the log has anew."""
    if _size(log) <= _LOG_HEADER:
        return []
    content = log.read_bytes()
    starts = range(_LOG_HEADER, len(content), _FRAME_HEADER + _PAGE)
    pages = {int.from_bytes(content[start : start + 4], "big") for start in starts}
    return [
        ((page - 1) * _PAGE + _PAGE // 2, f"in the checkpoint, page {page}")
        for page in sorted(pages)
    ]


# The lock


def _watch_lock(steps: Steps, locks: Path) -> None:
    """``words``: for what a call on the lock's file did; empty for no boundary."""

    def watch_call(owner: object, name: str, words: Callable[..., str]) -> None:
        call = getattr(owner, name)

        def stepping(descriptor: int, *others: Any) -> Any:
            text = words(*others) if _is_in(locks, descriptor) else ""
            try:
                return call(descriptor, *others)
            finally:
                if text:
                    steps.step(Kind.LOCK, text)

        _put(owner, name, stepping)

    watch_call(fcntl, "flock", _words_of_flock)
    watch_call(fcntl, "fcntl", _words_of_queue)
    watch_call(os, "pwrite", lambda *_: "lock held, holder written over the last one")
    watch_call(
        os, "ftruncate", lambda length: "lock held" if length else "lock held, holder cleared"
    )
    watch_call(os, "close", lambda: "lock's file closed")


def _is_in(folder: Path, descriptor: int) -> bool:
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink().parent == folder
    except OSError:
        return False


def _words_of_flock(operation: int) -> str:
    return "lock given back" if operation == fcntl.LOCK_UN else "lock taken, still in its queue"


def _words_of_queue(command: int, request: bytes) -> str:
    if command != fcntl.F_OFD_SETLK:
        return ""
    is_left = struct.unpack_from("h", request)[0] == fcntl.F_UNLCK
    return "lock taken, holder not written" if is_left else "in the lock's queue"


# Files and folders


def _watch_files(steps: Steps, folders: tuple[Path, ...]) -> None:
    """Making the folders, and the first files in them, with their rights."""

    def watch_call(name: str) -> None:
        call = getattr(os, name)

        def stepping(path: Any, *others: Any, **named: Any) -> Any:
            place = _resolved(path, named.get("dir_fd"))
            near = {place.parent, place.parent.parent} & {each.parent for each in folders}
            if not near or place.suffix == ".json":
                return call(path, *others, **named)
            result = call(path, *others, **named)
            steps.step(Kind.FILE, f"after {name} for {_kept_at(place, folders)}")
            return result

        _put(os, name, stepping)

    for each in ("mkdir", "mknod", "chown", "fchown", "chmod", "fchmod", "rename"):
        watch_call(each)


def _resolved(path: Any, folder: int | None) -> Path:
    """Where a call acts that was given a path, one below an open folder, or a descriptor."""
    if isinstance(path, int) or str(path).startswith("/proc/self/fd/"):
        return Path(f"/proc/self/fd/{Path(str(path)).name}").readlink()
    return Path(path) if folder is None else Path(f"/proc/self/fd/{folder}").readlink() / path


def _kept_at(place: Path, folders: tuple[Path, ...]) -> str:
    """In words, whatever the names of the library, and of a folder that is still a draft."""
    if place.parent in folders:
        return f"the file in {place.parent.name}"
    return f"the folder {place.name.lstrip('.').split('.')[0]}"
