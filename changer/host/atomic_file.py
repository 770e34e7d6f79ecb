"""A file that appears under its name whole and on disk, or not at all; never through a link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from changer.host.guarded_files import open_folder
from changer.host.trust import own_rights

_CHUNK = 1 << 20


def place_file(
    path: Path,
    content: bytes | Iterable[bytes],
    *,
    replace: bool,
    mode: int = 0o600,
    owner: os.stat_result | None = None,
) -> None:
    """Write a file under a secret name, sync it, read it back, and only then give it its name.

    ``content``: whole, or in pieces, which are made as they are written.
    An existing file is left alone unless ``replace``. ``owner``: the status of a file whose group
    it gets; and its user, if root writes it. Raises OSError: FileExistsError if there is a file, or
    where what would be replaced is not a regular one; as ``open_folder``.
    """
    folder = open_folder(path.parent)
    try:
        _refuse_taken(folder, path.name, replace=replace)
        draft = f".{path.name[:100]}.{os.urandom(4).hex()}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL  # which refuses a link, too
        descriptor = os.open(draft, flags, 0o600, dir_fd=folder)
        try:
            written = _write(descriptor, (content,) if isinstance(content, bytes) else content)
            os.fchmod(descriptor, mode)
            if owner is not None:
                with own_rights():
                    user_id = owner.st_uid if os.geteuid() == 0 else -1
                    os.fchown(descriptor, user_id, owner.st_gid)
            os.fsync(descriptor)
            os.lseek(descriptor, 0, os.SEEK_SET)
            if _checksum(iter(lambda: os.read(descriptor, _CHUNK), b"")) != written:
                raise OSError(errno.EIO, "what was written reads differently")
            _name(folder, draft, path.name, replace=replace)
        finally:
            os.close(descriptor)
            with suppress(OSError):
                os.unlink(draft, dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(descriptor: int, pieces: Iterable[bytes]) -> tuple[int, int]:
    """Write them all; as ``_checksum``."""

    def written() -> Iterator[bytes]:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(descriptor, view[:_CHUNK]) :]
            yield piece

    return _checksum(written())


def _checksum(pieces: Iterable[bytes]) -> tuple[int, int]:
    """How many bytes they are, and their CRC-32."""
    size = checksum = 0
    for piece in pieces:
        size, checksum = size + len(piece), crc32(piece, checksum)
    return size, checksum


def _refuse_taken(folder: int, name: str, *, replace: bool) -> None:
    with suppress(FileNotFoundError):
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not (replace and stat.S_ISREG(status.st_mode)):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)


def _name(folder: int, draft: str, name: str, *, replace: bool) -> None:
    if replace:
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    try:  # unlike rename(2), link(2) replaces nothing that has come meanwhile
        os.link(draft, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except PermissionError:  # a file system without links
        _refuse_taken(folder, name, replace=False)
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
