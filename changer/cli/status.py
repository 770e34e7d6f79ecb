"""``changer status``: what is where in a library."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser
from changer.library.library import Library

if TYPE_CHECKING:
    from changer.library.status import LibraryStatus

__all__ = ["COMMANDS"]


def _configure(parser: Parser) -> None:
    parser.epilog = (
        "A slot whose magazine is out is shown as not present, never as empty; what the library\n"
        "can't tell is shown as unknown, with its reason."
    )


def _run(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    with application.open_library() as library:
        application.progress.step(f"reading {library.id}")
        inventory = library.read()
        # What only prints is imported while the library is not waited for any more.
        from changer.cli.status_text import status_text
        from changer.drives.devices import device_finder
        from changer.library.status import library_status

        status = library_status(library, inventory, find_device=device_finder(library))
        application.output.print_json("status", _as_json(library, status))
        application.output.print(status_text(library, status))
    return 0


def _as_json(library: Library, status: LibraryStatus) -> dict[str, Any]:
    content = asdict(status)
    for slot in (*content["slots"], *content["mail"]):
        del slot["cleaner"], slot["source_slot"]
    if status.cleaner is not None:
        del content["cleaner"]["address"]
    return {"library": library_json(library), **content}


COMMANDS = {"status": Command(_configure, _run)}
