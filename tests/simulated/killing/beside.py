"""A function that is killed while another process is in the middle of a cleaning, and lives on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from children import is_over, started
from cleaning.cleaner_library import CleanerLibrary

from .killing import Function, Killing
from .points import Steps

CLEANING_FOR_SECONDS = 4.0  # when it stops; the robot takes no time before that
_PATIENCE_SECONDS = 240.0


class Beside(Killing):
    """As Killing; ``beside`` stops each time when its drive cleans, and ends well afterwards.

    What it comes back to is what the dead process left: it is the first to find that. With ``dies``
    it is killed as well, in the middle of its cleaning.
    """

    def __init__(
        self,
        library: CleanerLibrary,
        function: Function,
        name: str,
        *,
        beside: Function,
        dies: bool = False,
    ) -> None:
        self._beside, self._dies = beside, dies
        super().__init__(library, function, name)

    def _in_child(self, steps: Steps, *, at_end: Callable[[], object] = lambda: None) -> int:
        with self._other_at_work():
            return super()._in_child(steps, at_end=at_end)

    @contextmanager
    def _other_at_work(self) -> Iterator[None]:
        ready, is_ready = os.pipe()
        wait, let_go = os.pipe()
        other = started(lambda: self._work(is_ready, (wait, let_go)))
        os.close(is_ready)
        os.close(wait)
        assert is_over(ready, _PATIENCE_SECONDS), "the other process does not begin"
        assert os.read(ready, 1), "the other process ended before its drive cleaned"
        assert len(self.library.rows("claims")) == 2, "of its drive, and of its cleaner's home"
        try:
            yield
        finally:
            if self._dies:
                os.kill(other, signal.SIGKILL)
            os.close(let_go)
            os.close(ready)
            status = os.waitstatus_to_exitcode(os.waitpid(other, 0)[1])
        end = -signal.SIGKILL if self._dies else 0
        assert status == end, f"{self.name}: the other process ended with {status}"

    def _work(self, is_ready: int, pipe: tuple[int, int]) -> None:
        wait, let_go = pipe
        os.close(let_go)

        def stop() -> None:
            os.write(is_ready, b".")
            os.read(wait, 1)

        self.library.clock.plan(CLEANING_FOR_SECONDS, stop)
        with self.library.open() as opened:
            self._beside(opened)
