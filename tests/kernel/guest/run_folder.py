"""The folder of a run in build/kernel: what the launcher and the guest tell each other."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .machine import RESULTS

CONSOLE_LINES = 40
CONSOLE_LOG = "console.log"


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """A new one, locked as long as it is in use; those that killed launchers left are removed.

    Its name has the guest's number, the first that no other guest of this checkout has now.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    with _locked(RESULTS):
        for abandoned in RESULTS.glob("run.*"):
            with contextlib.suppress(BlockingIOError), _locked(abandoned, fcntl.LOCK_NB):
                shutil.rmtree(abandoned, ignore_errors=True)
        taken = {guest_number(other) for other in RESULTS.glob("run.*")}
        number = next(number for number in itertools.count() if number not in taken)
        run = Path(tempfile.mkdtemp(prefix=f"run.{number}.", dir=RESULTS))
        in_use = contextlib.ExitStack()
        in_use.enter_context(_locked(run))
    with in_use:
        try:
            yield run
        finally:
            if (run / CONSOLE_LOG).exists():
                (run / CONSOLE_LOG).replace(RESULTS / CONSOLE_LOG)
            shutil.rmtree(run, ignore_errors=True)


def guest_number(run: Path) -> int:
    number = run.name.split(".")[1]
    return int(number) if number.isdecimal() else 0


@contextlib.contextmanager
def _locked(folder: Path, flags: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield
    finally:
        os.close(descriptor)


def read_status(run: Path) -> int | None:
    """How the command ended, if the guest has said it."""
    try:
        return int((run / "status").read_text())
    except (FileNotFoundError, ValueError):
        return None


def report(run: Path, message: str) -> None:
    console = run / CONSOLE_LOG
    if console.exists():
        lines = console.read_text(errors="replace").splitlines()[-CONSOLE_LINES:]
        print("guest: the end of its console:", *lines, sep="\n    ", file=sys.stderr)
    print(f"guest: {message}", file=sys.stderr, flush=True)
