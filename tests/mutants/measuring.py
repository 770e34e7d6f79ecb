"""Measures which tests run which line: once for each state of the checkout, and kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from coverage.numbits import numbits_to_nums
from folders import quick_folder

from .copies import Copy, make_copy
from .seen import Measurement, Seen

_SETTINGS = """\
[run]
source = changer
disable_warnings = no-data-collected, module-not-imported, module-not-measured
patch = _exit
context = ${PYTEST_CURRENT_TEST-}
parallel = true
data_file = {folder}/coverage
"""
# As coverage's documents have its tables; through its own class it takes a hundred times as long.
_LINES_BY_TEST = """
select file.path, context.context, line_bits.numbits
from line_bits join file on file.id = line_bits.file_id
join context on context.id = line_bits.context_id
"""
_IN_PROGRAMS = Path(__file__).with_name("measured.py")


def seen(checkout: Path, build: Path, tests: list[str], *, may_be_old: bool) -> Seen:
    """What was measured of this state of the checkout, or is measured now.

    ``tests``: folders and files of the tests that count. ``may_be_old``: of files of tests that
    have not changed since, what was measured last will do.
    """
    folders = _newest(build)
    if may_be_old and folders:
        if changed := _changed(checkout, folders[0], tests):
            folders = [_measured(checkout, build, changed), *folders]
    else:
        folders = [_measured(checkout, build, tests)]
    return Seen([Measurement(each) for each in folders], checkout)


def _newest(build: Path) -> list[Path]:
    """The folders that were measured, newest first."""
    found = build.resolve().glob(f"seen-*/{Measurement.SECONDS}")
    return [
        each.parent for each in sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)
    ]


def _changed(checkout: Path, folder: Path, tests: list[str]) -> list[str]:
    """Files of tests that the folder has otherwise, or not."""
    roots = [checkout / each for each in tests]
    files = [
        file.relative_to(checkout)
        for root in roots
        for file in ([root] if root.is_file() else sorted(root.rglob("test_*.py")))
    ]
    return [
        str(each)
        for each in files
        if not (folder / each).exists()
        or (folder / each).read_bytes() != (checkout / each).read_bytes()
    ]


def _measured(checkout: Path, build: Path, tests: list[str]) -> Path:
    """The folder in which these were measured, which they are now if they were not."""
    folder = (build / f"seen-{_state(checkout, tests)}").resolve()
    if not (folder / Measurement.SECONDS).exists():
        print("measuring which tests run which line of the program", flush=True)
        _measure(make_copy(checkout, folder), tests)
    return folder


def _state(checkout: Path, tests: list[str]) -> str:
    text = hashlib.sha256(" ".join(tests).encode())
    for folder in ("changer", "tests"):
        for file in sorted((checkout / folder).rglob("*.py")):
            text.update(f"{file.relative_to(checkout)}\0".encode() + file.read_bytes())
    return text.hexdigest()[:12]


def _measure(copy: Copy, tests: list[str]) -> None:
    shutil.copy(_IN_PROGRAMS, copy.packages)
    (copy.packages / "measured.pth").write_text(f"import {_IN_PROGRAMS.stem}\n")
    draft = copy.folder / "seconds.part"
    with quick_folder() as folder:  # each of a thousand processes writes a file
        settings = folder / "settings.ini"  # not coverage.*: that is erased
        settings.write_text(_SETTINGS.replace("{folder}", str(folder)))
        command = [str(copy.python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["--numprocesses", "auto", "--dist", "worksteal", "-p", "mutants.timing"]
        environment = {
            **os.environ,
            "PYTHONPATH": str(copy.folder / "tests"),
            "MUTANTS_SECONDS": str(draft),
            "MUTANTS_COVERAGE": str(settings),
            "CHANGER_SWEEPS": "spread",
        }
        run = subprocess.run([*command, *tests], cwd=copy.folder, env=environment)
        has_ended = run.returncode in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not has_ended or not (draft.exists() and draft.stat().st_size):
            raise SystemExit("the tests could not be measured")
        (copy.folder / Measurement.LINES).write_text(json.dumps(_lines(folder, copy.folder)))
    draft.rename(copy.folder / Measurement.SECONDS)


def _lines(folder: Path, root: Path) -> dict[str, object]:
    """The numbers of the tests that run each line, of all that was measured."""
    names: dict[str, int] = {}
    lines: defaultdict[str, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for file in folder.glob("coverage.*"):
        try:
            with closing(sqlite3.connect(file)) as data:
                found = data.execute(_LINES_BY_TEST).fetchall()
        except sqlite3.Error:
            continue  # of a process that was killed while it wrote that
        for module, context, bits in found:
            of_module = lines[str(Path(module).relative_to(root))]
            number = names.setdefault(_test(context), len(names))
            for line in numbits_to_nums(bits):
                of_module[line].add(number)
    sorted_lines = {
        module: {line: sorted(numbers) for line, numbers in of_module.items()}
        for module, of_module in lines.items()
    }
    return {"tests": list(names), "lines": sorted_lines}


def _test(context: str) -> str:
    """Its name; pytest tells programs the phase, too: ``... (call)``."""
    name, _, phase = context.rpartition(" (")
    return name if phase in ("setup)", "call)", "teardown)") else context
