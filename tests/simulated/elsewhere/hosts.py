"""Two hosts on this one: an owner behind a real sshd on loopback, and a client that asks it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cli.terminal import Run, Terminal
from users import IS_ROOT
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

PROGRAMS = Path(sys.executable).parent
SSH, KEYGEN = shutil.which("ssh") or "ssh", "ssh-keygen"
SSHD = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ.get("PATH", "")) or "sshd"
LIBRARY = "CHANGER_VIRTUAL_SIM3594706848"
"""What sim:demo calls itself."""


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Line:
    """A daemon, and what a client needs to log in; the keys are made once.

    The owner's programs run with ``variables``, and the client's are to find ``programs`` first.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def programs(self) -> Path:
        return self.folder / "bin"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def make(self, variables: dict[str, str]) -> None:
        for name in ("host_key", "key", "other_key"):
            made = [KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(made, check=True)
        given = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", **variables}
        words = " ".join(shlex.quote(f"{name}={value}") for name, value in given.items())
        (self.folder / "sshd_config").write_text(
            f"""
            ListenAddress 127.0.0.1
            Port {self.port}
            HostKey {self.folder}/host_key
            PidFile none
            AuthorizedKeysFile {self.folder}/authorized_keys
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            SetEnv {words}
            """
        )
        (self.folder / "ssh_config").write_text(
            f"""
            IdentityFile {self.folder}/key
            IdentitiesOnly yes
            IdentityAgent none
            UserKnownHostsFile {self.known_hosts}
            GlobalKnownHostsFile /dev/null
            """
        )
        self.programs.mkdir()
        wrapper = self.programs / "ssh"
        wrapper.write_text(f'#!/bin/sh\nexec {SSH} -F {self.folder}/ssh_config "$@"\n')
        wrapper.chmod(0o755)
        self.restore()

    def restore(self) -> None:
        """Both know each other."""
        self.know("host_key")
        self.allow("key")

    def know(self, key: str) -> None:
        """The client takes this for the daemon's key."""
        kind, words, *_ = (self.folder / f"{key}.pub").read_text().split()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {kind} {words}\n")

    def allow(self, key: str, options: str = "") -> None:
        """This key alone may log in."""
        words = (self.folder / f"{key}.pub").read_text()
        (self.folder / "authorized_keys").write_text(f"{options} {words}".lstrip())

    def start(self) -> None:
        if IS_ROOT:  # for its unprivileged child; a package makes it when the daemon starts
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        config = str(self.folder / "sshd_config")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=log)
        wait_until(self._answers, seconds=30)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        with closing(socket.socket()) as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


@contextmanager
def line(folder: Path) -> Iterator[tuple[Line, Terminal]]:
    """A line to an owner, and the owner's own terminal, which means sim:demo."""
    for each in ("owner", "line"):
        (folder / each).mkdir()
    owner = Host(folder / "owner")
    configuration = folder / "owner" / "changer.toml"
    configuration.write_text('default_library = "sim:demo"\n')
    del owner.variables["CHANGER"]
    owner.variables["CHANGER_CONFIG"] = str(configuration)
    owner.make_store()
    made = Line(folder / "line")
    made.make(owner.variables)
    made.start()
    try:
        yield made, owner
    finally:
        made.stop()


class Host(Terminal):
    """A terminal on which a step that takes long on a busy host is not told."""

    def program(self, *arguments: str, shell_tail: str = "", **changes: str | None) -> Run:
        run = super().program(*arguments, shell_tail=shell_tail, **changes)
        lines = run.err.splitlines(keepends=True)
        return replace(run, err="".join(each for each in lines if not _STEP.fullmatch(each)))


_STEP = re.compile(r".*: [0-9]+ s(?: of up to .*)?\n")


class Client(Host):
    """A host whose library another one owns."""

    def __init__(self, folder: Path, line: Line) -> None:
        super().__init__(folder)
        self.configuration = folder / "changer.toml"
        self.line = line
        self.makes_store = False
        self.variables = {
            "CHANGER_CONFIG": str(self.configuration),
            "CHANGER_STATE": str(folder / "nothing" / "state.db"),
            "CHANGER_SIM_DIR": str(self.simulated),
            "CHANGER_LOCK_DIR": str(self.locks),
            "PATH": f"{line.programs}:{os.environ['PATH']}",
        }
        self.ask(f"ssh://127.0.0.1:{line.port}")

    def ask(self, manager: str, more: str = "") -> None:
        self.configuration.write_text(f'manager = "{manager}"\n{more}')


def carriers(process: subprocess.Popen[str]) -> list[int]:
    """The processes of ssh that a program has started."""
    folder = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(each) for each in folder.read_text().split()]


def cut(process: subprocess.Popen[str]) -> None:
    """Its line to the owner."""
    for each in carriers(process):
        os.kill(each, signal.SIGKILL)


def moving_at_owner(client: Client, owner: Terminal, *words: str) -> subprocess.Popen[str]:
    """The client's command, whose motion the owner has begun."""
    process = client.start(*words)
    wait_until(lambda: process.poll() is not None or is_under_way(owner))
    assert process.poll() is None, process.communicate()
    return process


def _moves(owner: Terminal, outcome: bool) -> bool:
    """Whether the last move on record has an end."""
    with open_store(owner.state, clock=SystemClock()) as store:
        return [each.finished_at is not None for each in store.moves(limit=1)] == [outcome]


def is_under_way(owner: Terminal) -> bool:
    return _moves(owner, outcome=False)


def is_over(owner: Terminal) -> bool:
    return _moves(owner, outcome=True)
