"""What strangers may have put in place is not used: links, pipes, files that they may change.

Trusted are root and the user of this process. A check looks at what was opened, not at a name.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from changer.errors import AccessDenied

__all__ = ["check_unchanged", "is_trusted", "open_to_append", "user_name"]

_TO_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_NOT_FOR_EVERYONE = 0o664  # less the umask


def user_name(user_id: int | None = None) -> str:
    """The login name of a user id (default: of this process), or its number as text."""
    import pwd

    number = os.getuid() if user_id is None else user_id
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def is_trusted(status: os.stat_result) -> bool:
    """It belongs to root or to this user."""
    return status.st_uid in (0, os.geteuid())


def check_unchanged(descriptor: int, path: Path) -> None:
    """See that no stranger may have written an open file, or put it where it is.

    Raises AccessDenied, and OSError where its folder can't be looked at.
    """
    opened = os.fstat(descriptor)
    if not stat.S_ISREG(opened.st_mode):
        return  # /dev/null, and what only root can make
    _check(opened, path)
    for folder in {path.absolute().parent, Path(os.path.realpath(path)).parent}:
        _check_folder(folder)


def _check_folder(folder: Path) -> None:
    """See that no stranger can replace what root or this user has in the folder.

    Raises AccessDenied, and OSError where it can't be looked at.
    """
    status = folder.stat()
    if not (is_trusted(status) and status.st_mode & stat.S_ISVTX):
        _check(status, folder)


def _check(status: os.stat_result, path: Path) -> None:
    if not is_trusted(status):
        raise AccessDenied(
            f"{path} belongs to {user_name(status.st_uid)}, who may write to it as they like",
            hint=f"chown root {path}, or name another",
        )
    if status.st_mode & stat.S_IWOTH:
        raise AccessDenied(f"everyone may write to {path}", hint=f"chmod o-w {path}")


def open_to_append(path: Path) -> int:
    """A file that is written to at its end, made if it is missing.

    Waits for nobody: a pipe that no one reads is refused. Raises OSError; AccessDenied for a trap:
    a stranger's link, a stranger's file where everyone may write, a second name of another file.
    """
    link = _link_at(path)
    if link is not None and not is_trusted(link):
        raise _trap(path, "a stranger's link")
    flags = _TO_APPEND | os.O_NONBLOCK | (os.O_NOFOLLOW if link is None else 0)
    try:
        descriptor = os.open(path, flags, _NOT_FOR_EVERYONE)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads from that pipe") from None
        raise
    try:
        os.set_blocking(descriptor, True)
        _check_no_trap(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _link_at(path: Path) -> os.stat_result | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status if stat.S_ISLNK(status.st_mode) else None


def _check_no_trap(opened: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(opened.st_mode):
        return
    if opened.st_nlink > 1:
        raise _trap(path, "a second name of another file")
    folder = Path(os.path.realpath(path)).parent.stat()
    if folder.st_mode & stat.S_IWOTH and not is_trusted(opened):
        raise _trap(path, "a stranger's file, in a folder that everyone may write to")


def _trap(path: Path, what: str) -> AccessDenied:
    return AccessDenied(f"{path} is {what}, and may be a trap", hint="name another file")
