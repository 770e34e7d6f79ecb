"""Ethernet switch between guests, which can cut and delay each pair of them.

A guest's network card is one end of a pair of sockets; a frame is one message.
"""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from .observed import See

_FRAME = 65536  # bytes, at most
_BUFFER = 1 << 21
_BROADCAST = 1  # the bit of a destination that more than one card may have


def mac(number: int) -> bytes:
    """Locally administered, of the guest with that number."""
    return bytes((0x52, 0x54, 0, 0, 0, number))


class Switch:
    """Passes frames on, in a thread, from ``__enter__`` to ``__exit__``; duplicates none.

    ``see``: is shown each frame that is given to its receiver: by whom, to whom.
    """

    def __init__(self, see: See) -> None:
        self._see = see
        self._ports: dict[str, socket.socket] = {}
        self._names: dict[bytes, str] = {}
        self._cut: set[frozenset[str]] = set()
        self._delays: dict[frozenset[str], float] = {}
        self._is_lost: Callable[[str, str, bytes], bool] | None = None
        self._late: list[tuple[float, int, str, str, bytes]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="switch", daemon=True)
        self._ended = False

    def __enter__(self) -> Switch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._waker.send(b"!")
        self._thread.join()
        for port in (*self._ports.values(), self._wake, self._waker):
            port.close()
        self._selector.close()

    def plug(self, name: str, number: int) -> socket.socket:
        """The guest's end of its cable. One that it had before is pulled out."""
        own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (own, theirs):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        with self._lock:
            self._pull(name)
            self._ports[name] = own
            self._names[mac(number)] = name
            self._selector.register(own, selectors.EVENT_READ, name)
        self._waker.send(b"!")
        return theirs

    def cut(self, one: str, other: str) -> None:
        """From now on no frame passes between these two; those under way are lost."""
        with self._lock:
            self._cut.add(frozenset((one, other)))

    def delay(self, one: str, other: str, seconds: float) -> None:
        """Each frame between these two takes that long, either way."""
        with self._lock:
            self._delays[frozenset((one, other))] = seconds

    @contextmanager
    def losing(self, is_lost: Callable[[str, str, bytes], bool]) -> Iterator[None]:
        """Ask of each frame, by whom and to whom, whether it is lost, within ``with``."""
        self._is_lost = is_lost
        try:
            yield
        finally:
            self._is_lost = None

    def mend(self) -> None:
        """Every pair is connected again, without a delay."""
        with self._lock:
            self._cut.clear()
            self._delays.clear()

    def _pull(self, name: str) -> None:
        if (old := self._ports.pop(name, None)) is not None:
            self._selector.unregister(old)
            old.close()

    def _serve(self) -> None:
        while not self._ended:
            pause = max(0.0, self._late[0][0] - time.monotonic()) if self._late else None
            for key, _ in self._selector.select(pause):
                if key.data is None:
                    self._wake.recv(4096)
                else:
                    self._take(key.data)
            with self._lock:
                while self._late and self._late[0][0] <= time.monotonic():
                    _, _, sender, receiver, frame = heapq.heappop(self._late)
                    self._give(sender, receiver, frame)

    def _take(self, sender: str) -> None:
        with self._lock:
            port = self._ports.get(sender)
            if port is None:
                return
            try:
                while frame := port.recv(_FRAME):
                    self._pass(sender, frame)
            except BlockingIOError:
                return
            except OSError:
                frame = b""
            self._pull(sender)  # the guest has ended

    def _pass(self, sender: str, frame: bytes) -> None:
        receiver = self._names.get(frame[:6])
        everyone = [each for each in self._ports if each != sender]
        for each in everyone if frame[0] & _BROADCAST else [receiver] if receiver else []:
            if seconds := self._delays.get(frozenset((sender, each))):
                item = (time.monotonic() + seconds, next(self._order), sender, each, frame)
                heapq.heappush(self._late, item)
            else:
                self._give(sender, each, frame)

    def _give(self, sender: str, receiver: str, frame: bytes) -> None:
        port = self._ports.get(receiver)
        if self._is_lost is not None and self._is_lost(sender, receiver, frame):
            return
        if port is not None and frozenset((sender, receiver)) not in self._cut:
            with suppress(OSError):  # a full card drops it, as a real one does
                port.send(frame)
                self._see(sender, receiver, frame)
