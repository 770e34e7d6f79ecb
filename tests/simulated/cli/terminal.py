"""Command lines of changer, run in this process or as the installed program."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import forked_program
import pytest
from manual_json import undocumented
from open_files import none_left_open
from waiting import wait_until

from changer.cli.main import main
from changer.errors import EXIT_INTERRUPTED, error_classes
from changer.host.clock import SystemClock
from changer.simulator.catalogue import changing
from changer.simulator.creation import create
from changer.simulator.description import Description, describe
from changer.simulator.operator_api import operate, set_fault
from changer.store.sqlite import open_store

PROGRAM = Path(sys.executable).with_name("changer")
BROKEN_PIPE = 141
USAGE, ACCESS_DENIED, DEVICE_NOT_AVAILABLE, NOT_A_CHANGER = 2, 5, 10, 11
STORE_UNREACHABLE, STORE_FAILED, STORE_NEWER, OUTPUT_FAILED = 60, 61, 63, 72
NO_LIBRARY, SIMULATOR_REFUSED = 3, 70
DOCUMENTED = {0, EXIT_INTERRUPTED, BROKEN_PIPE} | {each.exit_status for each in error_classes()}


@dataclass(frozen=True)
class Run:
    """What came of a command line."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The document on standard output, all that is there; changer-json(5) has its keys."""
        content: dict[str, Any] = json.loads(self.out)
        assert undocumented(content) == [], content["schema"]
        return content

    @property
    def error(self) -> dict[str, Any]:
        """The error of --json, on the last line of standard error."""
        content: dict[str, Any] = json.loads(self.err.splitlines()[-1])["error"]
        return content


def _read(terminal: int) -> bytes:
    """What a terminal shows next; nothing once no program has it open any more."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


class Terminal:
    """A shell with a store, locks and virtual libraries of its own; it means sim:demo."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str] | None = None) -> None:
        self.folder = folder
        self.simulated = folder / "simulated"
        self.state = folder / "state" / "state.db"
        self.locks = folder / "lock"
        self._capsys = capsys
        self.variables = {
            "CHANGER": "sim:demo",
            "CHANGER_STATE": str(self.state),
            "CHANGER_SIM_DIR": str(self.simulated),
            "CHANGER_LOCK_DIR": str(self.locks),
        }
        self.makes_store = True

    def make_store(self) -> None:
        """As ``changer state init`` does, unless something stands in its place."""
        if self.makes_store and not self.state.parent.exists():
            open_store(self.state, clock=SystemClock()).close()

    def run(self, *arguments: str) -> Run:
        """In this process; a step that takes long on a busy host is not told."""
        assert self._capsys is not None
        self.make_store()
        self._capsys.readouterr()
        with (
            patch.dict(os.environ, {"CHANGER_CONFIG": "", **self.variables}),
            patch("changer.cli.application.QUIET_SECONDS", 3600.0),
            none_left_open(),
        ):
            try:
                status = main(arguments)
            except SystemExit as end:  # argparse, after --help
                status = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return Run(status, out, err)

    def done(self, *arguments: str) -> Run:
        """In this process, without an error."""
        run = self.run(*arguments)
        assert (run.status, run.err) == (0, ""), run
        return run

    def answered(self, answer: str, *arguments: str) -> tuple[int, str]:
        """Run at a terminal of its own, with somebody who types that: status and output."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [str(PROGRAM), *arguments],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment(),
            text=True,
        )
        os.write(ours, f"{answer}\n".encode())
        text, _ = process.communicate(timeout=60)
        os.close(theirs)
        os.close(ours)
        return process.returncode, text

    def on_screen(self, *arguments: str, columns: int, lines: int, **changes: str | None) -> Run:
        """With standard output on a terminal of that size; its colours are those of xterm."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        process = subprocess.Popen(
            [str(PROGRAM), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
            env=self.environment(**{"TERM": "xterm", "NO_COLOR": None, **changes}),
        )
        os.close(theirs)
        shown = b"".join(iter(partial(_read, ours), b""))
        os.close(ours)
        _, errors = process.communicate(timeout=60)
        out = shown.decode().replace("\r\n", "\n")
        return Run(process.returncode, out, without_steps(errors.decode()))

    def environment(self, **changes: str | None) -> dict[str, str]:
        """For a process; None takes a variable away."""
        self.make_store()
        variables: Mapping[str, str | None] = {**os.environ, **self.variables, **changes}
        return {name: value for name, value in variables.items() if value is not None}

    def program(self, *arguments: str, shell_tail: str = "", **changes: str | None) -> Run:
        """The installed program, as a shell starts it; ``shell_tail``: redirections and pipes."""
        shell = ["bash", "-o", "pipefail", "-c", f'"$0" "$@" {shell_tail}']
        ended = forked_program.run(
            [*(shell if shell_tail else ()), str(PROGRAM), *arguments],
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Run(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The installed program, still running."""
        return forked_program.Popen(
            [str(PROGRAM), *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def create(self, name: str, profile: str, **overrides: object) -> None:
        create(name, folder=self.simulated, profile=profile, **overrides)

    def fault(self, words: str, *, name: str = "demo") -> None:
        set_fault(name, words, folder=self.simulated, clock=SystemClock())

    def operate(self, words: str, *, name: str = "demo") -> None:
        operate(name, words, folder=self.simulated, clock=SystemClock())
        self.fault("clear unit-attention", name=name)

    def clear_robot(self, *, name: str = "demo") -> None:
        """The robot is done with whatever it was doing."""
        with changing(name, folder=self.simulated) as state:
            state.change(robot_busy_until=0.0)

    def truth(self, name: str = "demo") -> Description:
        return describe(name, folder=self.simulated, now=SystemClock().now())

    def tag_at(self, place: str | int, *, name: str = "demo") -> str | None:
        cartridge = self.truth(name).cartridge_at(place)
        return None if cartridge is None else cartridge.tag


def without_steps(errors: str) -> str:
    """Standard error without steps that take long on a busy host."""
    lines = errors.splitlines(keepends=True)
    return "".join(each for each in lines if not _STEP.fullmatch(each))


_STEP = re.compile(r".*: [0-9]+ s(?: of up to .*)?\n")


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Until something is so, while the process runs."""

    def is_so() -> bool:
        if condition():
            return True
        assert process.poll() is None, process.communicate()
        return False

    wait_until(is_so)


def assert_ended_well(run: Run, *statuses: int) -> None:
    assert "Traceback" not in run.err, run.err
    assert run.status in (statuses or DOCUMENTED), run
    if run.status not in (0, EXIT_INTERRUPTED, BROKEN_PIPE):
        assert run.out == ""
        assert run.err.startswith("changer: ")
        assert len(run.err.splitlines()) <= 3
