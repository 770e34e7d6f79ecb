"""Programs that are given events, as scripts in a folder."""

from __future__ import annotations

from pathlib import Path


def script(file: Path, *lines: str) -> Path:
    """Make a program of the shell, of these lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    draft.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    draft.chmod(0o755)
    draft.rename(file)
    return file
