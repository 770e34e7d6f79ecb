"""Trust in files: one rule finds the users, other than root and this one, who may change a file.

It checks the file and every folder on the way, links' folders included: owner, group, everyone.
``guarded_files`` refuses such a file; root opens such a store with no more rights than those users.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.errors import AccessDenied, ChangerError, OutputFailed, StoreUnreachable
from changer.values import NamedTuple

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
        what, hint = f"{self.place} is world-writable", f"chmod o-w {self.place}"
        if self.user_id is not None:
            owner = user_name(self.user_id)
            what = f"{self.place} belongs to {owner}, another user"
            hint = f"chown root {self.place}, or name another"
        elif self.group_id is not None:
            what = f"group {group_name(self.group_id)} can write to {self.place}"
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
    left = [*reversed(absolute_path(path).parts)]
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


def absolute_path(path: Path, failure: type[ChangerError] = OutputFailed) -> Path:
    """The path from / on; ``failure`` is raised for a relative one in a deleted folder."""
    try:
        return path.absolute()
    except OSError as error:
        raise failure(
            f"{path} can't be found: the current folder was deleted",
            hint="change to another folder, or give the path from / on",
        ) from error


def real_path(path: Path, failure: type[ChangerError] = OutputFailed) -> Path:
    """The path from / on, with every link followed. Raises as ``absolute_path``."""
    return Path(os.path.realpath(absolute_path(path, failure)))


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
                f"can't open {path} with the permissions of the users that share it",
                hint="use a folder that only root can write to",
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
    return path.parent, real_path(path).parent


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
