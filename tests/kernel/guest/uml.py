"""User-mode Linux: a kernel that runs as a process, at the speed of the machine below it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from .machine import RESULTS, CannotStart, GuestError, Start, check_path, find_environment
from .run_folder import guest_number

MEBIBYTE = 1 << 20
MEMORY_MEBIBYTES = 1024

# Console 0 is the kernel's own; the command's standard output and error are 1 and 2.
KERNEL_OPTIONS = (
    "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw",
    f"mem={MEMORY_MEBIBYTES}M", "con=null", "con0=null,fd:2", "loglevel=6", "audit=0",
    # What is fastest for file systems that no test uses; it takes a second to find out.
    "initcall_blacklist=raid6_select_algo,calibrate_xor_blocks",
)  # fmt: skip


def memory_folder() -> Path:
    """The folder for the file, without a name, that is the guest's memory."""
    unfit = []
    for folder in _candidates():
        room = _room(folder)
        if room is not None and room >= MEMORY_MEBIBYTES:
            return folder
        unfit.append(f"{folder} ({'not usable' if room is None else f'{room} MiB free'})")
    raise GuestError(
        f"the guest's memory needs a folder with {MEMORY_MEBIBYTES} MiB free, not mounted noexec;"
        f" none of these will do: {', '.join(unfit)}; name another one with TMPDIR=FOLDER"
    )


def _candidates() -> Iterator[Path]:
    if "TMPDIR" in os.environ:
        yield Path(os.environ["TMPDIR"])
    yield from (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"), RESULTS)


def _room(folder: Path) -> int | None:
    """Mebibytes that are free, and None where memory can't be."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return None
    if status.f_flag & os.ST_NOEXEC or not os.access(folder, os.W_OK | os.X_OK):
        return None
    return status.f_bavail * status.f_frsize // MEBIBYTE


def kernel_command(folder: Path, number: int, *options: str) -> list[str]:
    """How to start that kernel, of ``find_environment``, as the guest of that number."""
    on_one = ["taskset", "--cpu-list", str(processor_for(number))]
    return [*on_one, str(folder / "bin" / "linux.uml"), *KERNEL_OPTIONS, *options]


def kernel_environment(folder: Path) -> dict[str, str]:
    """The variables that it starts with, besides those of this process."""
    registers = folder / "lib" / "registers.so"
    preloaded = {"LD_PRELOAD": str(registers)} if registers.exists() else {}
    return {"TMPDIR": str(memory_folder()), **preloaded}


def processor_for(number: int) -> int:
    """Each guest has a processor, or shares one.

    Its kernel and its programs are processes that wait for each other all the time, and waking one
    on another processor costs a fifth more.
    """
    processors = sorted(os.sched_getaffinity(0))
    return processors[number % len(processors)]


class UserModeLinux:
    """A guest without emulation."""

    name = "uml"

    def __init__(self) -> None:
        self._folder = find_environment("uml")
        check_path(self._folder)

    def settings(self, run: Path) -> list[str]:
        return [
            f"KERNEL_FOLDER={shlex.quote(str(self._folder))}",
            f"RESULTS={shlex.quote(str(RESULTS))}",
        ]

    def start(self, run: Path, *, stderr: int | None) -> Start:
        consoles = ["con1=fd:0,fd:1"]
        if stderr is not None:
            consoles = ["con1=null,fd:1", f"con2=null,fd:{stderr}"]
        init = [str(Path(__file__).with_name("uml-init")), str(run)]
        return Start(
            kernel_command(
                self._folder,
                guest_number(run),
                *consoles,
                f"uml_dir={run}",
                "init=/bin/bash",
                "--",
                *init,
            ),
            pass_fds=() if stderr is None else (stderr,),
            environment=kernel_environment(self._folder),
        )

    def check_started(self, run: Path, console: Path) -> None:
        if (run / "started").exists():
            return
        lines = [line for line in console.read_text(errors="replace").splitlines() if line.strip()]
        reason = "; ".join(lines[-2:]) or "it said nothing"
        raise CannotStart(f"User-mode Linux cannot start here ({reason})")
