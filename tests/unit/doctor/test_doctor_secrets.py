"""What counts as a secret of a report, and what next to it does not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from changer.doctor.disguise import Secret, binary_secret, label_secret
from changer.doctor.secrets import (
    secrets_of_designator,
    secrets_of_id,
    secrets_of_labels,
    secrets_of_name,
    secrets_of_reply,
    secrets_of_text,
    words_like_names,
    words_like_serials,
)
from changer.smc.inquiry import Designator

UUID = "123e4567-e89b-12d3-a456-426614174000"
STANDARD, EVPD = "120000006000", "1201{:02x}00fc00"
STATUS, LOG = "b8100000ffff0100ffff0000", "4d00570000000000ff00"
NAA = bytes.fromhex("5000e111c5a1b2c3")


def values(secrets: Iterable[Secret]) -> list[str]:
    return [each.value for each in secrets]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing of 12:30:45 at sg3, 4.5.6", []),
        (f"id {UUID} and x{UUID}", [UUID]),
        ("fe80:1:2:3:4:5 1:2:3:4:5 1:2:3:4:5:6:7:8", ["fe80:1:2:3:4:5", "1:2:3:4:5:6:7:8"]),
        ("fe80::1a2b, 2001:db8::", ["fe80::1a2b", "2001:db8::"]),
        ("10.0.0.1:22 1.2.3.4.5 .1.2.3.4 1234.1.1.1", ["10.0.0.1"]),
        ("/home/alice/x: /home/bob:/home/carl", ["alice", "bob", "carl"]),
        ("ssh://joe@tape7:22/x", ["joe", "tape7"]),
        ("postgresql://joe:pass@db9.lab/x", ["joe", "db9.lab", "db9", "lab"]),
        ("https://tape7/?user=joe&host=db7&name=x", ["tape7", "joe", "db7"]),
        ("x?hostaddr=h1&passfile=p1&service=s1 y", ["h1", "p1", "s1"]),
        ("ssh://root@localhost", []),
    ],
)
def test_names_in_a_text(text: str, found: list[str]) -> None:
    assert values(secrets_of_text(text)) == found


def test_numbers_of_networks_are_digits_of_bytes() -> None:
    found = secrets_of_text(f"{UUID} 1:2:3:4:5:6 fe80::1 10.0.0.1")
    assert [each.kind for each in found] == ["hex", "hex", "hex", "text"]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("serial number HU19487T3Q", ["HU19487T3Q"]),
        ("HU19487 has 7 characters, and HU194870 8", ["HU194870"]),
        ("ABCDEFGH has no digit, hu194870 no capitals", []),
        ("/HU194870 xHU194870 HU194870x (HU194871)", ["HU194871"]),
        ("ULT3580-HH8 is a model, and so is ULT35800", []),
        ("ULT358000 is longer", ["ULT358000"]),
    ],
)
def test_words_like_serial_numbers_in_a_sentence(text: str, found: list[str]) -> None:
    assert values(words_like_serials(text, common=("ult3580-hh8", "XULT35800"))) == found


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("", []),
        ("root", []),
        ("Root", []),
        ("tape7", ["tape7"]),
        ("ab", ["ab"]),
        ("t7.lab.example.com", ["t7.lab.example.com", "t7", "lab"]),
        ("a.b7.LOCAL", ["a.b7.LOCAL", "b7"]),
    ],
)
def test_name_of_a_host_and_its_parts(name: str, found: list[str]) -> None:
    assert values(secrets_of_name(name)) == found
    assert {each.kind for each in secrets_of_name(name)} <= {"name"}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("library_id", "found"),
    [
        ("HPE_MSL3040_DEC123", ["DEC123"]),
        ("HPE_MSL3040_123", []),
        ("HPE_MSL3040_1234", ["1234"]),
        ("HPE_MSL3040_ABCD", []),
        ("STK_L7000_msl3040", ["L7000"]),
    ],
)
def test_parts_of_an_id_that_are_of_no_model(library_id: str, found: list[str]) -> None:
    assert values(secrets_of_id(library_id, common=("MSL3040", "HPE"))) == found


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("cdb", "reply", "found"),
    [
        (STANDARD, b"\x08\x80\5\2\x1f\0\0\0HPE     MSL G3 Series   8.70", []),
        (STANDARD, b"\x08\x80\5\2\x1f\0\0\0HPE     MSL G3 Series   8.70DEC1", ["DEC1"]),
        (EVPD.format(0x80), b"\x08\x80\0\x08  SN12\0X", ["SN12", "SN12"]),
        (EVPD.format(0x80), b"\x08\x80\0\x03SN1", ["SN1"]),
        (EVPD.format(0x83), b"\x08\x83\0\x0c\1\3\0\x08" + NAA, [NAA.hex()]),
        (EVPD.format(0x83), b"\x08\x80\0\x08SN123456", ["SN123456"]),
        (EVPD.format(0xC0), b"\x08\xc0\0\x04WORD", ["WORD"]),
        (EVPD.format(0xC0), b"WORD\0\0WOR\0----\0KNOWN", []),
        (STATUS, b"\0\0\0\0label", ["label"]),
        (LOG, b"\0\0\0\0label", []),
    ],
)
def test_names_in_a_reply(cdb: str, reply: bytes, found: list[str]) -> None:
    secrets = secrets_of_reply(bytes.fromhex(cdb), reply, common=("KNOWN",))
    assert values(secrets) == found


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"A00001L8", []),
        (b"9A00001L8", []),
        (b"A00001L89", []),
        (b"!!!A00001L8", []),
        (b"!!!!A00001L8", ["!!!!A00001L8"]),
        (b"A00001L7", ["A00001L7"]),
    ],
)
def test_label_with_a_printable_number_beside_it_is_no_other_name(
    data: bytes, found: list[str]
) -> None:
    assert values(words_like_names(data, common=(), known=frozenset(("A00001L8",)))) == found


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("designator", "found"),
    [
        (Designator(0, 1, 2, b"HPE     MSL3040         SN12"), ["MSL3040", "SN12"]),
        (Designator(0, 1, 1, b"HPE     MSL3040         SN12"), ["MSL3040", "SN12"]),
        (Designator(0, 0, 2, b"SN12 ABCD SN1"), ["SN12"]),
        (Designator(0, 0, 3, b"SN12"), ["SN12"]),
        (Designator(0, 8, 3, b"naa.5000E111C5A1B2C3\0"), ["naa.5000E111C5A1B2C3", NAA.hex()]),
        (Designator(0, 8, 3, b"eui.5000E111C5A1B2C"), ["eui.5000E111C5A1B2C"]),
        (Designator(0, 3, 1, NAA), [NAA.hex()]),
        (Designator(0, 0, 1, b"\1\2\3\4"), ["01020304"]),
        (Designator(0, 0, 1, b"\1\2\3"), []),
        *((Designator(1, kind, 1, b"\0\0\0\7"), []) for kind in (4, 5, 6)),
    ],
)
def test_names_in_a_designator(designator: Designator, found: list[str]) -> None:
    assert values(secrets_of_designator(designator)) == found


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("identifier", "kept"),
    [
        ("5000e111c5a1b2c3", 7),
        ("6000e111c5a1b2c35000e111c5a1b2c3", 7),
        ("2000e111c5a1b2c3", 1),
        ("5000e111c5a1b2", 0),
        ("5000e111c5a1b2c3d4", 0),
    ],
)
def test_makers_part_of_a_binary_name_is_where_its_form_has_it(identifier: str, kept: int) -> None:
    expected = Secret(identifier, "hex", (kept, 0))
    assert binary_secret(bytes.fromhex(identifier)) == expected


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("A00001L8", (0, 2)),
        ("A00001LT", (0, 2)),
        ("A000018L", (0, 0)),
        ("A00001l8", (0, 0)),
        ("A0000L8", (0, 0)),
        ("CLN001L9", (3, 2)),
        ("CLN01L9", (3, 0)),
        ("CLN123", (3, 0)),
        ("CLN12", (0, 0)),
        ("XCLN1234", (0, 0)),
    ],
)
def test_of_a_label_stays_what_says_what_it_is(label: str, kept: tuple[int, int]) -> None:
    assert label_secret(label) == Secret(label, "label", kept)


def test_blank_labels_are_none() -> None:
    assert values(secrets_of_labels(["A1", " ", ""])) == ["A1"]
