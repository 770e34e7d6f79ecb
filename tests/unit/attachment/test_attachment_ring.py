"""The ring that the kernel shares with us: any order of commands and replies, any breakage."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changer.tcmu.ring import Ring, RingBroken, RingCommand, TaskManagement

from .kernel_side import ABORT_TASK, LUN_RESET, TARGET_WARM_RESET, Ended, KernelSide

TEST_UNIT_READY = bytes(6)
INQUIRY = bytes.fromhex("120000006000")
RESERVE_OUT = bytes.fromhex("5f 01 03 00 00 00 00 00 18 00")
GOOD, CHECK_CONDITION, BUSY = 0x00, 0x02, 0x08


def commands(ring: Ring) -> list[RingCommand]:
    return [each for each in ring.take() if isinstance(each, RingCommand)]


def test_nothing_comes_of_an_empty_ring() -> None:
    assert list(Ring(KernelSide().memory).take()) == []


@pytest.mark.parametrize(
    "cdb",
    [
        TEST_UNIT_READY,
        bytes.fromhex("37000000000000000000"),
        bytes.fromhex("5a001d00000000ffff00"),
        bytes.fromhex("8c00" + "00" * 14),
        bytes.fromhex("a50000000001000200000000"),
        bytes.fromhex("e7000000000000000000"),
        bytes.fromhex("7f00000000000018" + "11" * 24),
    ],
    ids=lambda cdb: f"{cdb[0]:02X}h",
)
def test_a_command_comes_with_its_whole_cdb(cdb: bytes) -> None:
    kernel = KernelSide()
    ring = Ring(kernel.memory)
    number = kernel.send(cdb, 10)
    (command,) = commands(ring)
    assert (command.id, command.cdb, command.room) == (number, cdb, 10)
    assert commands(ring) == []


@pytest.mark.parametrize("size", [1, 24, 256, 600])
def test_data_that_goes_out_comes_with_its_command(size: int) -> None:
    kernel = KernelSide()
    ring = Ring(kernel.memory)
    data = (bytes(range(1, 251)) * 3)[:size]
    kernel.send(RESERVE_OUT, data_out=data)
    (command,) = commands(ring)
    assert (command.cdb, command.data_out) == (RESERVE_OUT, data)


def test_room_for_data_in_is_not_taken_for_data() -> None:
    kernel = KernelSide()
    kernel.memory[kernel.data_at :] = b"x" * (len(kernel.memory) - kernel.data_at)
    ring = Ring(kernel.memory)
    kernel.send(INQUIRY, 96)
    (command,) = commands(ring)
    assert command.data_out == b""


@pytest.mark.parametrize(
    ("room", "data", "received"),
    [
        (0, b"", b""),
        (0, b"lost", b""),
        (16, b"", bytes(16)),
        (16, b"short", b"short"),
        (16, b"exactly sixteen.", b"exactly sixteen."),
        (16, b"more than there is room for", b"more than there "),
        (600, bytes(range(250)) * 3, (bytes(range(250)) * 3)[:600]),
    ],
)
def test_data_are_laid_into_the_buffers_and_no_further(
    room: int, data: bytes, received: bytes
) -> None:
    kernel = KernelSide()
    kernel.memory[kernel.data_at :] = b"x" * (len(kernel.memory) - kernel.data_at)
    ring = Ring(kernel.memory)
    number = kernel.send(INQUIRY, room)
    (command,) = commands(ring)
    ring.reply(command, GOOD, data, b"")
    kernel.look()
    assert kernel.ended == [Ended(number or 0, GOOD, received, b"")]
    untouched = kernel.memory[kernel.data_at + max(room, len(received)) :]
    assert set(untouched) == {ord("x")}


def test_sense_data_come_with_the_status() -> None:
    kernel = KernelSide()
    ring = Ring(kernel.memory)
    kernel.send(INQUIRY, 96)
    (command,) = commands(ring)
    sense = bytes.fromhex("70000600000000 0a 00000000 2901")
    ring.reply(command, CHECK_CONDITION, b"", sense)
    kernel.look()
    (ended,) = kernel.ended
    assert (ended.status, ended.data, ended.sense) == (CHECK_CONDITION, b"", sense)


def test_commands_end_in_any_order() -> None:
    kernel = KernelSide()
    ring = Ring(kernel.memory)
    numbers = [kernel.send(INQUIRY, 8) for _ in range(4)]
    waiting = commands(ring)
    for index in (2, 0, 3, 1):
        ring.reply(waiting[index], GOOD, bytes([index]) * 8, b"")
    kernel.look()
    ended = [(each.id, each.data) for each in kernel.ended]
    assert ended == [(numbers[i], bytes([i]) * 8) for i in (2, 0, 3, 1)]


def test_a_command_that_never_ends_holds_nobody_up() -> None:
    kernel = KernelSide(ring_size=1024)
    ring = Ring(kernel.memory)
    kernel.send(TEST_UNIT_READY)
    (hanging,) = commands(ring)
    for _ in range(100):
        kernel.send(TEST_UNIT_READY)
        (command,) = commands(ring)
        ring.reply(command, GOOD, b"", b"")
        kernel.look()
    assert len(kernel.take_ended()) == 100
    ring.reply(hanging, BUSY, b"", b"")
    kernel.look()
    assert [each.status for each in kernel.ended] == [BUSY]
    assert not kernel.sent


def test_padding_at_the_end_of_the_ring_is_given_back() -> None:
    kernel = KernelSide(ring_size=400)
    ring = Ring(kernel.memory)
    for _ in range(50):
        assert kernel.send(TEST_UNIT_READY) is not None
        (command,) = commands(ring)
        ring.reply(command, GOOD, b"", b"")
        kernel.look()
    assert len(kernel.ended) == 50


@pytest.mark.parametrize(
    ("function", "is_reset"),
    [(ABORT_TASK, False), (2, False), (LUN_RESET, True), (TARGET_WARM_RESET, True), (128, False)],
)
def test_task_management_names_the_commands(function: int, *, is_reset: bool) -> None:
    kernel = KernelSide()
    ring = Ring(kernel.memory)
    assert kernel.manage(function, [7, 0, 65535])
    (wish,) = ring.take()
    assert wish == TaskManagement(function, (7, 0, 65535))
    assert isinstance(wish, TaskManagement)
    assert wish.is_reset is is_reset
    kernel.look()
    assert kernel.cleaned == kernel.head, "it wants no reply, and must not fill the ring"


def test_commands_that_an_earlier_process_left_are_read_again() -> None:
    kernel = KernelSide()
    kernel.send(INQUIRY, 8)
    assert len(commands(Ring(kernel.memory))) == 1
    (command,) = commands(ring := Ring(kernel.memory))
    ring.reply(command, GOOD, b"12345678", b"")
    kernel.look()
    assert kernel.ended[0].data == b"12345678"


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("send"), st.integers(0, 700)),
            st.tuples(st.just("reply"), st.integers(0, 50)),
            st.tuples(st.just("manage"), st.integers(0, 6)),
        ),
        max_size=120,
    ),
    st.integers(50, 300),
)
@settings(max_examples=150, deadline=None)
def test_each_command_gets_its_own_reply_once(steps: list[tuple[str, int]], size: int) -> None:
    kernel = KernelSide(ring_size=8 * size, blocks=8)
    ring = Ring(kernel.memory)
    sent: dict[int, bytes] = {}
    waiting: list[RingCommand] = []
    replied: dict[int, bytes] = {}
    for what, number in steps:
        if what == "send":
            cdb = bytes([0x12, *number.to_bytes(2, "big"), len(sent) % 256, 0, 0])
            if (new := kernel.send(cdb, number)) is not None:
                sent[new] = cdb
        elif what == "manage":
            kernel.manage(ABORT_TASK, list(range(number)))
        for arrival in ring.take():
            if isinstance(arrival, RingCommand):
                assert arrival.cdb == sent.pop(arrival.id)
                waiting.append(arrival)
        if what == "reply" and waiting:
            command = waiting.pop(number % len(waiting))
            replied[command.id] = (command.cdb * 200)[: command.room]
            ring.reply(command, GOOD, command.cdb * 200, b"")
            kernel.look()
            for ended in kernel.take_ended():
                assert ended.data == replied.pop(ended.id)
    assert not sent and not replied
    assert kernel.sent.keys() == {each.id for each in waiting}


# What can't be


def broken(offset: int, layout: str, *values: int) -> KernelSide:
    kernel = KernelSide()
    kernel.send(INQUIRY, 8)
    struct.pack_into(layout, kernel.memory, offset, *values)
    return kernel


SLOT = 128


@pytest.mark.parametrize(
    ("offset", "layout", "values"),
    [
        (0, "=H", (3,)),  # a mailbox of another version
        (4, "=I", (0,)),  # the ring over the mailbox
        (8, "=I", (1 << 30,)),  # a ring longer than the memory
        (12, "=I", (1 << 20,)),  # a head outside of the ring
        (SLOT, "=I", (0,)),  # a slot without a length: endless
        (SLOT, "=I", (7 | 120,)),  # a slot of an unknown kind
        (SLOT, "=I", (1 | 1 << 20,)),  # a slot longer than the ring
        (SLOT + 8, "=I", (1 << 20,)),  # more iovecs than fit
        (SLOT + 24, "=Q", (1 << 40,)),  # a CDB outside of the memory
        (SLOT + 48, "=Q", (1 << 40,)),  # data outside of the memory
        (SLOT + 56, "=Q", (1 << 40,)),  # data longer than the memory
    ],
)
def test_memory_that_holds_nonsense_is_refused(
    offset: int, layout: str, values: tuple[int, ...]
) -> None:
    with pytest.raises(RingBroken):
        list(Ring(broken(offset, layout, *values).memory).take())


def test_task_management_of_more_commands_than_fit_is_refused() -> None:
    kernel = KernelSide()
    kernel.manage(ABORT_TASK, [1])
    struct.pack_into("=I", kernel.memory, SLOT + 12, 1000)
    with pytest.raises(RingBroken):
        list(Ring(kernel.memory).take())


def test_a_second_reply_to_a_command_is_refused() -> None:
    kernel = KernelSide()
    ring = Ring(kernel.memory)
    kernel.send(TEST_UNIT_READY)
    (command,) = commands(ring)
    ring.reply(command, GOOD, b"", b"")
    with pytest.raises(RingBroken):
        ring.reply(command, GOOD, b"", b"")
