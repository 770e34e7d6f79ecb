"""PgBouncer in transaction mode, before a server of the tests' own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postgres import ROLE, Server, as_ordinary_user, server_folder
from waiting import wait_until

_SETTINGS = """
[databases]
* = host={server.folder} port={server.port} user={role}
[pgbouncer]
unix_socket_dir = {folder}
listen_port = {server.port}
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@contextmanager
def pooled(server: Server, url: str) -> Iterator[str]:
    """The same database by way of the pooler, by its URL."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
    assert program is not None, "PgBouncer is not installed: make environment-test"
    with server_folder() as folder, (folder / "log").open("wb") as log:
        settings = folder / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(server=server, role=ROLE, folder=folder))
        settings.chmod(0o644)
        with subprocess.Popen(
            [*as_ordinary_user(), program, str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
        ) as process:

            def accepts() -> bool:
                assert process.poll() is None, Path(log.name).read_text(errors="replace")
                return _accepts(folder / f".s.PGSQL.{server.port}")

            try:
                wait_until(accepts)
                yield url.replace(str(server.folder), str(folder))
            finally:
                process.terminate()


def _accepts(path: Path) -> bool:
    """Whether somebody listens there: the socket's file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0
