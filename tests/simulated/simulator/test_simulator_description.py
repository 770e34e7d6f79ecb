"""The whole truth about a virtual library, whatever it reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.errors import TransportFailed
from changer.simulator.description import DriveTruth
from changer.simulator.drive_life import Phase
from changer.simulator.geometry import Kind

from .simulator_bench import GOOD, Bench


def test_whole_truth_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, slots=4, free_slots=(2,), magazine_size=2, drive_serial="D")
    assert bench.move(1001, 501) is GOOD
    bench.clock.time += 60
    for words in ("magazine-out 2", "wants-cleaning drive:1 required", "tape-alert 3", "offline"):
        bench.fault(words)
    bench.fault("clear unit-attention")
    bench.fault("element 1 full=1")
    assert bench.sense("1B 00 0065 00 00") == "02/04/12"
    bench.fault("online")
    assert bench.sense("1B 00 0065 00 00") is GOOD
    assert bench.sense("1E 000000 01 00") is GOOD
    assert bench.sense("12 00 00 00FF 00", unit=1) is GOOD
    truth = bench.truth
    assert truth.name == "bench"
    assert [
        (each.kind, each.address, each.place, each.present, each.cartridge and each.cartridge.tag)
        for each in truth.elements
    ] == [
        (Kind.TRANSPORT, 1, "picker", True, None),
        (Kind.STORAGE, 1001, "1", True, None),
        (Kind.STORAGE, 1002, "2", True, None),
        (Kind.STORAGE, 1003, "3", False, None),
        (Kind.STORAGE, 1004, "4", False, None),
        (Kind.MAIL, 101, "mail:1", True, "CLN001CU"),
        (Kind.MAIL, 102, "mail:2", True, None),
        (Kind.DRIVE, 500, "drive:0", True, None),
        (Kind.DRIVE, 501, "drive:1", True, "A00001L8"),
    ]
    first, second = truth.drives
    assert first == DriveTruth(0, 500, "D000", Phase.EMPTY, 0, 0, ())
    assert second == DriveTruth(1, 501, "D001", Phase.READY, 0, 2, (20,))
    assert {
        number: {at: c.tag for at, c in inside.items()} for number, inside in truth.removed.items()
    } == {2: {1003: "A00002L8", 1004: "A00003L8"}}
    assert [str(fault) for fault in truth.faults] == ["magazine-out 2", "element 1 full=1"]
    assert (truth.prevented, truth.mail_open, truth.flags) == (True, True, (3,))
    assert truth.commands == {0xA5: 1, 0x1B: 2, 0x1E: 1}
    assert truth.drive_commands == ({}, {0x12: 1})
    for place in ("drive:1", 501):
        cartridge = truth.cartridge_at(place)
        assert cartridge is not None
        assert (cartridge.tag, cartridge.source_address) == ("A00001L8", 1001)
    assert truth.cartridge_at("1") is None
    assert (truth.place_of("A00001L8"), truth.place_of("A00002L8")) == ("drive:1", None)
    with pytest.raises(KeyError):
        truth.cartridge_at("5")


def test_looking_at_the_truth_moves_nothing_on(tmp_path: Path) -> None:
    """Time has passed for the answer alone."""
    bench = Bench(tmp_path, move_seconds=60)
    bench.fault("reply-lost at-source")
    with pytest.raises(TransportFailed):
        bench.move(1001, 1012)
    path = tmp_path / "bench.json"
    before = path.read_bytes()
    bench.clock.time += 3600
    assert bench.tag_at("12") == "A00001L8"
    assert path.read_bytes() == before
