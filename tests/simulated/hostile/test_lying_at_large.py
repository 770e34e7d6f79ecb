"""Arbitrary answers of a device: a command ends, with a documented error or a result.

Nothing is lost, and a slot is released only if the device itself said that it is present and empty.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from driver.virtual_library import VirtualLibrary, error_of
from effort import examples
from figures import FIGURES
from folders import quick_folder
from hypothesis import given
from hypothesis import strategies as st
from scsi_bytes import check

from changer.cleaning.slot import release, reserve
from changer.journal.home import Homes
from changer.library.addressing import parse_place
from changer.library.drive_map import drive_identities
from changer.library.library import Library
from changer.library.status import library_status
from changer.moves.execute import load, unload
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import ElementType

from .liar import (
    MODE_SENSE,
    READ_ELEMENT_STATUS,
    STORAGE,
    Lie,
    Lying,
    Said,
    overwritten,
    page_of,
    said_empty,
)

SLOT = "4"
MOVE_MEDIUM = 0xA5
MOST_MOVES = 3
# Busy, and task set full; not ready, and unit attention.
NOT_TAKEN = (0x08, 0x28)
NOT_EXECUTED = ((0x02, 0x02), (0x02, 0x06))


def show_status(library: Library) -> object:
    """All that ``changer status`` asks for."""
    inventory = library.read()
    return library_status(
        library,
        inventory,
        find_device=lambda number, identity: None,
        find_home=Homes(library, inventory).address_of,
    )


FUNCTIONS: dict[str, Callable[[Library], object]] = {
    "status": show_status,
    "drives": lambda library: drive_identities(library, library.read()),
    "load": lambda library: load(library, parse_place("1"), parse_place("drive:0")),
    "load by label": lambda library: load(library, parse_place("A00001L8"), parse_place("drive:0")),
    "unload": lambda library: unload(library, parse_place("drive:0")),
    "reserve": lambda library: reserve(library, parse_place(SLOT)),
    "release": release,
}

# Lies of any kind: what becomes of the bytes of one reply.
NUMBERS = st.sampled_from([0, 1, 2, 7, 8, 11, 12, 16, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)
FLAGS = st.sampled_from([0x00, 0x01, 0x04, 0x08, 0x09, 0x0C, 0x0D, 0x3F, 0xFF])
OFFSETS = st.integers(0, 40) | st.integers(0, 700)
PIECES = st.lists(NUMBERS, min_size=1, max_size=4).map(bytes)
CODES = st.sampled_from(
    [
        *("020401", "020402", "020403", "023a00", "041501", "052000", "052101"),
        *("052400", "053b0d", "062800", "062900", "063f03", "0b0000"),
    ]
).map(bytes.fromhex) | st.binary(min_size=3, max_size=3)
Change = Callable[[Reply], Reply]


def of_data(change: Callable[[bytes], bytes]) -> Change:
    return lambda reply: Reply(reply.status, change(reply.data), reply.sense)


def _check(code: bytes) -> Reply:
    return check(code[0] & 0x0F, *code[1:])


def _inserted(data: bytes, offset: int, piece: bytes) -> bytes:
    return data[:offset] + piece + data[offset:]


CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.tuples(OFFSETS, PIECES).map(lambda t: of_data(lambda data: overwritten(data, *t))),
    st.tuples(OFFSETS, FLAGS.map(lambda flag: bytes((flag,)))).map(
        lambda t: of_data(lambda data: overwritten(data, *t))
    ),
    st.tuples(OFFSETS, PIECES).map(lambda t: of_data(lambda data: _inserted(data, *t))),
    OFFSETS.map(lambda size: of_data(lambda data: data[:size])),
    st.tuples(OFFSETS, OFFSETS).map(
        lambda t: of_data(lambda data: data[: t[0]] + data[t[0] + t[1] :])
    ),
    st.binary(max_size=80).map(lambda made: of_data(lambda data: made)),
    st.sampled_from([b"", bytes(8), bytes(255), b"\xff" * 255]).map(
        lambda made: of_data(lambda data: made)
    ),
    st.just(of_data(lambda data: data + data[8:])),
    CODES.map(lambda code: lambda reply: _check(code)),
    st.binary(max_size=20).map(
        lambda sense: lambda reply: Reply(Status.CHECK_CONDITION, sense=sense)
    ),
    st.sampled_from([0x04, 0x08, 0x18, 0x28, 0x30, 0x40, 0xFF]).map(
        lambda status: lambda reply: Reply(status)
    ),
)


@dataclass
class Campaign:
    """Which replies are changed, and how: from the ``first`` on, ``times`` of an opcode."""

    opcode: int | None
    first: int
    times: int
    changes: list[Change]
    seen: int = field(default=0, init=False)

    def __call__(self, cdb: bytes, reply: Reply) -> Reply:
        if self.opcode is not None and cdb[0] != self.opcode:
            return reply
        self.seen += 1
        if not self.first <= self.seen < self.first + self.times:
            return reply
        for change in self.changes:
            reply = change(reply)
        return reply


CAMPAIGNS = st.builds(
    Campaign,
    opcode=st.sampled_from([READ_ELEMENT_STATUS] * 4 + [MODE_SENSE, MODE_SENSE, MOVE_MEDIUM, None]),
    first=st.integers(1, 6),
    times=st.sampled_from([1, 1, 2, 10**6]),
    changes=st.lists(CHANGES, min_size=1, max_size=3),
)


def prepare(folder: Path, profile: str, function: str) -> VirtualLibrary:
    library = VirtualLibrary(folder, profile, data_cartridges=3)
    if function == "unload":
        library.move_behind_our_back("1", "drive:0")
    elif function == "release":
        library.reserve(SLOT)
    return library


def run_lying(function: str, profile: str, lies: Iterable[Lie]) -> None:
    """Any error of ours will do; everything else is looked at."""
    with quick_folder() as folder:
        library = prepare(folder, profile, function)
        reserved, address = library.reserved, library.address_of(SLOT)
        tags = tags_of(library)

        def lie(cdb: bytes, reply: Reply) -> Reply:
            for each in lies:
                reply = each(cdb, reply)
            return reply

        def call() -> None:
            with library.open(wire=wire) as opened:
                FUNCTIONS[function](opened)

        wire = Lying(lie)
        error = error_of(call)
        said = wire.said
        if error is None and function == "reserve" and library.reserved is not None:
            address = library.reserved  # a lie about where slots begin makes another one slot 4
        if error is None and function in ("reserve", "release"):
            reserved = None if function == "release" else address
            assert_said_empty(said, address)
        FIGURES.reservation(expected=reserved, found=library.reserved)
        FIGURES.cartridges(before=tags, now=tags_of(library))
        assert_no_blind_move(said)


def tags_of(library: VirtualLibrary) -> list[str]:
    return [each.cartridge.tag for each in library.truth.elements if each.cartridge]


def assert_no_blind_move(said: Said) -> None:
    """A move is sent again only after a reply that says that it was not executed."""
    replies = [reply for cdb, reply in said if cdb[0] == MOVE_MEDIUM]
    assert len(replies) <= MOST_MOVES
    for reply in replies[:-1]:
        key = reply.sense[2] & 0x0F if reply.sense[:1] in (b"\x70", b"\xf0") else None
        if reply.sense[:1] == b"\x72":
            key = reply.sense[1] & 0x0F
        assert reply.status in NOT_TAKEN or (reply.status, key) in NOT_EXECUTED


def assert_said_empty(said: Said, address: int) -> None:
    """The last two replies that had a word on the slot: each says so, whatever else it says."""
    looks = [
        reply.data
        for cdb, reply in said
        if cdb[0] == READ_ELEMENT_STATUS
        and not cdb[6] & 1
        and reply.status == Status.GOOD
        and cdb[1] & 0x0F == STORAGE
        and address.to_bytes(2, "big") in reply.data
    ]
    assert len(looks) >= 2
    assert all(said_empty(data, address) for data in looks[-2:])


@pytest.mark.parametrize("profile", ["demo", "scalar"])
@pytest.mark.parametrize("function", FUNCTIONS)
@examples(40)
@given(lies=st.lists(CAMPAIGNS, min_size=1, max_size=3))
def test_nothing_is_lost_whatever_the_device_says(
    function: str, profile: str, lies: list[Campaign]
) -> None:
    run_lying(function, profile, lies)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "answer",
    [b"", bytes(1), bytes(8), bytes(0xFFFF), b"\xff" * 0xFFFF, b"\x1b[2J" * 64],
    ids=["nothing", "one byte", "zeros", "64 KiB of zeros", "64 KiB of ones", "escape codes"],
)
def test_a_device_that_always_says_the_same_is_no_library(function: str, answer: bytes) -> None:
    run_lying(function, "scalar", [lambda cdb, reply: Reply(Status.GOOD, answer)])


# Inventories without an end


@dataclass
class Endless:
    """A library of one type, 65,535 elements of it, that describes a few of them in each reply."""

    most: int
    count: int = 65535
    sent: int = 0

    def execute(self, command: Command[Any]) -> Reply:
        self.sent += 1
        assert self.sent <= 2 * self.count // self.most + 10, "it reads the same again"
        cdb = command.cdb
        if cdb[0] == MODE_SENSE:
            ranges = b"".join(each.to_bytes(2, "big") for each in (0, 0, 0, self.count, 0, 0, 0, 0))
            return Reply(Status.GOOD, bytes((23, 0, 0, 0)) + b"\x1d\x12" + ranges + bytes(2))
        if cdb[0] != READ_ELEMENT_STATUS:
            return Reply(Status.GOOD)
        start = int.from_bytes(cdb[2:4], "big")
        asked = int.from_bytes(cdb[4:6], "big")
        addresses = range(start, min(start + min(self.most, asked), 65536))
        body = page_of(
            STORAGE, *(each.to_bytes(2, "big") + b"\x08" + bytes(49) for each in addresses)
        )
        head = bytes(2) + b"\xff\xff" + len(body).to_bytes(4, "big")
        return Reply(Status.GOOD, (head + body)[: command.allocation_length])

    def close(self) -> None:
        pass


def elements_read(folder: Path, device: Endless) -> int:
    library = VirtualLibrary(folder, "scalar")
    with library.open(wire=lambda _: device) as opened:
        return len(opened.read([ElementType.STORAGE]).elements)


def test_an_inventory_of_65535_elements_takes_a_command_for_each_thousand(folder: Path) -> None:
    device = Endless(most=1000)
    assert elements_read(folder, device) == 65535
    assert device.sent <= 70


@pytest.mark.parametrize("most", [1, 7])
def test_an_inventory_told_drop_by_drop_ends(folder: Path, most: int) -> None:
    device = Endless(most=most, count=3000)
    assert elements_read(folder, device) == 3000
    assert device.sent <= 3000 / most + 3


def test_a_reading_takes_steps_in_proportion_to_its_elements(folder: Path) -> None:
    def calls(count: int) -> int:
        made = 0

        def counted(frame: FrameType, event: str, argument: object) -> None:
            nonlocal made
            made += event == "call"

        (folder / str(count)).mkdir()
        sys.setprofile(counted)
        try:
            elements_read(folder / str(count), Endless(most=100, count=count))
        finally:
            sys.setprofile(None)
        return made

    small, large = calls(2000), calls(8000)
    assert large <= 4.2 * small
