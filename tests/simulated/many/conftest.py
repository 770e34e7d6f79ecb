"""Fresh virtual libraries with a person beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .many_library import ManyLibrary

MakeManyLibrary = Callable[..., ManyLibrary]


@pytest.fixture
def make(folder: Path) -> MakeManyLibrary:
    """Virtual libraries by profile; one for each test."""
    return lambda profile="demo", **overrides: ManyLibrary(folder, profile, **overrides)


@pytest.fixture
def demo(make: MakeManyLibrary) -> ManyLibrary:
    """A00001L8 to A00006L8 in slots 1, 2, 3, 5, 7 and 8, two drives, two mail slots, all empty."""
    library = make()
    library.empty_mail()
    return library
