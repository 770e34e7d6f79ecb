"""Gathering within a time: what hangs or fails is not told, and the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from changer.doctor.diagnosis import NotTold
from changer.errors import ChangerError

FactT = TypeVar("FactT")


def within(seconds: float, what: str, gather: Callable[[], FactT]) -> FactT | NotTold:
    """What ``gather`` returns, or why it did not.

    ``what``: the fact, as a subject: "the store". It runs in a thread of its own, which is left
    behind where a file or a device never answers: it changes nothing.
    """
    results: list[FactT | NotTold] = []

    def run() -> None:
        try:
            results.append(gather())
        except ChangerError as error:
            how = f" ({error.hint})" if error.hint else ""
            results.append(NotTold(f"{what} can't be read: {error.message}{how}"))
        except OSError as error:
            results.append(NotTold(f"{what} can't be read: {error.strerror or error}"))
        except Exception as error:
            results.append(NotTold(f"{what} can't be read: {type(error).__name__}: {error}"))

    thread = threading.Thread(target=run, daemon=True, name=f"doctor: {what}")
    try:
        thread.start()
    except (RuntimeError, MemoryError):  # no process or memory is left for a thread
        run()
    else:
        thread.join(seconds)
    if results:
        return results[0]
    return NotTold(f"{what} did not answer within {seconds:.0f} s")
