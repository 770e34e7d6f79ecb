"""Trust in files: one rule finds the users, other than root and this one, who may change a file.

It checks the file and every folder on the way, links' folders included: owner, group, everyone.
Such a file is refused; root opens such a store with no more rights than those users have.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from changer.errors import AccessDenied, StoreUnreachable

# What a program of the host is given of the environment: messages in English, and no more.
CLEAN_ENVIRONMENT = {
    "LC_ALL": "C",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
_TO_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
_NOT_FOR_EVERYONE = 0o664  # less the umask
_MOST_LINKS = 40  # as the kernel has it
_NOBODY = 65534


class Others(NamedTuple):
    """A place, and the others who may change it: its owner, its group, or (both None) everyone."""

    place: Path
    user_id: int | None = None
    group_id: int | None = None

    @property
    def are_everyone(self) -> bool:
        """Whether any user may change it."""
        return self.user_id is None and self.group_id is None

    def refusal(self) -> AccessDenied:
        """Return the error that names them, and the remedy."""
        what, hint = f"everyone may write to {self.place}", f"chmod o-w {self.place}"
        if self.user_id is not None:
            owner = user_name(self.user_id)
            what = f"{self.place} belongs to {owner}, who may write to it as they like"
            hint = f"chown root {self.place}, or name another"
        elif self.group_id is not None:
            what = f"group {group_name(self.group_id)} may write to {self.place}"
            hint = f"chmod g-w {self.place}"
        return AccessDenied(what, hint=hint)


def others_who_may_change(path: Path) -> Iterator[Others]:
    """Yield the others who may change a file or folder, or replace it; from / down to it.

    Raises OSError where a place on the way can't be read.
    """
    way = list(_way(path))
    for number, (place, status) in enumerate(way, 1):
        # In a folder such as /tmp nobody can replace what belongs to another user; a link has no
        # mode of its own.
        is_passed = stat.S_ISLNK(status.st_mode) or (
            number < len(way) and status.st_mode & stat.S_ISVTX
        )
        if status.st_mode & stat.S_IWOTH and not is_passed:
            yield Others(place)
        if not is_trusted(status):
            yield Others(place, status.st_uid, status.st_gid)
        elif status.st_mode & stat.S_IWGRP and not is_passed and not _is_own(status.st_gid):
            yield Others(place, None, status.st_gid)


def _way(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every folder and link that the kernel passes on the way to a file, then the file."""
    left = [*reversed(path.absolute().parts)]
    at, links = Path("/"), 0
    while left:
        name = left.pop()
        place = at.parent if name == ".." else at / name
        status = place.lstat()
        yield place, status
        if not stat.S_ISLNK(status.st_mode):
            at = place
        elif (links := links + 1) > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        elif not os.path.lexists(at / (target := place.readlink())) and place.exists():
            yield place, place.stat()  # /proc/self/fd/3, of a file that has no name
        else:
            left += reversed(target.parts)


def is_trusted(status: os.stat_result) -> bool:
    """Whether a file belongs to root or to this user."""
    return status.st_uid in (0, os.geteuid())


def is_plain(status: os.stat_result) -> bool:
    """Whether it is a regular file with a single name, not a link to another file."""
    return stat.S_ISREG(status.st_mode) and status.st_nlink < 2  # 0: it was deleted just now


def trap(path: Path, what: str = "a link", *, hint: str | None = None) -> AccessDenied:
    """Return the error to raise for a file that others may have planted."""
    return AccessDenied(f"{path} is {what}, and may be a trap", hint=hint or f"remove {path}")


def _is_own(group_id: int) -> bool:
    """Whether a group has no other members: root's, or this user's private group, of their name."""
    import grp
    import pwd

    if group_id == 0:
        return True
    with suppress(KeyError):
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(group_id)
        is_private = (user.pw_gid, user.pw_name) == (group_id, group.gr_name)
        return is_private and {*group.gr_mem} <= {user.pw_name}
    return False


def user_name(user_id: int | None = None) -> str:
    """Return the login name of a user id (default: of this process), or its number as text."""
    import pwd

    number = os.getuid() if user_id is None else user_id
    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return str(number)


def group_name(group_id: int) -> str:
    """Return the name of a group, or its number as text."""
    import grp

    with suppress(KeyError):
        return grp.getgrgid(group_id).gr_name
    return str(group_id)


# Files to read, to run, to write to


def check_unchanged(descriptor: int, path: Path) -> None:
    """Raise AccessDenied if others may have written an open file, or put it in its place.

    Raises OSError where a folder on the way can't be read.
    """
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # not /dev/null, and what only root can make
        for others in others_who_may_change(path):
            raise others.refusal()


def find_program(name: str, *, also: Sequence[str] = ()) -> str:
    """Return the path of a program, from ``$PATH`` and the folders ``also``; a path stays as it is.

    Relative folders are skipped, and for root programs that others may change. Raises
    FileNotFoundError; PermissionError if others may change all that were found.
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
            f"root does not run {path}, which others than root may change:"
            f" {why.message} ({why.hint})"
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

    Raises OSError; AccessDenied for a stranger's link, a stranger's file where everyone may write,
    and a second name of another file.
    """
    is_link, other = path.is_symlink(), "name another file"
    if is_link and not is_trusted(path.lstat()):
        raise trap(path, "a stranger's link", hint=other)
    try:
        flags = _TO_APPEND if is_link else _TO_APPEND | os.O_NOFOLLOW
        descriptor = os.open(path, flags, _NOT_FOR_EVERYONE)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads from that pipe") from None
        raise
    try:
        os.set_blocking(descriptor, True)
        opened, folder = os.fstat(descriptor), Path(os.path.realpath(path)).parent.stat()
        if stat.S_ISREG(opened.st_mode) and opened.st_nlink > 1:
            raise trap(path, "a second name of another file", hint=other)
        is_public = stat.S_ISREG(opened.st_mode) and folder.st_mode & stat.S_IWOTH
        if is_public and not is_trusted(opened):
            what = "a stranger's file, in a folder that everyone may write to"
            raise trap(path, what, hint=other)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


# Files to share


@contextmanager
def reduced_rights(path: Path) -> Iterator[None]:
    """Reduce root's rights to files, in this thread, to those of the others who share ``path``.

    SQLite trusts the files beside a database: a journal there may name any file, which it deletes.
    No effect for other users, nor where only root may write. Raises StoreUnreachable if root can't
    give up its rights.
    """
    others = _nearest_others(path) if os.geteuid() == 0 else None
    if others is None or others.group_id is None:
        yield
        return
    rights = _NOBODY if others.user_id is None else others.user_id, others.group_id
    with _rights(*rights):
        if _set_rights(*rights) != rights:  # setfsuid(2) reports no failure
            raise StoreUnreachable(
                f"can't open {path} with the rights of those who share it",
                hint="use a folder that only root may write to",
            )
        try:
            yield
        except AccessDenied as error:
            if str(others.place) in map(os.path.realpath, _folders(path)):
                raise
            raise others.refusal() from error  # they may replace the folder, but not use it


@contextmanager
def own_rights() -> Iterator[None]:
    """Restore root's rights within ``reduced_rights``, for files of the program itself."""
    if os.geteuid() != 0:
        yield
        return
    with _rights(0, os.getegid()):
        yield


def _nearest_others(path: Path) -> Others | None:
    """Return the others nearest to the file, or None if only root may write.

    Everyone is left out: no store is opened where everyone may write.
    """
    for folder in _folders(path):
        for others in reversed([*others_who_may_change(folder)]):
            if not (others.are_everyone or _is_out_of_reach(others.place)):
                return others
    return None


def _folders(path: Path) -> tuple[Path, Path]:
    """Return the folder that a file is named in, and that of the file itself, if it is a link."""
    return path.parent, Path(os.path.realpath(path)).parent


def _is_out_of_reach(place: Path) -> bool:
    """Whether only root can reach a place, whatever its own mode."""
    return any(
        status.st_uid == 0
        and not status.st_mode & stat.S_IXOTH
        and not (status.st_gid and status.st_mode & stat.S_IXGRP)
        for status in map(os.stat, place.parents)
    )


@contextmanager
def _rights(user_id: int, group_id: int) -> Iterator[None]:
    """Access files as that user, in this thread alone; root can always return."""
    before = _set_rights(user_id, group_id)
    try:
        yield
    finally:
        _set_rights(*before)


def _set_rights(user_id: int, group_id: int) -> tuple[int, int]:
    """Call setfsuid(2) and setfsgid(2); return the former ids."""
    import ctypes

    host = ctypes.CDLL(None)
    host.setfsuid.argtypes = host.setfsgid.argtypes = (ctypes.c_uint32,)
    host.setfsuid.restype = host.setfsgid.restype = ctypes.c_uint32
    group_before = host.setfsgid(group_id)
    return int(host.setfsuid(user_id)), int(group_before)
