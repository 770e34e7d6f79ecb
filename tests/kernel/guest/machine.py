"""What starts a guest's kernel: QEMU or User-mode Linux, behind one seam."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

REPOSITORY = Path(__file__).resolve().parents[3]
RESULTS = REPOSITORY / "build" / "kernel"
# Where the guest mounts RESULTS; init lays it over the checkout's own build/kernel.
GUEST_RESULTS = Path("/run/changer-results")


class GuestError(Exception):
    """The guest cannot be started; the message says what to do."""


class CannotStart(GuestError):
    """This machine cannot start on this system, where another one may."""


@dataclass(frozen=True, slots=True)
class Start:
    """How to start a machine. The kernel's console is its standard error."""

    argv: list[str]
    pass_fds: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


class Machine(Protocol):
    """One way to run a kernel."""

    name: str

    def settings(self, run: Path) -> list[str]:
        """Lines of the settings that init reads, with what it needs of this machine."""
        ...

    def start(self, run: Path, *, stderr: int | None) -> Start:
        """``stderr``: where the command's standard error goes; None for an interactive shell."""
        ...

    def check_started(self, run: Path, console: Path) -> None:
        """Raise CannotStart if it ended before the guest's first process began."""
        ...


def find_program(name: str, *, hint: str) -> str:
    path = os.pathsep.join(
        [str(REPOSITORY / ".venv" / "bin"), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]
    )
    program = shutil.which(name, path=path)
    if program is None:
        raise GuestError(f"{name} is not installed; run: {hint}")
    return program


def find_environment(name: str, *arguments: str) -> Path:
    """The folder that tests/environment/NAME prints, and fetches when there is none yet."""
    completed = subprocess.run(
        [REPOSITORY / "tests" / "environment" / name, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if completed.returncode != 0:
        raise GuestError(f"tests/environment/{name} failed; see above")
    return Path(completed.stdout.strip())


def check_path(path: Path) -> None:
    # The kernel's command line knows no quoting, and QEMU's options end at a comma.
    if any(character.isspace() or character == "," for character in str(path)):
        raise GuestError(f"{path}: a guest cannot start from a path with a blank or a comma")
