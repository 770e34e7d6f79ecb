"""A daemon, and a script, each with a library that it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from .daemon import Daemon
from .mtx_script import MtxScript


@pytest.fixture
def daemon(folder: Path) -> Daemon:
    """Of the demo library: slots 4, 6 and 9 to 12 are free, two drives, CLN001CU in slot 13."""
    return Daemon(folder)


@pytest.fixture
def script(folder: Path) -> MtxScript:
    """Of the same library, whose drives are ready, and clean, at once."""
    return MtxScript(folder, drive_load_seconds=0, cleaning_seconds=0)
