"""The library's lock: one process at a time moves cartridges, reserves and releases.

flock(2) on a file named by the library, in a folder on a local file system; readers never take
it. The kernel frees it when its last holder dies. Who waits stands in a queue: a lock on one byte
of the file (fcntl(2), open file description locks), behind those who came before. Who stops
waiting, or dies, leaves the queue with it. The file is never deleted.

Children don't inherit the lock, except those that are given ``descriptors()``. A command that
moves a cartridge should be: it outlives a parent that was killed, and while it does, the library
is still moving. The lock is then free when that child has ended, too.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from changer.errors import AccessDenied, LibraryBusy, StoreUnreachable
from changer.host import shared_files
from changer.host.clock import Clock
from changer.host.trust import user_name
from changer.lock.holder import (
    HolderNews,
    LockHolder,
    describe_holder,
    find_holder,
    has_ended,
    write_holder,
)
from changer.lock.queue import Pace, is_first, join_queue, leave_queue, waiting_before

__all__ = ["LibraryLock"]

# Whose turn it is may be about to take the lock, and to write who it is.
_LOOKS_FOR_HOLDER_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.1)
_LONGEST_NAME = 200
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


class LibraryLock:
    """The lock of one library on this host, held inside ``with``.

    ``command`` and this process are shown to those who meet it locked. ``on_wait`` is called with
    each holder that is waited for, in words, and the number of those who wait before this one.
    ``group``: to whom the folder is given when it is made here.

    Entering raises LibraryBusy when it is not free within ``wait_seconds``; AccessDenied without
    rights to folder or file, or when strangers could tamper with them; StoreUnreachable, StoreFull
    when the file can't be made.
    """

    def __init__(
        self,
        library_id: str,
        *,
        folder: Path,
        command: str,
        wait_seconds: float = 0.0,
        clock: Clock,
        on_wait: Callable[[str, int], None] | None = None,
        group: str | None = shared_files.GROUP,
    ) -> None:
        self._library_id = library_id
        self._path = folder / f"{_file_name(library_id)}.lock"
        self._command = command
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._on_wait = on_wait
        self._group = group
        self._descriptor: int | None = None
        self._process_id = 0
        self._is_passed_on = False

    @property
    def path(self) -> Path:
        """Its file, which may not be there."""
        return self._path

    def __enter__(self) -> Self:
        if self._descriptor is not None:
            raise RuntimeError(f"the lock of {self._library_id} is taken already, by this object")
        deadline = self._clock.monotonic() + self._wait_seconds
        while (descriptor := self._take(deadline)) is None:
            pass  # the file was deleted or replaced: what it locked is nothing
        self._descriptor, self._process_id = descriptor, os.getpid()
        self._is_passed_on = False
        return self

    def __exit__(self, *_exception: object) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        # Unlocking would free it for a child that still moves a cartridge, and for the parent
        # that forked this process; closing does not.
        if not self._is_passed_on and self._process_id == os.getpid():
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)

    def descriptors(self) -> tuple[int, ...]:
        """For ``pass_fds`` of a child that moves a cartridge; empty when not held."""
        if self._descriptor is None:
            return ()
        self._is_passed_on = True
        return (self._descriptor,)

    def _take(self, deadline: float) -> int | None:
        """A descriptor that holds the lock, or None when its file is no longer in the folder."""
        descriptor = self._open()
        try:
            self._wait(descriptor, deadline)
            if _is_at(descriptor, self._path):
                holder = LockHolder(os.getpid(), self._command, user_name(), self._clock.now())
                write_holder(descriptor, holder)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def _open(self) -> int:
        folder = self._path.parent
        shared_files.prepare_folder(folder, group=self._group)
        while True:
            with _refusals(self._path):
                inside = shared_files.open_shared_folder(folder, group=self._group)
                try:
                    return self._open_in(inside)
                except (OSError, StoreUnreachable):
                    if _is_at(inside, folder):
                        raise  # else another process, that made it too, put its own in its place
                finally:
                    os.close(inside)

    def _open_in(self, folder: int) -> int:
        """The file in the folder that was looked at. Raises OSError, AccessDenied."""
        shared_files.prepare_file(self._path, folder=folder)
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(self._path.name, flags, dir_fd=folder)
        status = os.fstat(descriptor)
        if status.st_nlink > 1 or not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise _trap(self._path)
        return descriptor

    def _wait(self, descriptor: int, deadline: float) -> None:
        with _refusals(self._path):
            place = join_queue(descriptor)
        pace, told = Pace(), HolderNews(self._on_wait, now=self._clock.now)
        while not self._is_taken(descriptor, place):
            remaining_seconds = deadline - self._clock.monotonic()
            if remaining_seconds <= 0:
                # Before it is looked who holds it: nobody may wait for who does not wait any more.
                leave_queue(descriptor, place)
                raise self._busy(descriptor)
            with _refusals(self._path):
                before = waiting_before(descriptor, place)
            told.look(descriptor, self._path, before=before)
            self._clock.sleep(min(pace.pause_seconds(before), remaining_seconds))

    def _is_taken(self, descriptor: int, place: int) -> bool:
        """The lock is free and this one's turn: then it is taken, and the queue left."""
        with _refusals(self._path):
            if not (is_first(descriptor, place) and _try_flock(descriptor)):
                return False
            leave_queue(descriptor, place)
        return True

    def _busy(self, descriptor: int) -> LibraryBusy:
        holder = self._find_live_holder(descriptor)
        who = "another process holds it, or waits for it"
        if holder is not None:
            who = describe_holder(holder, now=self._clock.now())
        message = f"library {self._library_id} is busy: {who}"
        if self._wait_seconds > 0:
            return LibraryBusy(f"{message}; waited {self._wait_seconds:g} s")
        return LibraryBusy(message, hint="wait for it with --wait SECONDS")

    def _find_live_holder(self, descriptor: int) -> LockHolder | None:
        """Who holds it; one that has ended, or has not said more, only if nobody else turns up."""
        for pause in _LOOKS_FOR_HOLDER_SECONDS:
            holder = find_holder(descriptor, self._path)
            if holder and holder.since is not None and not has_ended(holder.process_id):
                return holder
            self._clock.sleep(pause)
        return find_holder(descriptor, self._path)


# The file


def _file_name(library_id: str) -> str:
    """Different for every library, without slashes, not too long."""

    octets = library_id.encode("utf-8", "surrogatepass")
    name = "".join(chr(octet) if octet in _PLAIN else f"%{octet:02X}" for octet in octets)
    if len(name) <= _LONGEST_NAME:
        return name
    from hashlib import sha256

    return f"{name[: _LONGEST_NAME - 64]}{sha256(name.encode()).hexdigest()}"


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """What the host refuses leaves as a ChangerError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _trap(path) from error
        raise shared_files.refusal(error, path, doing="lock") from error


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _trap(path: Path) -> AccessDenied:
    return AccessDenied(f"{path} is a link, and may be a trap", hint=f"remove {path}")


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
