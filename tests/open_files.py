"""Files that this process has open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def open_files() -> dict[int, str]:
    """Each descriptor of a file or folder, and its name."""
    found = {}
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing itself
            found[int(entry.name)] = str(entry.readlink())
    return {number: file for number, file in found.items() if file.startswith("/")}


@contextmanager
def none_left_open() -> Iterator[None]:
    """What is done within ``with`` closes each file that it opens.

    But not one that is open already: SQLite has it closed with the last of this process.
    """
    before = open_files()
    yield
    left = {number: file for number, file in open_files().items() if file not in before.values()}
    assert not left, f"left open: {left}"
