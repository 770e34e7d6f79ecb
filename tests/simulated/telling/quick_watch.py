"""``changer watch`` by a clock of its own: time passes where it waits, whatever a reading takes.

As a program it takes the same words. The pause between two readings is many times what one took:
on a busy host minutes, for tests that wait for the next one.
"""

from __future__ import annotations

import sys
import time
from unittest.mock import patch

from changer.cli.main import main
from changer.host.clock import SystemClock


class QuickClock(SystemClock):
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self._slept_seconds = 0.0

    def monotonic(self) -> float:
        return self._slept_seconds

    def sleep(self, seconds: float) -> None:
        time.sleep(0.05)
        self._slept_seconds += seconds


if __name__ == "__main__":
    with patch("changer.cli.watch.SystemClock", QuickClock):
        sys.exit(main(["watch", *sys.argv[1:]]))
