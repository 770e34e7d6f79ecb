"""Runs the program as a user does, and reads what it prints."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forked_program
from called import called, environment_set

from changer.cli.main import main
from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .waiting import PATIENCE_SECONDS

PROGRAM = Path(sys.executable).parent / "changer"

REAL_START = ("env",)
"""A prefix with which the installed program is started and not forked: ``forked_program`` forks
what it runs itself, and not what another program does."""

# What takes longer than two seconds, as anything may here.
PROGRESS = re.compile(r"(?P<step>.*?): \d+ (s|min|h)( \d+ (s|min))?( of up to .+)?")


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended."""

    exit_status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)

    @property
    def error(self) -> Any:
        """The error that it printed under --json: the last line of standard error."""
        return json.loads(self.stderr.splitlines()[-1])["error"]

    @property
    def warnings(self) -> list[str]:
        """The lines of standard error without those of progress."""
        return [line for line in self.stderr.splitlines() if not PROGRESS.fullmatch(line)]


def environment_in(folder: Path, *, settings: Path | str = os.devnull) -> dict[str, str]:
    """With a store and locks of its own, below the folder, and these settings."""
    open_store(folder / "store" / "state.db", clock=SystemClock()).close()
    return {
        "CHANGER_STATE": str(folder / "store" / "state.db"),
        "CHANGER_LOCK_DIR": str(folder / "lock"),
        "CHANGER_CONFIG": str(settings),
    }


def run_here(arguments: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run the program's function in this process."""
    with environment_set(environment):
        return Ended(*called(lambda: main(arguments)))


def run_program(
    argv: Sequence[str | Path], environment: Mapping[str, str], *, timeout_seconds: float = 300
) -> Ended:
    """Run a program to its end. ``environment``: all that it has."""
    completed = forked_program.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
        env=environment,
    )
    assert "Traceback" not in completed.stderr, completed.stderr
    return Ended(completed.returncode, completed.stdout, completed.stderr)


def begin(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start the installed program, and do not wait for it."""
    return forked_program.Popen(
        [PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def end_of(process: subprocess.Popen[str]) -> Ended:
    """How a program ends that was begun."""
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in stderr, stderr
    return Ended(process.returncode, stdout, stderr)


@dataclass(frozen=True, slots=True)
class Program:
    """The program with one library and one environment."""

    device: str
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> Ended:
        """Run it in this process, whatever comes of it: starting Python is slow in the guest."""
        return run_here(["--library", self.device, *arguments], self.environment)

    def start(self, *arguments: str, prefix: Sequence[str] = ()) -> Ended:
        """Run the installed program, forked; after a ``prefix``, that may make another user of it,
        in a process that was started anew.
        """
        argv: list[str | Path] = [*prefix, PROGRAM, "--library", self.device, *arguments]
        return run_program(argv, {**os.environ, **self.environment})

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the installed program, and do not wait for it."""
        return begin(["--library", self.device, *arguments], self.environment)

    def do(self, *arguments: str) -> Ended:
        """Run it, and see that it succeeds."""
        ended = self.run(*arguments)
        assert ended.exit_status == 0, (arguments, ended)
        return ended

    def refuse(self, *arguments: str) -> Any:
        """Run it with --json, see that it fails, and return its error."""
        ended = self.run(*arguments, "--json")
        assert ended.exit_status > 2, (arguments, ended)
        return {**ended.error, "exit_status": ended.exit_status}

    def status(self) -> Any:
        return self.do("status", "--json").document
