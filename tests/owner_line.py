"""A real sshd on loopback, started by this user, and an ssh that logs in there."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from users import IS_ROOT
from waiting import wait_until

PROGRAMS = Path(sys.executable).parent
SSH, KEYGEN = shutil.which("ssh") or "ssh", "ssh-keygen"
SSHD = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ.get("PATH", "")) or "sshd"


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
