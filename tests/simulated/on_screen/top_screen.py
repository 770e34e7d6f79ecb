"""The program on a pseudo-terminal, and what a person sees there: as much of xterm as it uses."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from cli.terminal import PROGRAM, Terminal

# Where readings take long, because the host is busy, they are rarer.
LIMIT_SECONDS = 120.0
_SEQUENCE = re.compile(
    r"\x1b\[(?P<parameters>[0-9;:?<>=]*)[ $]?(?P<final>[@-~])|\x1b[()][A-Z0-9]|\x1b[=>78cM]"
)
# Exported sizes, as some shells have them, are those of the window at another time.
_SURROUNDINGS = {
    "TERM": "xterm-256color",
    "NO_COLOR": None,
    "COLUMNS": "77",
    "LINES": "23",
    "PYTHONFAULTHANDLER": "1",
}
_ALTERNATE, _CURSOR = "?1049", "?25"
_MOUSE_AND_PASTES = {"?1000", "?1002", "?1003", "?1006", "?1015", "?2004"}


class Emulator:
    """Cells of a screen, and the modes that the program set."""

    def __init__(self, columns: int, lines: int) -> None:
        self.modes: set[str] = set()
        self.written = ""
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        self._columns, self._lines = columns, lines
        self._clear()
        self._line = self._column = 0

    def _clear(self) -> None:
        self._cells = [[" "] * self._columns for _ in range(self._lines)]

    @property
    def lines(self) -> list[str]:
        return ["".join(each).rstrip() for each in self._cells]

    def feed(self, text: str) -> None:
        self.written += text
        place = 0
        while place < len(text):
            found = _SEQUENCE.match(text, place)
            if found is not None:
                self._obey(found["parameters"] or "", found["final"] or "")
                place = found.end()
                continue
            self._put(text[place])
            place += 1

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self._column = 0
        elif letter == "\n":
            self._line = min(self._line + 1, self._lines - 1)
        elif letter >= " ":
            if self._line < self._lines and self._column < self._columns:
                self._cells[self._line][self._column] = letter
            self._column += 1

    def _obey(self, parameters: str, final: str) -> None:
        if final in "hl" and parameters.startswith("?"):
            for mode in parameters[1:].split(";"):
                (self.modes.add if final == "h" else self.modes.discard)(f"?{mode}")
            if parameters == _ALTERNATE:
                self._clear()
        elif final in "Hf":
            line, column = (*map(int, filter(None, parameters.split(";"))), 1, 1)[:2]
            self._line, self._column = line - 1, column - 1
        elif final == "J":
            self._clear()
        elif final == "K":
            self._cells[self._line][self._column :] = " " * (self._columns - self._column)


class TopScreen:
    """A process on a terminal of its own, and a person's keys."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int, size: tuple[int, int]):
        self.process = process
        self._descriptor = descriptor
        self.emulator = Emulator(*size)
        self._partial = b""

    @property
    def text(self) -> str:
        return "\n".join(self.emulator.lines)

    def press(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        self.emulator.resize(columns, lines)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait_for(self, *wanted: str, seconds: float = LIMIT_SECONDS) -> None:
        """Until that stands on the screen, all at once."""
        self.wait_until(lambda: all(re.search(each, self.text) for each in wanted), seconds=seconds)

    def wait_until(
        self, condition: Callable[[], object], *, seconds: float = LIMIT_SECONDS
    ) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{self.text}\n{self._tracebacks()}"
            assert self._read() or condition(), f"it ended:\n{self.text}"

    def _tracebacks(self) -> str:
        """Where all threads of the process are; that ends it."""
        before = len(self.emulator.written)
        self.process.send_signal(signal.SIGABRT)
        while self._read():
            pass
        return self.emulator.written[before:]

    def hang_up(self) -> None:
        """The window is closed."""
        os.close(self._descriptor)
        self._descriptor = -1

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def end(self) -> int:
        """The exit status, after all that is written."""
        while self._descriptor >= 0 and self._read():
            pass
        return self.process.wait(timeout=LIMIT_SECONDS)

    def assert_restored(self) -> None:
        """The shell has its screen, its cursor and its keys again."""
        assert self.is_restored(), self.emulator.modes

    def is_restored(self) -> bool:
        """Whether it has, by what was read of the terminal so far."""
        left = self.emulator.modes
        return _ALTERNATE not in left and _CURSOR in left and not left & _MOUSE_AND_PASTES

    def attributes(self) -> list[Any]:
        return termios.tcgetattr(self._descriptor)

    def _read(self) -> bool:
        if not select.select([self._descriptor], [], [], 0.2)[0]:
            return self.process.poll() is None
        with suppress(OSError):  # Linux: the other side is closed
            read = os.read(self._descriptor, 65536)
            self._feed(self._partial + read)
            return bool(read)
        return False

    def _feed(self, data: bytes) -> None:
        whole, escape, rest = data.rpartition(b"\x1b")
        is_whole = not escape or _SEQUENCE.match((escape + rest).decode("utf-8", "ignore"))
        self._partial = b"" if is_whole else escape + rest
        self.emulator.feed((data if is_whole else whole).decode("utf-8", "replace"))


@contextmanager
def top_screen(
    terminal: Terminal,
    *words: str,
    columns: int = 80,
    lines: int = 24,
    ignored: tuple[int, ...] = (),
    **changes: str | None,
) -> Iterator[TopScreen]:
    """``changer top`` as a person starts it; ``ignored``: signals, as nohup has it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def begin() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    process = subprocess.Popen(
        [str(PROGRAM), "top", *words],
        env=terminal.environment(**{**_SURROUNDINGS, **changes}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=begin,
    )
    os.close(theirs)
    screen = TopScreen(process, ours, (columns, lines))
    try:
        yield screen
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        screen.close()
