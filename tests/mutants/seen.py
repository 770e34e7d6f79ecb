"""Which tests run which line of the program, and how long they take."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from .lines import line_before, lines_of_functions, lines_of_statement

_OF_PROGRAMS = "changer/cli/process.py"
_LIKELY_FILES = 3


class Measurement:
    """Of some tests, in a folder with a copy of the checkout as it was then."""

    LINES, SECONDS = "lines.json", "seconds"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        known = json.loads((folder / self.LINES).read_text())
        self._names: list[str] = known["tests"]
        self._lines: dict[str, dict[str, list[int]]] = known["lines"]

    @cached_property
    def seconds(self) -> dict[str, float]:
        """How long each test took, by its name."""
        lines = (self._folder / self.SECONDS).read_text().splitlines()
        return dict(json.loads(line) for line in lines)

    def of_line(self, module: str, line: int, source: str) -> Iterator[str]:
        """Names of the tests that run a line of this source; none for one outside of functions."""
        by_line = self._lines.get(module, {})
        measured = self._text(module)
        old = line_before(measured.splitlines(), source.splitlines(), line)
        if str(old) not in lines_of_functions(measured):
            return
        # Not each line of a statement is reported.
        around = (str(old),) if str(old) in by_line else lines_of_statement(measured, old)
        for each in around:
            yield from (self._names[number] for number in by_line.get(each, ()))

    def of_functions(self, module: str) -> Iterator[str]:
        """Those of the tests that run any function of a module."""
        inside = lines_of_functions(self._text(module))
        for line, numbers in self._lines.get(module, {}).items():
            if line in inside:
                yield from (self._names[each] for each in numbers)

    def importing(self, module: str) -> list[str]:
        """The modules that import this one by name; else those beside it, of which one may."""
        name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        folder, _, last = name.rpartition(".")
        statement = re.compile(
            rf"from {re.escape(name)} import|import {re.escape(name)}\b"
            rf"|from {re.escape(folder)} import (\([^)]*|.*)\b{last}\b"
        )
        named = [each for each in self._lines if statement.search(self._text(each))]
        folder = module.rpartition("/")[0]
        return named or [each for each in self._lines if each.rpartition("/")[0] == folder]

    def _text(self, module: str) -> str:
        file = self._folder / module
        return file.read_text() if file.exists() else ""


class Seen:
    """Tests by lines, of several measurements; the newest first, which have the files of theirs.

    ``checkout``: a test whose file is not there any more is none.
    """

    def __init__(self, measurements: Sequence[Measurement], checkout: Path) -> None:
        self._measurements = measurements
        self._tests: list[dict[str, float]] = []
        files: set[str] = set()
        for each in measurements:
            own = set(map(_file, each.seconds)) - files
            there = {file for file in own if (checkout / file).exists()}
            self._tests.append(
                {test: s for test, s in each.seconds.items() if _file(test) in there}
            )
            files |= own

    @cached_property
    def seconds(self) -> dict[str, float]:
        """How long each test took, by its name."""
        return {test: seconds for tests in self._tests for test, seconds in tests.items()}

    @property
    def extent(self) -> str:
        """How many tests were measured, in words; those in programs are easily lost."""
        programs = self._known(each.of_functions(_OF_PROGRAMS) for each in self._measurements)
        return f"{len(self.seconds)} tests were measured, {len(programs)} of them in programs"

    def tests_of(self, module: str, line: int, source: str) -> list[str]:
        """Those that run a line of this source of the module, quickest first.

        Of a line outside of functions, which is run when the module is imported, and of one that
        only processes run that can't be measured: those about the module.
        """
        of_line = self._known(each.of_line(module, line, source) for each in self._measurements)
        return of_line or self.tests_about(module)

    def tests_about(self, module: str) -> list[str]:
        """Those that run any function of it; if none does, of the modules that import it."""
        of_module = self._known(each.of_functions(module) for each in self._measurements)
        return of_module or self._known(
            (test for user in each.importing(module) for test in each.of_functions(user))
            for each in self._measurements
        )

    def _known(self, found: Iterable[Iterable[str]]) -> list[str]:
        """Of what each measurement has, that of the files that are its."""
        names = {
            name
            for tests, names in zip(self._tests, found, strict=True)
            for name in tests.keys() & set(names)
        }
        return sorted(names, key=lambda name: self.seconds[name])

    def in_turn(self, tests: Iterable[str], module: str, *, about: str) -> list[str]:
        """Those of the likeliest files first; then one of each file, a second of each, and so on.

        Likely is a file that is called as the module, and one in whose tests' names are words of
        ``about`` that few others have. So unlike tests come early, too.
        """
        names = {each: _words(each) & _words(about) for each in tests}
        known = Counter(word for words in names.values() for word in words)
        scores = {each: sum(1 / known[word] for word in names[each]) for each in names}
        # Quickest first still where that says nothing.
        likely = sorted(names, key=lambda name: -scores[name])
        own = {file for file in map(_file, likely) if file.endswith(f"_{Path(module).stem}.py")}
        own |= set(list(dict.fromkeys(map(_file, likely)))[:_LIKELY_FILES])
        turns: Counter[str] = Counter()
        rounds: defaultdict[int, list[str]] = defaultdict(list)
        for each in likely:
            rounds[0 if _file(each) in own else 1 + turns[_file(each)]].append(each)
            turns[_file(each)] += 1
        return [each for number in sorted(rounds) for each in rounds[number]]


def _file(test: str) -> str:
    return test.partition("::")[0]


def _words(text: str) -> set[str]:
    """Their beginnings: ``cleaning`` is as ``cleaner``."""
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}
