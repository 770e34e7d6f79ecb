"""Imports at the start of the program, and that importing touches nothing."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import changer
from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

MODULES = Path(__file__).parents[1] / "data" / "start_modules.txt"
NEVER_AT_START = {"pyudev", "tomllib", "uuid", "logging", "asyncio", "dataclasses", "inspect"}

IMPORT_EVERYTHING = """
import importlib, sys
touched = []
def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(flags, int) and flags & 0b11
        if writes or not str(path).endswith((".py", ".pyc", ".so", ".pth", "pyvenv.cfg")):
            touched.append((event, str(path)))
    elif event.startswith(("subprocess.", "socket.", "os.", "sqlite3.", "shutil.", "fcntl.")):
        if event not in ("os.listdir", "os.scandir", "sqlite3.enable_load_extension"):
            touched.append((event, repr(arguments)))
import ast, argparse, dataclasses, difflib, fcntl, json, pathlib, psycopg, re, selectors, sqlite3
import subprocess, threading, typing, urllib.parse, zlib
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(touched))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a host with an empty store, and the virtual library ``sim:it``."""
    create("it", folder=tmp_path / "simulated", profile="autoloader")
    open_store(tmp_path / "state.db", clock=SystemClock()).close()
    return {
        "CHANGER_STATE": str(tmp_path / "state.db"),
        "CHANGER_LOCK_DIR": str(tmp_path / "lock"),
        "CHANGER_SIM_DIR": str(tmp_path / "simulated"),
        "CHANGER_CONFIG": os.devnull,
    }


def run_python(*arguments: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_everything_touches_neither_files_nor_processes() -> None:
    modules = [each.name for each in pkgutil.walk_packages(changer.__path__, "changer.")]
    assert json.loads(run_python("-c", IMPORT_EVERYTHING, *modules)) == []


LIST_MODULES = """
import sys
from changer.cli.main import main
status = main(sys.argv[1:])
assert status == 0, status
print("\\n" + " ".join(sys.modules))
"""


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("-l", "sim:demo", "status"),
        ("-l", "sim:demo", "status", "--json"),
        ("-l", "sim:demo", "load", "1", "0"),
        ("-l", "sim:demo", "state", "list"),
    ],
    ids=" ".join,
)
def test_the_program_starts_without_what_is_slow_to_import(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    output = run_python("-c", LIST_MODULES, *arguments, environment=environment)
    imported = set(output.splitlines()[-1].split())
    assert imported & NEVER_AT_START == set()
    assert not any(
        each.startswith(("changer.store.maintenance.inspection", "tempfile")) for each in imported
    )
    assert "changer.cli.main" in imported


LIST_IMPORTED = """
import sys
before = set(sys.modules)
from importlib import import_module
module, function, *words = sys.argv[1:]
status = getattr(import_module(module), function)(words)
assert status == 0, status
print("\\n" + " ".join(set(sys.modules) - before))
"""
STARTED = {
    "changer status": ("changer.cli.main", "main", "-l", "sim:it", "status"),
    "changer load": ("changer.cli.main", "main", "-l", "sim:it", "load", "1", "0"),
    "changer-autochanger loaded": (
        *("changer.hooks.autochanger.program", "run"),
        *("sim:it", "loaded", "1", "/dev/null", "0"),
    ),
}


def listed_modules() -> dict[str, set[str]]:
    """The modules that each command may import, as the list has them, by command."""
    listed: dict[str, set[str]] = {}
    for line in MODULES.read_text().splitlines():
        if line and not line.startswith("#"):
            command, _, names = line.partition(": ")
            listed.setdefault(command, set()).update(names.split())
    return listed


@pytest.mark.parametrize("command", STARTED)
def test_a_command_imports_what_is_listed_for_it_and_nothing_else(
    command: str, environment: dict[str, str]
) -> None:
    """What a command does not need costs each start of it."""
    run = run_python("-c", LIST_IMPORTED, *STARTED[command], environment=environment)
    imported = {
        each if each.startswith("changer") else each.partition(".")[0]
        for each in run.splitlines()[-1].split()
    }
    imported = {each for each in imported if not each.startswith("_")}
    listed = listed_modules()[command] | listed_modules()["all"]
    assert imported <= listed, f"not listed: {imported - listed}"
    own = {each for each in listed if each.startswith("changer")}
    assert own <= imported, f"listed, and not needed any more: {own - imported}"


COUNT_SEARCHES = """
import gc, sys
from changer.cli.programs import changer
gc.collect()
gc.freeze()
searches = []
gc.callbacks.append(lambda phase, about: searches.append(phase))
def report():
    print("\\n" + str(len(searches)))
import atexit
atexit.register(report)
sys.argv = ["changer", *sys.argv[1:]]
changer()
"""


def test_a_start_does_not_search_for_cycles(environment: dict[str, str]) -> None:
    """Python would do so every 700 objects."""
    output = run_python("-c", COUNT_SEARCHES, "-l", "sim:it", "status", environment=environment)
    assert output.splitlines()[-1] == "0"
