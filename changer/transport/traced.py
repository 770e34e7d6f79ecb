"""Exchanges with a device, recorded or shown: for reports from the field, and for replay."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from changer.errors import AccessDenied, ChangerError, OutputFailed
from changer.host.clock import Clock
from changer.host.guarded_files import open_to_append
from changer.host.trust import user_name
from changer.smc.command import Command, Reply
from changer.transport import Transport
from changer.transport.trace_record import TraceHeader, TraceRecord
from changer.values import dataclass

_READER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class ShownTransport:
    """Transport that passes ``say`` a line for each command that another one carries.

    ``prefix``: how each line begins.
    """

    inner: Transport
    say: Callable[[str], None]
    prefix: str = ""

    def execute(self, command: Command[Any]) -> Reply:
        """Let the other transport carry the command, and show the outcome."""
        what = f"{self.prefix}{command.name} ({command.cdb.hex(' ')})"
        if command.data_out:
            what += f" with {command.data_out.hex(' ')}"
        try:
            reply = self.inner.execute(command)
        except ChangerError as error:
            self.say(f"{what}: {error.message}")
            raise
        sense = f", sense {reply.sense.hex(' ')}" if reply.sense else ""
        self.say(f"{what}: status {reply.status:02X}h, {len(reply.data)} bytes{sense}")
        return reply

    def close(self) -> None:
        """Close the other transport."""
        self.inner.close()


class TracedTransport:
    """Transport that records what another one carries, and changes nothing of it.

    ``warn``: as TraceFile has it. ``is_drive``: it is a drive of a library whose trace has begun;
    then no header is written.
    """

    def __init__(
        self,
        inner: Transport,
        path: Path,
        *,
        device: str,
        clock: Clock,
        warn: Callable[[str], None],
        is_drive: bool = False,
    ) -> None:
        """Opens the file and writes its header. Raises OutputFailed, AccessDenied."""
        self._inner = inner
        self._clock = clock
        self._device = device
        self._file = TraceFile(path, device=device, warn=warn, has_begun=is_drive)

    def execute(self, command: Command[Any]) -> Reply:
        """Let the other transport carry the command, and record the outcome."""
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
        self._file.close()
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
            at=utc(at),
            milliseconds=max(0.0, self._clock.monotonic() - started) * 1000,
            status=int(reply.status) if reply else None,
            data=reply.data if reply else b"",
            sense=(reply.sense if reply else known.sense if known else None) or b"",
            error=known.code if known else type(error).__name__ if error else None,
            message=known.message if known else None,
            device=self._device,
            data_out=command.data_out,
        )
        self._file.write(record)


class TraceFile:
    """File of a trace of a library, ``device``, and of its drives.

    Each line is one write, so that several processes can share it.

    When a record can't be written, ``warn`` is called, once, with a message; from then on nothing
    is written, and the exchanges go on.
    """

    def __init__(
        self, path: Path, *, device: str, warn: Callable[[str], None], has_begun: bool = False
    ) -> None:
        """Opens the file and writes its header, unless it ``has_begun``.

        Raises OutputFailed, AccessDenied.
        """
        self._path = path
        self._warn = warn
        self._failed = False
        try:
            self._file = open_to_append(path)
        except PermissionError:
            raise _denied(path) from None
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            raise self._unwritable(error) from None
        try:
            if not has_begun:
                self._append(TraceHeader(device=device, program=_program()).to_line())
        except OSError as error:
            os.close(self._file)
            raise self._unwritable(error) from None

    def write(self, record: TraceRecord) -> None:
        """Add a record. Never raises: a reply must not be lost, since a move may depend on it."""
        if self._failed:
            return
        try:
            self._append(record.to_line())
        except OSError as error:
            self._failed = True
            self._warn(f"the trace {self._path} ends here: {_reason(error)}")

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _unwritable(self, error: OSError | ValueError) -> OutputFailed:
        return OutputFailed(f"the trace {self._path} can't be written: {_reason(error)}")

    def _append(self, line: str) -> None:
        left = line.encode() + b"\n"
        while left:
            try:
                written = os.write(self._file, left)
            except BlockingIOError:
                self._wait_for_reader()
                continue
            left = left[written:]
            if left and os.get_blocking(self._file):
                raise OSError("the disk is full")

    def _wait_for_reader(self) -> None:
        """Of a full pipe: signals are held meanwhile, and the lock, so not for ever."""
        import select

        waiting = select.poll()
        waiting.register(self._file, select.POLLOUT)
        if not waiting.poll(_READER_SECONDS * 1000):
            raise OSError(f"nothing was read from it for {_READER_SECONDS} s")


def _program() -> str:
    from importlib import metadata

    try:
        return f"changer {metadata.version('changer')}"
    except metadata.PackageNotFoundError:
        return "changer"


def utc(seconds: float) -> str:
    """``2026-03-01T12:00:00.250Z``, from seconds since the epoch."""
    milliseconds = round(seconds * 1000)
    start = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{start}.{milliseconds % 1000:03}Z"


def _denied(path: Path) -> AccessDenied:
    what = f"write to {path}" if os.path.lexists(path) else f"make {path.name} in {path.parent}"
    return AccessDenied(
        f"user {user_name()} has no permission to {what}",
        hint="name a file of your own with --trace",
    )


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
