"""``changer state`` backup, restore, export and import: the store as a file, and back."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from changer.cli.application import Application
from changer.cli.output import require_yes, write
from changer.cli.state_report import changes_text, contents_json, contents_text
from changer.errors import OutputFailed, StoreFailed, StoreNewer, UsageError
from changer.host.guarded_files import read_file
from changer.store.maintenance.backup import back_up, sound_copy, write_output
from changer.store.maintenance.document import LARGEST_DOCUMENT, document_text, from_document
from changer.store.maintenance.export import exported
from changer.store.maintenance.merging import add_content, rehearse_adding
from changer.store.maintenance.replacement import Present, look_at, replace_content
from changer.store.maintenance.summary import Contents, contents_of

_STANDARD_INPUT = Path("-")


def backup(application: Application, arguments: Namespace) -> int:
    """Write a backup, and print what it holds."""
    path = _file_of(application, "changer state export FILE writes it as JSON, or pg_dump as SQL")
    contents, size = back_up(path, arguments.file, replace=arguments.force)
    application.output.print_json(
        "state-backup",
        {"file": str(arguments.file), "size": size, "contents": contents_json(contents)},
    )
    application.output.print(
        f"{arguments.file}: {size} bytes, schema {contents.schema_version}, from {path}"
    )
    application.output.print(contents_text(contents))
    return 0


def restore(application: Application, arguments: Namespace) -> int:
    """Show what changes, ask, and replace the content of the store."""
    request, kept = application.request(), None
    path = _file_of(application, "pg_restore restores a dump; changer state import adds a document")
    request.coordination.require_store()
    with closing(sound_copy(arguments.file)) as copy:
        after, present = contents_of(copy), look_at(path)
        if not arguments.dry_run:
            if not arguments.yes:
                require_yes(
                    "restoring a backup",
                    f"The state store {path} becomes what {arguments.file} holds:\n"
                    f"{_changes(present, after, was=False)}\nRestore it?",
                    otherwise="nothing was restored",
                )
            locked = present.library_ids | {each.id for each in after.libraries}
            with libraries_locked(application, locked):
                shown, present = present, look_at(path)
                if shown != present and not arguments.yes:
                    raise StoreFailed("the state store changed meanwhile", hint="try again")
                kept = replace_content(path, copy, present, locked=locked, clock=request.clock)
    _print_restored(application, arguments, present, after, kept)
    return 0


def _file_of(application: Application, instead: str) -> Path:
    """The file of the store. Raises UsageError for one that is in PostgreSQL."""
    place = application.request().paths.state
    if isinstance(place, str):
        raise UsageError(
            f"the state store {place} is not a file: PostgreSQL has its own ways to back it up and"
            " to restore it",
            hint=instead,
        )
    return place


def _print_restored(
    application: Application,
    arguments: Namespace,
    present: Present,
    after: Contents,
    kept: Path | None,
) -> None:
    path, file, done = application.request().paths.state, arguments.file, not arguments.dry_run
    application.output.print_json(
        "state-restored",
        {
            "file": str(file),
            "path": str(path),
            "done": done,
            "before": contents_json(present.contents),
            "damage": present.damage,
            "after": contents_json(after),
            "kept_as": str(kept) if kept else None,
        },
    )
    verb, held = ("is now what", "held") if done else ("would become what", "holds")
    application.output.print(f"the state store {path} {verb} {file} {held}:")
    application.output.print(_changes(present, after, was=done))
    if kept is not None:
        application.output.print(f"what was there before is kept as {kept}")


def _changes(present: Present, after: Contents, *, was: bool) -> str:
    text = changes_text(present.contents, after)
    if present.damage is None:
        return text
    return f"  {'before' if was else 'now'}: {present.damage}\n{text}"


# JSON


def export(application: Application, arguments: Namespace) -> int:
    """Print the document, or write it to a file and print what it holds."""
    request = application.request()
    path, file = request.paths.state, arguments.file
    document, contents, left_out = exported(
        path,
        exported_at=request.clock.now(),
        host=os.uname().nodename,
        schema=int(arguments.schema) if arguments.schema else None,
        lossy=arguments.lossy,
    )
    text = document_text(document) + "\n"
    for each in left_out:
        application.warn(f"left out of schema {arguments.schema}: {each}")
    if file is None:
        application.progress.clear()
        write(text)
        return 0
    write_output(file, text.encode(), replace=arguments.force, store=Path(path))
    application.output.print_json(
        "state-exported",
        {
            "file": str(file),
            "size": len(text),
            "contents": contents_json(contents),
            "left_out": list(left_out),
        },
    )
    application.output.print(f"{file}: {len(text)} bytes, from {path}")
    application.output.print(contents_text(contents))
    return 0


def import_document(application: Application, arguments: Namespace) -> int:
    """Add the libraries of a document, and print what changed."""
    request = application.request()
    path, file = request.paths.state, arguments.file
    request.coordination.require_store()
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
                    path,
                    other,
                    replace=arguments.replace,
                    clock=request.clock,
                    allow_async=request.configuration.allow_async,
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
    """The bytes of the document, up to one more than it may have: /dev/zero does not end."""
    try:
        if file != _STANDARD_INPUT:
            return read_file(file, most=LARGEST_DOCUMENT + 1)
        if sys.stdin is None:
            raise OutputFailed("standard input can't be read: it is closed")
        return sys.stdin.buffer.read(LARGEST_DOCUMENT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputFailed(f"{file} can't be read: {reason}") from error


@contextmanager
def libraries_locked(application: Application, library_ids: Iterable[str]) -> Iterator[None]:
    """Hold the locks of these libraries: nothing is moved, reserved or released meanwhile.

    Every program takes them in the same order. Raises as a lock does: LibraryBusy.
    """
    request = application.request()
    with ExitStack() as stack:
        for library_id in sorted(set(library_ids)):
            lock = request.coordination.lock(
                library_id, command=request.command, wait_seconds=request.wait_seconds
            )
            stack.enter_context(lock)
        yield
