"""Folders and files that the programs of a host share through one group, never with the world."""

from __future__ import annotations

import errno
import grp
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.errors import AccessDenied, ChangerError, StoreFull, StoreUnreachable
from changer.host.trust import (
    group_name,
    is_plain,
    is_trusted,
    others_who_may_change,
    real_path,
    trap,
    user_name,
)

GROUP = "tape"
FILE_MODE = 0o660
_GROUP_FOLDER_MODE = 0o2770  # set-group-ID: what is made inside belongs to the group
_PRIVATE_FOLDER_MODE = 0o700
_MAKERS = 100  # processes that may make a folder at once
_UDEV = "see udev/README.md"
_OWN_FOLDER = ", or name a file in a folder of its own, which is then created"


def prepare_folder(path: Path, *, group: str | None) -> None:
    """Make a folder if it is missing; an existing one is left as it is.

    Made by root, or by a member of ``group``, it belongs to the group with mode 2770; else, and
    with ``group`` None, it is private: 0700. It appears whole or not at all.
    Raises AccessDenied, StoreUnreachable (a file in the way, a read-only file system), StoreFull.
    """
    try:
        if not path.is_dir():
            _make_parents(path.parent)
            _make_folder(path, group_id=_group_to_give(group))
    except OSError as error:
        # In a folder of everyone's, the kernel may follow no link of another user (proc(5)).
        with suppress(OSError):
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode) and not is_trusted(found):
                raise trap(path, "another user's link") from error
        hint = f"run 'changer state init' as root to create {path}; {_UDEV}"
        raise refusal(error, path, doing="make or enter", hint=hint) from error
    except ValueError as error:
        raise StoreUnreachable(f"{str(path)!r} is not a valid path: {error}") from error


def prepare_file(path: Path, *, folder: int | None = None) -> None:
    """Make an empty file if it is missing, with mode 0660, whatever the umask.

    It is never opened for reading: closing it again would drop the locks that SQLite holds in this
    process. ``folder``: a descriptor of its folder, else that is looked up by name. Raises
    AccessDenied (also in a folder that everyone may write to, and for a stranger's link),
    StoreUnreachable (no regular file), StoreFull.
    """
    name = path if folder is None else Path(path.name)
    try:
        if folder is None:
            with suppress(FileNotFoundError):
                _refuse_everyone(path.parent, hint=_OWN_FOLDER)
        found = _find_or_make(name, folder)
        if stat.S_ISLNK(found.st_mode):
            if not is_trusted(found):
                raise trap(path, "another user's link")
            _refuse_everyone(real_path(path).parent)
        is_file = stat.S_ISREG(os.stat(name, dir_fd=folder).st_mode)
        if is_file:
            _open_to_group(name, folder)
    except OSError as error:
        raise refusal(error, path, doing="make or open") from error
    if not is_file:
        raise StoreUnreachable(f"{path} is not a regular file", hint="name another place")


def open_shared_folder(path: Path, *, group: str | None) -> int:
    """Open a folder that belongs to root, this user or ``group``, and return its descriptor.

    Any user may have made it where everyone may write (/run/lock). Use the descriptor: it stays
    with the folder that was checked, whatever takes its name. Raises AccessDenied for a symbolic
    link, for a folder that everyone may change, and for a stranger's; OSError.
    """
    descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISDIR(status.st_mode):
            raise trap(path, "not a folder")
        if status.st_mode & stat.S_IWOTH:
            raise _protects_nothing(path)
        _refuse_everyone(path)
        if not is_trusted(status) and status.st_gid != _group_id(group):
            owner = user_name(status.st_uid)
            raise AccessDenied(
                f"{path} belongs to {owner}, not to root or group {group}",
                hint=f"chown root:{group or 'root'} {path}; {_UDEV}",
            )
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def refusal(error: OSError, path: Path, *, doing: str, hint: str | None = None) -> ChangerError:
    """Return the error to raise when the host refuses to make, open or write ``path``."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessDenied(f"no permission to {doing} {path}", hint=hint or access_hint(path))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(f"no space left to {doing} {path}", hint="free some space, then try again")
    if error.errno == errno.EROFS:
        return StoreUnreachable(
            f"can't {doing} {path}: its file system is read-only",
            hint="mount it read-write, or name another place",
        )
    return StoreUnreachable(f"can't {doing} {path}: {error.strerror}")


def access_hint(path: Path) -> str:
    """Return which right to ``path``, or to a folder above, is missing, and the remedy."""
    try:
        status = path.stat()
    except OSError:
        return access_hint(path.parent)
    group = group_name(status.st_gid)
    if status.st_gid and status.st_mode & stat.S_IWGRP:
        return f"add user {user_name()} to group {group} (usermod -aG), then log in again; {_UDEV}"
    mode = f"{_GROUP_FOLDER_MODE if stat.S_ISDIR(status.st_mode) else FILE_MODE:o}"
    owner = user_name(status.st_uid)
    return f"it belongs to {owner}:{group}; chgrp {GROUP} {path} and chmod {mode} {path}; {_UDEV}"


def _refuse_everyone(folder: Path, *, hint: str = "") -> None:
    for others in others_who_may_change(folder):
        if others.are_everyone:
            raise _protects_nothing(others.place, hint)


def _protects_nothing(place: Path, hint: str = "") -> AccessDenied:
    is_sticky = place.stat().st_mode & stat.S_ISVTX  # what is made there can't be replaced
    return AccessDenied(
        f"{place} is world-writable, so the state store would be unsafe there",
        hint=f"chmod o-w {place}{hint if is_sticky else ''}",
    )


def _find_or_make(name: Path, folder: int | None) -> os.stat_result:
    for _ in range(_MAKERS):
        try:
            return os.lstat(name, dir_fd=folder)
        except FileNotFoundError:
            # The folder itself is gone where another process, that makes it too, has just put its
            # own in the place of ours: rename(2) does so while it is empty. The file ends that.
            with suppress(FileExistsError, FileNotFoundError):
                os.mknod(name, stat.S_IFREG | FILE_MODE, dir_fd=folder)
    return os.lstat(name, dir_fd=folder)


def _open_to_group(name: Path, folder: int | None) -> None:
    """Give 0660 to a file that this user has just made, and to nothing else that has its name."""
    with _opened(name, os.O_PATH, folder) as descriptor:
        status = os.fstat(descriptor)
        is_new = is_plain(status) and not status.st_size and status.st_uid == os.geteuid()
        if is_new and stat.S_IMODE(status.st_mode) != FILE_MODE:
            os.chmod(f"/proc/self/fd/{descriptor}", FILE_MODE)  # noqa: PTH101


def _make_parents(path: Path) -> None:
    if path.is_dir():
        return
    _make_parents(path.parent)
    mode = 0o755 if os.geteuid() == 0 else _PRIVATE_FOLDER_MODE
    try:
        path.mkdir(mode)
    except FileExistsError:
        return
    _furnish(path, mode)  # whatever the umask: the group is to reach what is inside


def _make_folder(path: Path, *, group_id: int | None) -> None:
    """Make it under another name first: it is never seen with the wrong group or mode."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    draft.mkdir(_PRIVATE_FOLDER_MODE)
    try:
        if group_id is not None:
            _furnish(draft, _GROUP_FOLDER_MODE, group_id)
        draft.rename(path)
    except OSError:
        draft.rmdir()
        if not path.is_dir():  # else another process was first
            raise


def _furnish(path: Path, mode: int, group_id: int = -1) -> None:
    """Set group and mode of a folder just made, and of nothing else that has its name."""
    with _opened(path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise OSError(errno.EEXIST, "another folder took its place")
        os.fchown(descriptor, -1, group_id)
        os.fchmod(descriptor, mode)


@contextmanager
def _opened(name: Path, flags: int, folder: int | None = None) -> Iterator[int]:
    """Lend a descriptor of what has that name; a link is refused."""
    descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _group_to_give(group: str | None) -> int | None:
    """Return the id of the group if it exists and this process may give a folder to it."""
    group_id = _group_id(group)
    can_give = os.geteuid() == 0 or group_id in (os.getegid(), *os.getgroups())
    return group_id if can_give else None


def _group_id(group: str | None) -> int | None:
    with suppress(KeyError):
        return None if group is None else grp.getgrnam(group).gr_gid
    return None
