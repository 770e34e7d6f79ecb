"""A server with the page and documents of a test's choice, for what no library shows on request."""

from __future__ import annotations

import json
import mimetypes
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(__file__).parents[2] / "changer" / "web" / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
Document = Mapping[str, Any]


class FakeServer:
    """Answers /api/v1/NAME with ``documents[NAME]``, and sends news to each stream.

    now         what its clock shows, in seconds since the epoch; None: the time.
    has_stream  False: /events answers 503.
    is_mute     nothing is answered, and nothing is sent; connections stay open.
    """

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.now: float | None = None
        self.has_stream = True
        self.is_mute = False
        self.asked: list[str] = []
        self._news = threading.Condition()
        self._sent: list[bytes] = []
        self._is_over = threading.Event()
        self._connections: set[socket.socket] = set()
        self._server: _Listener | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self._port}/"

    @property
    def streams(self) -> int:
        """How many times a stream was opened."""
        return sum(each.startswith("/events") for each in self.asked)

    def start(self) -> None:
        """Listen: again on the same port, if it was stopped."""
        self._is_over.clear()
        self._server = _Listener(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """End as a program that is killed does: connections break."""
        if self._server is None:
            return
        self._is_over.set()
        with self._news:
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()
        for each in list(self._connections):
            with suppress_closed():
                each.shutdown(socket.SHUT_RDWR)
        self._server = None

    def show(self, **documents: Document) -> None:
        """Answer with these from now on, and say so."""
        self.documents.update(documents)
        self.send("overview", {"library": None, "version": len(self._sent)})

    def send(self, name: str, document: Document) -> None:
        """A message on every stream."""
        with self._news:
            self._sent.append(f"event: {name}\ndata: {json.dumps(document)}\n\n".encode())
            self._news.notify_all()

    def messages(self) -> Iterator[bytes]:
        """What is sent from now on, until the server ends."""
        with self._news:
            at = len(self._sent)
        yield b": hello\n\n"
        while not self._is_over.is_set():
            with self._news:
                while len(self._sent) == at and not self._is_over.is_set():
                    self._news.wait()
                fresh, at = self._sent[at:], len(self._sent)
            yield from fresh


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 50

    def __init__(self, address: tuple[str, int], fake: FakeServer) -> None:
        self.fake = fake
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def fake(self) -> FakeServer:
        return cast(_Listener, self.server).fake

    def setup(self) -> None:
        super().setup()
        self.fake._connections.add(self.connection)

    def finish(self) -> None:
        self.fake._connections.discard(self.connection)
        with suppress_closed():
            super().finish()

    def do_GET(self) -> None:
        fake = self.fake
        fake.asked.append(self.path)
        path = urlsplit(self.path).path
        if fake.is_mute:
            fake._is_over.wait()
            return
        with suppress_closed():
            if path == "/events" and fake.has_stream:
                self._stream()
            elif path.startswith("/api/v1/"):
                self._answer(fake.documents.get(path.removeprefix("/api/v1/")))
            else:
                self._file("index.html" if path == "/" else path.removeprefix("/page/"))

    def _answer(self, document: Document | None) -> None:
        library = parse_qs(urlsplit(self.path).query).get("library", [""])[0]
        if document is not None and library in document:  # one document for each library
            document = document[library]
        if document is None:
            error = {"error": {"message": "there is no such document"}}
            self._send(404, "application/json", json.dumps(error).encode())
        else:
            self._send(200, "application/json", json.dumps(document).encode())

    def _file(self, name: str) -> None:
        file = FOLDER / name
        if file.parent != FOLDER or not file.is_file():
            self._send(503 if name == "/events" else 404, "text/plain", b"")
            return
        kind = "text/javascript" if file.suffix == ".js" else mimetypes.guess_type(name)[0]
        self._send(200, kind or "application/octet-stream", file.read_bytes())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        headers = {**HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}
        for name, value in {**headers, "Cache-Control": "no-cache"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for each in self.fake.messages():
            while self.fake.is_mute and not self.fake._is_over.wait(0.05):
                pass
            self.wfile.write(each)
            self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        now = datetime.now(UTC).timestamp() if self.fake.now is None else self.fake.now
        return format_datetime(datetime.fromtimestamp(timestamp or now, UTC), usegmt=True)

    def log_message(self, *arguments: Any) -> None:
        """Nothing: a test says what it saw."""


@contextmanager
def suppress_closed() -> Iterator[None]:
    """The browser closed the connection, or we did."""
    with suppress(OSError, ValueError):
        yield
