"""A folder in memory for each test, and the library of a crowd."""

from __future__ import annotations

from pathlib import Path

import pytest

from .world import World


@pytest.fixture
def world(folder: Path) -> World:
    """The library, its store and its locks."""
    return World(folder)
