"""Fresh virtual libraries for the tests of cleaner management."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver.virtual_library import quick_folder

from .cleaner_library import CleanerLibrary

MakeCleanerLibrary = Callable[..., CleanerLibrary]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    with quick_folder() as made:
        yield made


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
