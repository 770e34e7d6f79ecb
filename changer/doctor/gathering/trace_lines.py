"""Lines of a trace in a file, read as often as needed; what can't be one is counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from changer.errors import OutputFailed
from changer.host.guarded_files import opened_to_read
from changer.transport.trace_record import TraceHeader, TraceRecord, parse_line
from changer.values import dataclass

LONGEST_LINE = 1 << 24
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is not one of a trace. ``is_last``: nothing follows it, not even its end."""

    size: int
    is_last: bool


Line = TraceHeader | TraceRecord | Unreadable


def raw_lines(opened: BinaryIO) -> Iterator[bytes | int]:
    """Each line with its end; the size of one that is too long to be read."""
    while line := opened.readline(LONGEST_LINE):
        size = len(line)
        while not line.endswith(b"\n") and (more := opened.readline(_CHUNK)):
            size, line = size + len(more), more
        yield line if size == len(line) else size


def parsed_line(raw: bytes | int) -> Line | None:
    """What a line says; None for a blank one."""
    if isinstance(raw, int):
        return Unreadable(raw, is_last=False)
    if not raw.strip():
        return None
    try:
        return parse_line(raw.decode())
    except ValueError:
        return Unreadable(len(raw), is_last=not raw.endswith(b"\n"))


class TraceFileReader:
    """Reads a file twice or more; raises OutputFailed for one that can't be, or that changed.

    ``is_shared``: after the first reading, whether it is what ``changer trace share`` wrote.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest: str | None = None
        self.is_shared = False

    def lines(self) -> Iterator[Line]:
        """All lines that are not blank, up to the end that the first reading found."""
        for raw in self.raw():
            if (line := parsed_line(raw)) is not None:
                yield line

    def raw(self) -> Iterator[bytes | int]:
        """The same, not parsed."""
        import hashlib

        seen, last = hashlib.sha256(), b""
        try:
            with opened_to_read(self._path) as opened:
                for raw in raw_lines(opened):
                    seen.update(last)
                    last = raw if isinstance(raw, bytes) else b"%d\n" % raw
                    yield raw
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise OutputFailed(f"the trace {self._path} can't be read: {reason}") from None
        end = parsed_line(last)
        self.is_shared = isinstance(end, TraceHeader) and end.shared == seen.hexdigest()
        seen.update(last)
        if self._digest not in (None, seen.hexdigest()):
            raise OutputFailed(
                f"the trace {self._path} changed while it was read",
                hint="wait until the command that writes it has ended; copy it, if it is a pipe",
            )
        self._digest = seen.hexdigest()
