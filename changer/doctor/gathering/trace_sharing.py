"""A trace in a file, made fit to publish: read once for its names, and once to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from changer.doctor.disguise import disguise
from changer.doctor.gathering.trace_lines import Line, TraceFileReader, Unreadable
from changer.doctor.traces.secrets import TraceSecrets
from changer.doctor.traces.share import LeftOut, Sharing
from changer.errors import OutputFailed
from changer.transport.trace_record import SCHEMA, TraceHeader, TraceRecord

_UNKNOWN_DEVICE = "/dev/sg0"


class SharedTrace:
    """What is written in the place of a trace. ``count``: how many names were replaced."""

    def __init__(
        self, path: Path, *, names: Iterable[str], host: Iterable[str], draw: Callable[[int], int]
    ) -> None:
        """Reads the trace. ``names``: of hosts and users; ``host``: what is said of this one.

        Raises OutputFailed.
        """
        self._reader = TraceFileReader(path)
        secrets = TraceSecrets(names)
        first: TraceHeader | TraceRecord | None = None
        for line in self._reader.lines():
            if not isinstance(line, Unreadable):
                first = first or line
                secrets.add(line)
        if first is None:
            raise OutputFailed(f"{path} is not a trace: no line is a {SCHEMA} header or a command")
        found = secrets.found()
        self.count = len(found)
        self.is_shared = self._reader.is_shared
        self._device = first.device or _UNKNOWN_DEVICE
        self._sharing = Sharing(disguise(found, draw), secrets.models, tuple(host))

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """All that is not in what was written."""
        return self._sharing.left_out

    def pieces(self) -> Iterator[bytes]:
        """The lines, with their ends; as they are, if the trace was shared before.

        Raises OutputFailed.
        """
        if self.is_shared:
            yield from (raw for raw in self._reader.raw() if isinstance(raw, bytes))
            return
        import hashlib

        digest = hashlib.sha256()
        header = TraceHeader(self._device, "changer")
        for each in self._shared(header):
            piece = f"{each.to_line()}\n".encode()
            digest.update(piece)
            yield piece
        end = self._sharing.header(header, is_first=False)
        end = TraceHeader(end.device, end.program, shared=digest.hexdigest())
        yield f"{end.to_line()}\n".encode()

    def _shared(self, header: TraceHeader) -> Iterator[TraceHeader | TraceRecord]:
        is_first = True
        for line in self._reader.lines():
            shared = self._line(line, is_first=is_first)
            if shared is None:
                continue
            if is_first and isinstance(shared, TraceRecord):
                yield self._sharing.header(header, is_first=True)
            is_first = False
            yield shared

    def _line(self, line: Line, *, is_first: bool) -> TraceHeader | TraceRecord | None:
        if isinstance(line, TraceHeader):
            return self._sharing.header(line, is_first=is_first)
        if isinstance(line, TraceRecord):
            return self._sharing.record(line)
        what = "a last line that is cut off" if line.is_last else "lines that are not of a trace"
        self._sharing.leave_out(what, line.size)
        return None
