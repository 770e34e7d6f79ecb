"""Between a client and a PostgreSQL server: counts round trips, and cuts the way where it is told.

It reads the frontend/backend protocol of version 3: each message is an octet for its kind and four
for its length; the server ends each answer with ReadyForQuery (Z).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from postgres import Server, server_folder

Where = Literal["before", "after"]


@dataclass
class Proxy:
    """A server's way in, at a socket of its own.

    ``cut``: asked of whatever a client sends; "before": it does not reach the server, "after": its
    answer does not reach the client. Either way both sides lose the connection then.
    """

    server: Server
    folder: Path
    cut: Callable[[bytes], Where | None] = lambda _sent: None
    round_trips: int = 0
    connections: int = 0
    sent: list[bytes] = field(default_factory=list)
    _is_over: bool = False

    def url(self, database_url: str) -> str:
        """The same database by this way."""
        return database_url.replace(str(self.server.folder), str(self.folder))

    def serve(self, listening: socket.socket) -> None:
        while not self._is_over:
            with suppress(TimeoutError):
                client, _ = listening.accept()
                client.settimeout(None)
                self.connections += 1
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def end(self) -> None:
        self._is_over = True

    def _carry(self, client: socket.socket) -> None:
        path = str(self.server.folder / f".s.PGSQL.{self.server.port}")
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(path)
            drops = threading.Event()
            back = threading.Thread(target=self._answer, args=(server, client, drops), daemon=True)
            back.start()
            while data := client.recv(1 << 16):
                self.sent.append(data)
                where = self.cut(data)
                if where == "before":
                    break
                if where == "after":
                    drops.set()
                server.sendall(data)
                if where == "after":
                    back.join(30)
                    break
            for each in (client, server):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _answer(self, server: socket.socket, client: socket.socket, drops: threading.Event) -> None:
        pending = b""
        with suppress(OSError):
            while data := server.recv(1 << 16):
                pending += data
                is_ready = False
                while len(pending) >= 5:
                    length = 1 + int.from_bytes(pending[1:5], "big")
                    if len(pending) < length:
                        break
                    if pending[:1] == b"Z":
                        self.round_trips += 1
                        is_ready = True
                    pending = pending[length:]
                if drops.is_set():
                    if is_ready:
                        return
                    continue
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)


@contextmanager
def proxy_to(server: Server) -> Iterator[Proxy]:
    with server_folder() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / f".s.PGSQL.{server.port}"))
        listening.listen(50)
        listening.settimeout(0.1)
        proxy = Proxy(server, folder)
        thread = threading.Thread(target=proxy.serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.end()
            thread.join()
