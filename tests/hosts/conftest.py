"""The lab: hosts A and B, one that keeps the library that they share, and a switch between them."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from . import rehearsal
from .database import Database
from .exported import ExportedLibrary
from .guest import RESULTS, Guest
from .observed import Observer
from .switch import Switch

# The last ones leave cartridges wherever they are.
_ORDER = (
    "test_two_hosts",
    "test_lab",
    "test_one_host_fails",
    "test_failover",
    "test_shared_store",
    "test_histories",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _ORDER.index(item.path.stem) if item.path.stem in _ORDER else -1)


@dataclass(frozen=True, slots=True)
class Lab:
    """``a`` and ``b`` are logged in to ``library``."""

    switch: Switch
    observer: Observer
    a: Guest
    b: Guest
    library: ExportedLibrary

    @property
    def keeper(self) -> Guest:
        return self.library.guest


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """As docs/several-hosts.md has it set up, and taken away."""
    RESULTS.parent.mkdir(exist_ok=True)
    observer = Observer()
    with RESULTS.with_suffix(".lock").open("w") as lock, Switch(observer.see) as switch:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run of this checkout ends first
        shutil.rmtree(RESULTS, ignore_errors=True)
        keeper, a, b = (Guest(name, 10 + n, switch) for n, name in enumerate(("keeper", "a", "b")))
        assert keeper.address == rehearsal.KEEPER
        guests = (keeper, a, b)
        try:
            for guest in guests:
                guest.start()
            for guest in guests:
                guest.wait_for_boot()
            rehearsal.keep(keeper)
            for guest in (a, b):
                rehearsal.join(guest)
            yield Lab(switch, observer, a, b, ExportedLibrary(keeper))
            for guest in (a, b):
                rehearsal.leave(guest)
            rehearsal.end(keeper)
        finally:
            for guest in guests:
                guest.kill()


@pytest.fixture(scope="session")
def database(lab: Lab) -> Iterator[Database]:
    """PostgreSQL on a host of its own."""
    with database_host("database", 13, lab.switch) as server:
        server.make()
        yield server


@pytest.fixture
def primary(lab: Lab) -> Iterator[Database]:
    """Another one, for one test."""
    with database_host("primary", 14, lab.switch) as server:
        server.make()
        yield server


@pytest.fixture
def standby(lab: Lab, primary: Database) -> Iterator[Database]:
    """One that follows it, asynchronously."""
    with database_host("standby", 15, lab.switch) as server:
        server.follow(primary)
        yield server


@contextmanager
def database_host(name: str, number: int, switch: Switch) -> Iterator[Database]:
    """A host for PostgreSQL, which is not made yet."""
    guest = Guest(name, number, switch, megabytes=512)
    try:
        guest.start()
        guest.wait_for_boot()
        yield Database(guest)
    finally:
        guest.kill()


@pytest.fixture(scope="session")
def library_id(lab: Lab) -> str:
    """As the settings name it."""
    return str(lab.a.do("changer", "status", "--json").document["library"]["id"])
