"""Start-up: whole programs on a virtual library of this machine, beside an empty Python."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bench.measure import BIN, print_table, programs_seconds
from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

TIMES = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "CHANGER_SIM_DIR": str(folder),
            "CHANGER_LOCK_DIR": str(folder / "lock"),
            "CHANGER_STATE": str(folder / "store" / "state.db"),
            "CHANGER_CONFIG": os.devnull,
        }
        create("bench", folder=folder, profile="demo")
        open_store(folder / "store" / "state.db", clock=SystemClock()).close()
        loaded = ("sim:bench", "loaded", "1", "/dev/null", "0")
        programs = {
            "python -c pass": (BIN / "python", "-c", "pass"),
            "changer --version": (BIN / "changer", "--version"),
            "changer status": (BIN / "changer", "--library", "sim:bench", "status"),
            "changer-mtx status": (BIN / "changer-mtx", "-f", "sim:bench", "status"),
            "changer-autochanger loaded": (BIN / "changer-autochanger", *loaded),
        }
        costs = programs_seconds(programs, times=TIMES, environment=environment)
    bare, own_bare = costs["python -c pass"]
    rows = [["", "median ms", "ratio", "processor ms", "ratio"]]
    for program, (wall, own) in costs.items():
        numbers = (wall * 1e3, wall / bare, own * 1e3, own / own_bare)
        rows.append([program, *(f"{number:.1f}" for number in numbers)])
    print_table("Start-up, a whole command on a virtual library:", rows)


if __name__ == "__main__":
    main()
