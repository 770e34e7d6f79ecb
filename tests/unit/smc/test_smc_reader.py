from __future__ import annotations

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.errors import MalformedData
from changer.smc.reader import Reader, device_text, identification_text


def test_fields_are_big_endian_and_follow_one_another() -> None:
    reader = Reader(bytes.fromhex("01 03e8 000034 ff"), "reply")
    assert reader.uint(1, "type") == 1
    assert reader.uint(2, "address") == 1000
    assert reader.uint(3, "byte count") == 52
    assert reader.take(1, "flags") == b"\xff"
    assert reader.remaining == 0


def test_a_field_cut_short_is_named_with_its_offset() -> None:
    reader = Reader(bytes(7), "element status")
    reader.skip(6, "start")
    with pytest.raises(MalformedData) as caught:
        reader.uint(2, "descriptor length")
    assert caught.value.message == (
        "element status: descriptor length cut short: need 2 bytes at offset 6, have 1"
    )


def test_a_field_cut_short_is_not_consumed() -> None:
    reader = Reader(b"\x05", "reply")
    with pytest.raises(MalformedData):
        reader.uint(2, "length")
    assert reader.uint(1, "length") == 5


def test_a_sub_reader_ends_where_it_should_while_data_go_on() -> None:
    reader = Reader(bytes(range(10)), "reply")
    reader.skip(2, "start")
    inner = reader.sub(3, "inner")
    assert (inner.remaining, reader.remaining) == (3, 5)
    assert inner.take(3, "all") == b"\x02\x03\x04"
    with pytest.raises(MalformedData, match="need 1 byte at offset 5, have 0"):
        inner.uint(1, "past the end")
    assert reader.uint(1, "next") == 5


def test_a_sub_reader_larger_than_the_data_is_refused() -> None:
    with pytest.raises(MalformedData, match="page cut short: need 4 bytes at offset 0, have 3"):
        Reader(bytes(3), "reply").sub(4, "page")


def test_peek_shows_what_is_left_and_consumes_nothing() -> None:
    reader = Reader(b"abcd", "reply")
    inner = reader.sub(3, "inner")
    assert inner.peek(2) == b"ab"
    assert inner.peek(9) == b"abc"
    assert inner.remaining == 3


def test_a_negative_size_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="negative"):
        Reader(bytes(3), "reply").skip(-1, "field")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"   ", ""),
        (bytes(32), ""),
        (b"HP      ", "HP"),
        (b"   beaf11", "beaf11"),
        (b"A00001L8\0\0  ", "A00001L8"),
        (b"MSL G3 Series   ", "MSL G3 Series"),
        (b"A\0B", "A?B"),
        (b"\x1b[2Jtag\x07", "?[2Jtag?"),
        (b"tag\x7f\x80\xff\n", "tag????"),
        ("Ä1".encode(), "??1"),
    ],
)
def test_padding_goes_and_unprintable_bytes_show(data: bytes, text: str) -> None:
    assert device_text(data) == text


@examples(100)
@given(st.binary(max_size=64))
def test_only_printable_ascii_comes_out(data: bytes) -> None:
    text = device_text(data)
    assert all(" " <= character <= "~" for character in text)
    assert text == text.strip(" ")
    assert len(text) <= len(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"HP      ", "HP"),
        (b"MSL\0G3\xff", "MSL"),
        (b"\0MSL", ""),
        (b"MSL\x1b[2J", "MSL [2J"),
        (b"Scalar\x9b\xe2\x80\xae", "Scalar"),
    ],
)
def test_names_are_read_as_the_kernel_reads_them(data: bytes, text: str) -> None:
    assert identification_text(data) == text
