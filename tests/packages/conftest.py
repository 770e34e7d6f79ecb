"""Packages and roots for each release; CHANGER_TEST_RELEASES names them, by name or by folder."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from users import IS_ROOT

from .built import Built, built, clean_root, source_of_earlier_program, source_of_today
from .root import Layers, Root

RELEASES = os.environ.get("CHANGER_TEST_RELEASES", "bookworm trixie").split()
# Ordinary users in the roots.
OPERATOR, OUTSIDER = "alice", "bob"


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    # Not a skip: a run that could not make a root must not look like one that tested something.
    if not IS_ROOT and not config.option.collectonly:
        raise pytest.UsageError("clean roots are made by root: sudo make test-packages")


@pytest.fixture(scope="session", params=RELEASES, ids=lambda each: each.rsplit("/", 1)[-1])
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def packages(release: str) -> Iterator[Built]:
    with source_of_today() as source, built(release, source) as made:
        yield made


@pytest.fixture(scope="session")
def earlier_packages(release: str) -> Iterator[Built]:
    # The tests of today are of another program.
    with source_of_earlier_program() as source, built(release, source, checked=False) as made:
        yield made


@pytest.fixture(scope="session")
def clean(release: str) -> Layers:
    """Without the packages."""
    return clean_root(release)


@pytest.fixture(scope="session")
def with_packages(clean: Layers, packages: Built) -> Iterator[Layers]:
    """The packages are installed there, and two ordinary users can log in."""

    def change(root: Root) -> None:
        install(root, packages)
        add_users(root)

    with clean.changed(change) as layers:
        yield layers


@pytest.fixture
def root(with_packages: Layers) -> Iterator[Root]:
    """A root with the packages, for one test."""
    with with_packages.started() as started:
        yield started


def install(root: Root, packages: Built) -> None:
    """As an administrator does, from files; what they depend on comes from the release alone."""
    for each in packages.packages:
        root.copy(each, "/packages")
    names = [f"/packages/{each.name}" for each in packages.packages]
    root.run("apt-get", "--quiet", "--no-install-recommends", "--yes", "install", *names)


def add_users(root: Root) -> None:
    """The operator is in the group of the devices, the outsider is not."""
    root.run("useradd", "--create-home", "--groups", "tape", OPERATOR)
    root.run("useradd", "--create-home", OUTSIDER)
