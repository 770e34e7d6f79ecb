"""Sessions: of this host, of one process, of every thread of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from driver.virtual_library import NAME, VirtualLibrary

from changer import ntms
from changer.errors import ChangerError
from changer.simulator.creation import create

ADDRESS = 1004


def session(virtual: VirtualLibrary) -> ntms.NtmsSession:
    return ntms.NtmsSession(virtual.request)


def reserve(opened: ntms.NtmsSession, virtual: VirtualLibrary, address: int = ADDRESS) -> int:
    return ntms.ReserveNtmsCleanerSlot(
        opened, ntms.library_guid(virtual.id), ntms.slot_guid(virtual.id, address)
    )


@pytest.fixture
def here(demo: VirtualLibrary, monkeypatch: pytest.MonkeyPatch) -> VirtualLibrary:
    """A virtual library where this host looks for them."""
    monkeypatch.setenv("CHANGER_STATE", str(demo.state))
    monkeypatch.setenv("CHANGER_SIM_DIR", str(demo.simulated))
    monkeypatch.setenv("CHANGER_LOCK_DIR", str(demo.locks))
    return demo


@pytest.mark.parametrize("server", [None, "", "localhost", os.uname().nodename])
def test_session_with_this_host(here: VirtualLibrary, server: str | None) -> None:
    opened = ntms.OpenNtmsSession(server, "backup")
    assert reserve(opened, here) == ntms.ERROR_SUCCESS
    assert here.reserved == ADDRESS
    library = ntms.library_guid(here.id)
    assert ntms.ReleaseNtmsCleanerSlot(opened, library) == ntms.ERROR_SUCCESS
    assert here.reserved is None
    assert ntms.CloseNtmsSession(opened) == ntms.ERROR_SUCCESS
    assert ntms.CloseNtmsSession(opened) == ntms.ERROR_INVALID_HANDLE
    assert reserve(opened, here) == ntms.ERROR_INVALID_HANDLE


def test_another_server_can_not_be_reached(here: VirtualLibrary) -> None:
    opened = ntms.OpenNtmsSession("another.example", "backup")
    assert reserve(opened, here) == ntms.ERROR_NOT_CONNECTED


def test_the_application_is_told_the_error_behind_the_number(here: VirtualLibrary) -> None:
    errors: list[ChangerError] = []
    opened = ntms.OpenNtmsSession(None, "backup", on_error=errors.append)
    assert reserve(opened, here, 1001) == ntms.ERROR_SLOT_FULL
    (error,) = errors
    assert "slot 1 is full" in error.message


def test_session_waits_as_long_as_it_was_told_to_and_names_its_application(
    here: VirtualLibrary,
) -> None:
    for arguments, seconds, command in (
        ({}, 0.0, "application (ntms)"),
        ({"application": "backup", "wait_seconds": 7.5}, 7.5, "backup (ntms)"),
    ):
        request = ntms.OpenNtmsSession(None, **arguments).request()  # type: ignore[arg-type]
        assert (request.wait_seconds, request.command) == (seconds, command)


def test_broken_configuration_is_answered_not_raised(
    here: VirtualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGER_CONFIG", str(here.folder / "missing.toml"))
    opened = ntms.OpenNtmsSession()
    assert reserve(opened, here) == ntms.ERROR_INVALID_PARAMETER


@pytest.mark.parametrize("handle", [None, 0, "session"])
def test_what_is_no_session_is_an_invalid_handle(handle: object) -> None:
    assert ntms.CloseNtmsSession(handle) == ntms.ERROR_INVALID_HANDLE  # type: ignore[arg-type]


def test_session_is_not_another_process_s(demo: VirtualLibrary) -> None:
    opened = session(demo)
    child = os.fork()
    if child == 0:
        os._exit(reserve(opened, demo))
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == ntms.ERROR_INVALID_HANDLE
    assert demo.reserved is None
    assert reserve(opened, demo) == ntms.ERROR_SUCCESS


def test_threads_share_a_session_and_one_of_them_reserves(demo: VirtualLibrary) -> None:
    opened = session(demo)
    codes: list[int] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        codes.append(reserve(opened, demo))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert codes.count(ntms.ERROR_SUCCESS) == 1
    assert set(codes) <= {ntms.ERROR_SUCCESS, ntms.ERROR_BUSY, ntms.ERROR_ALREADY_RESERVED}


def test_library_is_found_among_others(folder: Path) -> None:
    one, other = VirtualLibrary(folder), VirtualLibrary(folder / "elsewhere", serial="OTHER")
    create("second", folder=one.simulated, profile="demo", serial="OTHER")
    assert reserve(session(one), other) == ntms.ERROR_SUCCESS
    assert one.reserved is None
    assert [each["library_id"] for each in one.rows("reservations")] == [other.id]


def test_damaged_virtual_library_does_not_hide_the_others(demo: VirtualLibrary) -> None:
    (demo.simulated / "a-damaged-one.json").write_text("{")
    assert reserve(session(demo), demo) == ntms.ERROR_SUCCESS


def remember(virtual: VirtualLibrary, library_id: str, device: str) -> None:
    with virtual.store() as store:
        store.remember_library(
            library_id, vendor="IBM", product="3573-TL", revision="1", serial="1", device=device
        )


@pytest.mark.parametrize("device", ["/dev/no-such-sg", f"sim:{NAME}"])
def test_library_that_is_not_where_it_was_is_known_and_not_available(
    demo: VirtualLibrary, device: str
) -> None:
    gone = "IBM_3573-TL_1"
    remember(demo, gone, device)
    code = ntms.ReleaseNtmsCleanerSlot(session(demo), ntms.library_guid(gone))
    assert code == ntms.ERROR_DEVICE_NOT_AVAILABLE
    drive = ntms.drive_guid(gone, 256)
    assert ntms.CleanNtmsDrive(session(demo), drive) == ntms.ERROR_DEVICE_NOT_AVAILABLE


def test_library_that_is_gone_and_disabled_is_disabled(demo: VirtualLibrary) -> None:
    from changer.library.settings import Configuration, LibrarySettings

    remember(demo, "IBM_3573-TL_1", "/dev/no-such-sg")
    from dataclasses import replace

    request = replace(
        demo.request(),
        configuration=Configuration(libraries={"IBM_3573-TL_1": LibrarySettings(enabled=False)}),
    )
    opened = ntms.NtmsSession(lambda: request)
    code = ntms.ReleaseNtmsCleanerSlot(opened, ntms.library_guid("IBM_3573-TL_1"))
    assert code == ntms.ERROR_RESOURCE_DISABLED


def test_a_library_may_be_named_by_its_alias(
    here: VirtualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = here.folder / "changer.toml"
    settings.write_text(f'[library."{here.id}"]\nalias = "toy"\n')
    monkeypatch.setenv("CHANGER_CONFIG", str(settings))
    opened = ntms.OpenNtmsSession()
    slot = ntms.slot_guid(here.id, ADDRESS)
    assert ntms.ReserveNtmsCleanerSlot(opened, "toy", slot) == ntms.ERROR_SUCCESS
    assert here.reserved == ADDRESS
    assert ntms.ReleaseNtmsCleanerSlot(opened, "toys") == ntms.ERROR_INVALID_PARAMETER
