"""A host for each test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .host import Host


@pytest.fixture
def host(folder: Path) -> Iterator[Host]:
    """Nothing is attached to it yet."""
    made = Host(folder)
    with made.running():
        yield made
