"""Inventory of a range: of the range alone, or of everything after a warning, or refused."""

from __future__ import annotations

import pytest

from changer.cleaning.slot import release
from changer.errors import InvalidSlot, NotReady, SlotUnknown
from changer.library.addressing import parse_range
from changer.library.initialize_status import initialize_elements
from changer.library.opening import _ask_identity

from .conftest import MakeLibrary
from .virtual_library import VirtualLibrary, error_of

INITIALIZE, INITIALIZE_RANGE, INITIALIZE_RANGE_VENDOR = 0x07, 0x37, 0xE7


@pytest.mark.parametrize("opcode", ["37", "E7"])
def test_a_range_that_the_library_refuses_is_never_an_inventory_of_everything(
    make_library: MakeLibrary, opcode: str
) -> None:
    library = make_library("demo", opcodes=(0x07, int(opcode, 16)))
    library.fault(f"sense 05/21/01 9 on {opcode}")
    with library.counting() as counted, library.open() as opened:
        error = error_of(lambda: initialize_elements(opened, parse_range("1-4")))
    assert type(error) is InvalidSlot
    assert counted[INITIALIZE] == 0
    assert counted[INITIALIZE_RANGE] + counted[INITIALIZE_RANGE_VENDOR] <= 2


def test_a_slot_that_the_library_does_not_look_into_is_unknown(make_library: MakeLibrary) -> None:
    library = make_library("demo", opcodes=(0x07, 0x37))
    library.reserve("4")
    library.fault("occupancy-unknown 4 stays")
    library.fault("sense 05/21/01 9 on 37")
    with library.counting() as counted, library.open() as opened:
        error = error_of(lambda: release(opened, may_inventory=True))
    assert type(error) is SlotUnknown
    assert counted[INITIALIZE] == 0 and library.reserved is not None


def test_that_everything_has_to_be_looked_at_is_said_before(make_library: MakeLibrary) -> None:
    library = make_library("superloader")
    said: list[list[str]] = []

    with library.open() as opened:
        send = opened.session.transport.execute

        def look(command: object) -> object:
            if getattr(command, "cdb", b"")[0] == INITIALIZE:
                said.append(list(library.warnings))
            return send(command)  # type: ignore[arg-type]

        opened.session.transport.execute = look  # type: ignore[method-assign, assignment]
        assert initialize_elements(opened, parse_range("1-4")) is False
    assert said == [
        [("the library does not support ranges, so it scans everything (for up to 60 min)")]
    ]


def test_asking_for_its_identity_starts_no_inventory(demo: VirtualLibrary) -> None:
    # As a device is asked that sysfs knows nothing of.
    demo.fault("sense 02/04/02 9 on 12")
    with demo.counting() as counted, demo.open() as opened:
        error = error_of(lambda: _ask_identity(demo.request(), opened.session.transport, "it"))
    assert type(error) is NotReady
    assert counted[INITIALIZE] == 0
