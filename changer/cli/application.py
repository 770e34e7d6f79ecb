"""One run of a command: its options, its output, and the library that is meant."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from changer.cli.commands import GlobalOptions
from changer.cli.output import Output
from changer.cli.progress import Progress
from changer.errors import AccessDenied
from changer.library.library import Library
from changer.library.opening import Request, host_request, open_library
from changer.store.protocol import Store

__all__ = ["Application"]


@dataclass(slots=True)
class Application:
    """Options, output and libraries of one command line (``arguments``)."""

    options: GlobalOptions
    arguments: Sequence[str]
    progress: Progress
    output: Output = field(init=False)

    def __post_init__(self) -> None:
        self.output = Output(json=self.options.json, clear=self.progress.clear)

    def request(self) -> Request:
        """The options, as open_library reads them."""
        return replace(
            host_request(" ".join(("changer", *self.arguments))),
            library=self.options.library,
            state=self.options.state,
            wait_seconds=self.options.wait,
            progress=self.progress.step,
            warn=self.warn,
            trace=self.options.trace,
            show=self.progress.say if self.options.verbose > 1 else None,
        )

    def open_library(self) -> Library:
        """Open the library that is meant; the caller closes it."""
        return open_library(self.request())

    def acting_library(self, arguments: Namespace) -> AbstractContextManager[Library]:
        """Open the library that is meant, to act on; under --dry-run without effect."""
        if not arguments.dry_run:
            return self.open_library()
        from changer.cli.dry_run import library_dry_run

        return library_dry_run(self.request(), self.output)

    def acting_store(self, arguments: Namespace) -> AbstractContextManager[Store]:
        """Open the store alone, to write to; under --dry-run without effect."""
        if not arguments.dry_run:
            return self.open_store()
        from changer.cli.dry_run import store_dry_run

        return store_dry_run(self.open_store(), self.output)

    def open_store(self) -> Store:
        """Open the store alone; the caller closes it."""
        try:
            return self.request().coordination.open_store()
        except AccessDenied as denied:
            own = "for virtual libraries of your own: --library sim:demo"
            denied.add_context(hint=f"{denied.hint}; {own}")
            raise

    def warn(self, text: str) -> None:
        """Print a warning on standard error; the command goes on."""
        self.progress.say(f"changer: warning: {text}")
