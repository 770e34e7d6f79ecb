"""Journaled moves a second, at a virtual library that takes no time to move.

Each move is planned on a fresh reading, its intent committed to the disk before it, verified by
another reading, and its outcome committed.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import REPOSITORY, print_table
from changer.api import open_library
from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

MOVES = 200


def main() -> None:
    # On the disk of the checkout: what is in memory alone would be committed at once.
    build = REPOSITORY / "build"
    build.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=build) as name:
        folder = Path(name)
        os.environ |= {
            "CHANGER_SIM_DIR": name,
            "CHANGER_LOCK_DIR": str(folder / "lock"),
            "CHANGER_CONFIG": os.devnull,
        }
        create("bench", folder=folder, profile="demo")
        store = folder / "store" / "state.db"
        open_store(store, clock=SystemClock()).close()
        with open_library("sim:bench", state=store) as library:
            began, own = time.perf_counter(), time.process_time()
            for _ in range(MOVES // 2):
                library.load(1, 0)
                library.unload(0)
            wall, own = time.perf_counter() - began, time.process_time() - own
    print_table(
        f"Journaled moves, {MOVES} of them by one process:",
        [
            ["moves a second", f"{MOVES / wall:.0f}"],
            ["moves a second of one core", f"{MOVES / own:.0f}"],
        ],
    )


if __name__ == "__main__":
    main()
