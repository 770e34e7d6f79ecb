"""A folder in memory for each test, and the library of a crowd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver.virtual_library import quick_folder

from .world import World


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    with quick_folder() as made:
        yield made


@pytest.fixture
def world(folder: Path) -> World:
    """The library, its store and its locks."""
    return World(folder)
