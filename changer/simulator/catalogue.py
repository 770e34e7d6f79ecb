"""Virtual libraries of a folder: listed, opened, changed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from changer.errors import NoLibrary
from changer.simulator.profile import DEMO, Profile
from changer.simulator.state import State
from changer.simulator.state_file import StateFile, clear_errors, is_name

_SUFFIX = ".json"


def names(folder: Path) -> list[str]:
    """The virtual libraries of a folder, sorted; a folder that is not there has none."""
    with clear_errors(folder):
        files = sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []
    stems = (file.name.removesuffix(_SUFFIX) for file in files)
    return [stem for stem in stems if is_name(stem)]


def delete(name: str, *, folder: Path) -> None:
    """Remove a virtual library. Raises NoLibrary."""
    file = StateFile(name, folder)
    _require(file)
    try:
        with file.locked():
            file.delete()
    finally:
        file.close()


def open_library(name: str, *, folder: Path) -> StateFile:
    """The file of a library that exists; the demo library makes itself. Raises NoLibrary."""
    file = StateFile(name, folder)
    if name == DEMO and not file.exists():
        # Only here, so that an existing library opens quickly.
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
    with reading(name, folder=folder) as (file, state):
        yield state
        file.save(state)


@contextmanager
def reading(name: str, *, folder: Path) -> Iterator[tuple[StateFile, State]]:
    """A library's file and state, locked; what is changed in it is not saved."""
    file = open_library(name, folder=folder)
    try:
        with file.locked():
            state = file.load()
            if state is None:
                raise _unknown(name, folder)
            yield file, state
    finally:
        file.close()


def _require(file: StateFile) -> None:
    if not file.exists():
        raise _unknown(file.name, file.path.parent)


def _unknown(name: str, folder: Path) -> NoLibrary:
    known = names(folder)
    there = f"there are: {', '.join(known)}" if known else "there is none yet"
    return NoLibrary(
        f"there is no virtual library {name!r}; {there}", hint=f"changer sim create {name}"
    )
