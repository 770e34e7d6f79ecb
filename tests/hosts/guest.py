"""Host of the lab: User-mode Linux with a name, a machine-id and a network card of its own."""

from __future__ import annotations

import itertools
import json
import os
import queue
import shlex
import signal
import subprocess
import threading
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kernel.guest.machine import REPOSITORY, find_environment
from kernel.guest.process import guarded
from kernel.guest.uml import kernel_command, kernel_environment

from .switch import Switch, mac

RESULTS = REPOSITORY / "build" / "hosts"
PATIENCE_SECONDS = 240.0
_SETTINGS = "/etc/changer/changer.toml"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program in a guest ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """What it reported under --json."""
        return json.loads(self.err.splitlines()[-1])["error"]


class HostDown(Exception):
    """The guest ended before its program did."""


@dataclass(slots=True)
class Running:
    """A program in a guest."""

    guest: Guest
    replies: queue.SimpleQueue[dict[str, Any] | None]
    process_id: int = 0

    def wait(self, seconds: float = PATIENCE_SECONDS) -> Ended:
        """Raises HostDown when the guest ended first, queue.Empty when it took too long."""
        reply = self._next(seconds)
        while "status" not in reply:
            reply = self._next(seconds)
        return Ended(reply["status"], reply["out"], reply["err"])

    def started(self) -> Running:
        """Once it has a process."""
        reply = self._next(PATIENCE_SECONDS)
        self.process_id = reply.get("process_id", 0)
        if "status" in reply:
            self.replies.put(reply)
        return self

    def send(self, number: signal.Signals) -> None:
        self.guest.signal(self.process_id, number)

    def _next(self, seconds: float) -> dict[str, Any]:
        reply = self.replies.get(timeout=seconds)
        if reply is None:
            raise HostDown(self.guest.name)
        return reply


@dataclass(slots=True)
class Guest:
    """``number``: 1 to 254; its address ends with it. ``environment``: of each program there."""

    name: str
    number: int
    switch: Switch
    megabytes: int = 320
    boot: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _waiting: dict[int, queue.SimpleQueue[dict[str, Any] | None]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return f"192.0.2.{self.number}"

    @property
    def folder(self) -> Path:
        """Of this host, outside; it outlives its power failures."""
        return RESULTS / self.name

    @property
    def inside(self) -> Path:
        """The same folder, as the guest names it."""
        return Path("/run/changer-results") / self.name

    # power

    def start(self) -> None:
        """Switch it on; ``wait_for_boot`` waits until it takes orders."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kernel = find_environment("uml")
        (self.folder / "settings").write_text("\n".join(self._settings(kernel)) + "\n")
        card = self.switch.plug(self.name, self.number)
        log = (self.folder / "console.log").open("ab")
        with card, log:
            self._process = process = subprocess.Popen(
                self._argv(kernel, card.fileno()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(card.fileno(),),
                env={**os.environ, **kernel_environment(kernel)},
                start_new_session=True,
            )
        self._stack.enter_context(guarded(process))
        self._waiting = {0: queue.SimpleQueue()}
        listener = threading.Thread(target=self._listen, args=(process, self._waiting), daemon=True)
        listener.start()

    def wait_for_boot(self) -> None:
        reply = self._waiting[0].get(timeout=PATIENCE_SECONDS)
        assert reply is not None, f"{self.name} did not start: see {self.folder}"
        self.boot = reply["boot"]

    def kill(self) -> None:
        """A power failure."""
        self.boot = ""
        self._stack.close()
        self._process = None

    def pause(self) -> None:
        """As a virtual machine that is stopped for a while: its clocks go on."""
        os.kill(self._living.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._living.pid, signal.SIGCONT)

    @property
    def is_on(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def is_ready(self) -> bool:
        """It takes orders."""
        return self.is_on and bool(self.boot)

    @property
    def _living(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.name} is off"
        return self._process

    def _argv(self, kernel: Path, card: int) -> list[str]:
        address = ":".join(f"{octet:02x}" for octet in mac(self.number))
        return kernel_command(
            kernel,
            self.number,
            f"mem={self.megabytes}M",
            "con1=fd:0,fd:1",
            f"vec0:transport=fd,fd={card},mac={address},mtu=1500",
            f"uml_dir={self.folder}",
            "init=/bin/bash",
            "--",
            str(REPOSITORY / "tests/kernel/guest/uml-init"),
            str(self.folder),
        )

    def _settings(self, kernel: Path) -> list[str]:
        machine_id = uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.name}.changer.test").hex
        values = {
            "INIT": REPOSITORY / "tests/hosts/guest-init",
            "REPOSITORY": REPOSITORY,
            "RESULTS": RESULTS,
            "KERNEL_FOLDER": kernel,
            "NAME": self.name,
            "ADDRESS": self.address,
            "MACHINE_ID": machine_id,
        }
        return [f"{name}={shlex.quote(str(value))}" for name, value in values.items()]

    # orders

    def begin(self, *argv: str, text: str = "", **environment: str) -> Running:
        """Start a program; ``changer`` is the one that is tested."""
        variables = {**self.environment, **environment}
        request = {"do": "run", "argv": argv, "environment": variables, "text": text}
        return Running(self, self._ask(request)).started()

    def run(self, *argv: str, text: str = "", **environment: str) -> Ended:
        """Run a program to its end."""
        return self.begin(*argv, text=text, **environment).wait()

    def do(self, *argv: str, text: str = "", **environment: str) -> Ended:
        """Run a program that must succeed."""
        ended = self.run(*argv, text=text, **environment)
        assert ended.status == 0, (self.name, argv, ended)
        return ended

    def configure(self, settings: str) -> None:
        """Its /etc/changer/changer.toml, which a power failure does not take."""
        (self.folder / "changer.toml").write_text(settings)
        if self.is_ready:
            self.do("install", "-D", str(self.inside / "changer.toml"), _SETTINGS)

    def signal(self, process_id: int, number: signal.Signals) -> None:
        request = {"do": "signal", "process_id": process_id, "signal": int(number)}
        Running(self, self._ask(request)).wait()

    def _ask(self, request: Mapping[str, Any]) -> queue.SimpleQueue[dict[str, Any] | None]:
        number, replies = next(self._numbers), queue.SimpleQueue[dict[str, Any] | None]()
        self._waiting[number] = replies
        line = json.dumps({"number": number, **request}) + "\n"
        stream = self._living.stdin
        assert stream is not None
        try:
            with self._lock:
                stream.write(line.encode())
                stream.flush()
        except OSError as error:
            raise HostDown(self.name) from error
        return replies

    def _listen(
        self,
        process: subprocess.Popen[bytes],
        waiting: dict[int, queue.SimpleQueue[dict[str, Any] | None]],
    ) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            reply = json.loads(line)
            waiting[reply["number"]].put(reply)
        for replies in list(waiting.values()):
            replies.put(None)
