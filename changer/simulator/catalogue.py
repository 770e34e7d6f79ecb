"""The virtual libraries of a folder: created, listed, opened, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from changer.errors import NoLibrary, SimulatorRefused
from changer.simulator.profile import DEMO, Profile
from changer.simulator.state import State
from changer.simulator.state_file import StateFile, clear_errors

__all__ = [
    "changing",
    "checked_name",
    "create",
    "delete",
    "names",
    "open_library",
    "profile_of",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".json"


def names(folder: Path) -> list[str]:
    """The virtual libraries of a folder, sorted; a folder that is not there has none."""
    with clear_errors(folder):
        files = sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []
    stems = (file.name.removesuffix(_SUFFIX) for file in files)
    return [stem for stem in stems if _NAME.fullmatch(stem)]


def create(name: str, *, folder: Path, profile: str | None = None, **overrides: Any) -> None:
    """Make a new virtual library; ``overrides`` are fields of Profile. Raises SimulatorRefused."""
    # Only here, so that an existing library opens quickly.
    from changer.simulator import creation

    creation.create(name, folder=folder, profile=profile or creation.DEFAULT_PROFILE, **overrides)


def delete(name: str, *, folder: Path) -> None:
    """Remove a virtual library. Raises NoLibrary."""
    file = StateFile(checked_name(name), folder)
    _require(file)
    try:
        with file.locked():
            file.delete()
    finally:
        file.close()


def open_library(name: str, *, folder: Path) -> StateFile:
    """The file of a library that exists; the demo library makes itself. Raises NoLibrary."""
    file = StateFile(checked_name(name), folder)
    if name == DEMO and not file.exists():
        from changer.simulator.creation import create_demo

        create_demo(folder)
    _require(file)
    return file


def profile_of(name: str, *, folder: Path) -> Profile:
    """What kind of library it is, and its serial numbers. Raises NoLibrary."""
    with changing(name, folder=folder) as state:
        return state.profile


@contextmanager
def changing(name: str, *, folder: Path) -> Iterator[State]:
    """A library's state, locked; saved at the end if it was changed and nothing was raised."""
    file = open_library(name, folder=folder)
    try:
        with file.locked():
            state = file.load()
            if state is None:
                raise _unknown(name, folder)
            yield state
            file.save(state)
    finally:
        file.close()


def checked_name(name: str) -> str:
    """The name, if it can also be the name of a file. Raises SimulatorRefused."""
    if not _NAME.fullmatch(name):
        raise SimulatorRefused(
            f"{name!r} can't be the name of a virtual library",
            hint="at most 64 letters, digits, dots, dashes, underscores; no mark at its start",
        )
    return name


def _require(file: StateFile) -> None:
    if not file.exists():
        raise _unknown(file.name, file.path.parent)


def _unknown(name: str, folder: Path) -> NoLibrary:
    known = names(folder)
    there = f"there are: {', '.join(known)}" if known else "there is none yet"
    return NoLibrary(
        f"there is no virtual library {name!r}; {there}", hint=f"changer sim create {name}"
    )
