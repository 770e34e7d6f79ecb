"""Which tests run which line of the program, and how long they take: measured once, and kept."""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

import pytest
from coverage.numbits import numbits_to_nums
from folders import quick_folder

from .copies import Copy, make_copy

_LINES = "lines.json"
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
_OF_PROGRAMS = "changer/cli/process.py"
_IN_PROGRAMS = Path(__file__).with_name("measured.py")


class Seen:
    """The tests of each line, as they were in the copy that was measured."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        known = json.loads((copy.folder / _LINES).read_text())
        self._names: list[str] = known["tests"]
        self._lines: dict[str, dict[str, list[int]]] = known["lines"]

    @cached_property
    def seconds(self) -> Mapping[str, float]:
        """How long each test took, by its name."""
        lines = (self._copy.folder / "seconds").read_text().splitlines()
        return dict(json.loads(line) for line in lines)

    @property
    def extent(self) -> str:
        """How many tests were measured, in words; those in programs are easily lost."""
        programs = self._tests(self._of_functions(_OF_PROGRAMS))
        return f"{len(self.seconds)} tests were measured, {len(programs)} of them in programs"

    def tests_of(self, module: str, line: int, source: str) -> list[str]:
        """Those that run a line of this source of the module, quickest first.

        Of a line outside of functions, which is run when the module is imported, and of one that
        only processes run that can't be measured: those that run any function of the module; if
        none does, any function of the modules that import it.
        """
        by_line = self._lines.get(module, {})
        measured = (self._copy.folder / module).read_text()
        old = _line_before(measured.splitlines(), source.splitlines(), line)
        found: list[str] = []
        if str(old) in _lines_of_functions(measured):
            around = _lines_of_statement(measured, old)  # not each of its lines is reported
            found = self._tests(by_line.get(str(old), ())) or self._tests(
                chain.from_iterable(by_line.get(each, ()) for each in around)
            )
        return (
            found
            or self._tests(self._of_functions(module))
            or self._tests(
                chain.from_iterable(self._of_functions(each) for each in self._importing(module))
            )
        )

    def _of_functions(self, module: str) -> Iterator[int]:
        inside = _lines_of_functions((self._copy.folder / module).read_text())
        for line, numbers in self._lines.get(module, {}).items():
            if line in inside:
                yield from numbers

    def _importing(self, module: str) -> list[str]:
        """The modules that import this one by name."""
        name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        folder, _, last = name.rpartition(".")
        statement = re.compile(
            rf"from {re.escape(name)} import|import {re.escape(name)}\b"
            rf"|from {re.escape(folder)} import (\([^)]*|.*)\b{last}\b"
        )
        return [
            each for each in self._lines if statement.search((self._copy.folder / each).read_text())
        ]

    def _tests(self, numbers: Iterable[int]) -> list[str]:
        names = {self._names[each] for each in numbers}
        return sorted(names & set(self.seconds), key=lambda name: self.seconds[name])

    def in_turn(self, tests: Iterable[str], *, about: str) -> list[str]:
        """One of each file, then a second one of each, and so on: unlike tests come first.

        Of like ones those whose names have most words of ``about``.
        """
        words = _words(about)
        likely = sorted(tests, key=lambda name: -len(words & _words(name)))  # quickest first still
        turns: Counter[str] = Counter()
        rounds: defaultdict[int, list[str]] = defaultdict(list)
        for each in likely:
            file = each.partition("::")[0]
            rounds[turns[file]].append(each)
            turns[file] += 1
        return [each for number in sorted(rounds) for each in rounds[number]]


def _words(text: str) -> set[str]:
    """Their beginnings: ``cleaning`` is as ``cleaner``."""
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}


@cache
def _lines_of_functions(source: str) -> frozenset[str]:
    """The numbers of the lines in the bodies of functions: as text, as they are kept."""
    functions = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return frozenset(
        str(line)
        for node in functions
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    )


def _lines_of_statement(source: str, line: int) -> list[str]:
    """The numbers of the lines that a statement has around this one, without its body."""
    statements = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt))
    around = [each for each in statements if each.lineno <= line <= (each.end_lineno or 0)]
    innermost = max(around, key=lambda each: each.lineno)
    body = getattr(innermost, "body", None)
    end = body[0].lineno - 1 if body else innermost.end_lineno or line
    return [str(each) for each in range(innermost.lineno, end + 1)]


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
        (copy.folder / _LINES).write_text(json.dumps(_lines(folder, copy.folder)))
    draft.rename(copy.folder / "seconds")


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
