"""Waits until something is so, for as long as an emulated machine may need."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def wait_until(
    condition: Callable[[], bool], *, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Return when it is so."""
    deadline = time.monotonic() + patience_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
