"""The settings choose what carries commands to a library and to its drives."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from users import as_nobody, import_everything

from changer.library.opening import open_device, open_library
from changer.library.settings import Configuration, LibrarySettings, NodeTransport
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.transport import Transport

from .virtual_library import NAME, VirtualLibrary

NODE = "/dev/null"


@pytest.fixture
def through(demo: VirtualLibrary, mocker: MockerFixture) -> Any:
    """What carried commands to the node, and to a drive: the library is asked who it is first."""
    null, major = Path(NODE).stat().st_rdev, os.major
    mocker.patch("os.major", lambda number: 21 if number == null else major(number))
    mocker.patch("os.minor", return_value=1 << 19)  # sysfs has nothing of it

    def opened(configuration: Configuration) -> list[tuple[str, str]]:
        chosen: list[tuple[str, str]] = []

        def plug(transport: Transport, device: str) -> Transport:
            chosen.append((device, type(transport).__name__))
            return SimulatedTransport(SharedLibrary(NAME, folder=demo.simulated), clock=demo.clock)

        request = replace(demo.request(), library=NODE, configuration=configuration, wrap=plug)
        with open_library(request) as library:
            assert library.id == demo.id
            library.open_transport("/dev/sg7", 0).close()
        open_device(request).close()
        return chosen

    return opened


@pytest.mark.parametrize(
    ("general", "own", "library", "unknown"),
    [
        ("sg_raw", "sg_raw", "SgRaw", "SgRaw"),
        ("sg_io", "sg_io", "SgIo", "SgIo"),
        ("sg_raw", "sg_io", "SgIo", "SgRaw"),
        ("sg_io", "sg_raw", "SgRaw", "SgIo"),
    ],
)
def test_a_library_and_its_drives_have_the_transport_of_its_table(
    through: Any,
    demo: VirtualLibrary,
    general: NodeTransport,
    own: NodeTransport,
    library: str,
    unknown: str,
) -> None:
    """A device of which no library is known, or not yet, has that of the host."""
    configuration = Configuration(
        transport=general, libraries={demo.id: LibrarySettings(transport=own)}
    )
    assert through(configuration) == [
        (NODE, unknown),
        (NODE, library),
        ("/dev/sg7", library),
        (NODE, unknown),
    ]


def test_a_library_without_a_table_has_the_transport_of_the_host(through: Any) -> None:
    chosen = through(Configuration(transport="sg_io"))
    assert [name for _, name in chosen] == ["SgIo"] * 4


def test_a_device_that_is_closed_to_the_user_is_refused_before_anything_is_sent(
    demo: VirtualLibrary, mocker: MockerFixture
) -> None:
    import_everything()
    master, slave = os.openpty()
    node, major = Path(os.ttyname(slave)), os.major
    number = node.stat().st_rdev
    mocker.patch("os.major", lambda each: 21 if each == number else major(each))
    request = replace(demo.request(), library=str(node))
    node.chmod(0o000)
    code, text = as_nobody(lambda: open_device(request))
    os.close(master)
    os.close(slave)
    assert code == "access-denied"
    assert text.startswith(f"{node}: no permission to read and write; ")
