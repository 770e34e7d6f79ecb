"""Texts that tests expect as a whole, each in a file of its own, and files of cases."""

from __future__ import annotations

import os
from pathlib import Path


def assert_as_kept(text: str, file: Path) -> None:
    """The text is that of the file; with CHANGER_KEPT=write the file is written anew before."""
    if os.environ.get("CHANGER_KEPT") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def read_cases(file: Path) -> dict[str, list[str]]:
    """The lines of each case by its name, which stands behind ``==``; ``#`` begins a comment."""
    found: dict[str, list[str]] = {}
    for line in file.read_text().splitlines():
        if line.startswith("== "):
            found[line[3:]] = lines = []
        elif line and not line.startswith("#"):
            lines.append(line)
    return found
