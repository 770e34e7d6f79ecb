"""Lock of a library: one process at a time moves cartridges, reserves and releases.

flock(2) on a file named by the library, in a folder on a local file system; readers never take
it. The kernel frees it when its last holder dies. Waiters stand in a queue: each holds a lock on
one byte of the file (fcntl(2), open file description locks), behind those who came before. A waiter
that gives up, or dies, leaves the queue with it. The file is never deleted.

Children don't inherit the lock, except those that are given ``descriptors()``. A command that
occupies the robot should be: it outlives a parent that was killed, and while it does, the library
is still moving. The lock is then free when that child has ended, too. A fork of this process, which
another thread may make at any time, closes what it got.

Signals are held from before the lock is waited for until after it is given back; each pause of the
wait, and whatever the holder waits for, lets them in.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Self

from changer.errors import LibraryBusy, StoreUnreachable
from changer.host import interrupts, shared_files
from changer.host.clock import Clock
from changer.host.processes import LONGEST_COMMAND
from changer.host.trust import is_plain, trap, user_name
from changer.lock.holder import HolderNews, name_holder

_LONGEST_NAME = 200
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 0.2
QUEUE_END = 1 << 32  # the first byte behind the queue's: of marks
_STRUCT_FLOCK = "hhqqi0q"  # l_type, l_whence, l_start, l_len, l_pid
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


class LibraryLock:
    """The lock of one library on this host, held inside ``with``.

    command       shown, with this process, to processes that find the library locked.
    wait_seconds  limit of the wait for other holders.
    on_wait       called for each new holder: its description, and the number of waiters ahead.
    group         owner of the folder, if it is made here.

    Entering raises LibraryBusy after ``wait_seconds``; AccessDenied without rights to folder or
    file, or if strangers may change them; StoreUnreachable, StoreFull if the file can't be made.
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
        self._signals = interrupts.held()

    @property
    def path(self) -> Path:
        """The lock file, which may be missing."""
        return self._path

    def __enter__(self) -> Self:
        if self._descriptor is not None:
            raise RuntimeError(f"this object already holds the lock of {self._library_id}")
        signals = interrupts.held()
        signals.__enter__()
        try:
            deadline = self._clock.monotonic() + self._wait_seconds
            while (descriptor := self._take(deadline)) is None:
                pass  # the file was deleted or replaced: what it locked is nothing
        except BaseException:
            signals.__exit__()
            raise
        self._descriptor, self._process_id = descriptor, os.getpid()
        self._is_passed_on, self._signals = False, signals
        return self

    def __exit__(self, *_exception: object) -> None:
        try:
            self._release()
        finally:
            self._signals.__exit__()

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        # Unlocking would free it for a child that still moves a cartridge, and for the parent
        # that forked this process; closing does not.
        if not self._is_passed_on and self._process_id == os.getpid():
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        close_file(descriptor)

    def descriptors(self) -> tuple[int, ...]:
        """Return ``pass_fds`` for a child that occupies the robot; empty if not held."""
        if self._descriptor is None:
            return ()
        self._is_passed_on = True
        return (self._descriptor,)

    @property
    def identity(self) -> str:
        """Device and inode of the file, while it is held: whoever locks that, has this lock."""
        assert self._descriptor is not None, "it is held"
        status = os.fstat(self._descriptor)
        return f"{status.st_dev}:{status.st_ino}"

    @property
    def grant(self) -> None:
        """Nothing: other hosts have no part in it."""
        return None

    def raise_epoch(self, epoch: int) -> None:
        """Never called: there is no grant."""

    def covering(self, timeout_seconds: float) -> AbstractContextManager[None]:  # noqa: ARG002
        """Hold it for a command; as long as what was given ``descriptors()`` runs, it is held."""
        return nullcontext()

    def _take(self, deadline: float) -> int | None:
        """Return a descriptor that holds the lock, or None if its file was deleted or replaced."""
        descriptor = self.open_file()
        try:
            self._wait(descriptor, deadline)
            if _is_at(descriptor, self._path):
                self._leave_word(descriptor)
                return descriptor
        except BaseException:
            close_file(descriptor)
            raise
        close_file(descriptor)
        return None

    def open_file(self) -> int:
        """Return a descriptor of the lock file, made if it is missing, for ``close_file``.

        Raises as entering.
        """
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
        """Open the file in the folder that was checked. Raises OSError, AccessDenied."""
        shared_files.prepare_file(self._path, folder=folder)
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(self._path.name, flags, dir_fd=folder)
        _Opened.add(descriptor)
        try:
            if not is_plain(os.fstat(descriptor)):
                raise trap(self._path)
        except BaseException:
            close_file(descriptor)
            raise
        return descriptor

    def _wait(self, descriptor: int, deadline: float) -> None:
        with _refusals(self._path):
            place = join_queue(descriptor)
        if self._is_taken(descriptor, place):
            return
        pace, told = Pace(), HolderNews(self._on_wait, now=self._clock.now)
        while (remaining_seconds := deadline - self._clock.monotonic()) > 0:
            with _refusals(self._path):
                before = waiting_before(descriptor, place)
            told.look(descriptor, self._path, before=before)
            self._clock.sleep(min(pace.pause_seconds(before), remaining_seconds))
            if self._is_taken(descriptor, place):
                return
        # Before the holder is looked for: nobody may wait for a waiter that has given up.
        with _refusals(self._path):
            _leave_queue(descriptor, place)
        raise self._busy(descriptor)

    def _is_taken(self, descriptor: int, place: int) -> bool:
        """Take the lock and leave the queue, if the lock is free and no waiter is ahead."""
        with _refusals(self._path):
            if not (_is_first(descriptor, place) and _try_flock(descriptor)):
                return False
            _leave_queue(descriptor, place)
        return True

    def _busy(self, descriptor: int) -> LibraryBusy:
        holder = name_holder(descriptor, self._path, clock=self._clock)
        message = f"library {self._library_id} is busy: {holder}"
        if self._wait_seconds > 0:
            return LibraryBusy(f"{message}; waited {self._wait_seconds:g} s")
        return LibraryBusy(message, hint="wait for it with --wait SECONDS")

    def _leave_word(self, descriptor: int) -> None:
        """Record the holder for processes that find the library locked; a full disk is ignored."""
        import json

        record = {
            "process_id": os.getpid(),
            "command": self._command[:LONGEST_COMMAND],
            "user": user_name(),
            "since": self._clock.now(),
        }
        line = json.dumps(record).encode() + b"\n"
        with suppress(OSError):
            os.ftruncate(descriptor, os.pwrite(descriptor, line, 0))


# The file


class _Opened:
    """Descriptors of this process that hold a lock, a mark, or a place in the queue."""

    descriptors: set[int] = set()  # noqa: RUF012 - there is one process
    are_watched = False

    @classmethod
    def add(cls, descriptor: int) -> None:
        """Have forks close it."""
        if not cls.are_watched:
            os.register_at_fork(after_in_child=cls.close_all)
            cls.are_watched = True
        cls.descriptors.add(descriptor)

    @classmethod
    def close_all(cls) -> None:
        """Let go of what another process holds."""
        while cls.descriptors:
            with suppress(OSError):
                os.close(cls.descriptors.pop())


def close_file(descriptor: int) -> None:
    """Close a descriptor of a lock file, unless this is a fork, which has closed it."""
    if descriptor in _Opened.descriptors:
        _Opened.descriptors.discard(descriptor)
        os.close(descriptor)


def _file_name(library_id: str) -> str:
    """Return a file name: unique for a library, without slashes, not too long."""
    octets = library_id.encode("utf-8", "surrogatepass")
    name = "".join(chr(octet) if octet in _PLAIN else f"%{octet:02X}" for octet in octets)
    if len(name) <= _LONGEST_NAME:
        return name
    from hashlib import sha256

    return f"{name[: _LONGEST_NAME - 64]}{sha256(name.encode()).hexdigest()}"


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Raise errors of the host as ChangerErrors."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise trap(path) from error
        raise shared_files.refusal(error, path, doing="lock") from error


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# The queue


def join_queue(descriptor: int) -> int:
    """Take the first byte behind all waiters; return the place in the queue, from 1."""
    while True:
        place = 1
        while (taken := locked_byte(descriptor, place, QUEUE_END - place)) is not None:
            place = taken + 1
        with suppress(BlockingIOError, PermissionError):  # another was faster
            lock_byte(descriptor, fcntl.F_WRLCK, place)
            return place


def _is_first(descriptor: int, place: int) -> bool:
    """Whether a place has no waiters ahead."""
    return place == 1 or locked_byte(descriptor, 1, place - 1) is None


def waiting_before(descriptor: int, place: int) -> int:
    """Return how many waiters are ahead of a place: an estimate for people, at most 100."""
    start, number = 1, 0
    while start < place and number < 100:
        taken = locked_byte(descriptor, start, place - start)
        if taken is None:
            break
        start, number = taken + 1, number + 1
    return number


def _leave_queue(descriptor: int, place: int) -> None:
    """Give up a place in the queue."""
    lock_byte(descriptor, fcntl.F_UNLCK, place)


def lock_byte(descriptor: int, lock_type: int, place: int) -> None:
    """Lock one byte, or unlock it. Raises OSError if another has it."""
    request = struct.pack(_STRUCT_FLOCK, lock_type, os.SEEK_SET, place, 1, 0)
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, request)


def locked_byte(descriptor: int, start: int, length: int) -> int | None:
    """Return a byte from ``start`` on that another has locked, or None."""
    request = struct.pack(_STRUCT_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    reply = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, request)
    lock_type, _, first, _, _ = struct.unpack(_STRUCT_FLOCK, reply)
    return None if lock_type == fcntl.F_UNLCK else max(int(first), start)


class Pace:
    """Pauses of a waiter, which has to poll.

    Short while the queue moves, longer while it stands still, and longer for each waiter ahead, so
    that fifty do not keep a processor busy.
    """

    def __init__(self) -> None:
        self._before: int | None = None
        self._seconds = _FIRST_PAUSE_SECONDS

    def pause_seconds(self, before: int) -> float:
        """Return the next pause, for that many waiters ahead."""
        moved, self._before = before != self._before, before
        self._seconds = _FIRST_PAUSE_SECONDS if moved else 2 * self._seconds
        self._seconds = min(self._seconds, _LONGEST_FIRST_PAUSE_SECONDS)
        return min((before + 1) * self._seconds, _LONGEST_PAUSE_SECONDS)
