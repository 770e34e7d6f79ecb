"""``changer state export`` and ``import``: what is kept, on its way to another host."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from changer.cli.application import Application
from changer.cli.output import write
from changer.cli.state_locks import libraries_locked
from changer.cli.state_text import changes_text, contents_json, contents_text
from changer.errors import OutputFailed, StoreNewer, UsageError
from changer.store.maintenance.backup import write_output
from changer.store.maintenance.document import exported
from changer.store.maintenance.document_reading import LARGEST_DOCUMENT, from_document
from changer.store.maintenance.merging import add_content, rehearse_adding
from changer.store.maintenance.summary import contents_of

__all__ = ["export", "import_document"]

_STANDARD_INPUT = Path("-")


def export(application: Application, arguments: Namespace) -> int:
    """Print the document, or write it to a file and say what is in it."""
    import json

    request = application.request()
    path, file = request.paths.state, arguments.file
    document, contents = exported(path, exported_at=request.clock.now(), host=os.uname().nodename)
    text = json.dumps(document, indent=2) + "\n"
    if file is None:
        application.progress.clear()
        write(text)
        return 0
    write_output(file, text.encode(), replace=arguments.force, store=path)
    application.output.print_json(
        "state-exported",
        {"file": str(file), "size": len(text), "contents": contents_json(contents)},
    )
    application.output.print(f"{file}: {len(text)} bytes, from {path}")
    application.output.print(contents_text(contents))
    return 0


def import_document(application: Application, arguments: Namespace) -> int:
    """Add what a document holds, and show what changed."""
    request = application.request()
    path, file = request.paths.state, arguments.file
    try:
        other = from_document(_content(file))
    except (UsageError, StoreNewer) as error:
        error.add_context(str(file))
        raise
    with closing(other):
        if arguments.dry_run:
            before, after = rehearse_adding(path, other, replace=arguments.replace)
        else:
            with libraries_locked(application, (each.id for each in contents_of(other).libraries)):
                before, after = add_content(
                    path, other, replace=arguments.replace, clock=request.clock
                )
    application.output.print_json(
        "state-imported",
        {
            "file": str(file),
            "path": str(path),
            "done": not arguments.dry_run,
            "before": contents_json(before),
            "after": contents_json(after),
        },
    )
    verb = "would hold" if arguments.dry_run else "now holds"
    application.output.print(f"with {file}, the state store {path} {verb}:")
    application.output.print(changes_text(before, after))
    return 0


def _content(file: Path) -> bytes:
    """At most so much that its excess shows; /dev/zero has no end."""
    try:
        if file != _STANDARD_INPUT:
            with file.open("rb") as opened:
                return opened.read(LARGEST_DOCUMENT + 1)
        if sys.stdin is None:
            raise OutputFailed("standard input can't be read: it is closed")
        return sys.stdin.buffer.read(LARGEST_DOCUMENT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputFailed(f"{file} can't be read: {reason}") from error
