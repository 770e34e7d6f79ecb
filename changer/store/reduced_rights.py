"""Root opens a store that others may change with no more rights than they have.

SQLite believes what it finds beside the store: a journal left by a killed program may name any
file, to be deleted when it has been rolled back. Whoever may write to the folder can put one there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from changer.errors import AccessDenied, StoreUnreachable
from changer.host.trust import is_trusted, user_name
from changer.store.failures import SIDE_SUFFIXES, side_file

__all__ = ["own_rights", "refuse_journal", "refuse_links", "refuse_planted", "rights_of_the_folder"]

_NOBODY = 65534
_UNCHANGED = -1 & 0xFFFFFFFF  # setfsuid(2): asks for the one in use


@contextmanager
def rights_of_the_folder(path: Path) -> Iterator[None]:
    """What this thread of root's does to files here, it does as whoever may write beside ``path``.

    That is the folder's owner, or a mere member of its group; nothing changes for others than
    root, and where only root may write. Raises StoreUnreachable.
    """
    user_and_group = None
    if os.geteuid() == 0:
        user_and_group = _least((path.parent, Path(os.path.realpath(path)).parent))
    if user_and_group is None:
        yield
        return
    before = _ask(_UNCHANGED, _UNCHANGED)
    _become(*user_and_group)
    try:
        if not _is(*user_and_group):
            raise StoreUnreachable(
                f"can't open {path} with the rights of those who share it",
                hint="use a folder that only root may write to",
            )
        yield
    finally:
        _become(*before)


@contextmanager
def own_rights() -> Iterator[None]:
    """For files of the program itself, within ``rights_of_the_folder``."""
    if os.geteuid() != 0:
        yield
        return
    before = _ask(_UNCHANGED, _UNCHANGED)
    _become(0, os.getegid())
    try:
        yield
    finally:
        _become(*before)


def refuse_links(path: Path) -> None:
    """Raise AccessDenied for a link beside the store, where SQLite keeps files of its own."""
    for suffix in SIDE_SUFFIXES:
        status = _status(beside := side_file(path, suffix))
        if status and (not stat.S_ISREG(status.st_mode) or status.st_nlink > 1):
            raise AccessDenied(f"{beside} is a link, and may be a trap", hint=f"remove {beside}")


def refuse_journal(path: Path) -> None:
    """Raise AccessDenied for another user's journal: it says what is to be undone, and deleted.

    One of root's or of one's own is what a killed program left, or one at work. Root may play back
    any, with ``rights_of_the_folder``.
    """
    status = _status(journal := side_file(path, "-journal"))
    if status and os.geteuid() != 0 and not is_trusted(status):
        owner = user_name(status.st_uid)
        raise AccessDenied(
            f"{journal} belongs to {owner}, and may be a trap",
            hint=f"let root, or {owner}, run changer once",
        )


def refuse_planted(path: Path) -> None:
    """Both."""
    refuse_links(path)
    refuse_journal(path)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _least(folders: tuple[Path, ...]) -> tuple[int, int] | None:
    """A user and a group that may write there, when others than root do."""
    for folder in folders:
        status = folder.stat()
        if _is_for_root_alone(folder):
            continue
        if status.st_uid != 0:
            return status.st_uid, status.st_gid
        if status.st_gid != 0 and status.st_mode & stat.S_IWGRP:
            return _NOBODY, status.st_gid
    return None


def _is_for_root_alone(folder: Path) -> bool:
    """Nobody else comes as far as the folder, whatever it allows."""
    for above in Path(os.path.realpath(folder)).parents:
        status = above.stat()
        for_group = status.st_gid != 0 and status.st_mode & stat.S_IXGRP
        if status.st_uid == 0 and not for_group and not status.st_mode & stat.S_IXOTH:
            return True
    return False


def _become(user_id: int, group_id: int) -> None:
    """For access to files, and for this thread alone; root can always come back."""
    _ask(user_id, group_id)


def _is(user_id: int, group_id: int) -> bool:
    return _ask(_UNCHANGED, _UNCHANGED) == (user_id, group_id)


def _ask(user_id: int, group_id: int) -> tuple[int, int]:
    """setfsuid(2) and setfsgid(2): what it was before. They report no failure."""
    import ctypes

    host = ctypes.CDLL(None)
    host.setfsuid.argtypes = host.setfsgid.argtypes = (ctypes.c_uint32,)
    host.setfsuid.restype = host.setfsgid.restype = ctypes.c_uint32
    group_before = host.setfsgid(group_id)
    return int(host.setfsuid(user_id)), int(group_before)
