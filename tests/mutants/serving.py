"""A plugin of pytest that collects tests once, and then runs some of them for each request.

``collected`` starts pytest with it. A request is a line of JSON, as ``Request`` has it, at the
descriptor that $MUTANTS_REQUESTS names. At the one that $MUTANTS_ANSWERS names are lines of JSON,
too: the number of the process that runs the tests, which leads a group of its own; the name of the
test that failed, with the reason, if one did; last the status that pytest ended with.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .new_code import functions_by_file, put

REQUESTS, ANSWERS = "MUTANTS_REQUESTS", "MUTANTS_ANSWERS"


@dataclass(frozen=True)
class Request:
    """Tests by their names. ``file``: which is not as it was when it was imported, ``before``."""

    tests: list[str]
    file: str = ""
    before: str = ""


class Server:
    """Forks a process for each request, which goes on as if these tests alone were collected."""

    def __init__(self) -> None:
        self._requests = os.fdopen(int(os.environ.pop(REQUESTS)))
        self._answers = os.fdopen(int(os.environ.pop(ANSWERS)), "w")
        for each in (self._requests, self._answers):
            os.set_inheritable(each.fileno(), False)
        self._runs_tests = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Serve until no more requests come; in the process that is forked, go on."""
        functions = functions_by_file()
        gc.freeze()  # else each process would copy what it only counts
        self._answer("collected")
        for line in self._requests:
            process = os.fork()
            if not process:
                os.setsid()
                self._runs_tests = True
                request = Request(**json.loads(line))
                if request.file:
                    after = Path(request.file).read_text()
                    put(functions.get(request.file, ()), request.file, request.before, after)
                wanted = dict.fromkeys(request.tests)
                by_name = {item.nodeid: item for item in session.items if item.nodeid in wanted}
                session.items[:] = [by_name[each] for each in wanted]
                return None
            self._answer(process)
            _, status = os.waitpid(process, 0)
            self._answer({"status": os.waitstatus_to_exitcode(status)})
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            reason = str(crash.message if crash else report.longrepr).partition("\n")[0]
            self._answer({"failed": report.nodeid, "reason": reason})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """End a process that ran tests here: its interpreter has nothing to take down."""
        if self._runs_tests:
            atexit._run_exitfuncs()
            os._exit(exitstatus)

    def _answer(self, value: Any) -> None:
        print(json.dumps(value), file=self._answers, flush=True)


def pytest_configure(config: pytest.Config) -> None:
    os.environ.pop("PYTHONPATH", None)  # it is there for this plugin
    config.pluginmanager.register(Server())
