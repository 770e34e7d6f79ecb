"""What a command works with: the options, the library that is meant, and where output goes."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from changer.cli.output import write
from changer.cli.parser import GlobalOptions
from changer.cli.progress import Progress
from changer.errors import AccessDenied
from changer.host.clock import SystemClock
from changer.host.syslog import announce
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.library.settings import load_configuration
from changer.store import Store, open_store
from changer.transport import Transport

__all__ = ["Application"]


@dataclass(slots=True)
class HeldOutput:
    """What a command would have printed."""

    lines: list[str] = field(default_factory=list)
    document: dict[str, Any] | None = None


@dataclass(slots=True)
class Application:
    """One run of the program."""

    options: GlobalOptions
    arguments: Sequence[str]
    progress: Progress
    _held: HeldOutput | None = None

    @contextmanager
    def holding_output(self) -> Iterator[HeldOutput]:
        """Inside, data is kept instead of printed."""
        self._held = held = HeldOutput()
        try:
            yield held
        finally:
            self._held = None

    def request(self) -> Request:
        """The options, as those who open libraries read them."""
        return Request(
            library=self.options.library,
            state=self.options.state,
            environment=os.environ,
            configuration=load_configuration(os.environ),
            clock=SystemClock(),
            command=" ".join(("changer", *self.arguments)),
            wait_seconds=self.options.wait,
            progress=self.progress.step,
            warn=self.warn,
            announce=announce,
            wrap=self._wrap,
        )

    def open_library(self) -> Library:
        """The library that is meant; closed by the caller."""
        return open_library(self.request())

    def acting_library(self, arguments: Namespace) -> AbstractContextManager[Library]:
        """The library that is meant, to act on; under --dry-run without effect."""
        if not arguments.dry_run:
            return self.open_library()
        from changer.cli.dry_run import rehearsed_library

        return rehearsed_library(self)

    def acting_store(self, arguments: Namespace) -> AbstractContextManager[Store]:
        """The store alone, to write to; under --dry-run without effect."""
        if not arguments.dry_run:
            return self.open_store()
        from changer.cli.dry_run import rehearsed_store

        return rehearsed_store(self)

    def open_store(self) -> Store:
        """The store alone; closed by the caller."""
        try:
            return open_store(self.request().paths.state, clock=SystemClock())
        except AccessDenied as denied:
            denied.hint = f"{denied.hint}; for virtual libraries of your own: --library sim:demo"
            raise

    def _wrap(self, transport: Transport, device: str) -> Transport:
        if self.options.verbose > 1:
            from changer.transport.traced import ShownTransport

            transport = ShownTransport(transport, self.progress.say)
        if self.options.trace is not None:
            from changer.transport.traced import TracedTransport

            transport = TracedTransport(
                transport,
                self.options.trace,
                device=device,
                clock=SystemClock(),
                warn=self.warn,
            )
        return transport

    def warn(self, text: str) -> None:
        """A line on standard error that does not end the command."""
        self.progress.say(f"changer: warning: {text}")

    def print(self, text: str) -> None:
        """A line of data for a person; nothing under --json."""
        if self._held is not None:
            self._held.lines.append(text)
        elif not self.options.json:
            self.progress.clear()
            write(f"{text}\n")

    def print_json(self, schema: str, content: dict[str, Any]) -> None:
        """The data of this command under --json; nothing else goes to standard output then."""
        document = {"schema": f"changer.{schema}/1", **content}
        if self._held is not None:
            self._held.document = document
        elif self.options.json:
            import json

            self.progress.clear()
            write(json.dumps(document, indent=2) + "\n")
