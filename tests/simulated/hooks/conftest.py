"""A daemon, and the library that it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from .daemon import Daemon


@pytest.fixture
def daemon(folder: Path) -> Daemon:
    """Of the demo library: slots 4, 6 and 9 to 12 are free, two drives, CLN001CU in slot 13."""
    return Daemon(folder)
