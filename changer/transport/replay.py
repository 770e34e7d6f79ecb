"""Replay of a trace: answers commands as the recorded device did."""

from __future__ import annotations

from collections import defaultdict, deque
from pathlib import Path
from typing import Any, NoReturn

from changer.errors import ChangerError, OutputFailed, ReplayMismatch, error_classes
from changer.host.guarded_files import read_file
from changer.smc.command import Command, Reply
from changer.transport.trace_record import SCHEMA, TraceHeader, TraceRecord, parse_line

# A CDB, and what goes out with it.
_Asked = tuple[bytes, bytes]


class ReplayTransport:
    """Transport that plays back what TracedTransport recorded.

    Each command gets the replies that were recorded for the same CDB and the same data-out, one
    after the other, never one twice; the order among different ones is free. A recorded error is
    raised again.
    ``device``: the one that was recorded.
    """

    def __init__(self, path: Path, *, drive: str | None = None) -> None:
        """Reads the file. ``drive``: the device of a drive in it; None: the library.

        Raises OutputFailed when the file can't be read, or is not a trace.
        """
        self._path = path
        self._records: dict[_Asked, deque[TraceRecord]] = defaultdict(deque)
        self._answered: dict[_Asked, int] = defaultdict(int)
        lines = [_parsed(path, number, raw) for number, raw in _numbered_lines(path)]
        if not lines or not isinstance(lines[0], TraceHeader):
            raise OutputFailed(f"{path} is not a trace: its first line is not a {SCHEMA} header")
        self.device = drive or lines[0].device
        # Each process names the library as it found it, and none of them means a drive.
        libraries = {line.device for line in lines if isinstance(line, TraceHeader)}
        wanted = {drive} if drive else {None, *libraries}
        for line in lines:
            if isinstance(line, TraceRecord) and line.device in wanted:
                self._records[line.cdb, line.data_out].append(line)

    def execute(self, command: Command[Any]) -> Reply:
        """The next recorded reply. Raises ReplayMismatch when there is none (any more)."""
        asked = command.cdb, command.data_out
        waiting = self._records.get(asked)
        if not waiting:
            self._raise_mismatch(command)
        self._answered[asked] += 1
        record = waiting.popleft()
        if record.status is None:
            raise _recorded_error(record)
        return Reply(record.status, record.data, record.sense)

    def close(self) -> None:
        """Does nothing: no file is open."""

    def _raise_mismatch(self, command: Command[Any]) -> NoReturn:
        answered = self._answered.get((command.cdb, command.data_out), 0)
        held = f"only {answered} of it" if answered else "none of that"
        raise ReplayMismatch(
            f"{self._path}: request {answered + 1} of {command.name} ({command.cdb.hex(' ')}) "
            f"has no recorded reply: the recording holds {held}"
        )


def _numbered_lines(path: Path) -> list[tuple[int, bytes]]:
    """Lines that are not blank, counted from 1."""
    try:
        content = read_file(path)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputFailed(f"the trace {path} can't be read: {reason}") from None
    lines = enumerate(content.split(b"\n"), start=1)
    return [(number, line) for number, line in lines if line.strip()]


def _parsed(path: Path, number: int, raw: bytes) -> TraceHeader | TraceRecord:
    try:
        return parse_line(raw.decode())
    except ValueError as error:
        raise OutputFailed(f"{path}, line {number}, is not a line of a trace: {error}") from None


def _recorded_error(record: TraceRecord) -> ChangerError:
    """The error that ended the exchange; an exception of another kind can't be replayed."""
    for error_class in error_classes():
        if error_class.code == record.error:
            return error_class(record.message or record.name, sense=record.sense)
    return ReplayMismatch(
        f"the recording of {record.name} ended in {record.error}, without a reply"
    )
