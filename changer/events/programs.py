"""Programs that are given events: which there are, and which of them may be run."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from changer.errors import AccessDenied
from changer.host.trust import others_who_may_change

# Not what editors and packages leave beside a file.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_LEFT_BEHIND = (".rpmnew", ".rpmsave", ".rpmorig", ".bak", ".disabled", ".example", ".swp")


def has_programs(folder: Path | None, on_event: Sequence[str]) -> bool:
    """Whether there is any program to give events to."""
    return bool(on_event) or bool(programs_in(folder))


def programs_in(folder: Path | None) -> tuple[Path, ...]:
    """The programs of a folder, in the order of their names; none where it can't be read."""
    if folder is None:
        return ()
    with suppress(OSError):
        return tuple(each for each in sorted(folder.iterdir()) if _is_program(each))
    return ()


def _is_program(file: Path) -> bool:
    name = file.name
    is_meant = _NAME.fullmatch(name) and not name.endswith(_LEFT_BEHIND) and ".dpkg-" not in name
    return bool(is_meant) and file.is_file() and os.access(file, os.X_OK)


def check_program(program: Path) -> None:
    """Raise AccessDenied for a program that others than root and this user may change.

    Raises OSError where it, or a folder on the way, can't be looked at.
    """
    for others in others_who_may_change(program):
        refusal = others.refusal()
        raise AccessDenied(f"{program} is not run: {refusal.message}", hint=refusal.hint)
