"""How many modules a command passes through, so that one can read its way from line to library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

PACKAGE = Path(__file__).parents[2] / "changer"
MOST_MODULES = 44

# Runs a command, and prints the files whose functions it called; a class body is none.
PROBE = """
import importlib, inspect, json, pkgutil, sys, threading
import changer
for each in pkgutil.walk_packages(changer.__path__, "changer."):
    importlib.import_module(each.name)  # what runs once, at import, is not of the command
from changer.cli.main import main
entered = set()
def note(frame, event, _):
    if event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        entered.add(frame.f_code.co_filename)
threading.setprofile(note)
sys.setprofile(note)
status = main(sys.argv[1:])
sys.setprofile(None)
print(json.dumps(sorted(entered)))
sys.exit(status)
"""


def test_load_passes_through_few_modules(folder: Path) -> None:
    create("it", folder=folder / "simulated", profile="demo")
    environment = {
        **os.environ,
        "CHANGER_SIM_DIR": str(folder / "simulated"),
        "CHANGER_STATE": str(folder / "state" / "state.db"),
        "CHANGER_LOCK_DIR": str(folder / "lock"),
    }
    open_store(Path(environment["CHANGER_STATE"]), clock=SystemClock()).close()
    for places in (("2", "1"), ("1", "0")):  # the first learns what the library is
        ran = subprocess.run(
            [sys.executable, "-c", PROBE, "--library", "sim:it", "load", *places],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    files = (Path(each) for each in json.loads(ran.stdout.splitlines()[-1]))
    modules = {each.relative_to(PACKAGE) for each in files if each.is_relative_to(PACKAGE)}
    passed = sorted(str(each) for each in modules if each.parts[0] != "simulator")
    assert "moves/execute.py" in passed
    assert len(passed) <= MOST_MODULES, "\n".join(passed)
