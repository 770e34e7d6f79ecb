"""A virtual library, opened as Python callers do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary

from changer.api import TapeLibrary


@pytest.fixture
def demo(folder: Path) -> VirtualLibrary:
    """The demo library: slots 4, 6 and 9 to 12 are free, two drives, CLN001CU in mail slot 1."""
    return VirtualLibrary(folder)


@pytest.fixture
def library(demo: VirtualLibrary) -> Iterator[TapeLibrary]:
    """The same, open, with the test's clock."""
    with TapeLibrary(demo.request()) as opened:
        yield opened


@pytest.fixture
def cleaning(library: TapeLibrary) -> TapeLibrary:
    """Slot 4 is reserved, and CLN001CU is in it."""
    library.cleaner.reserve(4)
    library.cleaner.insert(source="mail:1", cleans_left=20)
    return library
