"""Which tests run which line of the program, and how long they take: measured once, and kept."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import pytest
from coverage import CoverageData
from folders import quick_folder

from .copies import Copy, make_copy

_DATA = "coverage"
_SETTINGS = """\
[run]
source = changer
patch = _exit
context = ${PYTEST_CURRENT_TEST-}
parallel = true
data_file = {folder}/coverage
"""
# Started by Python itself in each program that a test runs: mutants.timing says when.
_IN_PROGRAMS = (
    "import os; "
    "os.environ.get('COVERAGE_PROCESS_START') and __import__('coverage').process_startup()"
)


class Seen:
    """The tests of each line, as they were in the copy that was measured."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        self._data = CoverageData(str(copy.folder / _DATA))
        self._data.read()

    @cached_property
    def seconds(self) -> Mapping[str, float]:
        """How long each test took, by its name."""
        lines = (self._copy.folder / "seconds").read_text().splitlines()
        return dict(json.loads(line) for line in lines)

    def tests_of(self, module: str, line: int, source: str) -> list[str]:
        """Those that run a line of this source of the module, quickest first.

        Of a line that is run when the module is imported: those that run anything of it.
        """
        by_line = self._data.contexts_by_lineno(str(self._copy.folder / module))
        measured = (self._copy.folder / module).read_text().splitlines()
        old = _line_before(measured, source.splitlines(), line)
        return self._tests(by_line.get(old, ())) or self._tests(
            each for contexts in by_line.values() for each in contexts
        )

    def _tests(self, contexts: Iterable[str]) -> list[str]:
        names = {each.rpartition("|")[0] or each.rpartition(" (")[0] for each in contexts}
        return sorted(names & set(self.seconds), key=lambda name: self.seconds[name])

    def in_turn(self, tests: Iterable[str]) -> list[str]:
        """One of each file, then a second one of each, and so on: unlike tests come first."""
        turns: Counter[str] = Counter()
        rounds: defaultdict[int, list[str]] = defaultdict(list)
        for each in tests:
            file = each.partition("::")[0]
            rounds[turns[file]].append(each)
            turns[file] += 1
        return [each for number in sorted(rounds) for each in rounds[number]]


def _line_before(old: list[str], new: list[str], line: int) -> int:
    """The line that stood in the old text where this one stands in the new."""
    if old == new:
        return line
    for tag, old_start, old_end, new_start, new_end in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if new_start < line <= new_end:
            offset = line - new_start if tag == "equal" else 1
            return min(old_start + offset, max(old_end, old_start + 1))
    return line


def seen(checkout: Path, build: Path, tests: list[str], *, may_be_old: bool) -> Seen:
    """What was measured of this state of the checkout, or is measured now.

    ``tests``: folders and files of the tests that count. ``may_be_old``: what was measured last
    will do; its lines are found again in today's text.
    """
    folder = build / f"seen-{_state(checkout, tests)}"
    measured = sorted(build.glob("seen-*/seconds"), key=lambda each: each.stat().st_mtime)
    if not (folder / "seconds").exists() and may_be_old and measured:
        folder = measured[-1].parent
    copy = Copy(folder.resolve())
    if not (folder / "seconds").exists():
        print(
            "measuring which tests run which line: once for each state of the checkout", flush=True
        )
        copy = make_copy(checkout, folder)
        _measure(copy, tests)
    return Seen(copy)


def _state(checkout: Path, tests: list[str]) -> str:
    text = hashlib.sha256(" ".join(tests).encode())
    for folder in ("changer", "tests"):
        for file in sorted((checkout / folder).rglob("*.py")):
            text.update(f"{file.relative_to(checkout)}\0".encode() + file.read_bytes())
    return text.hexdigest()[:12]


def _measure(copy: Copy, tests: list[str]) -> None:
    (copy.packages / "coverage.pth").write_text(f"{_IN_PROGRAMS}\n")
    draft = copy.folder / "seconds.part"
    with quick_folder() as folder:  # each of a thousand processes writes a file
        settings = folder / "settings.ini"  # not coverage.*: that is erased
        settings.write_text(_SETTINGS.replace("{folder}", str(folder)))
        command = [str(copy.python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["--numprocesses", "auto", "--dist", "worksteal", "-p", "mutants.timing"]
        command += ["--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report="]
        environment = {
            **os.environ,
            "PYTHONPATH": str(copy.folder / "tests"),
            "MUTANTS_SECONDS": str(draft),
            "MUTANTS_COVERAGE": str(settings),
        }
        run = subprocess.run([*command, *tests], cwd=copy.folder, env=environment)
        # A test that fails for its slowness here is measured all the same.
        has_ended = run.returncode in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not has_ended or not draft.stat().st_size:
            raise SystemExit("the tests could not be measured")
        shutil.copy(folder / "coverage", copy.folder / _DATA)
    draft.rename(copy.folder / "seconds")
