"""One list of tests for several processes of pytest, in kernels of their own: each takes the next.

A plugin of pytest with $CHANGER_TEST_QUEUE, a folder that all of them can write. Who runs the tests
of a module (and of one device) is who makes the folder that stands for them, which one alone can.
Each process goes through the whole list, so none is left out; what one had taken when it died is
not run, and how it ended says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

VARIABLE = "CHANGER_TEST_QUEUE"


class SharedQueue:
    """``folder``: the same for all processes, empty when the first of them starts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """As pytest's own, of what this process takes."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        taken = self._taken(session.items)
        item = next(taken, None)
        while item is not None:
            # What they share ends after the last test that wants it: pytest asks for the next one.
            following = next(taken, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True

    def _taken(self, items: list[pytest.Item]) -> Iterator[pytest.Item]:
        is_mine: dict[str, bool] = {}
        for item in items:
            name = _group(item)
            if name not in is_mine:
                is_mine[name] = self._take(name)
            if is_mine[name]:
                yield item

    def _take(self, name: str) -> bool:
        try:
            (self._folder / name).mkdir()
        except FileExistsError:
            return False
        return True


def _group(item: pytest.Item) -> str:
    """What is made once for a module, for a device or for a library is made in one process."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    if "library" in parameters:
        return f"{item.path.parent.name} {parameters['library']}"
    return f"{item.path.parent.name} {item.path.stem} {parameters.get('device', '')}"
