"""Ctrl-C while a program starts: at no import is it a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

# Sends SIGINT when the module of that number is looked for; prints how many there are without.
RUN = """
import atexit, signal, sys
import changer.cli.programs, changer.hooks.programs
class Finder:
    left = int(sys.argv.pop(1))
    def find_spec(self, name, path, target=None):
        Finder.left -= 1
        if Finder.left == 0:
            signal.raise_signal(signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
module, function = sys.argv.pop(1).split(":")
sys.meta_path.insert(0, Finder())
atexit.register(lambda: print(-Finder.left, file=sys.stderr))
getattr(sys.modules[module], function)()
"""
PROGRAMS = {
    "changer": ("changer.cli.programs:changer", "-l", "sim:it", "status"),
    "changer-mtx": ("changer.hooks.programs:changer_mtx", "-f", "sim:it", "status"),
    "changer-autochanger": (
        "changer.hooks.programs:changer_autochanger",
        *("sim:it", "list", "0", "/dev/null", "0"),
    ),
}


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    create("it", folder=folder / "simulated", profile="demo")
    open_store(folder / "state" / "state.db", clock=SystemClock()).close()
    return {
        **os.environ,
        "CHANGER_SIM_DIR": str(folder / "simulated"),
        "CHANGER_STATE": str(folder / "state" / "state.db"),
        "CHANGER_LOCK_DIR": str(folder / "lock"),
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_interrupt_at_an_import_is_no_traceback(environment: dict[str, str], name: str) -> None:
    def run(at: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", RUN, str(at), *PROGRAMS[name]],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    whole = run(0)
    assert whole.returncode == 0, whole.stderr
    imports = int(whole.stderr.split()[-1])
    assert imports > 30
    for at in range(1, imports + 1, 7):
        ended = run(at)
        words = ended.stderr.splitlines()
        assert "Traceback" not in ended.stderr, at
        if ended.returncode != -signal.SIGINT:  # all is there: the program says it itself
            assert ended.returncode == (130 if name == "changer" else 1), ended.stderr
            assert words[-2:-1] == [f"{name}: interrupted"], at
