"""Fresh virtual libraries for the tests of the functions by their RSM names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cleaning.cleaner_library import CleanerLibrary

from .person import join_operations


@pytest.fixture
def folder(folder: Path) -> Iterator[Path]:
    """With no operation under way when it goes."""
    yield folder
    join_operations()


@pytest.fixture
def demo(folder: Path) -> CleanerLibrary:
    """The demo library: slots 4, 6 and 9 to 12 are free, two drives, CLN001CU in mail slot 1."""
    return CleanerLibrary(folder)
