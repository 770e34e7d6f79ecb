"""When a host is between its last check and its command: told by what the network saw of it.

The intent of a move is recorded, and the lease renewed, in one statement; when its reply has come,
the host checks its clock and sends the move.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

_INTENT = b"INSERT INTO moves"
_HEADERS = 14 + 20 + 20  # Ethernet, IPv4, TCP
_TCP_OFFSET = 46
_DATA = 8  # bytes, at least, of a reply


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
        elif self._is_asked and receiver == self.host and sender in self.databases:
            options = 4 * (frame[_TCP_OFFSET] >> 4) - 20
            if len(frame) - _HEADERS - options >= _DATA:
                self.reached.set()
