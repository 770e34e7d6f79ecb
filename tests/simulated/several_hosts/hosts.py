"""Hosts that share a virtual library and a store, each with a machine id and locks of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from changer.host.clock import SystemClock
from changer.simulator.catalogue import changing
from changer.simulator.creation import create
from changer.simulator.description import Description, describe
from changer.simulator.operator_api import set_fault
from changer.store.postgresql.opening import open_database, open_store
from changer.store.records import Move
from changer.values import replace

_PROGRAM = Path(__file__).with_name("host_program.py")
_ROOT = _PROGRAM.parents[3]
_MOVE_MEDIUM = 0xA5


@dataclass(frozen=True)
class Run:
    status: int
    out: str
    err: str


class Command:
    """A command of a host, which may be struck."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def struck(self) -> None:
        """Return when it was stopped, or has died; it is left to be waited for."""
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert self._process.returncode is None

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def end(self) -> Run:
        out, err = self._process.communicate(timeout=100)
        return Run(self._process.returncode, out, err)


class Hosts:
    """Two hosts, alpha and beta."""

    def __init__(self, folder: Path, url: str, *, fence: bool = False, **profile: object) -> None:
        self.url = url
        self.ports: dict[str, int] = {}
        self._folder = folder
        create("library", folder=folder / "simulated", profile="demo", **profile)
        made = self._truth().profile
        self.id = "_".join((made.vendor, made.product, made.serial)).replace(" ", "_")
        settings = f'[library."{self.id}"]\nmove_timeout_seconds = 2\n'
        settings += "fence = true\n" if fence else ""
        for name in ("alpha", "beta"):
            (folder / name).mkdir()
            (folder / name / "machine-id").write_text(f"{name[0] * 32}\n")
            (folder / name / "changer.toml").write_text(settings)

    def begin(self, name: str, *words: str, strike: str = "never") -> Command:
        own = self._folder / name
        return Command(
            subprocess.Popen(
                [sys.executable, str(_PROGRAM), str(own), strike, *words],
                env={
                    **os.environ,
                    "PYTHONPATH": str(_ROOT),
                    "CHANGER": "sim:library",
                    "CHANGER_SIM_DIR": str(self._folder / "simulated"),
                    "CHANGER_SIM_INITIATOR": f"{name}@{self.ports.get(name, 1)}",
                    "CHANGER_HOOKS": str(self.hooks(name)),
                    "CHANGER_LOCK_DIR": str(own / "lock"),
                    "CHANGER_CONFIG": str(own / "changer.toml"),
                    "CHANGER_STATE": self.url,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def hooks(self, name: str) -> Path:
        """The folder of a host's programs that are given events."""
        return self._folder / name / "hooks.d"

    def fault(self, words: str) -> None:
        folder = self._folder / "simulated"
        set_fault("library", words, folder=folder, clock=SystemClock())

    def run(self, name: str, *words: str) -> Run:
        return self.begin(name, *words).end()

    def moves(self) -> tuple[Move, ...]:
        """The journal, oldest first."""
        with open_store(self.url, clock=SystemClock()) as store:
            return store.moves()[::-1]

    def epoch(self) -> int:
        with closing(open_database(self.url, clock=SystemClock())) as database:
            return int(database.execute("SELECT epoch FROM leases")[0][0])

    def set_epoch(self, epoch: int) -> None:
        """As a database that was restored, or lost its last commits."""
        with closing(open_database(self.url, clock=SystemClock())) as database:
            database.execute("UPDATE leases SET epoch = ?", (epoch,))

    def announce_longer(self, seconds: float) -> None:
        """Let whoever has the library have announced a command that takes so much longer."""
        with closing(open_database(self.url, clock=SystemClock())) as database:
            database.execute(
                "UPDATE leases SET command_deadline = command_deadline + ?", (seconds,)
            )

    def host_ids(self) -> list[str]:
        """Those of all hosts that noted their ports, in that order, as people name them."""
        with closing(open_database(self.url, clock=SystemClock())) as database:
            rows = database.execute("SELECT host_id FROM ports ORDER BY ctid")
        return [str(host_id)[:12] for (host_id,) in rows]

    def forget_turn(self) -> None:
        """As a database that lost all of the turn that a host has now, at a failover."""
        with closing(open_database(self.url, clock=SystemClock())) as database:
            database.execute(
                "UPDATE leases SET epoch = epoch - 1, version = version - 1,"
                " released_at = renewed_at, command_deadline = NULL"
            )
            database.execute("DELETE FROM moves WHERE finished_at IS NULL")

    def _truth(self) -> Description:
        folder = self._folder / "simulated"
        return describe("library", folder=folder, now=SystemClock().now())

    def let_cleanings_last(self, seconds: float) -> None:
        with changing("library", folder=self._folder / "simulated") as state:
            state.profile = replace(state.profile, cleaning_seconds=seconds)

    def motions(self) -> int:
        """How many the library was sent."""
        return self._truth().commands.get(_MOVE_MEDIUM, 0)

    def places(self, *labels: str) -> list[str]:
        """Where cartridges are, in truth."""
        found = {
            each.cartridge.tag: each.place for each in self._truth().elements if each.cartridge
        }
        return [found[label] for label in labels]
