"""A PostgreSQL server of the tests' own: Debian's, as an ordinary user, on a socket in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from folders import quick_folder
from users import IS_ROOT, NOBODY

from changer.store.postgresql.opening import make_store

TEMPLATE = "template_changer"
ROLE = "changer"
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "log_min_messages": "warning",
    "lc_messages": "C",
}


def programs() -> Path:
    """The folder of the newest server that is installed."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(found, key=lambda each: int(each.parts[-3]), default=None)
    assert newest is not None, "no PostgreSQL server is installed: make environment-test"
    return newest.parent


def as_ordinary_user() -> list[str]:
    """What comes before a program's name: the server refuses to run as root."""
    user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if IS_ROOT else []
    return ["setpriv", *user, "--pdeathsig=QUIT", "--"]


@dataclass
class Server:
    """One cluster of databases. ``folder``: has its data and its socket."""

    folder: Path
    port: int = 5432
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def data(self) -> Path:
        return self.folder / f"data-{self.port}"

    def url(self, database: str, *, role: str = ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={self.folder}&port={self.port}"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        chosen = {**_SETTINGS, "unix_socket_directories": str(self.folder), **self.settings}
        options = [
            f"--{name}={value}" for name, value in (chosen | {"port": str(self.port)}).items()
        ]
        with (self.folder / f"log-{self.port}").open("ab") as log:
            self.process = subprocess.Popen(
                [*as_ordinary_user(), programs() / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        while True:
            try:
                self.run_as_owner("SELECT 1", database="postgres")
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, self.log()
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT takes its connections away, SIGQUIT is a crash."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
        self.process = None

    def log(self) -> str:
        return (self.folder / f"log-{self.port}").read_text(errors="replace")

    def run_as_owner(
        self, *statements: str, database: str = "postgres"
    ) -> list[tuple[object, ...]]:
        """Run statements as the server's owner; the rows of the last one."""
        rows: list[tuple[object, ...]] = []
        url = self.url(database, role="postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            for each in statements:
                cursor = connection.execute(each.encode())
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def make_template(self) -> None:
        """Make the role, and a database with an empty store, of which others are copies."""
        self.run_as_owner(
            f"CREATE ROLE {ROLE} LOGIN",
            f"CREATE DATABASE {TEMPLATE} OWNER {ROLE} ENCODING 'UTF8' TEMPLATE template0",
        )
        make_store(self.url(TEMPLATE), dry_run=False)

    @contextmanager
    def database(self, *, template: str = TEMPLATE) -> Iterator[str]:
        """A database of the role's own, by its URL; dropped afterwards."""
        name = f"store_{next(self._numbers)}"
        self.run_as_owner(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            if self.process is not None and self.process.poll() is None:
                self.run_as_owner(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def server_folder() -> Iterator[Path]:
    """A folder of the user that the server runs as, in memory where there is some.

    On a disk each database would take seconds: the server syncs its files as it does elsewhere.
    """
    with quick_folder() as folder:
        if IS_ROOT:
            os.chown(folder, NOBODY, NOBODY)
        yield folder


def initialise(server: Server) -> None:
    """Make the files of an empty cluster."""
    subprocess.run(
        [
            *(*as_ordinary_user(), str(programs() / "initdb"), "-D", str(server.data)),
            *("--auth=trust", "--username=postgres", "--no-locale", "--encoding=UTF8", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=server.folder,
    )


@contextmanager
def running_server(**settings: str) -> Iterator[Server]:
    """A server with the template in it."""
    with server_folder() as folder:
        server = Server(folder, settings=settings)
        initialise(server)
        maker = os.getpid()
        try:
            server.start()
            server.make_template()
            yield server
        finally:
            if os.getpid() == maker:  # and no child of it that was interrupted
                server.stop()
