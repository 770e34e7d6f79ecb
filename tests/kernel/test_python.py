"""The same library from Python, in one process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.cleaning import release, reserve
from changer.clock import SystemClock
from changer.config import Configuration
from changer.elements import ElementType
from changer.errors import SlotFull
from changer.library import Library
from changer.moving import move, unload
from changer.numbering import parse_place
from changer.opening import Request, open_library


@pytest.fixture
def library(device: str, tmp_path: Path) -> Iterator[Library]:
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
    assert library.read().at(full.address) == full
    with pytest.raises(SlotFull):
        reserve(library, parse_place(f"@{full.address}"))
    assert reserve(library, parse_place(f"@{empty.address}")).address == empty.address
    assert release(library).address == empty.address
