"""A store in a place of its own, with one library, and a clock that stands still.

The contract of a store is tested on SQLite and on PostgreSQL: ``path`` names a file or a URL. What
asks for ``file`` or ``tmp_path`` is about files, and so about SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import pytest
from clocks import HandClock
from postgres import Server, running_server
from sweeps import turn

from changer.store.protocol import Store

from .store_support import opened, remember

CONTRACT = {
    f"test_store_{name}"
    for name in (
        *("claims", "cleaner", "cleanings", "events", "history", "journal", "known_cleaners"),
        *("libraries", "long_gone", "operations", "pruning", "sightings", "threads", "totals"),
        "transfers",
    )
}
FILES = {"file", "tmp_path"}
_POSTGRESQL_ONE_IN = 3  # tests of the contract, in `make test`: each has a database made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" not in metafunc.fixturenames:
        return
    is_contract = metafunc.module.__name__.rpartition(".")[2] in CONTRACT
    of_files = FILES & {*metafunc.definition._fixtureinfo.argnames}
    marks = [pytest.mark.long] if turn(metafunc.definition.nodeid, _POSTGRESQL_ONE_IN) else []
    both = ("sqlite", pytest.param("postgresql", marks=marks))
    metafunc.parametrize(
        "backend", both if is_contract and not of_files else both[:1], indirect=True
    )


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def path(backend: str, request: pytest.FixtureRequest) -> Iterator[Path]:
    if backend == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        place = nullcontext(str(folder / "state.db"))
    else:
        place = request.getfixturevalue("postgres").database()
    with place as name:
        yield Path(name) if backend == "sqlite" else cast("Path", name)


@pytest.fixture
def file(path: Path) -> Path:
    return path


@pytest.fixture
def store(path: Path, clock: HandClock) -> Iterator[Store]:
    with opened(path, clock) as store:
        remember(store)
        yield store
