"""Virtual libraries that are served while a test runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .served_library import Serve, ServedLibrary


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    served: list[ServedLibrary] = []

    def start(profile: str = "demo", **fields: object) -> ServedLibrary:
        served.append(ServedLibrary(tmp_path, profile, **fields))  # type: ignore[arg-type]
        return served[-1]

    yield start
    for each in served:
        each.close()
