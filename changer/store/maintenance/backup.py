"""Backup of a store: one file, complete as of one moment, checked before it gets its name."""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager, closing
from pathlib import Path

from changer.errors import ChangerError, OutputFailed, StoreUnreachable
from changer.host.atomic_file import place_file
from changer.host.shared_files import refusal
from changer.host.trust import real_path
from changer.store.copies import copied, load_single
from changer.store.failures import SIDE_SUFFIXES, side_file, store_failures
from changer.store.maintenance.inspection import require_sound
from changer.store.maintenance.summary import Contents, contents_of
from changer.store.schema import migrate


def back_up(path: Path, file: Path, *, replace: bool) -> tuple[Contents, int]:
    """Write the store at ``path`` to ``file``. Returns its summary, and its size in bytes.

    Other programs may use the store meanwhile. The schema stays as it is, so that an older program
    can still use the backup. Raises as ``copied`` and ``write_output``; StoreFailed when the store
    is damaged, and then no file is written.
    """
    with copied(path) as copy:
        try:
            content = as_file(copy, path)
        except ChangerError as error:
            error.add_context(after="no backup was made")
            raise
        contents = contents_of(copy)
    write_output(file, content, replace=replace, store=path)
    return contents, len(content)


def as_file(copy: sqlite3.Connection, path: Path) -> bytes:
    """The bytes of one SQLite file with all that a copy of the store at ``path`` holds.

    Raises StoreFailed when the copy, or the file that SQLite made of it, is damaged; as ``refusal``
    without a folder for temporary files.
    """
    require_sound(copy, path)
    with _temporary_folder() as folder:
        draft = Path(folder, "draft.db")
        with store_failures(draft):
            copy.execute("VACUUM INTO ?", (str(draft),))
            with closing(load_single(draft)) as again:
                require_sound(again, draft)
            return draft.read_bytes()


def _temporary_folder() -> AbstractContextManager[str]:
    import tempfile

    try:
        return tempfile.TemporaryDirectory(prefix="changer-")
    except OSError as error:
        place = Path(error.filename or "a temporary folder")
        raise refusal(error, place, doing="make", hint="name another place in TMPDIR") from error


def sound_copy(file: Path) -> sqlite3.Connection:
    """A sound backup in memory, migrated to the newest schema; closed by the caller.

    Raises as ``load_single``; StoreFailed when it is damaged.
    """
    copy: sqlite3.Connection | None = None
    try:
        copy = load_single(file)
        require_sound(copy, real_path(file))
        with store_failures(file):
            migrate(copy, file)
    except ChangerError as error:
        if copy is not None:
            copy.close()
        what = error.message.replace(f"the state store {real_path(file)}", "it")
        raise type(error)(f"{file} can't be restored: {what}") from error
    return copy


def write_output(
    file: Path, content: bytes | Iterable[bytes], *, replace: bool, store: Path, mode: int = 0o600
) -> None:
    """Write a file that the user named; ``content`` as ``place_file`` takes it.

    Raises OutputFailed, also for a file of the store itself.
    """
    real = real_path(store, StoreUnreachable)
    if real_path(file) in (real, *(side_file(real, each) for each in SIDE_SUFFIXES)):
        raise OutputFailed(f"{file} is part of the state store itself", hint="name another file")
    try:
        place_file(file, content, replace=replace, mode=mode)
    except FileExistsError as error:
        hint = "name another file"
        if file.is_file() and not file.is_symlink():
            hint = "name another one, or add --force to replace it"
        raise OutputFailed(f"{file} already exists", hint=hint) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputFailed(f"{file} can't be written: {reason}") from error
