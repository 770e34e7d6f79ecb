"""Persistent reservations of a virtual library, as two hosts meet them (SPC-4, SMC-3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.errors import SimulatorRefused, TransportFailed
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.command import Command, Reply, Status

from .simulator_bench import INQUIRY, READY, REQUEST_SENSE, SLOTS, Bench, move_cdb, sense_text

REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, ABORT, IGNORE = range(7)
CONFLICT = "conflict"
GOOD = None
A, B, C = 0xA, 0xB, 0xC
MOVE = move_cdb(1001, 1012)
TYPES = (1, 3, 5, 6, 7, 8)


class Host:
    """An initiator of the library on the bench."""

    def __init__(self, bench: Bench, initiator: str) -> None:
        self._transport = SimulatedTransport(
            SharedLibrary(bench.name, folder=bench.folder, initiator=initiator), clock=bench.clock
        )

    def send(self, cdb: str, data_out: bytes = b"") -> Reply:
        length = 0 if data_out else 65535
        command = Command("test", bytes.fromhex(cdb), length, 60.0, bytes, data_out=data_out)
        return self._transport.execute(command)

    def answer(self, cdb: str, data_out: bytes = b"") -> str | None:
        """None for GOOD, ``conflict``, or KEY/ASC/ASCQ."""
        reply = self.send(cdb, data_out)
        if reply.status == Status.RESERVATION_CONFLICT:
            assert not reply.data and not reply.sense
            return CONFLICT
        return GOOD if reply.status == Status.GOOD else sense_text(reply.sense)

    def out(
        self, action: int, key: int = 0, other: int = 0, *, kind: int = 0, flags: int = 0
    ) -> str | None:
        data = key.to_bytes(8, "big") + other.to_bytes(8, "big") + bytes([0, 0, 0, 0, flags, 0, 0])
        return self.answer(f"5F {action:02X} {kind:02X} 0000 00000018 00", data + b"\0")

    def takes(self, key: int, kind: int = 3) -> None:
        """Register and reserve."""
        assert self.out(IGNORE, other=key) is GOOD
        assert self.out(RESERVE, key, kind=kind) is GOOD

    def keys(self) -> list[int]:
        data = self.send("5E 00 0000000000 0100 00").data
        assert len(data) == 8 + int.from_bytes(data[4:8], "big")
        return [int.from_bytes(data[at : at + 8], "big") for at in range(8, len(data), 8)]

    @property
    def generation(self) -> int:
        return int.from_bytes(self.send("5E 00 0000000000 0100 00").data[:4], "big")

    def reservation(self) -> tuple[int, int] | None:
        """Key and type."""
        data = self.send("5E 01 0000000000 0100 00").data
        if data[4:] == bytes(4):
            return None
        assert data[4:8] == bytes([0, 0, 0, 16]) and len(data) == 24
        assert data[16:21] == bytes(5) and data[22:] == bytes(2)
        return int.from_bytes(data[8:16], "big"), data[21]

    def close(self) -> None:
        self._transport.close()


class Hosts:
    """Two hosts and one library."""

    def __init__(self, bench: Bench, *initiators: str) -> None:
        self.bench = bench
        self.a, self.b, self.c = (Host(bench, each) for each in initiators)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    yield from opened(Bench(tmp_path, reservation_types=TYPES))


def opened(bench: Bench, *initiators: str) -> Iterator[Hosts]:
    found = Hosts(bench, *(initiators or ("a", "b", "c")))
    yield found
    for each in (found.a, found.b, found.c):
        each.close()


# Registration


def test_a_library_without_registrations_has_none(hosts: Hosts) -> None:
    assert (hosts.a.keys(), hosts.a.reservation(), hosts.a.generation) == ([], None, 0)


def test_a_registration_is_seen_by_everyone(hosts: Hosts) -> None:
    assert hosts.a.out(REGISTER, other=A) is GOOD
    assert hosts.b.out(IGNORE, other=B) is GOOD
    assert hosts.c.keys() == [A, B]
    assert hosts.c.generation == 2


def test_a_key_is_changed_only_by_its_owner_who_knows_it(hosts: Hosts) -> None:
    hosts.a.out(IGNORE, other=A)
    assert hosts.a.out(REGISTER, 0x99, C) == CONFLICT
    assert hosts.a.out(REGISTER, 0, C) == CONFLICT
    assert hosts.b.out(REGISTER, A, C) == CONFLICT
    assert (hosts.b.keys(), hosts.b.generation) == ([A], 1)
    assert hosts.a.out(REGISTER, A, C) is GOOD
    assert hosts.b.keys() == [C]


def test_a_key_is_changed_whatever_it_was_where_that_is_asked(hosts: Hosts) -> None:
    hosts.a.out(IGNORE, other=A)
    assert hosts.a.out(IGNORE, 0x99, C) is GOOD
    assert (hosts.b.keys(), hosts.b.generation) == ([C], 2)


@pytest.mark.parametrize("action", [REGISTER, IGNORE])
def test_a_key_of_zero_ends_the_registration(hosts: Hosts, action: int) -> None:
    hosts.a.out(IGNORE, other=A)
    assert hosts.a.out(action, A, 0) is GOOD
    assert hosts.b.keys() == []
    assert hosts.a.out(action, 0, 0) is GOOD, "nothing is registered, and nothing is"
    assert (hosts.b.keys(), hosts.b.generation) == ([], 2)


def test_a_changed_key_keeps_the_reservation(hosts: Hosts) -> None:
    hosts.a.takes(A)
    assert hosts.a.out(IGNORE, other=C) is GOOD
    assert hosts.b.reservation() == (C, 3)
    assert hosts.a.answer(MOVE) is GOOD


def test_a_holder_that_ends_its_registration_releases(hosts: Hosts) -> None:
    hosts.b.out(IGNORE, other=B)
    hosts.a.takes(A)
    assert hosts.a.out(REGISTER, A, 0) is GOOD
    assert (hosts.b.keys(), hosts.b.reservation()) == ([B], None)
    assert hosts.b.answer(READY) is GOOD, "SPC-4: no unit attention for this type"


@pytest.mark.parametrize("kind", [5, 6])
def test_registrants_learn_that_a_holder_has_left(hosts: Hosts, kind: int) -> None:
    hosts.b.out(IGNORE, other=B)
    hosts.a.takes(A, kind)
    hosts.a.out(REGISTER, A, 0)
    assert [hosts.b.answer(READY) for _ in range(2)] == ["06/2A/04", GOOD]
    assert hosts.c.answer(READY) is GOOD


@pytest.mark.parametrize("kind", [7, 8])
def test_a_reservation_of_all_registrants_ends_with_the_last_of_them(
    hosts: Hosts, kind: int
) -> None:
    hosts.b.out(IGNORE, other=B)
    hosts.a.takes(A, kind)
    hosts.a.out(REGISTER, A, 0)
    assert hosts.c.reservation() == (0, kind), "no key is everyone's"
    hosts.b.out(REGISTER, B, 0)
    assert hosts.c.reservation() is None


# Reservation and release


@pytest.mark.parametrize("kind", TYPES)
def test_a_reservation_is_of_its_type(hosts: Hosts, kind: int) -> None:
    hosts.a.takes(A, kind)
    assert hosts.b.reservation() == (0 if kind in (7, 8) else A, kind)
    assert hosts.a.generation == 1, "only registrations count"


def test_only_who_is_registered_can_reserve(hosts: Hosts) -> None:
    assert hosts.a.out(RESERVE, A, kind=3) == CONFLICT
    hosts.a.out(IGNORE, other=A)
    assert hosts.a.out(RESERVE, B, kind=3) == CONFLICT, "with another key"
    assert hosts.a.reservation() is None


def test_what_is_reserved_is_not_reserved_by_another(hosts: Hosts) -> None:
    hosts.a.takes(A)
    hosts.b.out(IGNORE, other=B)
    assert hosts.b.out(RESERVE, B, kind=3) == CONFLICT
    assert hosts.a.out(RESERVE, A, kind=3) is GOOD, "again"
    assert hosts.a.out(RESERVE, A, kind=1) == CONFLICT, "as another type"
    assert hosts.b.reservation() == (A, 3)


def test_a_holder_releases_and_nobody_else(hosts: Hosts) -> None:
    hosts.a.takes(A)
    hosts.b.out(IGNORE, other=B)
    assert hosts.b.out(RELEASE, B, kind=3) is GOOD, "and nothing happens"
    assert hosts.c.out(RELEASE, C, kind=3) == CONFLICT
    assert hosts.a.out(RELEASE, B, kind=3) == CONFLICT
    assert hosts.a.out(RELEASE, A, kind=1) == "05/26/04"
    assert hosts.b.reservation() == (A, 3)
    assert hosts.a.out(RELEASE, A, kind=3) is GOOD
    assert (hosts.b.reservation(), hosts.b.keys()) == (None, [A, B])


@pytest.mark.parametrize(
    ("kind", "told"), [(1, GOOD), (3, GOOD), *((each, "06/2A/04") for each in (5, 6, 7, 8))]
)
def test_registrants_learn_of_a_release_that_was_theirs_too(
    hosts: Hosts, kind: int, told: str | None
) -> None:
    hosts.b.out(IGNORE, other=B)
    hosts.a.takes(A, kind)
    hosts.a.out(RELEASE, A, kind=kind)
    assert hosts.b.answer(READY) == told
    assert hosts.a.answer(READY) is GOOD


# Clearing and pre-emption


def test_clearing_ends_everything_and_tells_everyone_registered(hosts: Hosts) -> None:
    hosts.a.takes(A)
    hosts.b.out(IGNORE, other=B)
    assert hosts.c.out(CLEAR, C) == CONFLICT
    assert hosts.b.out(CLEAR, B) is GOOD
    assert (hosts.c.keys(), hosts.c.reservation(), hosts.c.generation) == ([], None, 3)
    assert hosts.a.answer(MOVE) == "06/2A/03"
    assert [each.answer(READY) for each in (hosts.a, hosts.b, hosts.c)] == [GOOD] * 3


@pytest.mark.parametrize("action", [PREEMPT, ABORT])
def test_a_holder_is_pre_empted_by_its_key(hosts: Hosts, action: int) -> None:
    hosts.a.takes(A)
    hosts.b.out(IGNORE, other=B)
    hosts.c.out(IGNORE, other=C)
    assert hosts.b.out(action, B, A, kind=3) is GOOD
    assert (hosts.c.keys(), hosts.c.reservation(), hosts.c.generation) == ([C, B], (B, 3), 4)
    assert [hosts.a.answer(MOVE) for _ in range(2)] == ["06/2A/05", CONFLICT]
    assert hosts.c.answer(READY) is GOOD, "the type is the same"
    assert hosts.b.answer(MOVE) is GOOD


def test_a_registrant_that_holds_nothing_is_pre_empted_and_no_more(hosts: Hosts) -> None:
    hosts.a.takes(A)
    hosts.b.out(IGNORE, other=B)
    hosts.c.out(IGNORE, other=C)
    assert hosts.b.out(PREEMPT, B, C, kind=1) is GOOD
    assert (hosts.a.keys(), hosts.a.reservation()) == ([A, B], (A, 3))
    assert hosts.c.answer(READY) == "06/2A/05"


def test_pre_emption_that_changes_the_type_tells_the_others(hosts: Hosts) -> None:
    hosts.a.takes(A)
    hosts.b.out(IGNORE, other=B)
    hosts.c.out(IGNORE, other=C)
    hosts.b.out(PREEMPT, B, A, kind=6)
    assert hosts.c.answer(READY) == "06/2A/04"
    assert hosts.b.reservation() == (B, 6)


def test_pre_emption_of_a_key_that_nobody_has_is_a_conflict(hosts: Hosts) -> None:
    hosts.b.out(IGNORE, other=B)
    assert hosts.b.out(ABORT, B, A, kind=3) == CONFLICT
    assert hosts.a.out(ABORT, A, B, kind=3) == CONFLICT, "who is not registered"
    assert hosts.b.out(ABORT, B, 0, kind=3) == "05/26/00"


def test_pre_emption_of_all_registrants_is_by_no_key(hosts: Hosts) -> None:
    hosts.a.takes(A, 8)
    hosts.b.out(IGNORE, other=B)
    hosts.c.out(IGNORE, other=C)
    assert hosts.b.out(PREEMPT, B, 0, kind=3) is GOOD
    assert (hosts.b.keys(), hosts.b.reservation()) == ([B], (B, 3))
    assert [each.answer(READY) for each in (hosts.a, hosts.c)] == ["06/2A/05"] * 2


def test_request_sense_tells_of_a_pre_emption_once(hosts: Hosts) -> None:
    hosts.a.takes(A)
    hosts.b.out(IGNORE, other=B)
    hosts.b.out(PREEMPT, B, A, kind=3)
    assert sense_text(hosts.a.send(REQUEST_SENSE).data) == "06/2A/05"
    assert hosts.a.answer(READY) is GOOD


# What a reservation keeps others from


ALLOW, PREVENT = "1E 000000 00 00", "1E 000000 01 00"
MODE_SENSE, LOG_SENSE = "1A 08 1D 00 FF 00", "4D 00 00 00 00 0000 00FF 00"
CURRENT = "B8 12 0000 FFFF 02 00FFFF 0000"
OLD = ("16 0000000000", "17 0000000000", "56 000000000000000000", "57 000000000000000000")
ACTING = (
    MOVE,
    "A6 00 0000 03E9 03F4 03F4 0000 00 00",
    "2B 00 0000 03E9 0000 00 00",
    "07 0000000000",
    "37 00 0000 00 0000 0000 00",
    "E7 00 0000 00 0000 0000 00",
    "1B 00 0065 00 00",
    PREVENT,
    SLOTS,
)
NEVER = (READY, INQUIRY, REQUEST_SENSE, LOG_SENSE, ALLOW, CURRENT, "5E 00 0000000000 0100 00")


@pytest.mark.parametrize("kind", TYPES)
def test_whoever_is_not_registered_may_only_ask(hosts: Hosts, kind: int) -> None:
    hosts.a.takes(A, kind)
    assert {cdb: hosts.b.answer(cdb) for cdb in ACTING} == dict.fromkeys(ACTING, CONFLICT)
    assert {cdb: hosts.b.answer(cdb) for cdb in NEVER} == dict.fromkeys(NEVER, GOOD)
    assert hosts.b.answer(MODE_SENSE) is (GOOD if kind in (1, 5, 7) else CONFLICT)


@pytest.mark.parametrize(("kind", "moves"), [(1, CONFLICT), (3, CONFLICT), (5, GOOD), (6, GOOD)])
def test_whoever_is_registered_moves_with_some_types(
    hosts: Hosts, kind: int, moves: str | None
) -> None:
    """Why a fence is not of type 6h: the host that was overtaken would still be registered."""
    hosts.a.takes(A, kind)
    hosts.b.out(IGNORE, other=B)
    assert hosts.b.answer(MOVE) == moves
    assert hosts.bench.tag_at("1") == ("A00001L8" if moves else None)


def test_the_holder_may_do_everything(hosts: Hosts) -> None:
    hosts.a.takes(A)
    assert [hosts.a.answer(cdb) for cdb in (SLOTS, MODE_SENSE, PREVENT, ALLOW, MOVE)] == [GOOD] * 5


@pytest.mark.parametrize("cdb", OLD)
def test_the_older_reservations_have_no_place_beside_a_registration(hosts: Hosts, cdb: str) -> None:
    assert hosts.a.answer(cdb) is GOOD
    hosts.a.out(IGNORE, other=A)
    assert [hosts.a.answer(cdb), hosts.b.answer(cdb)] == [CONFLICT] * 2


def test_a_drive_is_not_reserved_with_its_library(hosts: Hosts) -> None:
    hosts.a.takes(A)
    assert hosts.bench.sense("4D 00 0C 00 00 0000 FFFF 00", unit=0) is GOOD


def test_models_differ_in_what_they_spare(tmp_path: Path) -> None:
    bench = Bench(tmp_path, reservations_spare=(0xB8, 0x1A), reservations_refuse=(0x00,))
    for hosts in opened(bench):
        hosts.a.takes(A)
        assert [hosts.b.answer(cdb) for cdb in (SLOTS, MODE_SENSE, READY, MOVE)] == [
            *(GOOD, GOOD, CONFLICT, CONFLICT)
        ]


# Ports


def test_some_models_reserve_one_port_alone(tmp_path: Path) -> None:
    for hosts in opened(Bench(tmp_path, "ts3500"), "a@1", "b@2", "c@1"):
        hosts.a.takes(A)
        assert (hosts.b.keys(), hosts.b.reservation()) == ([], None)
        move = move_cdb(0x401, 0x440 - 4)
        assert [hosts.c.answer(move), hosts.b.answer(move)] == [CONFLICT, GOOD]
        hosts.b.takes(B)
        assert (hosts.a.reservation(), hosts.b.reservation()) == ((A, 3), (B, 3))


def test_most_models_reserve_whichever_port_is_used(hosts: Hosts) -> None:
    for others in opened(hosts.bench, "a@1", "a@2", "b@2"):
        others.a.takes(A)
        assert [others.b.answer(MOVE), others.c.answer(MOVE)] == [CONFLICT] * 2


def test_each_port_is_named_by_itself(hosts: Hosts) -> None:
    page = "12 01 83 00FF 00"
    told = [Host(hosts.bench, each) for each in ("a", "b", "b@2")]
    first, same, second = (each.send(page).data for each in told)
    assert first == same != second
    assert len(first) == len(second)
    assert first.endswith(bytes.fromhex("61940004 00000001"))
    assert second.endswith(bytes.fromhex("61940004 00000002"))
    for each in told:
        each.close()


@pytest.mark.parametrize("name", ["", "@2", "a@0", "a@x", "a@100", "a\n", "é", "x" * 65])
def test_what_can_be_no_initiator_is_refused(hosts: Hosts, name: str) -> None:
    with pytest.raises(SimulatorRefused, match="initiator"):
        SharedLibrary(hosts.bench.name, folder=hosts.bench.folder, initiator=name)


# What a library can't do


def test_a_library_can_have_no_reservations(tmp_path: Path) -> None:
    for hosts in opened(Bench(tmp_path, reservation_types=())):
        assert hosts.a.answer("5E 00 0000000000 0100 00") == "05/20/00"
        assert hosts.a.out(IGNORE, other=A) == "05/20/00"


@pytest.mark.parametrize(
    ("types", "mask"), [((3, 6), "4800"), ((1, 3, 5, 6, 7, 8), "ea01"), ((8,), "0001")]
)
def test_a_library_tells_its_types_and_has_no_others(
    tmp_path: Path, types: tuple[int, ...], mask: str
) -> None:
    for hosts in opened(Bench(tmp_path, reservation_types=types)):
        told = hosts.a.send("5E 02 0000000000 0008 00").data
        assert told == bytes.fromhex(f"0008 01 80 {mask} 0000")
        hosts.a.out(IGNORE, other=A)
        for kind in range(16):
            known = hosts.a.out(RESERVE, A, kind=kind) is GOOD
            assert known is (kind in types)
            if known:
                hosts.a.out(RELEASE, A, kind=kind)


@pytest.mark.parametrize(
    ("cdb", "size", "told"),
    [
        ("5F 01 23 0000 00000018 00", 24, "05/24/00"),
        ("5F 07 03 0000 00000018 00", 24, "05/24/00"),
        ("5F 01 03 0000 00000018 00", 23, "05/1A/00"),
        ("5F 01 03 0000 00000010 00", 16, "05/1A/00"),
        ("5F 01 03 0000 00000018 00", 0, "05/1A/00"),
        ("5E 03 0000000000 0100 00", 0, "05/24/00"),
        ("5E 04 0000000000 0100 00", 0, "05/24/00"),
    ],
)
def test_what_it_does_not_know_is_refused(hosts: Hosts, cdb: str, size: int, told: str) -> None:
    assert hosts.a.answer(cdb, bytes(size)) == told


def test_registrations_of_others_can_not_be_made(hosts: Hosts) -> None:
    assert hosts.a.out(IGNORE, other=A, flags=0x08) == "05/26/00"
    assert hosts.a.keys() == []


# What remains


def test_reservations_are_kept_with_the_library(hosts: Hosts) -> None:
    hosts.a.takes(0xFFFF_FFFF_FFFF_FFFF)
    for again in opened(hosts.bench, "b", "a", "c"):
        assert again.a.reservation() == (0xFFFF_FFFF_FFFF_FFFF, 3)
        assert [again.a.answer(MOVE), again.b.answer(MOVE)] == [CONFLICT, GOOD]


@pytest.mark.parametrize(("flags", "kept"), [(1, [A]), (0, [])])
def test_a_loss_of_power_ends_what_was_not_to_outlive_it(
    hosts: Hosts, flags: int, kept: list[int]
) -> None:
    hosts.a.out(IGNORE, other=A, flags=flags)
    hosts.a.out(RESERVE, A, kind=3)
    told = hosts.a.send("5E 02 0000000000 0008 00").data
    assert told[3] == 0x80 | flags
    hosts.bench.fault("power-cycle")
    assert hosts.a.answer(READY) == "06/29/01"
    assert (hosts.b.keys(), hosts.b.generation) == (kept, 0)
    assert hosts.b.reservation() == ((A, 3) if kept else None)


def test_some_libraries_let_nothing_outlive_it(tmp_path: Path) -> None:
    for hosts in opened(Bench(tmp_path, reservations_persist=False)):
        assert hosts.a.out(IGNORE, other=A, flags=1) == "05/26/00"
        assert hosts.a.send("5E 02 0000000000 0008 00").data[2] == 0


def test_a_reset_keeps_reservations(hosts: Hosts) -> None:
    hosts.a.takes(A)
    SharedLibrary(hosts.bench.name, folder=hosts.bench.folder).reset(None)
    assert hosts.b.reservation() == (A, 3)


# Faults


def test_another_program_can_reserve_the_library(hosts: Hosts) -> None:
    hosts.bench.fault("reserved 4E42550000000001")
    key = 0x4E42_5500_0000_0001
    assert (hosts.a.keys(), hosts.a.reservation()) == ([key], (key, 3))
    assert hosts.a.answer(MOVE) == CONFLICT
    hosts.bench.fault("clear reserved")
    assert (hosts.a.keys(), hosts.a.answer(MOVE)) == ([], GOOD)


def test_another_program_reserves_as_another_type(hosts: Hosts) -> None:
    hosts.bench.fault("reserved abc 6")
    assert hosts.a.reservation() == (0xABC, 6)
    hosts.bench.refuses(hosts.bench.fault, "reserved abc 2", "no reservations of type 2")
    hosts.bench.refuses(hosts.bench.fault, "reserved xyz", "hexadecimal digits")
    hosts.bench.refuses(hosts.bench.fault, "reserved 0", "hexadecimal digits")


def test_a_reply_can_get_lost_after_the_command_was_executed(hosts: Hosts) -> None:
    hosts.bench.fault("unheard on 5F after 1")
    assert hosts.a.out(IGNORE, other=A) is GOOD
    with pytest.raises(TransportFailed):
        hosts.a.out(RESERVE, A, kind=3)
    assert hosts.b.reservation() == (A, 3)
    assert hosts.a.out(RESERVE, A, kind=3) is GOOD


def test_a_lost_reply_to_a_move_leaves_the_cartridge_where_it_went(hosts: Hosts) -> None:
    hosts.bench.fault("unheard on move")
    with pytest.raises(TransportFailed):
        hosts.a.answer(MOVE)
    assert hosts.bench.tag_at("12") == "A00001L8"


def test_a_host_that_reserves_by_a_fault_leaves_the_registrations_of_others(tmp_path: Path) -> None:
    """Whatever they are called; its own one it makes anew."""
    for hosts in opened(Bench(tmp_path), "a", "another1", "z"):
        for host, key in ((hosts.a, 1), (hosts.b, 2), (hosts.c, 3)):
            assert host.out(IGNORE, other=key) is GOOD
        for key in (10, 11):
            hosts.bench.fault(f"reserved {key:x}")
            assert sorted(hosts.a.keys()) == [1, 2, 3, key]
