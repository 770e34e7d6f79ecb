"""Fixtures for the tests of Amanda: the host as its administrator made it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest
from kernel.conftest import DEVICE
from kernel.program import Program

from .amanda import folders, member_of_tape

STORE, SETTINGS = Path("/var/lib/changer"), Path("/etc/changer/changer.toml")
NO_SETTINGS = ""


@pytest.fixture(scope="module")
def mtx() -> str:
    """What the property "mtx" names; another one can be tried beside it."""
    ours = Path(sys.executable).parent / "changer-mtx"
    return os.environ.get("CHANGER_TEST_MTX", str(ours))


@pytest.fixture(scope="module")
def amanda_folders() -> Iterator[None]:
    """Amanda as its packages leave it, on a host where root has not yet run the program."""
    assert not STORE.exists()
    with folders():
        yield


@pytest.fixture(scope="module")
def root(amanda_folders: None) -> Iterator[Program]:
    """The program run by root, for the second time; store and settings are the host's own."""
    SETTINGS.parent.mkdir()
    SETTINGS.write_text(NO_SETTINGS)
    program = Program(DEVICE, {})
    program.do("state", "init")
    yield program
    rmtree(STORE)
    rmtree(SETTINGS.parent)


@pytest.fixture(scope="module")
def in_group(root: Program) -> Iterator[None]:
    with member_of_tape():
        yield


@pytest.fixture
def settings(root: Program) -> Iterator[Path]:
    """The settings of the host, for a test to write."""
    yield SETTINGS
    SETTINGS.write_text(NO_SETTINGS)
