"""Whatever a device sends, a parser returns a value or raises MalformedData, in bounded time."""

from __future__ import annotations

import sys
import tracemalloc
from types import FrameType

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from smc_samples import Parser, page, report

from changer.errors import MalformedData
from changer.smc.asc import describe
from changer.smc.element_status import parse_element_status
from changer.smc.inquiry import parse_device_identification
from changer.smc.log_sense import parse_tape_alert
from changer.smc.mode_sense import parse_element_address_assignment
from changer.smc.sense import parse_sense


def parse_or_refuse(parse: Parser, data: bytes) -> object:
    """Anything but MalformedData fails the test that called."""
    try:
        return parse(data)
    except MalformedData as error:
        assert error.message
        return None


@examples(100)
@given(data=st.binary(max_size=64))
def test_sense_that_parses_can_be_described(data: bytes) -> None:
    sense = parse_or_refuse(parse_sense, b"\x70" + data)
    if sense is not None:
        assert describe(parse_sense(b"\x70" + data))


@examples(150)
@given(
    pages=st.lists(
        st.builds(
            lambda type_code, tags, size, byte_count, body: (
                bytes((type_code, tags))
                + size.to_bytes(2, "big")
                + byte_count.to_bytes(4, "big")
                + body
            ),
            st.integers(0, 5),
            st.sampled_from([0, 0x40, 0x80, 0xC0]),
            st.one_of(st.integers(0, 130), st.just(0xFFFF)),
            st.one_of(st.integers(0, 600), st.just(0xFFFFFF)),
            st.binary(max_size=300),
        ),
        max_size=6,
    )
)
def test_descriptors_never_outnumber_the_bytes_they_need(pages: list[bytes]) -> None:
    data = report(*pages)
    try:
        status = parse_element_status(data)
    except MalformedData:
        return
    assert 4 * len(status.elements) <= len(data)


def calls_made(parse: Parser, data: bytes, *, events: tuple[str, ...] = ("call", "c_call")) -> int:
    """How many functions, of Python and built in, ran: a measure of time without a clock."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in events

    sys.setprofile(count)
    try:
        parse_or_refuse(parse, data)
    finally:
        sys.setprofile(None)
    return calls


# The most steps that bytes can ask for: the smallest unit of each format, over and over.
REPETITIONS: list[tuple[Parser, bytes, bytes]] = [
    (parse_element_status, bytes(5) + b"\xff\xff\xff", bytes(8)),
    (parse_element_status, bytes(5) + b"\xff\xff\xff", page(2, size=0)),
    (parse_element_status, bytes(5) + b"\xff\xff\xff", page(2, bytes(12))),
    (
        parse_element_status,
        bytes(5) + b"\xff\xff\xff" + bytes.fromhex("04 c0 000c 00 ffffff"),
        bytes(12),
    ),
    (parse_device_identification, b"\x08\x83\xff\xff", bytes(4)),
    (parse_tape_alert, b"\x2e\x00\xff\xff", bytes(4)),
    (parse_element_address_assignment, bytes(4), b"\x02\x00"),
    (parse_sense, bytes.fromhex("72 05 21 01 000000 ff"), bytes(2)),
]


@pytest.mark.parametrize(("parse", "head", "unit"), REPETITIONS)
def test_work_grows_no_faster_than_the_data(parse: Parser, head: bytes, unit: bytes) -> None:
    once = calls_made(parse, head + unit * 500)
    twice = calls_made(parse, head + unit * 1000)
    assert twice <= 2.1 * once + 100


def test_lengths_that_are_only_announced_take_no_memory() -> None:
    data = bytes(5) + b"\xff\xff\xff" + bytes.fromhex("02 c0 ffff 00 ffffff") + bytes(64)
    tracemalloc.start()
    try:
        parse_element_status(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def slots(count: int) -> bytes:
    """A reply of that many full slots, each with a label."""
    return report(
        page(
            2,
            *(
                address.to_bytes(2, "big")
                + bytes.fromhex("09 00 0000 0000 00 81 03e8")
                + f"A{address:05}L8".encode().ljust(36)
                + bytes(4)
                for address in range(1, count + 1)
            ),
            tags=0x80,
        )
    )


def test_elements_are_decoded_together_and_labels_when_looked_at() -> None:
    few, many = (
        calls_made(parse_element_status, slots(count), events=("call",)) for count in (2, 2000)
    )
    assert many < few + 100  # a function for each element or label would be 1,998 more
    assert parse_element_status(slots(2000)).elements[1233].tag == "A01234L8"


def test_elements_take_little_memory() -> None:
    data = slots(6_500)
    tracemalloc.start()
    try:
        status = parse_element_status(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(status.elements) == 6_500
    assert peak < 6.4 * 2**20  # of 65,000, the most that a library has: 64 MiB


def test_a_whole_transfer_of_slots_is_parsed() -> None:
    slot = bytes.fromhex("03e8 09 00 0000 0000 00 81 03e8") + b"A00001L8".ljust(36) + bytes(4)
    count = (0xFFFF - 16) // len(slot)
    status = parse_element_status(report(page(2, *([slot] * count), tags=0x80)))
    assert len(status.elements) == count
