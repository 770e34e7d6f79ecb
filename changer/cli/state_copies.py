"""``changer state backup`` and ``restore``: the whole store as a file, and back."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from changer.cli.application import Application
from changer.cli.output import require_yes
from changer.cli.state_locks import libraries_locked
from changer.cli.state_text import changes_text, contents_json, contents_text
from changer.errors import StoreFailed
from changer.store.maintenance.backup import back_up, sound_copy
from changer.store.maintenance.replacement import Present, look_at, replace_content
from changer.store.maintenance.summary import Contents, contents_of

__all__ = ["backup", "restore"]


def backup(application: Application, arguments: Namespace) -> int:
    """Write a file, and say what is in it."""
    path = application.request().paths.state
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
    """Show what changes, ask, and replace what the store holds."""
    request = application.request()
    path, file = request.paths.state, arguments.file
    with closing(sound_copy(file)) as copy:
        after, present = contents_of(copy), look_at(path)
        if arguments.dry_run:
            _tell(application, file, _Restored(path, present, after, None, done=False))
            return 0
        if not arguments.yes:
            require_yes(
                "restoring a backup",
                f"The state store {path} becomes what {file} holds:\n{_changes(present, after)}\n"
                "Restore it?",
                otherwise="nothing was restored",
            )
        locked = present.library_ids | {each.id for each in after.libraries}
        with libraries_locked(application, locked):
            shown, present = present, look_at(path)
            if shown != present and not arguments.yes:
                raise StoreFailed("the state store changed meanwhile", hint="try again")
            kept = replace_content(path, copy, present, locked=locked, clock=request.clock)
    _tell(application, file, _Restored(path, present, after, kept, done=True))
    return 0


@dataclass(frozen=True, slots=True)
class _Restored:
    """``kept``: where the old content is, if there was any."""

    path: Path
    present: Present
    after: Contents
    kept: Path | None
    done: bool


def _tell(application: Application, file: Path, restored: _Restored) -> None:
    application.output.print_json(
        "state-restored",
        {
            "file": str(file),
            "path": str(restored.path),
            "done": restored.done,
            "before": contents_json(restored.present.contents),
            "damage": restored.present.damage.message if restored.present.damage else None,
            "after": contents_json(restored.after),
            "kept_as": str(restored.kept) if restored.kept else None,
        },
    )
    verb = "is now what" if restored.done else "would become what"
    held = "held" if restored.done else "holds"
    application.output.print(f"the state store {restored.path} {verb} {file} {held}:")
    application.output.print(_changes(restored.present, restored.after, was=restored.done))
    if restored.kept is not None:
        application.output.print(f"what was there before is kept as {restored.kept}")


def _changes(present: Present, after: Contents, *, was: bool = False) -> str:
    text = changes_text(present.contents, after)
    if present.damage is None:
        return text
    return f"  {'before' if was else 'now'}: {present.damage.message}\n{text}"
