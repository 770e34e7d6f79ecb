"""Habits that the driver heeds, as a virtual library has them: what it does with raw commands."""

from __future__ import annotations

from pathlib import Path

from changer.simulator.creation import parse_override
from changer.simulator.sense import Sense
from changer.simulator.transport import SimulatedTransport
from changer.smc.command import Command, Status

from .simulator_bench import GOOD, INITIALIZE, Bench, exchange_cdb, move_cdb, sense

ALLOW, PREVENT = "1E 000000 00 00", "1E 000000 01 00"
RANGE = "{opcode:02X} 01 03E9 0000 0002 00 00"
NEW_TAPE = "put A00099L8 mail:2"
DRIVE, SLOT, FREE, MAIL = 500, 1001, 1004, 101


def test_ranges_are_scanned_or_refused(tmp_path: Path) -> None:
    ranges = [RANGE.format(opcode=opcode) for opcode in (0x37, 0xE7)]
    for works, answer in ((True, GOOD), (False, "05/24/00")):
        bench = Bench(tmp_path / str(works), scans_ranges=works)
        for cdb in ranges:
            bench.expect(answer, cdb)
            bench.expect(GOOD, cdb.replace(" 01 ", " 00 ", 1))


def test_an_exchange_is_offered_and_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, exchange_works=False)
    before = bench.truth.elements
    offered = bench.data("1A 08 1F 00 FF 00")[4 + 12 : 4 + 16]
    assert any(offered)
    bench.expect("05/20/00", exchange_cdb(SLOT, SLOT + 1, FREE))
    assert bench.truth.elements == before


def test_only_a_marked_cleaner_goes_to_a_drive(tmp_path: Path) -> None:
    bench = Bench(tmp_path, marks_cleaners=True)
    bench.expect("05/24/00", move_cdb(MAIL, DRIVE))
    bench.expect(GOOD, move_cdb(MAIL, FREE))
    bench.expect(GOOD, move_cdb(SLOT, DRIVE + 1))
    bench.expect(GOOD, move_cdb(FREE, DRIVE)[:-2] + "40")


def test_labels_are_there_after_a_scan(tmp_path: Path) -> None:
    bench = Bench(tmp_path, labels_after_scan=True)

    def labels() -> set[str]:
        return {each.tag for each in bench.elements().values() if each.full}

    assert labels() == {""}
    bench.expect(GOOD, RANGE.format(opcode=0x37))
    assert labels() == {""}, "of some elements it is no scan of all"
    bench.expect(GOOD, INITIALIZE)
    known = labels()
    assert {"A00001L8", "CLN001CU"} <= known
    bench.operate(NEW_TAPE)
    bench.fault("clear unit-attention")
    assert labels() == {""}
    bench.expect(GOOD, INITIALIZE)
    assert labels() == known | {"A00099L8"}


def test_impexp_is_told_or_not(tmp_path: Path) -> None:
    for tells in (True, False):
        bench = Bench(tmp_path / str(tells), tells_operator_placed=tells)
        assert bool(bench.elements(3)[MAIL].flags & 0x02) is tells
        bench.expect(GOOD, move_cdb(SLOT, MAIL + 1))
        assert not bench.elements(3)[MAIL + 1].flags & 0x02


def test_one_hosts_allow_ends_the_prevention_of_all_or_its_own(tmp_path: Path) -> None:
    for for_all in (True, False):
        bench = Bench(tmp_path / str(for_all), allows_for_all=for_all)
        here, there = (bench.transport(initiator=name) for name in ("here", "there"))

        def send(transport: SimulatedTransport, cdb: str) -> None:
            reply = transport.execute(Command("test", bytes.fromhex(cdb), 0, 60.0, bytes))
            assert (reply.status, sense(reply)) == (Status.GOOD, None)

        send(here, PREVENT)
        send(there, PREVENT)
        send(there, ALLOW)
        assert bench.truth.prevented is not for_all
        send(here, ALLOW)
        assert not bench.truth.prevented
        send(here, PREVENT)
        send(there, ALLOW)
        assert bench.truth.prevented is not for_all


def test_a_cleaner_that_is_used_up_is_not_loaded(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "sl150")
    bench.operate("insert CLN009CU 30 cleans=0")
    bench.operate("insert CLN010CU 29 cleans=1")
    bench.fault("clear unit-attention")
    bench.expect("03/30/13", move_cdb(1029, DRIVE))
    bench.expect(GOOD, move_cdb(1028, DRIVE))


def test_a_code_of_the_model_is_written_with_its_key_or_without() -> None:
    open_slot, spent = "mail_open_sense", "spent_cleaner_move_sense"
    assert parse_override(f"{open_slot}=02/04/84") == (open_slot, Sense(0x02, 0x04, 0x84))
    assert parse_override(f"{open_slot}=53/81") == (open_slot, Sense(0x05, 0x53, 0x81))
    assert parse_override(f"{spent}=none") == (spent, None)


def test_a_drives_serial_number_is_appended_where_no_identifier_is_asked_for(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, identifier_type=0, identifier_length=32, appended_serial=32)
    serials = [drive.serial.encode().ljust(32) for drive in bench.truth.drives]
    plain, named = bench.elements(4), bench.elements(4, dvcid=True)
    assert [each.rest[-32:] for each in plain.values()] == serials
    assert [each.rest[40:72] for each in named.values()] == serials
    assert {len(each.rest) for each in (*plain.values(), *named.values())} == {36 + 4 + 32}


def test_reserved_bits_are_refused_or_ignored(tmp_path: Path) -> None:
    asked = "B8 10 0000 0100 12 010000 00 00"
    assert Bench(tmp_path / "one").sense(asked) is None
    assert Bench(tmp_path / "other", refuses_reserved_bits=True).sense(asked) == "05/24/00"
