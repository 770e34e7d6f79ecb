"""Two hosts on this one: an owner behind a real sshd on loopback, and a client that asks it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from called import environment_set
from cli.terminal import Run, Terminal, without_steps
from owner_line import Line
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

LIBRARY = "CHANGER_VIRTUAL_SIM3594706848"
"""What sim:demo calls itself."""


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
        return replace(run, err=without_steps(run.err))


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


def ssh_is(folder: Path, script: str) -> AbstractContextManager[None]:
    """A program in the place of ssh is the other end of a line."""
    program = folder / "ssh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return environment_set({"PATH": f"{folder}:{os.environ['PATH']}"})


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
