"""Libraries that scan after a motion, and answer readings meanwhile as they remember them.

What they say before they are ready is no reading: it shows where cartridges were.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from changer.cleaning.recover import recover
from changer.errors import CartridgeMisplaced
from changer.journal.open_moves import RecoveryOptions
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import load
from changer.transport import Transport

from .acts import last_move, outcomes
from .conftest import MakeLibrary
from .from_memory import SCAN_SECONDS, FromMemory
from .virtual_library import VirtualLibrary, error_of

TAG = "A00001L8"


@dataclass
class Scanning:
    """A virtual library that scans."""

    library: VirtualLibrary
    device: FromMemory | None = None

    def wire(self, inner: Transport) -> FromMemory:
        self.device = FromMemory(self.library, inner)
        return self.device

    def open(self) -> Library:
        return self.library.open(wire=self.wire)

    def scan(self) -> None:
        assert self.device is not None
        self.device.scan()


@pytest.fixture(params=["demo", "autoloader"])
def scanning(request: pytest.FixtureRequest, make_library: MakeLibrary) -> Scanning:
    return Scanning(make_library(request.param))


def test_reading_from_memory_shows_what_was_before(scanning: Scanning) -> None:
    """So that the other tests show something."""
    with scanning.open() as opened:
        before = opened.read()
        scanning.library.move_behind_our_back("1", "drive:0")
        scanning.scan()
        assert opened.read() == before
        scanning.library.clock.sleep(SCAN_SECONDS)
        assert opened.read() != before


@pytest.mark.parametrize("code", ["04/15/01", "0B/47/03", "05/3B/0E"])
def test_cartridge_of_a_failed_move_is_looked_for_when_the_scan_has_ended(
    scanning: Scanning, code: str
) -> None:
    scanning.library.fault(f"move-fails in-transport {code}")
    with scanning.open() as opened:
        error = error_of(lambda: load(opened, parse_place("1"), parse_place("drive:0")))
    assert type(error) is CartridgeMisplaced
    assert last_move(scanning.library) == ("unknown", scanning.library.address_of("picker"))


@pytest.mark.parametrize("end", ["drive:0", "1", "6"])
def test_open_move_is_settled_by_what_is_read_after_the_scan(scanning: Scanning, end: str) -> None:
    library = scanning.library
    with scanning.open() as opened:
        opened.read()
        _leave_open(opened, library)
        if end != "1":
            library.move_behind_our_back("1", end)
        scanning.scan()
        recover(opened, RecoveryOptions(at_rest=True))
    expected = {"drive:0": "completed", "1": "not-executed", "6": "misplaced"}
    assert outcomes(library) == [expected[end]]
    assert library.rows("moves")[-1]["final_address"] == library.address_of(end)


def _leave_open(opened: Library, library: VirtualLibrary) -> None:
    opened.store.begin_move(
        library.id,
        kind="move",
        source_address=library.address_of("1"),
        destination_address=library.address_of("drive:0"),
        volume_tag=TAG,
    )
