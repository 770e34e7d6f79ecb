"""The changer that these tests drive, named by CHANGER_TEST_DEVICE, and several views of it."""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from .dispatch_count import dispatched_opcodes
from .mtx_status import MtxStatus, read_mtx_status
from .program import Program

DEVICE = os.environ.get("CHANGER_TEST_DEVICE", "")
IN_GUEST = os.environ.get("CHANGER_TEST_GUEST") == "1"

NO_DEVICE = """\
the tests in tests/kernel move media in a real changer, and none is named. Run them in the guest:
    make test-kernel
or on a library that holds nothing of value:
    CHANGER_TEST_DEVICE=/dev/sgN .venv/bin/pytest tests/kernel"""

SENT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Not a skip: a run without a device must not look like one that tested something.
    if not DEVICE and not config.option.collectonly:
        raise pytest.UsageError(NO_DEVICE)
    if IN_GUEST:
        return
    skip = pytest.mark.skip(reason="changes the system it runs on: only in the test guest")
    for item in items:
        if item.get_closest_marker("guest_only"):
            item.add_marker(skip)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    sent = config.stash.get(SENT, None)
    if sent is not None:
        terminalreporter.write_line(
            f"Linux {platform.release()}, {DEVICE}: {sent} SCSI commands reached the device"
        )


@pytest.fixture(scope="session", autouse=True)
def _count_all(pytestconfig: pytest.Config) -> Iterator[None]:
    """How many commands the whole run sent to the device, for the log."""
    with dispatched_opcodes(DEVICE) as opcodes:
        yield
    pytestconfig.stash[SENT] = len(opcodes)


@pytest.fixture(scope="session")
def device() -> str:
    """The /dev/sgN of the changer under test."""
    return DEVICE


@pytest.fixture
def changer(device: str, tmp_path: Path) -> Program:
    """The program, with a store and locks of this test alone."""
    environment = {
        "CHANGER_STATE": str(tmp_path / "store" / "state.db"),
        "CHANGER_LOCK_DIR": str(tmp_path / "lock"),
        "CHANGER_CONFIG": os.devnull,
    }
    return Program(device, environment)


@pytest.fixture
def mtx_status(device: str) -> Callable[[], MtxStatus]:
    """Ask mtx, which shares no code with the package, what is where: `mtx_status()`."""
    return lambda: read_mtx_status(device)


@pytest.fixture
def dispatched(device: str) -> Callable[[], AbstractContextManager[list[int]]]:
    """Operation codes that reach the device: `with dispatched() as opcodes: ...`."""
    return lambda: dispatched_opcodes(device)
