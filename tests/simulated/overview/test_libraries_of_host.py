"""Which libraries are meant by whoever looks at all of this host."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary

from changer.errors import NoLibrary
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


def on_record(library: VirtualLibrary, *serials: str) -> list[str]:
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
                device="/dev/sg9",
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
