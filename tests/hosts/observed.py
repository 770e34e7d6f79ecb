"""What the network saw of the library: each SCSI command of each host, and its status.

Told by nobody: read from the frames that the switch passes on, between a host and the portal. iSCSI
(RFC 7143) without digests; TCP streams are put in order again, and what is sent twice counts once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_PORT = 3260
_BASIC_HEADER = 48
_SCSI_COMMAND, _SCSI_DATA_OUT, _SCSI_DATA_IN, _SCSI_RESPONSE = 0x01, 0x05, 0x25, 0x21
_STATUS_IN_DATA = 0x01
_MOVE_MEDIUM, _PERSISTENT_RESERVE_OUT = 0xA5, 0x5F
_IPV4, _TCP = b"\x08\x00", 6
_SYN = 0x02


@dataclass(slots=True)
class Observed:
    """A command on its way. ``at``: monotonic; ``status`` None: no reply passed."""

    host: str
    unit: int
    cdb: bytes
    at: float
    data: bytes = b""
    status: int | None = None
    ended_at: float | None = None

    @property
    def is_move(self) -> bool:
        return self.cdb[0] == _MOVE_MEDIUM

    @property
    def places(self) -> tuple[int, int]:
        """Source and destination of a MOVE MEDIUM."""
        return int.from_bytes(self.cdb[4:6], "big"), int.from_bytes(self.cdb[6:8], "big")

    @property
    def keys(self) -> tuple[bytes, bytes]:
        """Reservation key and service action key of PERSISTENT RESERVE OUT."""
        return self.data[:8], self.data[8:16]


@dataclass(slots=True)
class _Stream:
    """One direction of a connection. ``next``: the number of the octet that is expected."""

    next: int
    waiting: dict[int, bytes] = field(default_factory=dict)
    octets: bytearray = field(default_factory=bytearray)

    def add(self, number: int, payload: bytes) -> None:
        ahead = (number - self.next) & 0xFFFFFFFF
        if ahead >= 1 << 31:  # begins with what was seen already
            seen = (1 << 32) - ahead
            payload, ahead = payload[seen:], 0
        if payload and ahead == 0:
            self.octets += payload
            self.next = (self.next + len(payload)) & 0xFFFFFFFF
            late = self.waiting.pop(self.next, b"")
            if late:
                self.add(self.next, late)
        elif payload:
            self.waiting[(number) & 0xFFFFFFFF] = payload

    def units(self) -> Iterator[tuple[bytes, bytes]]:
        """Complete PDUs: basic header segment, and data."""
        while len(self.octets) >= _BASIC_HEADER:
            additional, length = 4 * self.octets[4], int.from_bytes(self.octets[5:8], "big")
            start = _BASIC_HEADER + additional
            end = start + (length + 3) // 4 * 4
            if len(self.octets) < end:
                return
            header, data = bytes(self.octets[:_BASIC_HEADER]), bytes(self.octets[start:])[:length]
            del self.octets[:end]
            yield header, data


See = Callable[[str, str, bytes], None]


class Observer:
    """Sees each frame that passes; ``commands`` has them in the order in which they were sent."""

    def __init__(self) -> None:
        self.commands: list[Observed] = []
        self._watchers: list[See] = []
        self._streams: dict[tuple[bytes, bytes], _Stream] = {}
        self._open: dict[tuple[str, bytes], Observed] = {}
        self._lock = threading.Lock()

    def moves(self) -> list[Observed]:
        with self._lock:
            return [each for each in self.commands if each.is_move]

    @contextmanager
    def watched_by(self, see: See) -> Iterator[None]:
        """Show it each frame as well, in the thread of the switch, within ``with``."""
        self._watchers.append(see)
        try:
            yield
        finally:
            self._watchers.remove(see)

    def see(self, sender: str, receiver: str, frame: bytes) -> None:
        """A frame that is given to its receiver."""
        for each in list(self._watchers):
            each(sender, receiver, frame)
        if frame[12:14] != _IPV4 or frame[23] != _TCP:
            return
        packet = frame[14:]
        length = int.from_bytes(packet[2:4], "big")
        segment = packet[4 * (packet[0] & 0xF) : length]
        ports = segment[:2], segment[2:4]
        to_target = int.from_bytes(ports[1], "big") == _PORT
        if not to_target and int.from_bytes(ports[0], "big") != _PORT:
            return
        with self._lock:
            key = packet[12:16] + ports[0], packet[16:20] + ports[1]
            number = int.from_bytes(segment[4:8], "big")
            if segment[13] & _SYN:
                self._streams[key] = _Stream((number + 1) & 0xFFFFFFFF)
            stream = self._streams.get(key)
            if stream is None:
                return
            stream.add(number, segment[4 * (segment[12] >> 4) :])
            took = self._sent if to_target else self._answered
            for header, data in stream.units():
                took(sender if to_target else receiver, header, data)

    def _sent(self, host: str, header: bytes, data: bytes) -> None:
        opcode, tag = header[0] & 0x3F, header[16:20]
        if opcode == _SCSI_COMMAND:
            command = Observed(host, header[9], header[32:48], time.monotonic(), data)
            self.commands.append(command)
            self._open[host, tag] = command
        elif opcode == _SCSI_DATA_OUT and (host, tag) in self._open:
            self._open[host, tag].data += data

    def _answered(self, host: str, header: bytes, _data: bytes) -> None:
        opcode, tag = header[0] & 0x3F, header[16:20]
        ends = opcode == _SCSI_RESPONSE or (opcode == _SCSI_DATA_IN and header[1] & _STATUS_IN_DATA)
        if ends and (command := self._open.pop((host, tag), None)) is not None:
            command.status = header[3]
            command.ended_at = time.monotonic()
