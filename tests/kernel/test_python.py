"""The Python interface on the library under test, in one process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import changer
from changer import ntms
from changer.cleaning.slot import release, reserve
from changer.errors import SlotFull
from changer.host.clock import SystemClock
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.library.settings import Configuration
from changer.moves.execute import move, unload
from changer.smc.elements import ElementType
from changer.store.sqlite import open_store

from .conftest import one_changer

pytestmark = one_changer


@pytest.fixture
def library(device: str, tmp_path: Path) -> Iterator[Library]:
    open_store(tmp_path / "state.db", clock=SystemClock()).close()
    request = Request(
        library=device,
        state=tmp_path / "state.db",
        environment={**os.environ, "CHANGER_LOCK_DIR": str(tmp_path)},
        configuration=Configuration(),
        clock=SystemClock(),
        command="pytest",
    )
    with open_library(request) as opened:
        yield opened


def test_elements_are_read_moved_reserved_and_released(library: Library) -> None:
    inventory = library.read()
    slots = inventory.of_type(ElementType.STORAGE)
    assert len(slots) == inventory.assignment.storage.count
    full = next(slot for slot in slots if slot.full and slot.volume_tag)
    empty = [slot for slot in slots if not slot.full][-1]
    moved = move(library, parse_place(str(full.volume_tag)), parse_place("drive:0"))
    assert moved.volume_tag == str(full.volume_tag)
    unload(library, parse_place("drive:0"))
    back = library.read().at(full.address)
    assert back is not None
    # It may report now that it came from the drive.
    assert back._replace(source_address=None) == full._replace(source_address=None)
    with pytest.raises(SlotFull):
        reserve(library, parse_place(f"@{full.address}"))
    assert reserve(library, parse_place(f"@{empty.address}")).address == empty.address
    assert release(library).address == empty.address


def test_rsm_functions_find_the_library_by_its_guid(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGER_STATE", str(tmp_path / "state.db"))
    open_store(tmp_path / "state.db", clock=SystemClock()).close()
    monkeypatch.setenv("CHANGER_LOCK_DIR", str(tmp_path))
    with changer.open_library(device) as opened:
        library_id, status = opened.id, opened.status()
    assert library_id in {each.identity.id for each in changer.list_libraries()}
    full = next(slot for slot in status.slots if slot.full)
    empty = [slot for slot in status.slots if slot.full is False][-1]
    session = ntms.OpenNtmsSession(None, "pytest")
    library = ntms.library_guid(library_id)

    def reserve_slot(address: int) -> int:
        slot = ntms.slot_guid(library_id, address)
        return ntms.ReserveNtmsCleanerSlot(session, library, slot)

    assert reserve_slot(full.address) == ntms.ERROR_SLOT_FULL
    assert reserve_slot(empty.address) == ntms.ERROR_SUCCESS
    assert reserve_slot(empty.address) == ntms.ERROR_ALREADY_RESERVED
    drive = ntms.drive_guid(library_id, status.drives[0].address)
    assert ntms.CleanNtmsDrive(session, drive) == ntms.ERROR_SLOT_EMPTY
    assert ntms.CleanNtmsDrive(session, library) == ntms.ERROR_INVALID_DRIVE
    assert ntms.ReleaseNtmsCleanerSlot(session, library) == ntms.ERROR_SUCCESS
    assert ntms.CloseNtmsSession(session) == ntms.ERROR_SUCCESS
