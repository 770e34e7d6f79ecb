"""A library that is refused while it is being opened stays open nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from changer.errors import AmbiguousLibrary, ChangerError, DeviceFailed, NoSuchDrive, StoreFailed
from changer.library.addressing import parse_place
from changer.moves.execute import load
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.transport import Transport

from .virtual_library import NAME, VirtualLibrary

DESCRIPTORS = Path("/proc/self/fd")


def refuse(_: Transport) -> Transport:
    raise DeviceFailed("the test")


def open_refused(virtual: VirtualLibrary) -> None:
    virtual.open(wire=refuse)


def open_without_a_store(virtual: VirtualLibrary) -> None:
    virtual.state.write_bytes(b"no store")
    virtual.open()


def open_a_drive_that_it_has_not(virtual: VirtualLibrary) -> None:
    SimulatedTransport(SharedLibrary(NAME, folder=virtual.simulated), unit=99, clock=virtual.clock)


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        (open_refused, DeviceFailed),
        (open_without_a_store, StoreFailed),
        (open_a_drive_that_it_has_not, NoSuchDrive),
    ],
)
def test_what_is_refused_leaves_no_file_open(
    folder: Path, attempt: Callable[[VirtualLibrary], None], error: type[ChangerError]
) -> None:
    virtual = VirtualLibrary(folder)
    before = [*DESCRIPTORS.iterdir()]
    with pytest.raises(error):
        attempt(virtual)
    assert [*DESCRIPTORS.iterdir()] == before


def test_what_can_not_be_told_from_another_is_read_but_not_moved(folder: Path) -> None:
    with VirtualLibrary(folder).open() as library:
        library.identity = replace(library.identity, serial=None, port=None)
        library.read()
        with pytest.raises(AmbiguousLibrary, match="reports no serial number"):
            load(library, parse_place("1"), parse_place("drive:0"))
