"""Folders for what the tests make."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder that every user can enter, in memory where there is some.

    Store and virtual library are synced to disk at every change: that would prove nothing here.
    """
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="changer-test-", dir=place))
    folder.chmod(0o755)
    maker = os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == maker:  # and no child of it that was interrupted
            shutil.rmtree(folder)


@dataclass(frozen=True)
class Kept:
    """A folder or file as it was, in memory: its content, owner, group and mode."""

    status: os.stat_result
    content: bytes
    inside: dict[str, Kept]

    @classmethod
    def of(cls, path: Path) -> Kept:
        is_folder = path.is_dir()
        inside = {each.name: cls.of(each) for each in path.iterdir()} if is_folder else {}
        return cls(path.stat(), b"" if is_folder else path.read_bytes(), inside)

    def put(self, path: Path) -> None:
        """Make it anew, where nothing is."""
        if stat.S_ISDIR(self.status.st_mode):
            path.mkdir(parents=True)
        else:
            path.write_bytes(self.content)
        for name, each in self.inside.items():
            each.put(path / name)
        os.chown(path, self.status.st_uid, self.status.st_gid)
        path.chmod(stat.S_IMODE(self.status.st_mode))
