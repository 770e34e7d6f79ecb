"""A person beside the library, whose hand keeps what it took even when a process there dies."""

from __future__ import annotations

from pathlib import Path

from cleaning.cleaner_library import CleanerLibrary


def _file(library: CleanerLibrary) -> Path:
    return library.folder / "hand"


def hand(library: CleanerLibrary) -> list[str]:
    """The cartridges in it."""
    file = _file(library)
    return file.read_text().split() if file.exists() else []


def hold(library: CleanerLibrary, *tags: str) -> None:
    """From now on there are these in it, and no others."""
    _file(library).write_text(" ".join(tags))


def take(library: CleanerLibrary, tag: str, words: str) -> None:
    library.operate(words)
    hold(library, *hand(library), tag)


def put(library: CleanerLibrary, tag: str, words: str) -> None:
    library.operate(words)
    hold(library, *(each for each in hand(library) if each != tag))
