"""How much properties try: few examples in `make test`, at night as many as there is time for.

pytest -m hypothesis --hypothesis-profile nightly; $CHANGER_NIGHTLY_MINUTES: how long
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

_MINUTES = 40.0
_LONGEST_ROUND_SECONDS = 600.0
_ROUNDS = "rounds"


def register() -> None:
    """Make the profile known, before pytest asks for it."""
    settings.register_profile("nightly", deadline=None, print_blob=True, derandomize=False)


def examples(number: int) -> settings:
    """Settings for this number of examples, whatever an example takes."""
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


class Night:
    """A plugin of pytest: each property is tried again with new examples for its share of time."""

    NAME = "night"

    def __init__(self) -> None:
        minutes = float(os.environ.get("CHANGER_NIGHTLY_MINUTES", _MINUTES))
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        self._seconds = 60 * minutes * workers
        self.share = self._seconds

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.share = self._seconds / max(1, len(items))
        for item in items:
            limit = self.share + _LONGEST_ROUND_SECONDS
            item.add_marker(pytest.mark.timeout(limit), append=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Iterator[None]:
        end = time.monotonic() + self.share
        result = yield
        rounds = 1
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        while time.monotonic() < end:
            pyfuncitem.obj(**arguments)
            rounds += 1
        pyfuncitem.user_properties.append((_ROUNDS, rounds))
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        passed = terminalreporter.stats.get("passed", [])
        rounds = [
            value for each in passed for name, value in each.user_properties if name == _ROUNDS
        ]
        terminalreporter.write_line(
            f"{len(rounds)} properties hold, in {sum(rounds):,} rounds of new examples"
        )
