from __future__ import annotations

import pytest
from smc_samples import DESCRIPTOR_SENSE, FIXED_SENSE

from changer.errors import MalformedData
from changer.smc.asc import describe
from changer.smc.elements import AdditionalSense
from changer.smc.sense import SenseData, SenseKey, field_pointer, opcode_unknown, parse_sense


def fixed(key: int, asc: int | None = None, ascq: int = 0, *, deferred: bool = False) -> SenseData:
    additional = None if asc is None else AdditionalSense(asc, ascq)
    return SenseData(key=key, additional=additional, deferred=deferred, descriptor_format=False)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (FIXED_SENSE.hex(), fixed(5, 0x21, 0x01)._replace(field_pointer=4)),
        ("70 00 06 00000000 0a 00000000 28 00 00 000000", fixed(6, 0x28, 0x00)),
        ("71 00 04 00000000 0a 00000000 15 01 00 000000", fixed(4, 0x15, 1, deferred=True)),
        # Padding of the transport after the additional sense length is no sense.
        ("70 00 02 00000000 06 00000000 04 8d ffff ffff ffff", fixed(2, 0x04, 0x8D)),
        # A length that reaches past the bytes received.
        ("70 00 05 00000000 60 00000000 24 00", fixed(5, 0x24, 0x00)),
        # Lengths and data that end before ASC and ASCQ.
        ("70 00 05 00000000 05 00000000 24 00 0000", fixed(5)),
        ("70 00 05 00000000 00 00000000 24 00 0000", fixed(5)),
        ("70 00 05 00000000 0a 00000000 24", fixed(5)),
        ("70 00 05", fixed(5)),
    ],
)
def test_fixed_sense_says_key_and_codes(data: str, expected: SenseData) -> None:
    assert parse_sense(bytes.fromhex(data)) == expected


@pytest.mark.parametrize(
    ("data", "key", "additional", "deferred"),
    [
        (DESCRIPTOR_SENSE.hex(), 5, AdditionalSense(0x21, 0x01), False),
        ("73 04 15 01 00000000", 4, AdditionalSense(0x15, 0x01), True),
        ("72 06 29 00", 6, AdditionalSense(0x29, 0x00), False),
        ("72 06 29", 6, None, False),
        ("72 06", 6, None, False),
        # The second descriptor announces more than there is.
        ("72 02 04 01 000000 08 02 02 0000 00 0a 8000", 2, AdditionalSense(0x04, 0x01), False),
    ],
)
def test_descriptor_sense_says_key_and_codes(
    data: str, key: int, additional: AdditionalSense | None, deferred: bool
) -> None:
    sense = parse_sense(bytes.fromhex(data))
    assert (sense.key, sense.additional, sense.deferred) == (key, additional, deferred)
    assert sense.descriptor_format


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ("70 00 05 00000000 0a 00000000 24 00 00 c00007", 7),
        ("70 00 05 00000000 0a 00000000 24 00 00 cf0007", 7),
        ("70 00 05 00000000 0a 00000000 24 00 00 c00000", 0),
        # Not valid (SKSV=0); about a parameter (C/D=0); of another key; cut short.
        ("70 00 05 00000000 0a 00000000 24 00 00 400007", None),
        ("70 00 05 00000000 0a 00000000 24 00 00 800007", None),
        ("70 00 02 00000000 0a 00000000 04 01 00 c00007", None),
        ("70 00 05 00000000 0a 00000000 24 00 00 c000", None),
        ("70 00 05 00000000 06 00000000 24 00 00 c00007", None),
        ("72 05 24 00 000000 08 02 06 0000 c00007 00", 7),
        ("72 05 24 00 000000 08 02 06 0000 800007 00", None),
        ("72 05 24 00 000000 06 02 04 0000 c000", None),
        ("72 05 24 00", None),
    ],
)
def test_field_of_the_cdb_that_is_refused_is_told_where_that_is_valid(
    data: str, pointer: int | None
) -> None:
    assert field_pointer(bytes.fromhex(data)) == pointer


def test_command_is_unknown_by_one_code_alone() -> None:
    for code, is_unknown in (("20 00", True), ("20 01", False), ("1f 00", False), ("", False)):
        assert opcode_unknown(bytes.fromhex(f"72 05 {code}")) is is_unknown
    assert opcode_unknown(None) is False


def test_no_sense_data_name_no_field() -> None:
    assert field_pointer(None) is None


def test_information_counts_only_when_marked_valid() -> None:
    fixed_format = bytes.fromhex("f0 00 00 00000007 0a 00000000 0000 00000000")
    assert parse_sense(fixed_format).information == 7
    assert parse_sense(b"\x70" + fixed_format[1:]).information is None
    assert parse_sense(fixed_format[:6]).information is None
    assert parse_sense(DESCRIPTOR_SENSE).information == 1000
    not_valid = DESCRIPTOR_SENSE.replace(b"\x00\x0a\x80", b"\x00\x0a\x00")
    assert parse_sense(not_valid).information is None


@pytest.mark.parametrize(
    ("bits", "filemark", "end_of_medium", "incorrect_length"),
    [(0x80, True, False, False), (0x40, False, True, False), (0x20, False, False, True)],
)
def test_stream_flags_are_kept_in_both_formats(
    bits: int, filemark: bool, end_of_medium: bool, incorrect_length: bool
) -> None:
    expected = (filemark, end_of_medium, incorrect_length)
    descriptor = bytes.fromhex("72 00 00 00 000000 04 04 02 00") + bytes((bits,))
    for data in (bytes((0x70, 0, bits)), descriptor):
        sense = parse_sense(data)
        assert (sense.filemark, sense.end_of_medium, sense.incorrect_length) == expected


@pytest.mark.parametrize("data", ["", "70", "70 00", "72", "00 00 05", "7f 00 05", "6f 00 05 00"])
def test_what_has_no_sense_key_is_malformed(data: str) -> None:
    with pytest.raises(MalformedData, match=r"^sense data: "):
        parse_sense(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("sense", "text"),
    [
        (fixed(5, 0x21, 0x01), "invalid element address (Illegal Request, 21/01)"),
        (fixed(6, 0x29, 0x00), "power on, reset or bus device reset (Unit Attention, 29/00)"),
        (fixed(5, 0x91, 0x11), "vendor-specific condition (Illegal Request, 91/11)"),
        (
            fixed(5, 0x3B, 0xA0),
            "the picker is full, as IBM 3573-TL (Dell TL) and HP MSL G3 use it "
            "(Illegal Request, 3B/A0)",
        ),
        (fixed(5, 0x5D, 0x14), "failure predicted, cause 14h (Illegal Request, 5D/14)"),
        (fixed(4, 0x40, 0x81), "diagnostic failure of component 81h (Hardware Error, 40/81)"),
        (fixed(4, 0x40, 0x00), "RAM failure (Hardware Error, 40/00)"),
        (fixed(1, 0x5D, 0x00), "failure predicted (Recovered Error, 5D/00)"),
        (fixed(1, 0x5D, 0x01), "medium failure predicted (Recovered Error, 5D/01)"),
        (fixed(1, 0x5D, 0x02), "logical unit failure predicted (Recovered Error, 5D/02)"),
        (fixed(1, 0x5D, 0x03), "failure predicted, cause 03h (Recovered Error, 5D/03)"),
        (fixed(1, 0x5D, 0xFE), "failure predicted, cause FEh (Recovered Error, 5D/FE)"),
        (fixed(1, 0x5D, 0xFF), "failure predicted, as a test (Recovered Error, 5D/FF)"),
        (fixed(4, 0x40, 0x01), "diagnostic failure of component 01h (Hardware Error, 40/01)"),
        (fixed(5, 0x80, 0x7E), "vendor-specific condition (Illegal Request, 80/7E)"),
        (fixed(5, 0x7E, 0x80), "vendor-specific condition (Illegal Request, 7E/80)"),
        (fixed(5, 0x77, 0x12), "Illegal Request, 77/12"),
        (fixed(5), "Illegal Request"),
        (fixed(0xC, 0x00, 0x00), "no additional sense information (Sense Key Ch, 00/00)"),
        (
            fixed(4, 0x53, 0x00, deferred=True),
            "media load or eject failed (Hardware Error, 53/00, deferred)",
        ),
    ],
)
def test_sense_is_described_in_words(sense: SenseData, text: str) -> None:
    assert describe(sense) == text


# Codes that libraries are known to report, by the vendors' manuals and the captures.
CODES_OF_LIBRARIES = """
00/17 04/00 04/01 04/02 04/03 04/04 04/07 04/12 04/83 04/85 04/8D 04/8E 15/01 20/00 21/01 24/00
28/00 28/01 29/00 29/01 29/02 29/03 29/04 2A/01 2A/03 2A/04 2A/05 30/03 30/07 30/83 3A/00 3A/02
3B/0D 3B/0E 3B/11 3B/12 3B/13 3B/14 3B/15 3B/18 3B/19 3B/1A 3B/1B 3F/01 3F/03 3F/05 53/02 53/03
53/08 5A/01 80/03 80/04 83/00 83/01 83/02 83/03 83/04 83/08 83/09 83/0A 83/10
"""


@pytest.mark.parametrize("code", CODES_OF_LIBRARIES.split())
def test_every_code_of_a_library_has_words_and_vendor_codes_say_whose(code: str) -> None:
    asc, ascq = (int(half, 16) for half in code.split("/"))
    text = describe(fixed(2, asc, ascq))
    words = text.removesuffix(f" (Not Ready, {code})")
    assert words != text
    assert "vendor-specific condition" not in text
    assert words.endswith((" uses it", " use it")) == (asc >= 0x80 or ascq >= 0x80)


def test_every_possible_code_can_be_described() -> None:
    for key in range(16):
        assert describe(fixed(key))
    for asc in range(256):
        for ascq in range(256):
            assert f"{asc:02X}/{ascq:02X}" in describe(fixed(2, asc, ascq))


def test_sense_keys_have_the_numbers_of_the_standard() -> None:
    assert (SenseKey.NOT_READY, SenseKey.HARDWARE_ERROR, SenseKey.ILLEGAL_REQUEST) == (2, 4, 5)
    assert (SenseKey.UNIT_ATTENTION, SenseKey.ABORTED_COMMAND) == (6, 0xB)


def test_sense_keys_have_each_its_number_and_only_ch_is_reserved() -> None:
    assert "".join(f"{each:X}" for each in SenseKey) == "0123456789ABDEF"
