"""A library on this host whose robot waits: a program that stands in for sg_raw, until told to go.

A virtual library does the work. The program is a shell script that asks this process, by two pipes
with names, what to print; for a command that moves the robot it waits first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from driver.virtual_library import NAME, VirtualLibrary
from scsi_bytes import said_by_sg_raw
from waiting import wait_until

from changer.errors import LibraryBusy
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import raw
from changer.smc.command import Status

# On this host /dev/null is an SCSI generic device, one that sysfs knows nothing of. Signals are not
# ignored, as they are by what runs in the background, or under nohup.
HOST = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
for each in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_DFL)
null, major, minor = os.stat("/dev/null").st_rdev, os.major, os.minor
os.major = lambda device: 21 if device == null else major(device)
os.minor = lambda device: 1 << 19 if device == null else minor(device)
"""
PROGRAM = (
    HOST
    + """
from changer.cli.programs import changer
changer()
"""
)
_SG_RAW = """\
#!/bin/sh
cd '{folder}' || exit 1
case "$*" in *" /dev/null "a5*|*" /dev/null "07*|*" /dev/null "2b*|*" /dev/null "1b*)
    touch started
    for _ in $(seq 1200); do [ -e go ] && break; sleep 0.1; done
esac
printf '%s\\n' "$*" >request && read -r status <answer || exit 1
cat stdout
cat stderr >&2
exit "$status"
"""


@dataclass
class SlowDevice:
    """``folder``: of the program."""

    library: VirtualLibrary
    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @contextmanager
    def plugged_in(self) -> Iterator[None]:
        """The program answers meanwhile."""
        for pipe in ("request", "answer"):
            os.mkfifo(self.folder / pipe)
        program = self.folder / "sg_raw"
        program.write_text(_SG_RAW.format(folder=self.folder))
        program.chmod(0o755)
        server = threading.Thread(target=self._serve, daemon=True)
        server.start()
        try:
            yield
        finally:
            self.go()
            for each in self.started:
                each.kill()
                each.communicate()
            wait_until(self.is_free)
            (self.folder / "request").write_text("end\n")
            server.join(20)

    def _serve(self) -> None:
        transport = SimulatedTransport(
            SharedLibrary(NAME, folder=self.library.simulated), clock=SystemClock()
        )
        while (request := (self.folder / "request").read_bytes().split()) != [b"end"]:
            status = self._answer(transport, [word.decode() for word in request])
            (self.folder / "answer").write_text(f"{status}\n")
        transport.close()

    def _answer(self, transport: SimulatedTransport, words: list[str]) -> int:
        length = int(words[words.index("-r") + 1]) if "-r" in words else 0
        cdb = bytes.fromhex("".join(words[words.index("/dev/null") + 1 :]))
        reply = transport.execute(raw(cdb, allocation_length=length, timeout_seconds=900.0))
        (self.folder / "stdout").write_bytes(reply.data)
        (self.folder / "stderr").write_text(said_by_sg_raw(reply, length))
        return 0 if reply.status == Status.GOOD else 6

    def start(self, *words: str, script: str = PROGRAM) -> subprocess.Popen[str]:
        """Start a program, and return when its robot moves."""
        environment = {
            **os.environ,
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            **self.library.environment,
            "CHANGER": "/dev/null",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", script, *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        wait_until(lambda: (self.folder / "started").exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        return process

    def go(self) -> None:
        """Let the robot come to its end."""
        (self.folder / "go").touch()

    def is_free(self) -> bool:
        """Whether nothing holds the library's lock."""
        lock = LibraryLock(
            self.library.id,
            folder=self.library.locks,
            command="the test",
            clock=SystemClock(),
            group=None,
        )
        try:
            with lock:
                return True
        except LibraryBusy:
            return False
