"""Fresh virtual libraries for the tests of the driver."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .virtual_library import VirtualLibrary

MakeLibrary = Callable[..., VirtualLibrary]


@pytest.fixture
def make_library(folder: Path) -> MakeLibrary:
    """Virtual libraries by profile; one for each test."""

    def make(profile: str = "demo", **overrides: object) -> VirtualLibrary:
        return VirtualLibrary(folder, profile, **overrides)

    return make


@pytest.fixture
def demo(make_library: MakeLibrary) -> VirtualLibrary:
    """The demo library: slots 4, 6 and 9 to 12 are free, two drives, CLN001CU in mail slot 1."""
    return make_library("demo")


@pytest.fixture
def ready(demo: VirtualLibrary, function: str) -> VirtualLibrary:
    """The demo library before reserve or release of slot 4: for release it is reserved."""
    if function == "release":
        demo.reserve("4")
    return demo
