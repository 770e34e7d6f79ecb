"""Signals at random moments, for what must lose nothing to KeyboardInterrupt."""

from __future__ import annotations

import gc
import random
import signal
import threading
from collections.abc import Callable
from itertools import count
from types import FrameType

from changer.host import interrupts


class Storm:
    """SIGALRM and SIGUSR1 at random moments, whose handlers raise."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._may_raise = False
        self.raised = 0

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._may_raise:
            self._may_raise = False
            self.raised += 1
            raise KeyboardInterrupt

    def over(self, body: Callable[[], None], *, times: int, longest_seconds: float = 0.001) -> None:
        """Run ``body`` again and again, until so many have ended it.

        ``longest_seconds``: from one signal to the next; about as long as the body takes. Each
        tenth run is left in peace, so that one in ten gets done on a host of any speed.
        """
        body()  # what is raised in a callback of an import is lost, too
        numbers = (signal.SIGALRM, signal.SIGUSR1)
        before = {each: signal.signal(each, self._handle) for each in numbers}
        ended = threading.Event()
        main = threading.get_ident()

        def second() -> None:
            while not ended.wait(self._random.uniform(0.0001, longest_seconds)):
                signal.pthread_kill(main, signal.SIGUSR1)

        thread = threading.Thread(target=second)
        thread.start()
        gc.disable()  # what is raised in a callback of its is lost
        signal.setitimer(signal.ITIMER_REAL, longest_seconds, longest_seconds * 0.37)
        try:
            runs = count()
            while self.raised < times:
                try:
                    self._may_raise = next(runs) % 10 != 9
                    body()
                    self._may_raise = False
                except KeyboardInterrupt:
                    pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            gc.enable()
            ended.set()
            thread.join()
            with interrupts.held():  # restores what was cut off
                pass
            for each in numbers:
                assert signal.signal(each, before[each]) == self._handle
