"""A host for several users: all that they share in one folder that everyone can enter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from folders import quick_folder
from users import import_everything

from .host import Host


@pytest.fixture
def host() -> Iterator[Host]:
    """With a shared store and lock folder, made by this user."""
    import_everything()
    with quick_folder() as folder:
        yield Host(folder)
