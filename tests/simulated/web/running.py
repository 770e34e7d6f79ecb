"""The server as a process, asked over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import forked_program
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

PROGRAM = Path(sys.executable).with_name("changer")
PATIENCE_SECONDS = 60.0
_HURRIED = """
import json, sys
from importlib import import_module
for name, value in json.loads(sys.argv.pop(1)).items():
    module, _, constant = name.rpartition(".")
    assert hasattr(import_module(module), constant)
    setattr(sys.modules[module], constant, value)
from changer.cli.programs import changer
sys.exit(changer())
"""


class Answer:
    """What came back: status, headers by their lower-case names, and the body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    @property
    def error(self) -> str:
        return str(self.json["error"]["code"])


class UnixConnection(http.client.HTTPConnection):
    """To a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE_SECONDS)
        self.sock.connect(str(self._path))


class Host:
    """A folder with virtual libraries, a store and locks of its own."""

    def __init__(self, folder: Path, *, profile: str = "demo") -> None:
        self.folder = folder
        self.simulated = folder / "simulated"
        self.state = folder / "state" / "state.db"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "CHANGER"},
            "CHANGER_SIM_DIR": str(self.simulated),
            "CHANGER_STATE": str(self.state),
            "CHANGER_LOCK_DIR": str(folder / "lock"),
            "CHANGER_CONFIG": str(folder / "changer.toml"),
        }
        (folder / "changer.toml").touch()
        create("it", folder=self.simulated, profile=profile)
        open_store(self.state, clock=SystemClock()).close()

    def run(self, *words: str) -> str:
        """Run a command of the program about the library, and return what it prints."""
        done = forked_program.run(
            [PROGRAM, "-l", "sim:it", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
        return str(done.stdout)

    def refused(self, *options: str) -> tuple[int, str]:
        """The exit status of a server that does not start, and what it says."""
        done = forked_program.run(
            [PROGRAM, "-l", "sim:it", "serve", *options],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        return done.returncode, done.stderr


class Server:
    """``changer serve`` for the library of a host, until ``with`` ends.

    ``seconds``: constants of the program that are others here, so that nobody waits for long.
    """

    def __init__(
        self,
        host: Host,
        *options: str,
        words: Sequence[str] = ("-l", "sim:it"),
        seconds: Mapping[str, float] | None = None,
    ) -> None:
        self.host = host
        self._options = options
        self._words = words
        self._program: Sequence[str | Path] = [PROGRAM]
        if seconds is not None:
            self._program = [sys.executable, "-c", _HURRIED, json.dumps(seconds)]
        self.port = 0
        self.path: Path | None = None
        self.said: list[str] = []

    def __enter__(self) -> Self:
        options = self._options
        if not {"--listen", "--socket"} & {*options}:
            options = ("--listen", "127.0.0.1:0", *options)
        self.process = forked_program.Popen(
            [*self._program, *self._words, "serve", *options],
            env=self.host.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        wait_until(self._is_ready, seconds=PATIENCE_SECONDS)
        return self

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.said
        for line in self.said:
            if found := re.search(r" at (?:http://.*:(\d+)/|unix:(.*));", line):
                self.port = int(found[1] or 0)
                self.path = Path(found[2]) if found[2] else None
                return True
        return False

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

    def end(self, number: int) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_SECONDS)
        self._listener.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status

    def connection(self) -> http.client.HTTPConnection:
        """A connection of its own."""
        if self.path is not None:
            return UnixConnection(self.path)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def ask(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask once, on a connection of its own."""
        connection = self.connection()
        try:
            connection.request(method, path, headers=dict(headers or {}))
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def send(self, request: bytes) -> bytes:
        """Send bytes as they are, and return all that comes until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as opened:
            opened.sendall(request)
            return b"".join(iter(lambda: opened.recv(65536), b""))

    def wait_for_reading(self) -> dict[str, Any]:
        """The overview, once the library was read."""
        overview: dict[str, Any] = {}

        def is_read() -> bool:
            overview.update(self.ask("/api/v1/overview").json)
            return overview["reading"] is not None

        wait_until(is_read, seconds=PATIENCE_SECONDS)
        return overview

    def events(
        self, path: str = "/events", headers: Mapping[str, str] | None = None
    ) -> EventReader:
        """An open stream of events."""
        connection = self.connection()
        connection.request("GET", path, headers=dict(headers or {}))
        return EventReader(connection, connection.getresponse())


class EventReader:
    """A client's end of a stream."""

    def __init__(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> None:
        self.connection = connection
        self.response = response

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.response.close()
        self.connection.close()

    def messages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Kind and data of each, as they come."""
        fields: dict[str, str] = {}
        for raw in self.response:
            line = raw.decode().rstrip("\n")
            if not line and fields:
                yield fields["event"], json.loads(fields["data"])
                fields = {}
            elif line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value

    def next(self, kind: str) -> dict[str, Any]:
        """The data of the next message of a kind."""
        return next(data for found, data in self.messages() if found == kind)
