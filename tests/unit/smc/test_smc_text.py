from __future__ import annotations

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.smc.text import device_text, identification_text


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
