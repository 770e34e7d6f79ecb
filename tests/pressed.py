"""Ctrl-C while a function runs, and not before it, however long a host takes to get there."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from waiting import wait_until


@contextmanager
def pressed_within(function: Callable[..., Any]) -> Iterator[None]:
    """Send this process SIGINT as soon as its main thread is in that function, of Python."""
    main = threading.main_thread().ident
    assert main is not None

    def is_there() -> bool:
        frame: FrameType | None = sys._current_frames()[main]
        while frame is not None and frame.f_code is not function.__code__:
            frame = frame.f_back
        return frame is not None

    def press() -> None:
        wait_until(is_there)
        signal.pthread_kill(main, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    try:
        yield
    finally:
        presser.join()
