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
from changer.store.sqlite import open_store

NEVER_AT_START = {"pyudev", "tomllib", "uuid", "logging", "asyncio"}

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
import ast, argparse, dataclasses, difflib, fcntl, json, pathlib, re, selectors, sqlite3
import subprocess, threading, typing, urllib.parse, zlib
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(touched))
"""


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
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    environment = {
        "CHANGER_STATE": str(tmp_path / "state.db"),
        "CHANGER_LOCK_DIR": str(tmp_path / "lock"),
        "CHANGER_SIM_DIR": str(tmp_path / "simulated"),
    }
    open_store(tmp_path / "state.db", clock=SystemClock()).close()
    output = run_python("-c", LIST_MODULES, *arguments, environment=environment)
    imported = set(output.splitlines()[-1].split())
    assert imported & NEVER_AT_START == set()
    assert not any(
        each.startswith(("changer.store.maintenance.inspection", "tempfile")) for each in imported
    )
    assert "changer.cli.main" in imported
