"""Copies of the checkout, in which the program may be changed: the checkout itself never is."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

_PROGRAMS = ("changer", "changer-mtx", "changer-autochanger")
_times = itertools.count(1)


@dataclass(frozen=True)
class Copy:
    """One of them, with a virtual environment whose programs are the copy's."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ".venv/bin/python"

    @property
    def packages(self) -> Path:
        """Where the environment keeps what is its own."""
        return next(self.folder.glob(".venv/lib/python*/site-packages"))

    def write(self, module: str, text: str) -> None:
        """Have a module read so; no other text has its time, by which Python knows what it kept."""
        file = self.folder / module
        file.write_text(text)
        os.utime(file, (number := next(_times), number))


def make_copy(checkout: Path, folder: Path) -> Copy:
    """Of all files that git knows or would add; what was there before is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=checkout, check=True, capture_output=True, text=True)
    for name in filter(None, names.stdout.split("\0")):
        if (checkout / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(checkout / name, folder / name)
    copy = Copy(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    # Without the .pth files of the checkout's environment, which lead to the checkout.
    (copy.packages / "copy.pth").write_text(f"{folder}\n{sysconfig.get_path('purelib')}\n")
    for name in _PROGRAMS:
        program = copy.python.with_name(name)
        _, body = Path(sys.executable).with_name(name).read_text().split("\n", 1)
        program.write_text(f"#!{copy.python}\n{body}")
        program.chmod(0o755)
    return copy
