"""Whether owners and modes let those who share the store use its files, and nobody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from changer.errors import AccessDenied, ChangerError
from changer.host.shared_files import FILE_MODE, group_name, user_name
from changer.store.failures import check_rights, side_file

__all__ = ["protection_problems"]


def protection_problems(path: Path) -> Iterator[ChangerError]:
    """What is wrong with the rights to the store at ``path``; OSError when it can't be seen."""
    try:
        check_rights(path)
    except ChangerError as error:
        yield error
    yield from _problems_of_folder(path)
    status, shared = path.stat(), _is_shared(path)
    if status.st_mode & stat.S_IWOTH:
        yield _too_wide(path, f"chmod {FILE_MODE:o} {path}")
    for side in (side_file(path, "-wal"), side_file(path, "-shm")):
        if side.exists():
            yield from _problems_of_side_file(side, status, shared=shared)


def _is_shared(path: Path) -> bool:
    """A group works with the store, and so has to be able to make files beside it."""
    return bool(path.parent.stat().st_mode & path.stat().st_mode & stat.S_IWGRP)


def _problems_of_folder(path: Path) -> Iterator[ChangerError]:
    folder, file = path.parent.stat(), path.stat()
    if folder.st_mode & stat.S_IWOTH:
        yield _too_wide(path.parent, f"chmod o-w {path.parent}")
    if not _is_shared(path) or not folder.st_gid:
        return
    if folder.st_gid != file.st_gid:
        yield AccessDenied(
            f"{path.parent} belongs to group {group_name(folder.st_gid)}, and {path.name} to "
            f"{group_name(file.st_gid)}: only who is in both can use the store",
            hint=f"chgrp {group_name(folder.st_gid)} {path}",
        )
    if not folder.st_mode & stat.S_ISGID:
        yield AccessDenied(
            f"{path.parent} does not hand its group on: what one member of "
            f"{group_name(folder.st_gid)} makes in it, the others can't use",
            hint=f"chmod g+s {path.parent}",
        )


def _problems_of_side_file(
    side: Path, store: os.stat_result, *, shared: bool
) -> Iterator[ChangerError]:
    status = side.stat()
    if status.st_mode & stat.S_IWOTH:
        yield _too_wide(side, f"chmod {FILE_MODE:o} {side}")
    needed = stat.S_IMODE(store.st_mode) & (stat.S_IRGRP | stat.S_IWGRP)
    if shared and (status.st_gid != store.st_gid or status.st_mode & needed != needed):
        group = group_name(store.st_gid)
        yield AccessDenied(
            f"group {group} may use the store, but not {side.name}, which belongs to "
            f"{user_name(status.st_uid)}:{group_name(status.st_gid)}, mode "
            f"{stat.S_IMODE(status.st_mode):o}",
            hint=f"chgrp {group} {side}; chmod {FILE_MODE:o} {side}",
        )


def _too_wide(place: Path, remedy: str) -> AccessDenied:
    return AccessDenied(f"everyone may write to {place}, so it protects nothing", hint=remedy)
