"""Writes every exchange with a device to a file, for reports from the field and for replay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from changer.errors import ChangerError
from changer.host.clock import Clock
from changer.smc.command import Command, Reply
from changer.transport import Transport
from changer.transport.trace_file import TraceFile, utc
from changer.transport.trace_record import TraceRecord

__all__ = ["TracedTransport"]


class TracedTransport:
    """Transport that records what another one carries, and changes nothing of it.

    ``warn``: as TraceFile has it.
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
        self._clock = clock
        self._file = TraceFile(path, device=device, warn=warn)

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
        )
        self._file.write(record)
