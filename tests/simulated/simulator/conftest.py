"""A virtual library like the demo library, for each test that wants no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
