"""When a host is between its last check and its command: told by what the network sees of it.

The intent of a move is recorded, and the lease renewed, in one statement; when its reply has come,
the host checks its clock and sends the move.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

_INTENT = b"INSERT INTO moves"
_HEADERS = 14 + 20 + 20  # Ethernet, IPv4, TCP
_TCP_OFFSET = 46
_DATA = 8  # bytes, at least, of a reply
_SCSI_COMMAND, _CDB, _MOVE_MEDIUM = 0x01, 32, 0xA5  # of iSCSI


@dataclass(slots=True)
class Aim:
    """``databases``: names of the hosts that have the store."""

    host: str
    databases: frozenset[str]
    reached: threading.Event = field(default_factory=threading.Event)
    _is_asked: bool = False

    def see(self, sender: str, receiver: str, frame: bytes) -> None:
        """A frame that is given to its receiver."""
        if sender == self.host and receiver in self.databases:
            self._is_asked = self._is_asked or _INTENT in frame
            return
        is_answer = receiver == self.host and sender in self.databases
        if is_answer and self._is_asked and len(_payload(frame)) >= _DATA:
            self.reached.set()


@dataclass(slots=True)
class LastMoment:
    """Stops a host as it sends a move, and has that frame lost: it comes when the host goes on.

    ``stop``: called in the thread of the switch.
    """

    host: str
    stop: Callable[[], None]
    reached: threading.Event = field(default_factory=threading.Event)

    def is_lost(self, sender: str, _receiver: str, frame: bytes) -> bool:
        """Whether a frame is that one."""
        if sender != self.host or self.reached.is_set():
            return False
        pdu = _payload(frame)
        if len(pdu) <= _CDB or pdu[0] & 0x3F != _SCSI_COMMAND or pdu[_CDB] != _MOVE_MEDIUM:
            return False
        self.stop()
        self.reached.set()
        return True


def _payload(frame: bytes) -> bytes:
    """What a frame of TCP carries; of another, nothing that is looked for."""
    if len(frame) < _HEADERS:
        return b""
    return frame[_HEADERS - 20 + 4 * (frame[_TCP_OFFSET] >> 4) :]
