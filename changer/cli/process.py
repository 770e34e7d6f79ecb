"""The start of every program: streams that are open, and signals that let a motion end."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from typing import TextIO


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: as after Ctrl-C, a motion under way is waited for and verified."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_status = 128 + number


def prepare_process() -> None:
    """Fill closed streams, and have SIGTERM and SIGHUP raise Terminated.

    At its end, text that a stream does not take leaves the exit status as it is.
    """
    _fill_closed_streams()
    atexit.register(_discard_unwritten)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _terminate)


def _terminate(number: int, _frame: object) -> None:
    raise Terminated(number)


def _fill_closed_streams() -> None:
    """Open /dev/null for closed streams (``2>&-``), so that no other file becomes one of them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for as long as we run


def _discard_unwritten() -> None:
    """Drop what can't be written: the interpreter would fail on it, and exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            _discard(stream)


def _discard(stream: TextIO) -> None:
    with suppress(AttributeError, OSError, ValueError):  # closed, or not a file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
