"""A host for several users: all that they share in one folder that everyone can enter."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata

import pytest
from driver.virtual_library import import_everything
from folders import quick_folder

from .host import Host


@pytest.fixture
def host() -> Iterator[Host]:
    """With a shared store and lock folder, made by this user."""
    import_everything()
    metadata.version("changer")  # imports what it needs only now, where nobody else can
    with quick_folder() as folder:
        yield Host(folder)
