"""Files that the user named, to read, to run or to write: none that others may have planted.

What is read or run as root, no one else can have changed, or put in its place. What is written is
reached through no link of another user, in whatever folder on the way.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from changer.errors import OutputFailed
from changer.host.trust import absolute_path, is_trusted, others_who_may_change, real_path, trap

# What a program of the host is given of the environment: messages in English, and folders in which
# the host's packages alone put programs. A group may write to /usr/local on Debian.
CLEAN_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_TO_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
_TO_PASS = os.O_PATH | os.O_CLOEXEC
_NOT_FOR_EVERYONE = 0o664  # less the umask
_MOST_STEPS = 4096  # as many names as a path may have
_OTHER = "name another file"


def check_unchanged(descriptor: int, path: Path) -> None:
    """Raise AccessDenied if others may have written an open file, or put it in its place.

    Raises OSError where a folder on the way can't be read.
    """
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # not /dev/null, and what only root can make
        for others in others_who_may_change(path):
            raise others.refusal()


def read_file(path: Path, *, most: int = -1) -> bytes:
    """The content of a file, up to ``most`` bytes; a named pipe is refused, not waited for.

    Raises OSError, OutputFailed.
    """
    with opened_to_read(path) as opened:
        return opened.read(most)


def open_at_once(path: Path) -> BinaryIO:
    """Open a file to read; a pipe without waiting for whoever may write to it. Raises OSError."""

    def opener(name: str, _flags: int) -> int:
        return os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    return open(path, "rb", opener=opener)


@contextmanager
def opened_to_read(path: Path) -> Iterator[BinaryIO]:
    """Lend a file to read; a named pipe is refused. Raises OSError, OutputFailed."""
    absolute_path(path)
    with open_at_once(path) as opened:
        descriptor = opened.fileno()
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode) and real_path(path).is_fifo():
            raise OutputFailed(
                f"{path} is a named pipe, which may never receive any data", hint="name a file"
            )
        os.set_blocking(descriptor, True)  # a pipe of the shell's: <(command)
        yield opened


def find_program(name: str, *, also: Sequence[str] = ()) -> str:
    """Return the path of a program, from ``$PATH`` and the folders ``also``; a path stays as it is.

    Relative folders are skipped, and for root programs that others may change: what is found can't
    be another program when it is run. Raises FileNotFoundError; PermissionError if others may
    change all that were found.
    """
    if "/" in name:
        return name
    reasons: list[str] = []
    for path in (Path(folder, name) for folder in (*os.get_exec_path(), *also)):
        if not (path.is_absolute() and _is_program(path)):
            continue
        others = next(others_who_may_change(path), None) if os.geteuid() == 0 else None
        if others is None:
            return str(path)
        why = others.refusal()
        reasons.append(
            f"root does not run {path}, which users other than root can change: {why.message} "
            f"({why.hint})"
        )
    if reasons:
        raise PermissionError(errno.EPERM, reasons[0])
    raise FileNotFoundError(errno.ENOENT, "No such file or directory", name)


def _is_program(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.is_file() and os.access(path, os.X_OK)
    return False


def open_to_append(path: Path) -> int:
    """Open a file to append to, made if it is missing; a pipe without a reader is refused.

    A pipe does not block when it is full. Raises OSError; AccessDenied for a stranger's link on the
    way, a stranger's file where everyone may write, and a second name of another file.
    """
    with _reached(path.parts) as (folder, name, flags):
        try:
            descriptor = os.open(name, _TO_APPEND | flags, _NOT_FOR_EVERYONE, dir_fd=folder)
        except OSError as error:
            if error.errno == errno.ENXIO:
                raise OSError(errno.ENXIO, "no program is reading from that pipe") from None
            raise
        try:
            opened = os.fstat(descriptor)
            os.set_blocking(descriptor, not stat.S_ISFIFO(opened.st_mode))
            _refuse_planted(path, opened, os.fstat(folder))
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def _refuse_planted(path: Path, opened: os.stat_result, folder: os.stat_result) -> None:
    if not stat.S_ISREG(opened.st_mode):
        return
    if opened.st_nlink > 1:
        raise trap(path, "a hard link to another file", hint=_OTHER)
    if folder.st_mode & stat.S_IWOTH and not is_trusted(opened):
        what = "another user's file in a world-writable folder"
        raise trap(path, what, hint=_OTHER)


def open_folder(path: Path) -> int:
    """Open a folder through no stranger's link. Raises OSError, AccessDenied."""
    with _reached((*path.parts, ".")) as (folder, name, _):
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)


@contextmanager
def _reached(names: Sequence[str]) -> Iterator[tuple[int, str, int]]:
    """Lend the folder that names lead to, one after the other, the last name, and flags to open it.

    Nothing is looked up twice: what takes a folder's name meanwhile is not entered. Links of root
    and of this user are followed, a last one too. Raises OSError, AccessDenied for a stranger's
    link, OutputFailed for a relative name in a deleted folder.
    """
    absolute_path(Path(*names))
    left, at = [*reversed(names)] or ["."], os.open(".", _TO_PASS)
    try:
        for _ in range(_MOST_STEPS):
            name = left.pop()
            following, flags = _step(at, name, left)
            if following is None:
                yield at, name, flags
                return
            os.close(at)
            at = following
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    finally:
        os.close(at)


def _step(at: int, name: str, left: list[str]) -> tuple[int | None, int]:
    """The folder to look up the next name of ``left`` in; None, and flags, for the last name.

    A link is replaced by the names that it leads to.
    """
    try:
        found = _found(at, name, is_folder=bool(left))
    except FileNotFoundError:
        if left:
            raise
        return None, os.O_NOFOLLOW
    try:
        status = os.fstat(found)
        if not stat.S_ISLNK(status.st_mode):
            return (os.dup(found), 0) if left else (None, os.O_NOFOLLOW)
        if not is_trusted(status):
            place = Path(f"/proc/self/fd/{found}").readlink()
            raise trap(place, "another user's link", hint=_OTHER)
        if status.st_dev == Path("/proc").stat().st_dev:  # the kernel alone can follow it
            return (os.open(name, _TO_PASS, dir_fd=at), 0) if left else (None, 0)
        left += reversed(Path(os.readlink("", dir_fd=found)).parts)
        return os.dup(at), 0
    finally:
        os.close(found)


def _found(at: int, name: str, *, is_folder: bool) -> int:
    if is_folder:
        with suppress(NotADirectoryError):  # a link, or a file in the way
            # An automounter mounts what is opened as a folder, but not what is only looked at.
            return os.open(name, _TO_PASS | os.O_NOFOLLOW | os.O_DIRECTORY, dir_fd=at)
    return os.open(name, _TO_PASS | os.O_NOFOLLOW, dir_fd=at)
