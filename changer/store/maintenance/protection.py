"""Rights to the store's files that let in others than those who share it, or keep those out."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from changer.errors import AccessDenied, ChangerError
from changer.host.shared_files import FILE_MODE
from changer.host.trust import group_name, others_who_may_change, user_name
from changer.store.failures import check_rights, side_file


def protection_problems(path: Path) -> Iterator[ChangerError]:
    """The problems with owners and modes of a store. Raises OSError when they can't be read."""
    try:
        check_rights(path)
    except ChangerError as error:
        yield error
    folder, file = path.parent.stat(), path.stat()
    for others in others_who_may_change(path.parent):
        if others.are_everyone:
            yield _too_wide(others.place, "o-w")
    # A group works with the store, and so has to be able to make files beside it.
    is_shared = bool(folder.st_mode & file.st_mode & stat.S_IWGRP)
    if is_shared and folder.st_gid:
        yield from _problems_of_group(path)
    if file.st_mode & stat.S_IWOTH:
        yield _too_wide(path)
    for side in (side_file(path, "-wal"), side_file(path, "-shm")):
        if side.exists():
            yield from _problems_of_side_file(side, path, is_shared=is_shared)


def _problems_of_group(path: Path) -> Iterator[ChangerError]:
    folder, file = path.parent.stat(), path.stat()
    group = group_name(folder.st_gid)
    if folder.st_gid != file.st_gid:
        yield AccessDenied(
            f"{path.parent} belongs to group {group}, and {path.name} to "
            f"{group_name(file.st_gid)}: only members of both groups can use the store",
            hint=f"chgrp {group} {path}",
        )
    if not folder.st_mode & stat.S_ISGID:
        yield AccessDenied(
            f"{path.parent} does not pass on its group: files that one member of {group} creates "
            "in it are not accessible to the others",
            hint=f"chmod g+s {path.parent}",
        )


def _problems_of_side_file(side: Path, path: Path, *, is_shared: bool) -> Iterator[ChangerError]:
    status, store = side.stat(), path.stat()
    if status.st_mode & stat.S_IWOTH:
        yield _too_wide(side)
    needed = store.st_mode & (stat.S_IRGRP | stat.S_IWGRP)
    if is_shared and (status.st_gid != store.st_gid or status.st_mode & needed != needed):
        group = group_name(store.st_gid)
        yield AccessDenied(
            f"group {group} can use the store, but not {side.name}, which belongs to "
            f"{user_name(status.st_uid)}:{group_name(status.st_gid)}, mode "
            f"{stat.S_IMODE(status.st_mode):o}",
            hint=f"chgrp {group} {side}; chmod {FILE_MODE:o} {side}",
        )


def _too_wide(place: Path, mode: str = f"{FILE_MODE:o}") -> AccessDenied:
    return AccessDenied(
        f"{place} is world-writable, so the state store would be unsafe there",
        hint=f"chmod {mode} {place}",
    )
