"""Signals that are passed on: noted in a pipe, which a conversation reads, instead of raised."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NotedSignals:
    """``with``: signals that end a program become bytes of ``descriptor``, in the main thread.

    Outside it, nothing is noted; those that are ignored stay so.
    """

    def __init__(self) -> None:
        self.descriptor, self._writing = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._writing, False)
        self._former: dict[int, Any] = {}

    def take(self) -> list[int]:
        """The signals that came, in their order."""
        try:
            return [*os.read(self.descriptor, 64)]
        except BlockingIOError:
            return []

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                if handler is not signal.SIG_IGN and handler is not None:
                    self._former[number] = handler
                    signal.signal(number, self._note)
        return self

    def __exit__(self, *_exception: object) -> None:
        while self._former:
            signal.signal(*self._former.popitem())
        os.close(self._writing)
        os.close(self.descriptor)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        try:
            os.write(self._writing, bytes([number]))
        except BlockingIOError:  # enough of them
            return
