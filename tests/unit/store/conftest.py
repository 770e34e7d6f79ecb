"""A store in a folder of its own, with one library, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clocks import HandClock

from changer.store.protocol import Store

from .store_support import opened, remember


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def store(path: Path, clock: HandClock) -> Iterator[Store]:
    with opened(path, clock) as store:
        remember(store)
        yield store
