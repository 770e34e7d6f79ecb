"""A line to an owner for all tests of a process, and hosts of their own for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.terminal import Terminal
from folders import quick_folder
from owner_line import Line

from changer.simulator.creation import create_demo

from .hosts import Client, line

MOVE_SECONDS = 6.0


@pytest.fixture(scope="session")
def _line() -> Iterator[tuple[Line, Terminal]]:
    with quick_folder() as folder, line(folder) as made:
        yield made


@pytest.fixture
def owner(_line: tuple[Line, Terminal]) -> Terminal:
    """The host that owns sim:demo, as it is when it is made."""
    terminal = _line[1]
    for folder in (terminal.simulated, terminal.locks):
        for each in folder.glob("*"):
            each.unlink()
    for each in terminal.state.parent.glob("*"):
        each.unlink()
    terminal.state.parent.rmdir()
    terminal.make_store()
    create_demo(terminal.simulated)
    return terminal


@pytest.fixture
def client(_line: tuple[Line, Terminal], owner: Terminal, folder: Path) -> Iterator[Client]:
    """A host that asks the owner."""
    yield Client(folder, _line[0])
    _line[0].restore()


@pytest.fixture
def slow(owner: Terminal) -> Iterator[Terminal]:
    """The owner's library takes its time."""
    owner.create("slow", "demo", move_seconds=MOVE_SECONDS)
    configuration = owner.folder / "changer.toml"
    before = configuration.read_text()
    configuration.write_text('default_library = "sim:slow"\n')
    yield owner
    configuration.write_text(before)
