"""Children of the test's process; none of them ever comes back into pytest."""

from __future__ import annotations

import gc
import os
import select
import tempfile
import traceback
from collections.abc import Callable


def started(function: Callable[[], object]) -> int:
    """Run in a child, which ends with 0, or with 1 after an exception; its process id."""
    child = os.fork()
    if child == 0:
        gc.freeze()  # else a collection would copy all that is shared with the parent
        status = 1
        try:
            function()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def ended(function: Callable[[], object]) -> int:
    """The same, waited for: its exit status, or the signal that killed it, negative."""
    return os.waitstatus_to_exitcode(os.waitpid(started(function), 0)[1])


def captured(function: Callable[[], int]) -> tuple[int, str, str]:
    """Run in a child: the exit status that it returned, standard output, standard error."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:

        def run() -> None:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            status = 99
            try:
                status = function()
            finally:
                os._exit(status)

        status = ended(run)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return status, texts[0], texts[1]


def is_over(descriptor: int, seconds: float) -> bool:
    """Within that time the process of a pidfd has ended, or no one can write to a pipe any more."""
    poll = select.poll()  # select() takes none above 1023
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
