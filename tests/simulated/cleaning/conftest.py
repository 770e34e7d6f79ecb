"""Fresh virtual libraries for the tests of cleaner management."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .cleaner_library import CleanerLibrary

MakeCleanerLibrary = Callable[..., CleanerLibrary]


@pytest.fixture
def make(folder: Path) -> MakeCleanerLibrary:
    """Virtual libraries by profile; one for each test."""
    return lambda profile="demo", **overrides: CleanerLibrary(folder, profile, **overrides)


@pytest.fixture
def demo(make: MakeCleanerLibrary) -> CleanerLibrary:
    """The demo library with empty mail slots."""
    library = make()
    library.empty_mail()
    return library
