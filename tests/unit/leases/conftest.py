"""A PostgreSQL server, a store in it, and two hosts that share it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clocks import HandClock
from postgres import Server, running_server

from changer.store.postgresql.opening import open_store
from changer.store.postgresql.store import PostgresStore

from .lease_support import LIBRARY, World


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database() as name:
        yield name


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(url: str, clock: HandClock) -> Iterator[PostgresStore]:
    with open_store(url, clock=clock) as opened:
        opened.remember_library(
            LIBRARY, vendor="IBM", product="3573-TL", revision="1", serial="1", device="/dev/sg3"
        )
        yield opened


@pytest.fixture
def world(url: str) -> Iterator[World]:
    with World(url) as made:
        yield made
