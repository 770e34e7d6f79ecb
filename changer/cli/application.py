"""One run of a command: its options, its output and progress, and the library that is meant."""

from __future__ import annotations

import os
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Self

from changer.cli.commands import HERE_ALONE, OF_THIS_HOST, Entry, GlobalOptions
from changer.cli.output import Output, complain, replace_line, terminal_size
from changer.errors import AccessDenied, ChangerError
from changer.host import interrupts
from changer.host.clock import TimedStep
from changer.library.library import Library
from changer.library.opening import (
    KnownLibrary,
    Request,
    host_request,
    open_known_library,
    open_library,
)
from changer.library.settings import Configuration, load_configuration
from changer.store.protocol import Store
from changer.transport.opening import SIMULATED
from changer.values import dataclass, field, replace

if TYPE_CHECKING:
    from changer.library.owner_choice import Owned
    from changer.store.sharing import Purpose

QUIET_SECONDS = 2.0
TERMINAL_INTERVAL_SECONDS = 1.0
LOG_INTERVAL_SECONDS = 60.0


def duration(seconds: float) -> str:
    """``45 s``, ``15 min``, ``3 min 20 s``, ``2 h``, ``1 h 5 min``."""
    whole = int(seconds + 0.5)
    if whole < 120:
        return f"{whole} s"
    larger, smaller, size = ("min", "s", 60) if whole < 7200 else ("h", "min", 3600)
    many, rest = divmod(whole, size)
    rest = rest if size == 60 else rest // 60
    return f"{many} {larger} {rest} {smaller}" if rest else f"{many} {larger}"


def _terminal_columns() -> int:
    return terminal_size(sys.stderr)[0] or 80


class Progress:
    """The step under way: a line that counts seconds on a terminal, else a line every minute.

    A TimedStep shows its limit, too. ``verbose`` prints every step at once. A step too long for the
    terminal's width is printed once, and the line that counts stands below it.
    """

    _began: float
    _limit_seconds: float | None
    _stays: bool

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._terminal = sys.stderr.isatty()
        self._step = ""
        self._shown = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def step(self, text: str) -> None:
        """Begin a step."""
        with self._lock:
            if text == self._step:
                return
            self._erase()
            self._step = text
            self._stays = self._verbose
            self._began = time.monotonic()
            self._limit_seconds = None
            if isinstance(text, TimedStep):
                self._began -= text.spent_seconds
                self._limit_seconds = text.limit_seconds
            if self._verbose:
                complain(text)
        if self._thread is None:
            # Ctrl-C while it starts would leave a thread that is never joined.
            with interrupts.held():
                thread = threading.Thread(target=self._watch, daemon=True)
                # Where the host has no process or memory left, no seconds are shown.
                with suppress(RuntimeError, MemoryError):
                    thread.start()
                    self._thread = thread

    def clear(self) -> None:
        """Make room on the terminal for a line of data, and restart the step's time."""
        with self._lock:
            self._erase()
            self._began = time.monotonic()

    def rest(self) -> None:
        """End the step, before the next one begins."""
        with self._lock:
            self._erase()
            self._step = ""

    def say(self, text: str) -> None:
        """Print a line to standard error."""
        with self._lock:
            self._erase()
            complain(text)

    def _watch(self) -> None:
        interval = TERMINAL_INTERVAL_SECONDS if self._terminal else LOG_INTERVAL_SECONDS
        pause = QUIET_SECONDS
        while not self._ended.wait(pause):
            with self._lock:
                elapsed = time.monotonic() - self._began
                pause = interval
                if not self._step:
                    continue
                if elapsed >= QUIET_SECONDS:
                    self._show(elapsed)
                else:
                    pause = QUIET_SECONDS - elapsed

    def _show(self, elapsed_seconds: float) -> None:
        time_passed = duration(elapsed_seconds)
        if self._limit_seconds is not None:
            time_passed += f" of up to {duration(self._limit_seconds)}"
        line = f"{self._step}: {time_passed}"
        if not self._terminal:
            complain(line)
            return
        # A line that the terminal wraps can't be written over: each second would add one.
        if len(line) >= _terminal_columns():
            if not self._stays:
                replace_line("")
                complain(self._step)
                self._stays = True
            line = time_passed
        replace_line(line)
        self._shown = True

    def _erase(self) -> None:
        if self._shown:
            replace_line("")
            self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._erase()


@dataclass(slots=True)
class Application:
    """Options, output and libraries of one command line (``arguments``).

    ``client``: the host that it is run for; empty: this one.
    """

    options: GlobalOptions
    arguments: Sequence[str]
    progress: Progress
    client: str = ""
    output: Output = field(init=False)
    _configuration: Configuration | None = None

    def __post_init__(self) -> None:
        self.output = Output(json=self.options.json, clear=self.progress.clear)

    @property
    def configuration(self) -> Configuration:
        """The settings, read once. Raises UsageError, AccessDenied."""
        if self._configuration is None:
            self._configuration = load_configuration(os.environ)
        return self._configuration

    def add_aliases(self, error: ChangerError) -> None:
        """Have an error name libraries by their aliases, too, if the settings were read."""
        if self._configuration is not None:
            self._configuration.add_aliases(error)

    def ignore_settings(self) -> None:
        """Go on with the defaults: the settings can't be used, and that is what is to be said."""
        self._configuration = Configuration()

    def owned_elsewhere(self, entry: Entry, arguments: Namespace) -> Owned | None:
        """The library that a command means, where another host owns it. Raises AmbiguousLibrary."""
        if entry.name in HERE_ALONE or not self.configuration.has_owners:
            return None
        if entry.name == "list" and self.configuration.manager is None:
            return None
        if entry.name in OF_THIS_HOST and arguments.all:
            return None
        from changer.library.owner_choice import owned_elsewhere

        drive = getattr(arguments, "drive", None)  # a device, which may be a virtual one
        if isinstance(drive, str) and drive.startswith(SIMULATED):
            return None
        request = self.request()
        try:
            return owned_elsewhere(request.name, self.configuration)
        except ChangerError as error:
            request.explain(error)
            raise

    def request(self) -> Request:
        """The options, as open_library reads them."""
        whose = f" (for {self.client})" if self.client else ""
        command = " ".join(("changer", *self.arguments)) + whose
        return replace(
            host_request(command, self.configuration),
            library=self.options.library,
            state=self.options.state,
            wait_seconds=self.options.wait,
            progress=self.progress.step,
            warn=self.warn,
            trace=self.options.trace,
            show=self.progress.say if self.options.verbose > 1 else None,
        )

    def open_library(self, purpose: Purpose = "act") -> Library:
        """Open the library that is meant; the caller closes it."""
        return open_library(replace(self.request(), purpose=purpose))

    def open_library_again(self, library: Library) -> Library:
        """Open a library that is open already, for another thread; the caller closes it."""
        return open_known_library(self.request(), KnownLibrary(library.id, library.device))

    def acting_library(self, arguments: Namespace) -> AbstractContextManager[Library]:
        """Open the library that is meant, to act on; under --dry-run without effect."""
        if not arguments.dry_run:
            return self.open_library()
        from changer.cli.dry_run import library_dry_run

        return library_dry_run(self.request(), self.output)

    def acting_store(self, arguments: Namespace) -> AbstractContextManager[Store]:
        """Open the store alone, to write to; under --dry-run without effect."""
        if not arguments.dry_run:
            return self.open_store("act")
        from changer.cli.dry_run import store_dry_run

        return store_dry_run(self.open_store("rehearse"), self.output)

    def open_store(self, purpose: Purpose = "read") -> Store:
        """Open the store alone; the caller closes it."""
        try:
            return self.request().coordination.open_store(purpose, warn=self.warn)
        except AccessDenied as denied:
            own = "for virtual libraries of your own: --library sim:demo"
            denied.add_context(hint=f"{denied.hint}; {own}")
            raise

    def warn(self, text: str) -> None:
        """Print a warning on standard error; the command goes on."""
        self.progress.say(f"changer: warning: {text}")
