"""Sense data in the lines of mtx 1.3.12, which Amanda and others look for."""

from __future__ import annotations

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.hooks.mtx.failures import request_sense_lines


def told(sense: bytes | None) -> dict[str, str]:
    lines = [line.removeprefix("mtx: Request Sense: ") for line in request_sense_lines(sense)]
    assert all(line.count("=") for line in lines)
    return {name.strip(): value.strip() for name, _, value in (x.partition("=") for x in lines)}


def fixed(key: int, asc: int, ascq: int, *, first: int = 0x70, specific: bytes = bytes(3)) -> bytes:
    return bytes((first, 0, key, 0, 0, 0, 7, 10, 0, 0, 0, 0, asc, ascq, 0)) + specific


def test_library_that_becomes_ready() -> None:
    assert request_sense_lines(fixed(2, 0x04, 0x01)) == [
        "mtx: Request Sense: Long Report=yes",
        "mtx: Request Sense: Valid Residual=no",
        "mtx: Request Sense: Error Code=70 (Current)",
        "mtx: Request Sense: Sense Key=Not Ready",
        "mtx: Request Sense: FileMark=no",
        "mtx: Request Sense: EOM=no",
        "mtx: Request Sense: ILI=no",
        "mtx: Request Sense: Additional Sense Code = 04",
        "mtx: Request Sense: Additional Sense Qualifier = 01",
        "mtx: Request Sense: BPV=no",
        "mtx: Request Sense: Error in CDB=no",
        "mtx: Request Sense: SKSV=no",
    ]


def test_field_of_a_command_that_is_wrong() -> None:
    lines = told(fixed(5, 0x24, 0x00, first=0xF1, specific=b"\xcf\x00\x04"))
    assert lines["Error Code"] == "71 (Deferred)"
    assert lines["Valid Residual"] == "yes"
    assert lines["Residual"] == "00 00 00 07"
    assert lines["Field in Error"] == "07"
    assert lines["Error in CDB"] == "yes"
    assert lines["SKSV"] == "yes"
    assert lines["BPV"] == "yes"
    assert lines["Field Pointer"] == "00 04"


def test_each_bit_is_one_yes_and_shows_the_fields_that_it_vouches_for() -> None:
    known = {
        (0, 0x80): ["Valid Residual", "Residual"],
        (2, 0x80): ["FileMark"],
        (2, 0x40): ["EOM"],
        (2, 0x20): ["ILI"],
        (15, 0x80): ["SKSV", "Field in Error", "Field Pointer"],
        (15, 0x40): ["Error in CDB"],
        (15, 0x08): ["BPV", "Field Pointer"],
    }
    plain = told(fixed(0, 0, 0))
    assert [name for name, value in plain.items() if value == "yes"] == ["Long Report"]
    for at in (0, 2, 15):
        for bit in (1 << number for number in range(8)):
            data = bytearray(fixed(0, 0, 0, specific=bytes((0, 0xAB, 0xCD))))
            data[at] |= bit
            lines = told(bytes(data))
            changed = [each for each in lines if lines[each] != plain.get(each)]
            told_otherwise = [each for each in changed if each not in ("Error Code", "Sense Key")]
            assert sorted(told_otherwise) == sorted(known.get((at, bit), [])), (at, bit)
            if "Field Pointer" in lines:
                assert lines["Field Pointer"] == "AB CD"


def test_bit_pointer_alone_shows_the_field_and_not_the_bit() -> None:
    lines = told(fixed(5, 0x24, 0x00, specific=b"\x0a\x01\x02"))
    assert "Field in Error" not in lines
    assert lines["Field Pointer"] == "01 02"


@pytest.mark.parametrize("nothing", [None, b"", bytes(18)])
def test_no_sense_data_is_no_sense(nothing: bytes | None) -> None:
    assert told(nothing)["Error Code"] == "0 (Unknown?!)"
    assert told(nothing)["Sense Key"] == "No Sense"


@pytest.mark.parametrize("key", range(16))
def test_descriptor_format_says_what_the_fixed_one_would(key: int) -> None:
    assert request_sense_lines(bytes((0x72, key, 0x3A, 0x02))) == request_sense_lines(
        fixed(key, 0x3A, 0x02)[:3].ljust(12, b"\0") + b"\x3a\x02"
    )
    assert told(bytes((0x73, key, 0x3A, 0x02)))["Error Code"] == "71 (Deferred)"


def test_descriptor_format_keeps_the_flags_of_a_tape() -> None:
    stream = bytes((0x72, 0, 0, 1, 0, 0, 0, 4, 4, 2, 0, 0xE0))
    assert told(stream)["FileMark"] == told(stream)["EOM"] == told(stream)["ILI"] == "yes"


@examples(100)
@given(st.binary(max_size=300))
def test_any_bytes_are_told_in_plain_ascii(sense: bytes) -> None:
    assert all(line.isascii() and line.isprintable() for line in request_sense_lines(sense))
    assert told(sense)["Long Report"] == "yes"
