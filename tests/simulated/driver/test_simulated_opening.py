"""A library that is refused while it is being opened stays open nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from users import no_right_to

from changer.errors import (
    AmbiguousLibrary,
    ChangerError,
    DeviceFailed,
    DeviceNotAvailable,
    LibraryDisabled,
    NoSuchDrive,
    StoreError,
    StoreFailed,
)
from changer.library import discovery
from changer.library.addressing import parse_place
from changer.library.opening import KnownLibrary, known_libraries, open_known_library
from changer.library.settings import LibrarySettings
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


def open_what_is_another_now(virtual: VirtualLibrary) -> None:
    open_known_library(virtual.request(), KnownLibrary("HP_MSL_1", f"sim:{NAME}"))


def open_what_can_not_be_recorded(virtual: VirtualLibrary) -> None:
    virtual.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON libraries"
        " BEGIN SELECT RAISE(ABORT, 'the test'); END"
    )
    virtual.open()


def open_a_drive_that_it_has_not(virtual: VirtualLibrary) -> None:
    SimulatedTransport(SharedLibrary(NAME, folder=virtual.simulated), unit=99, clock=virtual.clock)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        (open_refused, DeviceFailed),
        (open_without_a_store, StoreFailed),
        (open_what_is_another_now, DeviceNotAvailable),
        (open_what_can_not_be_recorded, StoreError),
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


def test_library_that_was_known_elsewhere_is_not_opened_for_another(demo: VirtualLibrary) -> None:
    held = KnownLibrary("HP_MSL_1", f"sim:{NAME}")
    with pytest.raises(DeviceNotAvailable) as raised:
        open_known_library(demo.request(), held)
    assert raised.value.message == (f"HP_MSL_1 is no longer at sim:{NAME}; {demo.id} is there now")
    with open_known_library(demo.request(), KnownLibrary(demo.id, f"sim:{NAME}")) as library:
        assert library.id == demo.id


@pytest.mark.parametrize(
    ("is_enabled", "error"), [(True, DeviceNotAvailable), (False, LibraryDisabled)]
)
def test_library_that_is_known_and_gone_is_disabled_first(
    demo: VirtualLibrary, *, is_enabled: bool, error: type[ChangerError]
) -> None:
    request = demo.request(settings=LibrarySettings(enabled=is_enabled))
    with pytest.raises(error):
        open_known_library(request, KnownLibrary(demo.id, "/dev/of no library"))


def test_libraries_are_known_by_their_files_and_by_the_store_if_that_may_be_read(
    demo: VirtualLibrary, mocker: MockerFixture
) -> None:
    mocker.patch("pyudev.Context", side_effect=OSError)
    mocker.patch.object(discovery, "_SYS", demo.folder / "sys")
    with demo.store() as store:
        for name, device in (("HP_MSL_1", "/dev/sg7"), ("HP_MSL_2", None)):
            store.remember_library(
                name, vendor="HP", product="MSL", revision="1", serial=None, device=device
            )
    attached = demo.folder / "sys/class/scsi_generic/sg9/device"
    attached.mkdir(parents=True)
    for name, text in {"type": "8", "vendor": "HP", "model": "MSL"}.items():
        (attached / name).write_text(f"{text}\n")
    (attached / "vpd_pg80").write_bytes(b"\x08\x80\0\1" + b"9")
    of_host, on_record = KnownLibrary("HP_MSL_9", "/dev/sg9"), KnownLibrary("HP_MSL_1", "/dev/sg7")
    virtual = KnownLibrary(demo.id, f"sim:{NAME}")
    assert [*known_libraries(demo.request())] == [of_host, virtual, on_record]
    with no_right_to(demo.state.parent):
        assert [*known_libraries(demo.request())][:1] == [of_host]
