"""``changer serve`` on a virtual library, and the commands of others that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from changer.host.clock import SystemClock
from changer.simulator.catalogue import profile_of
from changer.simulator.creation import create
from changer.store.sqlite import open_store

PROGRAM = Path(sys.executable).with_name("changer")
PATIENCE_SECONDS = 120.0


class Served:
    """A host with the virtual library ``it``, and its server, which can end and begin again.

    ``alias``: of the library. ``options``: of ``changer serve``, which reads it every five seconds.
    """

    def __init__(
        self, folder: Path, *options: str, alias: str = "it", profile: str = "demo", **fields: Any
    ) -> None:
        self._options = options
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "CHANGER"},
            "CHANGER_SIM_DIR": str(folder / "simulated"),
            "CHANGER_STATE": str(folder / "state" / "state.db"),
            "CHANGER_LOCK_DIR": str(folder / "lock"),
            "CHANGER_CONFIG": str(folder / "changer.toml"),
        }
        create("it", folder=folder / "simulated", profile=profile, serial="SIM01", **fields)
        library = profile_of("it", folder=folder / "simulated")
        library_id = "_".join([library.vendor, library.product, library.serial])
        (folder / "changer.toml").write_text(f'[library."{library_id}"]\nalias = "{alias}"\n')
        open_store(folder / "state" / "state.db", clock=SystemClock()).close()

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Serve: again at the same port."""
        listen = ("--listen", f"127.0.0.1:{self._port}", "--interval", "5")
        self._process = subprocess.Popen(
            [PROGRAM, "-l", "sim:it", "serve", *listen, *self._options],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(r" at http://.*:(\d+)/;", line):
                self._port = int(found[1])
                return
        raise AssertionError("changer serve ended before it served")

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE_SECONDS)
        self._process = None

    def run(self, *words: str) -> None:
        """A command about the library, as another user of the host runs it."""
        self._called(["-l", "sim:it", *words])

    def fault(self, *words: str) -> None:
        """Make something go wrong, or right again."""
        self._called(["sim", "fault", "it", *words])

    def by_hand(self, *words: str) -> None:
        """Do what a person does at the library."""
        self._called(["sim", "operator", "it", *words])

    def _called(self, words: list[str]) -> None:
        subprocess.run(
            [PROGRAM, *words],
            env=self._environment,
            check=True,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        )

    @contextmanager
    def meanwhile(self, *words: str) -> Iterator[None]:
        """A command that takes its time; it has ended well afterwards."""
        process = subprocess.Popen(
            [PROGRAM, "-l", "sim:it", *words],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
            assert process.returncode == 0, said
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=PATIENCE_SECONDS)
