"""GUIDs of libraries, slots and drives, and the way back from them."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest

from changer.errors import NoLibrary, NoSuchDrive, UsageError
from changer.library.addressing import Place, PlaceKind
from changer.library.opening import KnownLibrary
from changer.ntms.identifiers import (
    NAMESPACE,
    address_of,
    drive_guid,
    find_drive,
    find_library,
    library_guid,
    parse_guid,
    place_of_slot,
    slot_guid,
)

ID = "IBM_3573-TL_00L4U78K1234_LL0"
KNOWN = KnownLibrary(ID, "/dev/sg3")
OTHER = KnownLibrary("HPE_MSL3040_1", "/dev/sg4")


def test_guids_are_what_they_always_were() -> None:
    # Applications keep them: they never change.
    assert library_guid(ID) == UUID("d7073ca3-a80b-5358-8c37-31ec93cfd3a1")
    assert slot_guid(ID, 1004) == UUID("a766d56c-f9ae-5c20-b9c7-42d51b61d34b")
    assert drive_guid(ID, 500) == UUID("d03c5b85-b767-54ab-b06c-69ee20b2426f")


def test_guids_are_those_of_rfc_4122() -> None:
    assert library_guid(ID) == uuid5(UUID(NAMESPACE), ID)
    assert slot_guid(ID, 1004) == uuid5(library_guid(ID), "slot:1004")
    assert drive_guid(ID, 500) == uuid5(library_guid(ID), "drive:500")


@pytest.mark.parametrize("address", [0, 1, 1004, 0xFFFF])
def test_address_is_found_again(address: int) -> None:
    assert address_of(slot_guid(ID, address), ID, "slot") == address
    assert address_of(drive_guid(ID, address), ID, "drive") == address


@pytest.mark.parametrize(
    "guid",
    [
        library_guid(ID),
        drive_guid(ID, 1004),
        slot_guid(OTHER.id, 1004),
        slot_guid(ID, 0x10000),
        UUID(int=slot_guid(ID, 1004).int ^ 1),
    ],
)
def test_guid_of_anything_else_is_no_slot(guid: UUID) -> None:
    assert address_of(guid, ID, "slot") is None
    assert place_of_slot(guid, ID) == Place(PlaceKind.SLOT, 0)


def test_slot_is_a_place_by_its_address() -> None:
    assert place_of_slot(slot_guid(ID, 1004), ID) == Place(PlaceKind.ADDRESS, 1004)


def test_library_is_found() -> None:
    assert find_library(library_guid(ID), [OTHER, KNOWN]) == KNOWN
    with pytest.raises(NoLibrary):
        find_library(library_guid(ID), [OTHER])


def test_drive_is_found_with_its_library() -> None:
    assert find_drive(drive_guid(ID, 500), [OTHER, KNOWN]) == (KNOWN, Place(PlaceKind.ADDRESS, 500))
    with pytest.raises(NoSuchDrive):
        find_drive(drive_guid(ID, 500), [OTHER])


@pytest.mark.parametrize("text", ["{%s}", "%s", "urn:uuid:%s"])
def test_guid_is_read_from_text(text: str) -> None:
    assert parse_guid(text % library_guid(ID), what="a library") == library_guid(ID)


@pytest.mark.parametrize("value", [None, "", "sim:demo", 5, b"x" * 16])
def test_what_is_no_guid_is_refused(value: object) -> None:
    with pytest.raises(UsageError):
        parse_guid(value, what="a library")  # type: ignore[arg-type]
