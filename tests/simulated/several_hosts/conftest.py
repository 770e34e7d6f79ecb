"""A PostgreSQL server, and a virtual library that two hosts share through a store in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Server, running_server

from .hosts import Hosts


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def fenced_hosts(folder: Path, postgres: Server) -> Iterator[Hosts]:
    """Hosts that reserve the library while they use it."""
    with postgres.database() as url:
        yield Hosts(folder, url, fence=True)


@pytest.fixture
def hosts(folder: Path, postgres: Server) -> Iterator[Hosts]:
    with postgres.database() as url:
        yield Hosts(folder, url)
