"""Clean roots of Debian releases, in which a test may do what it likes: nothing of it stays.

A root is an overlay in a mount and process namespace of its own, without a network. It lives as
long as the first process in it; what was written can be the base of others (``Layers``).
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from folders import quick_folder

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NAMESPACES = ("--mount", "--pid", "--ipc", "--uts", "--net")
_SETTINGS = {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
_SECONDS = 1800
_READY = b"ready\n"
_UPPER = "upper"

# Mounts the overlay $1 (upper $2, work $3) at $4; then it is the parent of what its processes
# leave behind.
_FIRST_PROCESS = """
set -e
mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" overlay "$4"
mount -t proc proc "$4/proc"
mount -t tmpfs -o mode=755 tmpfs "$4/run"
install -d -m 1777 "$4/run/lock"
exec chroot "$4" bash -c 'echo ready; while :; do sleep 1000 & wait $!; done'
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program in a root ended."""

    words: str
    status: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"{self.words}: {self.status}\n{self.out}\n{self.err}"


@dataclass(frozen=True, slots=True)
class Layers:
    """Folders of which an overlay is made, the uppermost first."""

    folders: tuple[Path, ...]

    @contextmanager
    def started(self) -> Iterator[Root]:
        """A root on top of them, without what is done in it in the end."""
        with quick_folder() as folder, self._started_in(folder) as root:
            yield root

    @contextmanager
    def changed(
        self, change: Callable[[Root], object], place: Path | None = None
    ) -> Iterator[Layers]:
        """The layers after a change, for as long as this is open.

        ``place``: a folder for what is new, if not in memory.
        """
        with quick_folder() if place is None else nullcontext(place) as folder:
            with self._started_in(folder) as root:
                change(root)
            yield Layers((folder / _UPPER, *self.folders))

    @contextmanager
    def _started_in(self, folder: Path) -> Iterator[Root]:
        parts = [folder / name for name in (_UPPER, "work", "merged")]
        for each in parts:
            each.mkdir()
        words = ["unshare", *_NAMESPACES, "--fork", "--kill-child", "bash", "-c", _FIRST_PROCESS]
        words += ["root", ":".join(map(str, self.folders)), *map(str, parts)]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as first:
            try:
                assert first.stdout is not None
                assert first.stdout.readline() == _READY, "the root did not start"
                child = _only_child(first.pid)
                yield Root(child)
                os.kill(child, signal.SIGKILL)  # and all others there
            finally:
                first.kill()


@dataclass(frozen=True, slots=True)
class Root:
    """A root that is in use. ``process_id``: of its first process, as this host numbers it."""

    process_id: int

    @property
    def folder(self) -> Path:
        """Its files, while it is in use."""
        return Path(f"/proc/{self.process_id}/root")

    def words(
        self, *words: str, user: str = "root", environment: Mapping[str, str] | None = None
    ) -> list[str]:
        """The command line of this host that runs a program in the root, as a user of it."""
        enter = ["nsenter", f"--target={self.process_id}", *_NAMESPACES, "--root", "--wd"]
        home = "/root" if user == "root" else f"/home/{user}"
        own = {"PATH": _PATH, "HOME": home, **_SETTINGS, **(environment or {})}
        settings = [f"{name}={value}" for name, value in own.items()]
        become = [] if user == "root" else ["runuser", "--user", user, "--"]
        return [*enter, "env", "--ignore-environment", *settings, *become, *words]

    def run(
        self,
        *words: str,
        user: str = "root",
        environment: Mapping[str, str] | None = None,
        expected: int | None = 0,
    ) -> Ended:
        """Run a program to its end; it must end with that status (None: with any)."""
        done = subprocess.run(
            self.words(*words, user=user, environment=environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
        ended = Ended(shlex.join(words), done.returncode, done.stdout, done.stderr)
        assert expected is None or ended.status == expected, str(ended)
        return ended

    def copy(self, source: Path, target: str) -> None:
        """A file or folder of this host, into a folder of the root."""
        place = self.folder / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place / source.name, symlinks=True)
        else:
            shutil.copy(source, place)


def _only_child(process_id: int) -> int:
    children = Path(f"/proc/{process_id}/task/{process_id}/children")
    (child,) = children.read_text().split()
    return int(child)
