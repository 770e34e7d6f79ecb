"""A thread that does something again and again while a process holds something."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from changer.errors import ChangerError, OwnershipLost

_LONGEST_RETRY_SECONDS = 2.0


@contextmanager
def repeated(act: Callable[[], None], *, every_seconds: float) -> Iterator[None]:
    """Do it in another thread as long as ``with`` lasts, first after that time.

    What fails is tried again soon; after OwnershipLost nothing is.
    """
    over = threading.Event()

    def run() -> None:
        pause_seconds = every_seconds
        while not over.wait(pause_seconds):
            pause_seconds = min(every_seconds, _LONGEST_RETRY_SECONDS)
            with suppress(ChangerError):
                try:
                    act()
                except OwnershipLost:
                    return
                pause_seconds = every_seconds

    thread = threading.Thread(target=run, name="changer-renewal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
