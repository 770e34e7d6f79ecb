"""The changers that these tests drive, and several views of one.

In the guest they are two: tgt's, which CHANGER_TEST_DEVICE names, and a virtual library of the
program's own, attached while its tests run. Outside of it only the device that is named.
"""

import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .attached_library import AttachedLibrary, attached
from .dispatch_count import Dispatched, dispatched_number, dispatched_to
from .faulty_library import LIBRARY_ID, SERIAL, FaultyLibrary, cartridges, shown_places, true_places
from .mtx_status import ReadMtx, read_mtx_status
from .program import Program, environment_in

DEVICE = os.environ.get("CHANGER_TEST_DEVICE", "")
IN_GUEST = os.environ.get("CHANGER_TEST_GUEST") == "1"

NO_DEVICE = """\
the tests in tests/kernel move media in a real changer, and none is named. Run them in the guest:
    make test-kernel
or on a library that holds nothing of value:
    CHANGER_TEST_DEVICE=/dev/sgN .venv/bin/pytest tests/kernel"""

TGT, ATTACHED, NAMED = "tgt", "attached", "named"
KINDS = (TGT, ATTACHED) if IN_GUEST else (NAMED,)

# What tests/kernel/guest/library.sh has tgt show; the serial number tells the two apart.
LIKE_TGT: dict[str, Any] = {
    "profile": "l700",
    "serial": "CHGR0002",
    "slots": 8,
    "drives": 2,
    "mail": 2,
    "data_cartridges": 4,
    "cleaners": 1,
}

SENT = pytest.StashKey[dict[str, int]]()

one_changer = pytest.mark.parametrize("device", KINDS[:1], indirect=True)
"""For what is the same on each: on tgt's, or on the one that is named."""


@pytest.hookimpl(trylast=True)  # after pytest has grouped the tests by parameter
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Not a skip: a run without a device must not look like one that tested something.
    if not DEVICE and not config.option.collectonly:
        raise pytest.UsageError(NO_DEVICE)
    items.sort(key=_turn)
    if IN_GUEST:
        return
    skip = pytest.mark.skip(reason="changes the system it runs on: only in the test guest")
    for item in items:
        if item.get_closest_marker("guest_only"):
            item.add_marker(skip)


def _turn(item: pytest.Item) -> int:
    """A test of an attached library of its own meets no other; each device has its turn then."""
    kind = item.callspec.params.get("device") if hasattr(item, "callspec") else None
    return 0 if kind is None else 1 + KINDS.index(kind)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for device, sent in config.stash.get(SENT, {}).items():
        terminalreporter.write_line(
            f"Linux {platform.release()}, {device}: {sent} SCSI commands since it came"
        )


@pytest.fixture(scope="session", params=KINDS)
def device(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[str]:
    """The /dev/sgN of the changer under test; each test that asks for it meets every one."""
    kind: str = request.param
    node = DEVICE
    with ExitStack() as stack:
        if kind == ATTACHED:
            folder = tmp_path_factory.mktemp("attached")
            node = stack.enter_context(attached("like-tgt", folder, **LIKE_TGT)).device
        yield node
        pytestconfig.stash.setdefault(SENT, {})[f"{node} ({kind})"] = dispatched_number(node)


@pytest.fixture
def changer(device: str, tmp_path: Path) -> Program:
    """The program, with a store and locks of this test alone.

    It has the settings that it has without any; on the attached library the other transport.
    """
    if device == DEVICE:
        return Program(device, environment_in(tmp_path))
    settings = tmp_path / "changer.toml"
    settings.write_text('transport = "sg_io"\n')
    return Program(device, environment_in(tmp_path, settings=settings))


@pytest.fixture
def mtx_status(device: str) -> ReadMtx:
    """Ask mtx, which shares no code with the package, what is where: `mtx_status()`."""
    return lambda: read_mtx_status(device)


@pytest.fixture
def dispatched(device: str) -> Dispatched:
    """Commands that reach the device: `with dispatched() as sent: ...`."""
    return lambda: dispatched_to(device)


@pytest.fixture(scope="module")
def attached_faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    folder = tmp_path_factory.mktemp("faulty")
    with attached("faulty", folder, profile="demo", serial=SERIAL, drive_load_seconds=0) as library:
        yield library


@pytest.fixture
def transport() -> str:
    """What carries the commands to ``faulty``; a module may name another one."""
    return "sg_raw"


@pytest.fixture
def faulty(
    attached_faulty: AttachedLibrary, transport: str, tmp_path: Path
) -> Iterator[FaultyLibrary]:
    """As new; at the end the program finds every cartridge where it is, and none is missing."""
    environment = environment_in(tmp_path, settings=tmp_path / "changer.toml")
    library = FaultyLibrary(attached_faulty, Program(LIBRARY_ID, environment), transport)
    library.configure()
    library.make_new()
    before = cartridges(library.truth)
    yield library
    library.fault("clear")
    assert shown_places(library.changer.status()) == true_places(library.truth)
    assert cartridges(library.truth) == before
