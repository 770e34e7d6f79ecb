"""The folder of a run in build/kernel: what the launcher and the guest tell each other."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .machine import RESULTS

CONSOLE_LINES = 40
CONSOLE_LOG = "console.log"
_LOCK = "lock"


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """A new one, locked as long as it is in use; those that killed launchers left are removed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    _remove_abandoned()
    run = Path(tempfile.mkdtemp(prefix="run.", dir=RESULTS))
    lock = os.open(run / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield run
    finally:
        if (run / CONSOLE_LOG).exists():
            (run / CONSOLE_LOG).replace(RESULTS / CONSOLE_LOG)
        shutil.rmtree(run, ignore_errors=True)
        os.close(lock)


def _remove_abandoned() -> None:
    for run in RESULTS.glob("run.*"):
        try:
            lock = os.open(run / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue  # so new that it has none yet, or just removed by its own launcher
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(run, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(lock)


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
