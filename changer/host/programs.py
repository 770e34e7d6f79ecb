"""Where a program of the host is: never in the current folder, and for root never a stranger's."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

__all__ = ["CLEAN_ENVIRONMENT", "find_program"]

CLEAN_ENVIRONMENT = {
    "LC_ALL": "C",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
"""What a program of the host is given of the environment: messages in English, and no more."""


def find_program(name: str, *, also: Sequence[str] = ()) -> str:
    """The path of a program in ``$PATH``, and in the folders ``also``; a path stays as it is.

    Root runs only what belongs to root, in a folder of root's, neither of them for everyone to
    write to. Raises FileNotFoundError; PermissionError when all that were found are strangers'.
    """
    if "/" in name:
        return name
    passed_over: list[str] = []
    for folder in (*os.get_exec_path(), *also):
        path = os.path.join(folder, name)  # noqa: PTH118 - for each command
        if not os.path.isabs(folder) or not _is_program(path):  # noqa: PTH117
            continue
        if os.geteuid() != 0 or (_is_root_s(folder) and _is_root_s(path)):
            return path
        passed_over.append(path)
    if passed_over:
        reason = f"root does not run {passed_over[0]}, which others than root may change"
        raise PermissionError(errno.EPERM, reason)
    raise FileNotFoundError(errno.ENOENT, "No such file or directory", name)


def _is_program(path: str) -> bool:
    try:
        return Path(path).is_file() and os.access(path, os.X_OK)
    except (OSError, ValueError):
        return False


def _is_root_s(path: str) -> bool:
    try:
        status = Path(path).stat()
    except OSError:
        return False
    return status.st_uid == 0 and not status.st_mode & stat.S_IWOTH
