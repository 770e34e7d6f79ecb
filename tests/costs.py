"""What test modules cost: seconds of processor time, of a test's own process and its children.

Printed at the end of a run, the dearest first. Time that passes says little while others work on
the machine. What a server of PostgreSQL does for a test is not seen: it ends after them all.
"""

from __future__ import annotations

import resource
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import pytest

DEAREST = 12


class Costs:
    """A plugin of pytest. ``seconds``: by module."""

    NAME = "costs"

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        before = _used()
        try:
            return (yield)
        finally:
            module, _, _ = item.nodeid.partition("::")
            self.seconds[module] += _used() - before

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):  # one of several processes of a run
            session.config.workeroutput[self.NAME] = dict(self.seconds)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for name, seconds in getattr(node, "workeroutput", {}).get(self.NAME, {}).items():
            self.seconds[name] += seconds

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self.seconds) <= DEAREST:
            return
        terminalreporter.section("processor time")
        rows = sorted(self.seconds.items(), key=itemgetter(1), reverse=True)[:DEAREST]
        rows.append((f"all {len(self.seconds)} modules", sum(self.seconds.values())))
        terminalreporter.write("".join(f"{seconds:7.1f} s  {name}\n" for name, seconds in rows))


def _used() -> float:
    times = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in times)
