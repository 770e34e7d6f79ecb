"""Rules for every test: a time limit; under CI none is skipped; figures are counted."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lanes
import pytest
from connections import warn_of_unclosed
from costs import Costs
from figures import FIGURES, Figures, fault_table, table
from folders import quick_folder
from shared_queue import VARIABLE, SharedQueue
from sweeps import IS_WHOLE

from changer.host import interrupts

IN_CI = os.environ.get("CI") == "true"
# For each fast test that has no limit of its own; the longest takes a tenth of it alone.
LIMIT_SECONDS = 600 if IS_WHOLE else 120
# After its limit, for what holds signals: pytest-timeout ends a test by one.
GRACE_SECONDS = 30
FAST = ("unit", "simulated")
# The processes of the first take what processor time others leave.
FIRST = ("test_together_crowd.py", "killing")
STANDARD_ERROR = os.dup(2)  # tests have others


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    warn_of_unclosed()
    # Programs run as users have them: with buffers, whose last text is written at the very end.
    os.environ.pop("PYTHONUNBUFFERED", None)
    # Programs of this host are not told what happens in tests.
    os.environ["CHANGER_HOOKS"] = "/nonexistent"
    # A shell has programs in its background ignore Ctrl-C, and nohup a hang-up; so would ours.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    config.pluginmanager.register(Costs(), Costs.NAME)
    if VARIABLE in os.environ:
        config.pluginmanager.register(SharedQueue(Path(os.environ[VARIABLE])))
    # Only for who asks for a profile: importing hypothesis takes the guest ten seconds.
    if config.getoption("--hypothesis-profile", None):
        import effort

        effort.register()
        if "nightly" in config.getoption("--hypothesis-profile"):
            config.pluginmanager.register(effort.Night(), effort.Night.NAME)


@pytest.fixture(autouse=True)
def signals_let_go() -> Iterator[None]:
    """Whatever a test holds signals for is over when it ends: else the next one would be held."""
    yield
    assert not interrupts.are_held()


@pytest.fixture(autouse=True)
def sweeps_are_marked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Else no lane would try what is left out here."""
    yield
    lanes.see_marked(request.node)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.pluginmanager.hasplugin("timeout"):
        raise pytest.UsageError("pytest-timeout is not installed: run make venv")
    for item in items:
        if set(FAST) & set(item.path.parts) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LIMIT_SECONDS))
    lanes.select(config, items)
    deal(items)


def deal(items: list[pytest.Item]) -> None:
    """The longest first, and to each process of the run as many of them as to the others.

    So none waits for another one at the end, and those that fork by the thousand do it before the
    process has grown. (worksteal gives each process a part of the list, in its order.)
    """
    items.sort(key=lambda item: [each not in item.path.parts for each in FIRST])
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [each for start in range(processes) for each in items[start::processes]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that its limit does not end is one of a process that does: others carry on."""
    marker = item.get_closest_marker("timeout")
    seconds = marker.args[0] if marker and marker.args else 0
    if seconds:
        faulthandler.dump_traceback_later(seconds + GRACE_SECONDS, exit=True, file=STANDARD_ERROR)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def pytest_sessionfinish(session: pytest.Session) -> None:
    # -ra has named what was skipped.
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if hasattr(session.config, "workeroutput"):  # one of several processes of a run
        session.config.workeroutput["figures"] = FIGURES.as_text()
        return
    file = os.environ.get("CHANGER_FIGURES")
    if file and FIGURES.sums:
        FIGURES.add_to(Path(file))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output = getattr(node, "workeroutput", {})
    FIGURES.add(Figures.of_text(output.get("figures", "{}")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    sections = {
        "faults: cases by function and outcome": list(fault_table(FIGURES)),
        "figures": list(table(FIGURES)),
    }
    for title, lines in sections.items():
        if lines:
            terminalreporter.section(title)
            terminalreporter.write("\n".join(lines) + "\n")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can enter, in memory where there is some."""
    with quick_folder() as made:
        yield made
