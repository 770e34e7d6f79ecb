"""One program of the host, run to its end with a document on its standard input, and a time limit.

It runs in a session of its own, with no file of this process but its standard streams, and can
neither wait for this process nor hold it up longer than the limit.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from changer.host import interrupts
from changer.host.guarded_files import find_program

LIMIT_SECONDS = 30.0
GRACE_SECONDS = 2.0  # from SIGTERM to SIGKILL
_REAPING_SECONDS = 1.0
_TURN_SECONDS = 0.05
_LARGEST_OUTPUT = 64 * 1024
_LONGEST_QUOTE = 200


def run_with(
    argv: Sequence[str],
    document: bytes,
    *,
    environment: Mapping[str, str],
    limit_seconds: float = LIMIT_SECONDS,
    grace_seconds: float = GRACE_SECONDS,
) -> str | None:
    """Run a program; what went wrong, as the end of a sentence about it, or None.

    What it prints is read, and quoted if it fails; after ``limit_seconds``, or when it prints too
    much, it is ended, with its process group.
    """
    try:
        process = _start(argv, environment)
    except OSError as error:
        return f"can't be run: {error.strerror or error}"
    run = _Run(process, document, grace_seconds)
    try:
        return run.finish(time.monotonic() + limit_seconds, limit_seconds)
    finally:
        run.close()


def _start(argv: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [find_program(argv[0]), *argv[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
        cwd="/",
    )


class _Run:
    """A program that runs."""

    def __init__(
        self, process: subprocess.Popen[bytes], document: bytes, grace_seconds: float
    ) -> None:
        self._process = process
        self._grace_seconds = grace_seconds
        self._to_write = memoryview(document)
        self._printed = bytearray()
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        self._selector = selectors.DefaultSelector()
        for stream, event in (
            (self._stdin, selectors.EVENT_WRITE),
            (self._stdout, selectors.EVENT_READ),
        ):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, event)

    def finish(self, deadline: float, limit_seconds: float) -> str | None:
        """Serve its streams until it ends; a child of its own that goes on is not waited for."""
        while self._process.poll() is None:
            self._serve()
            interrupts.checkpoint()
            if len(self._printed) > _LARGEST_OUTPUT:
                how = self._end()
                return f"was ended{how}: it printed more than {_LARGEST_OUTPUT // 1024} KiB"
            if time.monotonic() >= deadline:
                how = self._end()
                return f"was ended{how}: it ran for more than {limit_seconds:g} s"
        self._serve()
        status = self._process.returncode
        if status == 0:
            return None
        ended = f"was killed by signal {-status}" if status < 0 else f"failed with status {status}"
        return f"{ended}{self._quote()}"

    def close(self) -> None:
        """End it if it still runs, and close its streams."""
        if self._process.returncode is None:
            self._end()
        self._selector.close()
        self._stdout.close()
        with suppress(OSError):
            self._stdin.close()

    def _serve(self) -> None:
        """Write to it and read from it, for a moment."""
        if not self._selector.get_map():
            time.sleep(_TURN_SECONDS)
            return
        for key, _ in self._selector.select(_TURN_SECONDS):
            is_open = self._write() if key.fileobj is self._stdin else self._read()
            if not is_open:
                self._selector.unregister(key.fileobj)

    def _write(self) -> bool:
        """Whether there is more to write."""
        try:
            written = os.write(self._stdin.fileno(), self._to_write)
        except BlockingIOError:
            return True
        except OSError:  # it reads no further
            written = len(self._to_write)
        self._to_write = self._to_write[written:]
        if not self._to_write:
            with suppress(OSError):
                self._stdin.close()
        return bool(self._to_write)

    def _read(self) -> bool:
        """Whether there may be more to read."""
        with suppress(BlockingIOError):
            chunk = os.read(self._stdout.fileno(), _LARGEST_OUTPUT)
            self._printed += chunk
            return bool(chunk)
        return True

    def _quote(self) -> str:
        """The last line that it printed."""
        lines = self._printed.decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1].strip()[:_LONGEST_QUOTE]}" if lines else ""

    def _end(self) -> str:
        """End its process group: SIGTERM, then SIGKILL; how, in words."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self._grace_seconds)
        is_deaf = self._process.returncode is None
        self._signal(signal.SIGKILL)  # also what it left behind in its group
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAPING_SECONDS)
        return " by SIGKILL, as it ignored SIGTERM" if is_deaf else ""

    def _signal(self, number: int) -> None:
        with suppress(OSError):
            os.killpg(self._process.pid, number)
