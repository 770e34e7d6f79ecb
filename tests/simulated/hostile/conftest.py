"""A folder of its own for each test, in memory where there is some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver.virtual_library import quick_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made
