"""Ordinary users of the host: root becomes one, in a child or for a while; others stay."""

from __future__ import annotations

import grp
import os
import stat
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from children import captured

from changer.errors import ChangerError

NOBODY = 65534
IS_ROOT = os.geteuid() == 0


def become_nobody(groups: Sequence[int] = (), *, user: int = NOBODY) -> None:
    """For good: in a child. ``groups``: supplementary. No change for an ordinary user."""
    if IS_ROOT:
        os.setgroups(groups)
        os.setgid(user)
        os.setuid(user)


def as_nobody(function: Callable[[], object]) -> tuple[str, str]:
    """Call as an ordinary user, in a child: the code of the error or "done"; message and hint."""

    def call() -> int:
        become_nobody()
        code, text = "done", ""
        try:
            function()
        except ChangerError as error:
            code, text = error.code, f"{error.message}; {error.hint}"
        os.write(1, f"{code}\n{text}".encode())
        return 0

    status, out, err = captured(call)
    assert status == 0, err
    code, _, text = out.partition("\n")
    return code, text


def called_in_environment(
    function: Callable[[], int], environment: Mapping[str, str], groups: Sequence[int] | None = ()
) -> tuple[int, str, str]:
    """Call in a child with that environment alone, as an ordinary user of these groups.

    ``groups`` None: as this user. Returns exit status, standard output and standard error.
    """

    def call() -> int:
        os.environ.clear()
        os.environ.update(environment)
        os.chdir("/")
        if groups is not None:
            become_nobody(groups)
        with os.fdopen(1, "w") as sys.stdout, os.fdopen(2, "w") as sys.stderr:
            try:
                return function()
            except BaseException:
                traceback.print_exc()
                return 1

    return captured(call)


@contextmanager
def no_right_to(path: Path) -> Iterator[None]:
    """Take the right to a file away: root becomes nobody meanwhile, others change its mode.

    Modules must have been imported before: nobody can't read root's interpreter. Of a folder that
    is everyone's it is not taken: other programs are in it.
    """
    mode = path.stat().st_mode & 0o7777
    assert not mode & stat.S_ISVTX, f"{path} is not the test's own"
    path.chmod(0o000)
    groups, group = os.getgroups(), os.getegid()
    if IS_ROOT:
        os.setgroups([])
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if IS_ROOT:
            os.seteuid(0)
            os.setegid(group)
            os.setgroups(groups)
        path.chmod(mode)


def shared_group() -> grp.struct_group:
    """A group that this process can give a folder to: its own, for root any but root's."""
    if not IS_ROOT:
        return grp.getgrgid(os.getgid())
    return min((each for each in grp.getgrall() if each.gr_gid), key=lambda each: each.gr_gid)


# Packages that are optional, and may not be there; what needs them says so.
EXTRAS = ("rich", "textual", "uvicorn")


def import_everything() -> None:
    """Import and read all of the program now: an ordinary user may not reach its folder."""
    import importlib
    import pkgutil
    from importlib import metadata

    import changer
    from changer.store.schema import migration_scripts

    for module in pkgutil.walk_packages(changer.__path__, "changer."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in EXTRAS:
                raise
    migration_scripts()
    metadata.version("changer")  # imports what it needs only now
    for name in ("difflib", "json", "uuid", "tomllib", "sqlite3", "threading", "pyudev"):
        importlib.import_module(name)
