"""The process of a machine, its three streams, and what ends it when its launcher does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from .machine import Start

# Reads until the launcher ends, in whatever way, and then ends the machine with all its processes
# at once: one of User-mode Linux that outlived its kernel would work on this machine's own.
_GUARD = 'read -r line; kill -s KILL -- "-$1"'


def run_process(
    start: Callable[[int], Start], console: Path, *, is_done: Callable[[], bool], timeout: float
) -> bool:
    """Run a machine to its end, passing its streams on as they come; False at the time limit.

    ``start`` gets the number of the open file for the command's standard error.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    with console.open("wb") as log, _started(start(writing)) as process:
        assert process.stdout is not None and process.stderr is not None
        streams = (
            (process.stdout.fileno(), sys.stdout.fileno()),
            (process.stderr.fileno(), log.fileno()),
            (reading, sys.stderr.fileno()),
        )
        pumps = [threading.Thread(target=pump, args=stream, daemon=True) for stream in streams]
        try:
            for thread in pumps:  # a signal may come between them, as soon as the first passes text
                thread.start()
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            # A guest that has said its status and then hangs while it powers off has done its work.
            return is_done()
        finally:
            stop(process)
            os.close(writing)
            for thread in pumps:
                if thread.ident is not None:
                    thread.join()
            os.close(reading)
    return True


@contextlib.contextmanager
def _started(start: Start) -> Iterator[subprocess.Popen[bytes]]:
    # Pipes, because QEMU opens standard output anew: a file would be truncated.
    process = subprocess.Popen(
        start.argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=start.pass_fds,
        env={**os.environ, **start.environment},
        start_new_session=True,
    )
    with guarded(process):
        yield process


@contextlib.contextmanager
def guarded(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a machine, in a session of its own, at the end, and when this process dies before."""
    with (
        process,
        subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", str(process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        ) as guard,
    ):
        try:
            yield
        finally:
            stop(process)
            guard.kill()


def pump(source: int, target: int) -> None:
    """Pass bytes on as they come, to the end; what has no reader any more is dropped."""
    while data := os.read(source, 65536):
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(target, data) :]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a machine with everything around it; they share one process group of their own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
