"""Fields of commands and moments in time, to the last bit and to the last one before and after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changer.errors import TransportFailed
from changer.smc.command import Status

from .simulator_bench import (
    GOOD,
    INITIALIZE,
    READY,
    REQUEST_SENSE,
    STATUS,
    UNLOAD,
    Bench,
    exchange_cdb,
    move_cdb,
    sense_text,
)

h = bytes.fromhex
SHORT, NO_COMMAND, NO_ADDRESS = "05/24/00", "05/20/00", "05/21/01"
# Lengths by the group of the opcode (SPC-4, 4.3): each whole, of zeros, and without its last byte.
OF_LIBRARY = {
    **dict.fromkeys((0x00, 0x03, 0x07, 0x12, 0x16, 0x17, 0x1A, 0x1B, 0x1E), 6),
    **dict.fromkeys((0x2B, 0x37, 0x4D, 0x56, 0x57, 0x5A, 0x5E, 0x5F, 0xE7), 10),
    **dict.fromkeys((0xA5, 0xA6, 0xB8), 12),
}
OF_DRIVE = {
    **dict.fromkeys((0x00, 0x01, 0x03, 0x05, 0x08, 0x0A, 0x10, 0x11, 0x12, 0x15, 0x16, 0x17), 6),
    **dict.fromkeys((0x19, 0x1A, 0x1B, 0x1E), 6),
    **dict.fromkeys((0x2B, 0x34, 0x44, 0x4D, 0x55, 0x56, 0x57, 0x5A), 10),
    0x92: 16,
}


def test_commands_that_there_are_and_their_lengths(bench: Bench) -> None:
    for unit, commands in ((None, OF_LIBRARY), (0, OF_DRIVE)):
        whole = {code: bench.sense(f"{code:02X}" + "00" * 15, unit=unit) for code in range(0x100)}
        assert {code for code, said in whole.items() if said != NO_COMMAND} == {*commands}
        for code, length in commands.items():
            short = bench.sense(f"{code:02X}" + "00" * (length - 2), unit=unit)
            exact = bench.sense(f"{code:02X}" + "00" * (length - 1), unit=unit)
            assert (short, exact) == (SHORT, whole[code]), f"{code:02X}"


@pytest.mark.parametrize("described", [False, True])
def test_request_sense_has_the_format_that_is_asked_for_up_to_its_length(
    tmp_path: Path, described: bool
) -> None:
    bench = Bench(tmp_path, descriptor_sense=described)
    fixed = h("70 00 02 00000000 0A 00000000 3A 00 00000000")
    descriptors = h("72 02 3A 00 00000000")
    for length in (0, 1, 7, 8, 17, 18, 19, 255):
        for bit, whole in ((0, fixed), (1, descriptors)):
            told = bench.data(f"03 {bit:02X} 0000 {length:02X} 00", unit=0)
            assert told == whole[:length]
    bench.fault("unit-attention 28/01")
    assert bench.data(REQUEST_SENSE)[:14] == h("70 00 06 00000000 0A 00000000 28 01")
    assert bench.data(REQUEST_SENSE)[:14] == h("70 00 00 00000000 0A 00000000 00 00")


STEPS = {
    "picker, first": ("A5 00 0001 03E9 03F4 0000 00 00", GOOD),
    "picker, last": ("A5 00 0002 03F4 03E9 0000 00 00", GOOD),
    "picker, beyond": ("A5 00 0003 03E9 03F4 0000 00 00", NO_ADDRESS),
    "first slot, below": (move_cdb(1000, 1012), NO_ADDRESS),
    "last slot, beyond": (move_cdb(1001, 1013), NO_ADDRESS),
    "high byte": (move_cdb(0x83E9, 1012), NO_ADDRESS),
    "first of mail": (move_cdb(101, 1012), GOOD),
    "last of mail": (move_cdb(1012, 102), GOOD),
    "mail, beyond": (move_cdb(102, 103), NO_ADDRESS),
    "last drive": (move_cdb(102, 501), GOOD),
    "drives, beyond": (move_cdb(501, 502), NO_ADDRESS),
    "inverted": ("A5 00 0000 03E9 03F4 0000 01 00", SHORT),
    "reserved bits of it": ("A5 00 0000 03E9 03F4 0000 FE 00", GOOD),
    "position, first": ("2B 00 0000 0001 0000 00 00", GOOD),
    "position, none": ("2B 00 0000 0000 0000 00 00", NO_ADDRESS),
    "position by another": ("2B 00 0003 03E9 0000 00 00", NO_ADDRESS),
    "position, inverted": ("2B 00 0000 03E9 0000 01 00", SHORT),
    "position, reserved": ("2B 00 0000 03E9 0000 FE 00", GOOD),
    "exchange, inverted": (exchange_cdb(1002, 1003, 1002)[:-5] + "01 00", SHORT),
    "exchange, inverted 2": (exchange_cdb(1002, 1003, 1002)[:-5] + "02 00", SHORT),
    "exchange, reserved": (exchange_cdb(1002, 1003, 1002)[:-5] + "FC 00", GOOD),
    "exchange by another": ("A6 00 0003 03EA 03EB 03EA 00 00", NO_ADDRESS),
    "exchange, no source": (exchange_cdb(1000, 1003, 1002), NO_ADDRESS),
    "exchange, no second": (exchange_cdb(1002, 1003, 1013), NO_ADDRESS),
    "open, no mail": ("1B 00 0064 00 00", NO_ADDRESS),
    "open, beyond": ("1B 00 0067 00 00", NO_ADDRESS),
    "open": ("1B 00 0066 00 00", GOOD),
    "close": ("1B 00 0065 E1 00", GOOD),
    "neither": ("1B 00 0065 1F 00", SHORT),
    "prevent": ("1E 000000 FF 00", GOOD),
    "close while prevented": ("1B 00 0065 01 00", GOOD),
    "open while prevented": ("1B 00 0065 00 00", "05/53/02"),
    "allow": ("1E 000000 FE 00", GOOD),
    "range, first": ("37 01 0001 0000 0001 00 00", GOOD),
    "range, none": ("37 01 0000 0000 0001 00 00", NO_ADDRESS),
    "range, not asked": ("37 FE 0000 0000 0001 00 00", GOOD),
    "types": ("B8 04 0000 0001 00 000010 00 00", GOOD),
    "types, beyond": ("B8 05 0000 0001 00 000010 00 00", SHORT),
}  # fmt: skip


def test_fields_of_a_command_are_checked_to_their_ends(tmp_path: Path) -> None:
    bench = Bench(tmp_path, transports=2)
    said = {name: bench.sense(cdb) for name, (cdb, _) in STEPS.items()}
    assert said == {name: answer for name, (_, answer) in STEPS.items()}


def test_inventory_of_a_range_looks_at_its_elements_alone(bench: Bench) -> None:
    slots = range(1003, 1008)

    def unknown(cdb: str) -> list[int]:
        for slot in slots:
            bench.fault(f"occupancy-unknown @{slot}")
        bench.fault("occupancy-unknown 12 stays")
        bench.expect(GOOD, cdb)
        left = [at for at, each in bench.elements(2).items() if each.exception]
        bench.fault("clear occupancy-unknown")
        return left

    assert unknown("37 01 03EC 0000 0003 00 00") == [1003, 1007, 1012]
    assert unknown("E7 01 03EC 0000 0001 00 00") == [1003, 1005, 1006, 1007, 1012]
    assert unknown("37 01 03EC 0000 0000 00 00") == [1003, 1012]
    assert unknown("37 00 03EC 0000 0001 00 00") == unknown(INITIALIZE) == [1012]


def test_what_mail_slots_keep_of_a_cartridge_is_gone_with_a_look_at_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, remains_in_mail=True)
    bench.operate("take mail:1")
    bench.fault("clear")

    def kept() -> int:
        return bench.elements(3)[101].byte_9

    assert kept() == 2
    bench.expect(GOOD, "37 01 0066 0000 0000 00 00")
    assert kept() == 2
    bench.expect(GOOD, "37 01 0065 0000 0001 00 00")
    assert kept() == 0


# moments

MOMENT = 1 / 1024  # which a clock in seconds has exactly


def turns(bench: Bench, seconds: float, look: Callable[[], object]) -> list[object]:
    """What is seen in the last moment before, and then."""
    before = bench.clock.time
    seen = []
    for time in (before + seconds - MOMENT, before + seconds):
        bench.clock.time = time
        seen.append(look())
    return seen


def test_what_takes_time_ends_at_its_moment(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path, drive_load_seconds=10, cleaning_seconds=20, inventory_seconds=30,
        ejects_cleaner=False,
    )  # fmt: skip

    def drive() -> str | None:
        return bench.sense(READY, unit=0)

    bench.fault("becoming-ready 5s")
    assert turns(bench, 5, lambda: bench.sense(READY)) == ["02/04/01", GOOD]
    bench.fault("door open")
    bench.fault("door closed")
    bench.fault("clear unit-attention")
    assert turns(bench, 30, lambda: bench.sense(READY)) == ["02/04/01", GOOD]
    bench.fault("magazine-out 1")
    bench.fault("magazine-in 1")
    bench.fault("clear unit-attention")
    assert turns(bench, 30, lambda: bench.sense(READY)) == ["02/04/01", GOOD]
    assert bench.move(101, 500) is GOOD
    assert turns(bench, 30, drive) == ["02/30/03", "02/04/02"]
    assert bench.move(500, 101) is GOOD
    assert bench.move(1001, 500) is GOOD
    assert turns(bench, 10, drive) == ["02/04/01", "06/28/00"]


def test_status_of_a_drive_in_each_of_its_phases(tmp_path: Path) -> None:
    bench = Bench(tmp_path, drive_load_seconds=10, cleaning_seconds=20, ejects_cleaner=False)

    def told() -> list[str]:
        """Without a wish, and with each: DINIT, CRQRD, CRQST, WRTP; RAA, MPRSNT; activity."""
        seen = []
        for wish in ("no", "requested", "required"):
            bench.fault(f"wants-cleaning drive:0 {wish}")
            data = bench.data(STATUS, unit=0)
            assert data[:8] == h("11 00 0008 0000 03 04")
            seen.append(data[8:].hex())
        bench.fault("wants-cleaning drive:0 no")
        return seen

    assert told() == ["01200000", "05200000", "07200000"], "empty"
    bench.move(1001, 500)
    assert told() == ["01100200", "05100200", "07100200"], "loading"
    bench.clock.time += 10
    assert bench.sense(READY, unit=0) == "06/28/00"
    assert told() == ["09170000", "0d170000", "0f170000"], "ready"
    bench.expect(GOOD, UNLOAD, unit=0)
    assert told() == ["01300000", "05300000", "07300000"], "unloaded"
    bench.move(500, 1001)
    bench.move(101, 500)
    assert told() == ["01140100", "05140100", "07140100"], "cleaning"
    bench.clock.time += 30
    assert told() == ["01140000", "05140000", "07140000"], "cleaned"


def test_steps_of_a_motion_happen_at_their_moments(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "omitting", move_seconds=60, drive_load_seconds=10)

    def places() -> list[str]:
        where = {each.tag: at for at, each in bench.elements().items() if each.full}
        return [
            {1: "picker", 500: "drive"}.get(where[tag], str(where[tag]))
            for tag in ("A00001L8", "A00002L8")
        ]

    def begin(cdb: str) -> None:
        """The host loses sight of it at once."""
        bench.fault("reply-lost at-source")
        start = bench.clock.time
        with pytest.raises(TransportFailed):
            bench.send(cdb)
        bench.clock.time = start

    begin(move_cdb(1001, 500))
    assert turns(bench, 20, places) == [["1001", "1002"], ["picker", "1002"]]
    assert turns(bench, 20, places) == [["picker", "1002"], ["drive", "1002"]]
    assert turns(bench, 20 + 10, lambda: bench.sense(READY, unit=0)) == ["02/04/01", "06/28/00"]
    begin(exchange_cdb(1002, 500, 1001))
    assert turns(bench, 30, places) == [["drive", "1002"], ["drive", "picker"]]
    assert turns(bench, 30, places) == [["drive", "picker"], ["picker", "drive"]]
    assert turns(bench, 30, places) == [["picker", "drive"], ["1001", "drive"]]


def test_cleaner_cleans_as_often_as_it_may(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleans_allowed=2, drive_load_seconds=0, cleaning_seconds=0)
    seen = []
    for _ in range(3):
        assert bench.move(101, 500) is GOOD
        seen.append((bench.sense(READY, unit=0), bench.truth.drives[0].cleaned))
        assert bench.move(500, 101) is GOOD
    assert seen == [("02/3A/00", 1), ("02/3A/00", 2), ("03/30/07", 2)]
    cleaner = bench.truth.cartridge_at("mail:1")
    assert cleaner is not None
    assert (cleaner.cleans_used, cleaner.is_spent) == (2, True)


def test_faults_count_commands_of_their_unit_and_opcode_alone(bench: Bench) -> None:
    bench.fault("busy 2 on mode-sense after 1")
    bench.fault("task-set-full 1 drive:1")
    mode_sense = "1A 08 1D 00 FF 00"
    assert bench.send(READY, unit=0).status == Status.CHECK_CONDITION
    sent = (mode_sense, READY, mode_sense, READY, mode_sense, mode_sense)
    statuses = [bench.send(cdb).status for cdb in sent]
    assert statuses == [0, 0, Status.BUSY, 0, Status.BUSY, 0]
    assert [bench.send(READY, unit=1).status for _ in range(2)] == [
        Status.TASK_SET_FULL,
        Status.CHECK_CONDITION,
    ]
    assert bench.truth.faults == ()
    assert sense_text(bench.send(READY, unit=1).sense) == "02/3A/00"
