"""A clock in the test's hands, for whatever takes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class HandClock:
    """Stands still until someone sleeps. ``on_sleep`` is called after each sleep."""

    time: float = 1_700_000_000.0
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], object] = lambda: None

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.time += seconds
        self.on_sleep()
