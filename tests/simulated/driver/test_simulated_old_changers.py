"""Changers that take, or tell, less than SMC-3: named transports, exact lengths, few bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from scsi_bytes import check

from changer.cleaning.slot import reserve
from changer.errors import InvalidSlot
from changer.journal.home import Homes
from changer.library.addressing import parse_place
from changer.library.status import library_status
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import ElementType
from changer.transport import Transport

from .acts import act, outcomes
from .conftest import MakeLibrary
from .virtual_library import (
    EXCHANGE_MEDIUM,
    MOVE_MEDIUM,
    POSITION,
    READ_ELEMENT_STATUS,
    VirtualLibrary,
    error_of,
)

INVALID_ADDRESS = check(5, 0x21, 0x01)
ROBOT = (MOVE_MEDIUM, EXCHANGE_MEDIUM, POSITION)
PICKER = b"\0\1"


@dataclass
class Refusing:
    """A device that refuses some commands, and does what else it is asked for."""

    inner: Transport
    refusal: Callable[[Command[Any]], Reply | None]
    sent: list[bytes] = field(default_factory=list)

    def execute(self, command: Command[Any]) -> Reply:
        self.sent.append(command.cdb)
        return self.refusal(command) or self.inner.execute(command)

    def close(self) -> None:
        self.inner.close()


def opcodes(sent: list[bytes], *wanted: int) -> list[tuple[int, bytes]]:
    """Opcode and transport of each motion."""
    return [(cdb[0], cdb[2:4]) for cdb in sent if cdb[0] in wanted]


def no_transport_zero(command: Command[Any]) -> Reply | None:
    """mtx, CHANGES 1.2.8."""
    cdb = command.cdb
    return INVALID_ADDRESS if cdb[0] in ROBOT and cdb[2:4] == b"\0\0" else None


def done(library: VirtualLibrary, refusal: Any, words: str) -> list[bytes]:
    """What was sent while a library that refuses did this."""
    sent: list[bytes] = []
    with library.open(wire=lambda inner: Refusing(inner, refusal, sent)) as opened:
        act(opened, words)
    return sent


# The transport


@pytest.mark.parametrize(
    ("words", "opcode"),
    [
        ("move 1 4", MOVE_MEDIUM),
        ("load 1 drive:0", MOVE_MEDIUM),
        ("exchange 1 2", EXCHANGE_MEDIUM),
        ("position drive:1", POSITION),
    ],
)
def test_the_transport_is_named_where_that_is_what_the_library_refuses(
    demo: VirtualLibrary, words: str, opcode: int
) -> None:
    assert opcodes(done(demo, no_transport_zero, words), *ROBOT) == [
        (opcode, b"\0\0"),
        (opcode, PICKER),
    ]
    assert set(outcomes(demo)) <= {"not-executed", "completed"}
    again = done(demo, no_transport_zero, "move 3 6")
    assert opcodes(again, *ROBOT) == [(MOVE_MEDIUM, PICKER)], "it is known by now"


def test_between_both_is_a_look_at_both_ends(demo: VirtualLibrary) -> None:
    sent = done(demo, no_transport_zero, "move 1 4")
    first, second = (number for number, cdb in enumerate(sent) if cdb[0] == MOVE_MEDIUM)
    looks = [cdb for cdb in sent[first:second] if cdb[0] == READ_ELEMENT_STATUS]
    assert len(looks) >= 3, "twice after the refusal, and before it is sent again"


def test_an_address_that_is_refused_either_way_is_refused_and_nothing_is_learned(
    demo: VirtualLibrary,
) -> None:
    def refuse(command: Command[Any]) -> Reply | None:
        return INVALID_ADDRESS if command.cdb[0] == MOVE_MEDIUM else None

    for _ in range(2):
        sent: list[bytes] = []
        with demo.open(wire=lambda inner: Refusing(inner, refuse, sent)) as opened:  # noqa: B023
            assert type(error_of(lambda: act(opened, "move 1 4"))) is InvalidSlot
        assert opcodes(sent, *ROBOT) == [(MOVE_MEDIUM, b"\0\0"), (MOVE_MEDIUM, PICKER)]
    assert demo.tag_at("1") == "A00001L8"
    assert set(outcomes(demo)) == {"not-executed"}


def test_a_library_whose_transport_is_0_is_sent_nothing_twice(make_library: MakeLibrary) -> None:
    library = make_library("superloader")
    for words, opcode in (("load 1 drive:0", MOVE_MEDIUM), ("position 1", POSITION)):
        sent: list[bytes] = []
        with library.open(wire=lambda inner: Refusing(inner, no_transport_zero, sent)) as opened:  # noqa: B023
            assert type(error_of(lambda: act(opened, words))) is InvalidSlot  # noqa: B023
        assert opcodes(sent, *ROBOT) == [(opcode, b"\0\0")]


def test_a_transport_that_is_refused_by_name_later_is_left_to_the_library(
    demo: VirtualLibrary,
) -> None:
    done(demo, no_transport_zero, "move 1 4")

    def no_picker(command: Command[Any]) -> Reply | None:
        cdb = command.cdb
        return INVALID_ADDRESS if cdb[0] in ROBOT and cdb[2:4] == PICKER else None

    sent = done(demo, no_picker, "move 2 6")
    assert opcodes(sent, *ROBOT) == [(MOVE_MEDIUM, PICKER), (MOVE_MEDIUM, b"\0\0")]
    assert opcodes(done(demo, no_picker, "move 3 9"), *ROBOT) == [(MOVE_MEDIUM, b"\0\0")]


# The allocation length


def field_pointer(byte: int) -> Reply:
    """05/24/00 that names a byte of the CDB (SPC-4, sense key specific data)."""
    sense = bytes((0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0xC0, 0, byte))
    return Reply(Status.CHECK_CONDITION, sense=sense)


@dataclass
class Exact:
    """mtx, CHANGES 1.3.8: a loader that takes 8 bytes, or exactly as many as there are."""

    inner: Transport
    sent: list[bytes]

    def execute(self, command: Command[Any]) -> Reply:
        self.sent.append(command.cdb)
        reply = self.inner.execute(command)
        if command.cdb[0] != READ_ELEMENT_STATUS or reply.status != Status.GOOD:
            return reply
        length = int.from_bytes(command.cdb[7:10], "big")
        whole = 8 + int.from_bytes(reply.data[5:8], "big")
        return reply if length in (8, whole) else field_pointer(7)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("profile", ["demo", "autoloader", "omitting"])
def test_elements_are_read_where_only_the_exact_length_is_taken(
    make_library: MakeLibrary, profile: str
) -> None:
    library, sent = make_library(profile), list[bytes]()
    with library.open() as opened:
        expected = opened.read()
    with library.open(wire=lambda inner: Exact(inner, sent)) as opened:
        assert opened.read() == expected
    sent.clear()
    with library.open(wire=lambda inner: Exact(inner, sent)) as opened:
        assert opened.read([ElementType.STORAGE]).of_type(ElementType.STORAGE)
        act(opened, "load 1 drive:0")
    lengths = [int.from_bytes(cdb[7:10], "big") for cdb in sent if cdb[0] == READ_ELEMENT_STATUS]
    assert 0xFFFF not in lengths, "it is known by now"
    assert set(lengths[::2]) == {8}, "the header, and then all"


def test_another_field_that_is_refused_is_not_taken_for_the_length(demo: VirtualLibrary) -> None:
    def refuse(command: Command[Any]) -> Reply | None:
        return field_pointer(1) if command.cdb[0] == READ_ELEMENT_STATUS else None

    sent: list[bytes] = []
    with demo.open(wire=lambda inner: Refusing(inner, refuse, sent)) as opened:
        assert error_of(opened.read) is not None
    assert {cdb[7:10] for cdb in sent if cdb[0] == READ_ELEMENT_STATUS} == {b"\0\xff\xff"}


# Descriptors


@dataclass
class Short:
    """Transports are described by address and flags alone (mtx, CHANGES 1.2.6 and 1.2.8)."""

    inner: Transport
    element_types: tuple[int, ...] = (1,)

    def execute(self, command: Command[Any]) -> Reply:
        reply = self.inner.execute(command)
        if command.cdb[0] != READ_ELEMENT_STATUS or command.cdb[1] & 0x0F not in self.element_types:
            return reply
        data, size = reply.data, int.from_bytes(reply.data[10:12], "big")
        described = [data[at : at + 4] for at in range(16, len(data), size)]
        body = b"".join(described)
        page = bytes((data[8], 0, 0, 4)) + len(body).to_bytes(4, "big") + body
        return Reply(reply.status, data[:4] + len(page).to_bytes(4, "big") + page)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("types", [(1,), (1, 2, 3)])
def test_status_and_cleaner_functions_take_short_descriptors(
    make_library: MakeLibrary, types: tuple[int, ...]
) -> None:
    library = make_library("scalar")
    with library.open(wire=lambda inner: Short(inner, types)) as opened:
        inventory = opened.read()
        status = library_status(
            opened,
            inventory,
            find_device=lambda number, identity: None,
            find_home=Homes(opened, inventory).address_of,
        )
        assert [each.full for each in status.slots[:4]] == [True, True, True, True]
        assert status.slots[-1].full is False
        reserve(opened, parse_place(str(len(status.slots))))
    assert library.reserved is not None
