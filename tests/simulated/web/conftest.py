"""A host with one virtual library, and its server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Host, Server


@pytest.fixture
def host(folder: Path) -> Host:
    """A host with a library that nobody has read yet."""
    return Host(folder)


@pytest.fixture
def server(host: Host) -> Iterator[Server]:
    """The server of that host."""
    with Server(host) as server:
        yield server
