"""Messages between an owner and its client: what their fields may be, and what is malformed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changer.errors import MalformedData
from changer.library.discovery import ScsiDevice
from changer.library.model import Identity
from changer.owner.devices import device_frame, device_of
from changer.owner.errors_sent import error_of
from changer.owner.frames import (
    Frame,
    bytes_of,
    decode,
    encode,
    number_of,
    optional_text,
    text_of,
    texts_of,
)

DRIVE = ScsiDevice(
    Path("/dev/sg1"),
    0x1F,
    Identity("IBM", "ULT3580-TD8", "HB82", "HU1"),
    tape=Path("/dev/nst0"),
    links=(Path("/dev/tape/by-id/x-nst"), Path("/dev/tape/by-path/y-nst")),
    folder=Path("/sys/x"),
)
BARE = ScsiDevice(Path("/dev/sg0"), 0, Identity("IBM", "ULT3580-TD8", "HB82", None))


def malformed(function: Callable[[], object]) -> str:
    with pytest.raises(MalformedData) as raised:
        function()
    return raised.value.message


@pytest.mark.parametrize("device", [DRIVE, BARE], ids=["all", "least"])
def test_a_device_comes_as_it_was_sent(device: ScsiDevice) -> None:
    assert device_of(decode(encode(device_frame(device)))) == device


def test_a_device_of_a_type_that_there_is_not_is_malformed() -> None:
    frame = {**device_frame(DRIVE), "type": 0x20}
    assert malformed(lambda: device_of(frame)) == "a message has no number 'type'"


@pytest.mark.parametrize("number", [0, 1, 2.5, 255])
def test_a_number_has_bounds_that_are_part_of_it(number: float) -> None:
    assert number_of({"n": number}, "n", most=255) == number


@pytest.mark.parametrize(
    "frame", [{"n": each} for each in (-1, 256, 255.5, True, "1", None)] + [{}]
)
def test_what_is_no_number_within_them_is_malformed(frame: Frame) -> None:
    assert malformed(lambda: number_of(frame, "n", most=255)) == "a message has no number 'n'"


def test_a_number_is_exact_in_every_program_that_reads_it() -> None:
    """JSON's numbers are doubles elsewhere."""
    assert number_of({"n": 2**53}, "n") == 2**53
    assert malformed(lambda: number_of({"n": 2**53 + 1}, "n")) == "a message has no number 'n'"


@pytest.mark.parametrize("frame", [{"t": each} for each in (1, ["a"], b"a", True)])
def test_what_is_no_text_is_malformed(frame: Frame) -> None:
    for function in (text_of, optional_text, bytes_of):
        assert malformed(lambda: function(frame, "t")) == "a message has no text 't'"  # noqa: B023


def test_a_text_may_be_left_out_where_it_is_optional() -> None:
    assert [optional_text(each, "t") for each in ({}, {"t": None}, {"t": ""})] == [None, None, ""]
    assert malformed(lambda: text_of({}, "t")) == "a message has no text 't'"


@pytest.mark.parametrize("value", [None, "a", ["a", 1], [None], {"a": 1}])
def test_what_is_no_list_of_texts_is_malformed(value: object) -> None:
    assert texts_of({"t": ["b", "a", "b"]}, "t") == ("b", "a", "b")
    assert malformed(lambda: texts_of({"t": value}, "t")) == "a message has no texts 't'"


@pytest.mark.parametrize("line", [b"", b"{", b"{}", b"[1]", b"1", b"[" * 100_000])
def test_what_is_no_message_is_quoted_from_its_beginning(line: bytes) -> None:
    quoted = line[:80].decode()
    assert malformed(lambda: decode(line)) == f"not a message: {quoted!r}"


def test_an_error_of_a_newer_version_is_named() -> None:
    error = {"code": "out-of-tape", "message": "no", "hint": None, "sense": ""}
    assert malformed(lambda: error_of(error)) == "unknown error 'out-of-tape'"
    assert malformed(lambda: error_of(None)) == "a message has no error"
