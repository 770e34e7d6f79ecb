"""Disks that are full: a small file system, where this user may mount one, or a limit for files."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def tiny_file_system(folder: Path, *, kibibytes: int) -> Iterator[bool]:
    """A folder that is a tmpfs; or, with False, an ordinary one where this user may not mount."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k,mode=755", "tmpfs", str(folder)]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Take all its space."""
    with (folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while ballast.write(b"x" * 1024):
            pass


def free(folder: Path) -> None:
    """Give it back."""
    (folder / "ballast").unlink(missing_ok=True)


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Writes beyond that many bytes fail with EFBIG: for SQLite an I/O error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
