"""Which libraries are meant by whoever looks at all of this host."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary
from pytest_mock import MockerFixture

from changer.errors import NoLibrary
from changer.library import discovery
from changer.library.opening import Request
from changer.library.settings import Configuration, LibrarySettings
from changer.overview.libraries import find_all_watched
from changer.values import replace


def request_without_name(library: VirtualLibrary, configuration: Configuration) -> Request:
    environment = {**library.environment}
    del environment["CHANGER"]
    return replace(
        library.request(), library=None, environment=environment, configuration=configuration
    )


def on_record(library: VirtualLibrary, *serials: str, device: str = "/dev/sg9") -> list[str]:
    """Libraries of metal that were seen on this host, and are away."""
    ids = [f"ACME_L700_{each}" for each in serials]
    with library.store() as store:
        for library_id, serial in zip(ids, serials, strict=True):
            store.remember_library(
                library_id,
                vendor="ACME",
                product="L700",
                revision="1",
                serial=serial,
                device=device,
            )
    return ids


@pytest.fixture
def library(folder: Path) -> VirtualLibrary:
    library = VirtualLibrary(folder)
    with library.open():
        pass  # it is on record
    return library


def test_the_one_that_is_named_is_meant_alone(library: VirtualLibrary) -> None:
    on_record(library, "1", "2")
    with library.store() as store:
        (one,) = find_all_watched(library.request(), store)
    assert (one.id, one.request.library) == (library.id, library.request().library)


def test_those_that_are_away_are_shown_and_virtual_ones_are_not(library: VirtualLibrary) -> None:
    away = on_record(library, "2", "1")
    request = request_without_name(library, Configuration(library=away[0]))
    with library.store() as store:
        watched = find_all_watched(request, store)
    assert [each.id for each in watched] == sorted(away)
    assert [each.request.library for each in watched] == sorted(away)


def test_one_that_the_settings_disable_is_left_out(library: VirtualLibrary) -> None:
    first, second = on_record(library, "1", "2")
    settings = {first: LibrarySettings(enabled=False)}
    request = request_without_name(library, Configuration(libraries=settings))
    with library.store() as store:
        assert [each.id for each in find_all_watched(request, store)] == [second]


def test_where_there_is_none_that_is_an_error(library: VirtualLibrary) -> None:
    request = request_without_name(library, Configuration())
    with library.store() as store, pytest.raises(NoLibrary):
        find_all_watched(request, store)


def test_changer_of_no_serial_number_is_the_one_that_was_seen_at_its_device(
    library: VirtualLibrary, folder: Path, mocker: MockerFixture
) -> None:
    """Of several paths to one the first is meant; of one that nobody knows nothing is said."""
    changers = {"sg907": "", "sg908": "DEC12345", "sg909": "DEC12345", "sg910": ""}
    for name, serial in changers.items():
        changer = folder / f"sys/class/scsi_generic/{name}/device"
        changer.mkdir(parents=True)
        for field, text in {"type": "8", "vendor": "HPE", "model": "MSL", "rev": "1"}.items():
            (changer / field).write_text(f"{text}\n")
        if serial:
            (changer / "vpd_pg80").write_bytes(b"\x08\x80\x00\x08" + serial.encode())
    mocker.patch.object(discovery, "_SYS", folder / "sys")
    mocker.patch("pyudev.Context", side_effect=OSError)
    (known,) = on_record(library, "1", device="/dev/sg907")
    request = request_without_name(library, Configuration())
    with library.store() as store:
        watched = find_all_watched(request, store)
    assert [(each.id, each.request.library) for each in watched] == [
        (known, known),
        ("HPE_MSL_DEC12345", "HPE_MSL_DEC12345"),
    ]
