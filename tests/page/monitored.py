"""A virtual library under ``changer serve``, and Debian's Prometheus that scrapes it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from waiting import wait_until

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

PROGRAM = Path(sys.executable).with_name("changer")
GRAFANA = Path(__file__).parents[2] / "docs/grafana"
PATIENCE_SECONDS = 120.0


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as response:
        return str(response.read().decode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    *words: str | Path, environment: Mapping[str, str] | None = None
) -> Iterator[list[str]]:
    """Run a program until ``with`` ends; lends what it said so far on standard error."""
    said: list[str] = []
    running = subprocess.Popen(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )

    def listen() -> None:
        assert running.stderr is not None
        said.extend(iter(running.stderr.readline, ""))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield said
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(PATIENCE_SECONDS)
        listener.join()
        assert running.stderr is not None
        running.stderr.close()


class Host:
    """A folder with a virtual library, a store and locks of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state" / "state.db"
        self.environment = {
            **os.environ,
            "CHANGER": "sim:it",
            "CHANGER_SIM_DIR": str(folder / "simulated"),
            "CHANGER_STATE": str(self.state),
            "CHANGER_LOCK_DIR": str(folder / "lock"),
            "CHANGER_CONFIG": str(folder / "changer.toml"),
        }
        (folder / "changer.toml").touch()
        quick = {"cleaners": 0, "cleaning_seconds": 0.2, "drive_load_seconds": 0.1}
        create("it", folder=folder / "simulated", profile="demo", **quick)
        open_store(self.state, clock=SystemClock()).close()

    def run(self, *words: str) -> str:
        """What a command prints; its exit status has to be 0."""
        done = self.ran(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ran(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def leave_open_move(self) -> None:
        """As a process that died while the robot moved."""
        with open_store(self.state, clock=SystemClock()) as store:
            library = store.libraries()[0].id
            move = store.begin_move(library, source_address=1001, destination_address=500)
            store.finish_move(move.id, outcome="unknown")

    @contextmanager
    def serving(self) -> Iterator[int]:
        """``changer serve``; lends the port at which it answers."""
        listen = ("serve", "--listen", "127.0.0.1:0", "--interval", "5")
        with process(PROGRAM, *listen, environment=self.environment) as said:
            port: list[int] = []

            def answers() -> bool:
                port[:] = [int(each) for each in re.findall(r"http://[^ ]*:(\d+)/", "".join(said))]
                return bool(port)

            wait_until(answers, seconds=PATIENCE_SECONDS)
            yield port[0]


class Prometheus:
    """A Prometheus that scrapes one port, with the rules of docs/grafana."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1"

    @classmethod
    @contextmanager
    def scraping(cls, folder: Path, *, target: int) -> Iterator[Prometheus]:
        """Run it until ``with`` ends."""
        settings = folder / "prometheus.yml"
        rules = GRAFANA / "changer-rules.yml"
        settings.write_text(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
            f"rule_files: ['{rules}']\n"
            "scrape_configs:\n"
            "  - job_name: changer\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{target}']}}]\n"
        )
        port = free_port()
        with process(
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ) as said:
            prometheus = cls(port)
            try:
                wait_until(prometheus._is_ready, seconds=PATIENCE_SECONDS)
                yield prometheus
            except AssertionError:
                sys.stderr.writelines(said[-20:])
                raise

    def _is_ready(self) -> bool:
        try:
            targets = self.asked("targets")["activeTargets"]
        except OSError:
            return False
        return [each["health"] for each in targets] == ["up"]

    def asked(self, path: str, **parameters: str) -> Any:
        """The data of an answer."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        answer = json.loads(fetched(f"{self._url}/{path}{query}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, query: str) -> list[Any]:
        """The series of an instant query."""
        return list(self.asked("query", query=query)["result"])

    def value(self, query: str) -> float | None:
        """The value of its only series; None: it has none."""
        found = self.query(query)
        assert len(found) < 2, found
        return float(found[0]["value"][1]) if found else None
