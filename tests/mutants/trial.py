"""One mutant in a copy of the checkout, and what its tests made of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .collected import Collected
from .copies import Copy
from .lines import lines_of_functions
from .runs import Result, can_collect, run_tests
from .seen import Seen
from .sites import Mutant

# Tests of so many seconds at a time: most mutants are killed by the first ones.
_FIRST_SECONDS = 10.0
_SLOWER = 6  # than when it was measured, that a run may be
_START_SECONDS = 60.0


class End(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    LIVED = "lived"
    NO_TEST = "no test"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True)
class Trial:
    """One mutant that was tried. ``by``: the test that failed, or how many did not."""

    mutant: Mutant
    end: End
    by: str = ""


@dataclass(frozen=True)
class Place:
    """Where mutants are tried, one at a time."""

    copy: Copy
    collected: Collected

    def try_mutant(self, mutant: Mutant, seen: Seen, *, limit_seconds: float) -> Trial:
        """Run the tests that run its line, unlike ones first, up to that many measured seconds.

        If none sees it, all rows and cases of these and of others about its module, for as many
        seconds again.
        """
        about = " ".join((mutant.module, *mutant.diff))
        found = seen.tests_of(mutant.module, mutant.line, mutant.source)
        tests = seen.in_turn(found, mutant.module, about=about)
        if not tests:
            return Trial(mutant, End.NO_TEST)
        for batch in _batches(tests, seen, limit_seconds):
            seconds = _START_SECONDS + _SLOWER * sum(seen.seconds[each] for each in batch)
            result = self._judged(mutant, batch, seconds)
            if result.is_failure:
                return Trial(mutant, End.KILLED, result.failure)
            if not result.has_ended:
                return Trial(mutant, End.TIMED_OUT)
        # Rows that were not measured may run the line, too. A test that doesn't end fails by its
        # own limit: here time that is up says nothing.
        others = seen.in_turn(seen.tests_about(mutant.module), mutant.module, about=about)
        functions = list(dict.fromkeys(each.partition("[")[0] for each in (*tests, *others)))
        result = self._judged(mutant, functions, limit_seconds, lane="whole")
        if result.is_failure:
            return Trial(mutant, End.KILLED, result.failure)
        return Trial(mutant, End.LIVED, f"{len(tests)} tests run its line")

    def _judged(
        self, mutant: Mutant, tests: list[str], seconds: float, *, lane: str = ""
    ) -> Result:
        """What these make of it; one that fails without the change, too, is left out."""
        assert mutant.changed is not None
        while True:
            self.copy.write(mutant.module, mutant.changed)
            try:
                result = self._run(tests, seconds, lane, mutant)
            finally:
                self.copy.write(mutant.module, mutant.source)
            if not result.is_failure:
                return result
            if not result.failed:  # before the first test, as when nothing can be imported
                return result if can_collect(self.copy, tests) else Result(passed=True)
            if self._run([result.failed], seconds, lane).passed:
                return result
            names = (result.failed, result.failed.partition("[")[0])
            tests = [each for each in tests if each not in names]
            if not tests:
                return Result(passed=True)

    def _run(
        self, tests: list[str], seconds: float, lane: str, mutant: Mutant | None = None
    ) -> Result:
        """By the process that has them collected, where this can be seen there."""
        result = None
        if not lane and mutant is None:
            result = self.collected.run(tests, seconds)
        elif not lane and mutant and str(mutant.line) in lines_of_functions(mutant.source):
            file = str(self.copy.folder / mutant.module)
            result = self.collected.run(tests, seconds, file=file, before=mutant.source)
        return result or run_tests(self.copy, tests, seconds, lane=lane)


def _batches(tests: list[str], seen: Seen, limit_seconds: float) -> list[list[str]]:
    batches: list[list[str]] = [[]]
    spent, goal = 0.0, _FIRST_SECONDS
    for each in tests:
        if spent and spent + seen.seconds[each] > limit_seconds:
            continue
        spent += seen.seconds[each]
        batches[-1].append(each)
        if spent >= goal:
            batches.append([])
            goal = spent * 3
    return [each for each in batches if each]
