"""Writes every exchange with a device to a file, for reports from the field and for replay."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from changer.clock import Clock
from changer.errors import ChangerError, OutputFailed
from changer.smc.command import Command, Reply
from changer.transport import Transport
from changer.transport.trace_record import TraceHeader, TraceRecord

__all__ = ["TracedTransport"]

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class TracedTransport:
    """Transport that records what another one carries, and changes nothing of it.

    Lines are added to the end of ``path``, each in one write, so that several processes can share
    the file. When a line can't be written, ``warn`` is called, once, with a message; from then on
    nothing is written, and the exchanges go on.
    """

    def __init__(
        self,
        inner: Transport,
        path: Path,
        *,
        device: str,
        clock: Clock,
        warn: Callable[[str], None],
    ) -> None:
        """Opens the file and writes its header. Raises OutputFailed."""
        self._inner = inner
        self._path = path
        self._clock = clock
        self._warn = warn
        self._failed = False
        try:
            self._file = os.open(path, _FLAGS, 0o666)
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            raise self._unwritable(error) from None
        try:
            self._append(TraceHeader(device=device, program=_program()).to_line())
        except OSError as error:
            os.close(self._file)
            raise self._unwritable(error) from None

    def execute(self, command: Command[Any]) -> Reply:
        """Let the other transport carry the command, and record what came of it."""
        at, started = self._clock.now(), self._clock.monotonic()
        try:
            reply = self._inner.execute(command)
        except BaseException as error:
            self._record(command, at, started, error=error)
            raise
        self._record(command, at, started, reply=reply)
        return reply

    def close(self) -> None:
        """Close the file and the other transport."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._inner.close()

    def _record(
        self,
        command: Command[Any],
        at: float,
        started: float,
        *,
        reply: Reply | None = None,
        error: BaseException | None = None,
    ) -> None:
        known = error if isinstance(error, ChangerError) else None
        record = TraceRecord(
            name=command.name,
            cdb=command.cdb,
            at=_utc(at),
            milliseconds=max(0.0, self._clock.monotonic() - started) * 1000,
            status=int(reply.status) if reply else None,
            data=reply.data if reply else b"",
            sense=(reply.sense if reply else known.sense if known else None) or b"",
            error=known.code if known else type(error).__name__ if error else None,
            message=known.message if known else None,
        )
        self._try_to_append(record.to_line())

    def _try_to_append(self, line: str) -> None:
        """A reply must not be lost with the record of it: a move may depend on it."""
        if self._failed:
            return
        try:
            self._append(line)
        except OSError as error:
            self._failed = True
            self._warn(f"the trace {self._path} ends here: {_reason(error)}")

    def _unwritable(self, error: OSError | ValueError) -> OutputFailed:
        return OutputFailed(f"the trace {self._path} can't be written: {_reason(error)}")

    def _append(self, line: str) -> None:
        text = line.encode() + b"\n"
        if os.write(self._file, text) < len(text):
            raise OSError("the disk is full")


def _program() -> str:
    from importlib import metadata

    try:
        return f"changer {metadata.version('changer')}"
    except metadata.PackageNotFoundError:
        return "changer"


def _utc(seconds: float) -> str:
    """``2026-03-01T12:00:00.250Z``."""
    milliseconds = round(seconds * 1000)
    start = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{start}.{milliseconds % 1000:03}Z"


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
