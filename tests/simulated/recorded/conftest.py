"""A folder for each library that is played."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver.virtual_library import quick_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is some: what is synced there proves nothing here."""
    with quick_folder() as place:
        yield place
