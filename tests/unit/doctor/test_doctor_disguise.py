"""Disguise: no original is left in any form, and the same value always becomes the same other."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.doctor.disguise import Disguise, Kind, Secret, binary_secret, disguise, label_secret
from changer.doctor.dump import blobs_of, hex_lines
from changer.doctor.secrets import (
    secrets_of_designator,
    secrets_of_id,
    secrets_of_labels,
    secrets_of_name,
    secrets_of_reply,
    secrets_of_text,
    words_like_serials,
)
from changer.smc.inquiry import Designator

pytestmark = pytest.mark.hypothesis


def made(*secrets: Secret, seed: int = 1) -> Disguise:
    return disguise(secrets, Random(seed).randrange)


def form(text: str) -> str:
    """Digits and letters by their kind; everything else as it is."""
    return re.sub("[A-Z]", "A", re.sub("[a-z]", "a", re.sub("[0-9]", "0", text)))


SERIALS = st.from_regex(r"[A-Z0-9]{2}[A-Z0-9 _.-]{2,12}[A-Z0-9]{2}", fullmatch=True).filter(
    lambda text: any(map(str.isdigit, text)) and len({*text}) > 4
)
LABELS = st.from_regex(r"(CLN|[A-Z]{3})[0-9]{3}L[5-9]", fullmatch=True)
WWNS = (
    st.binary(min_size=7, max_size=7)
    .filter(lambda rest: len({*rest[3:]}) > 2)
    .map(lambda rest: b"\x50" + rest)
)


def element_status(tags: list[str], serial: str) -> bytes:
    """Bytes in which tags and a serial number stand as in descriptors: padded, at any place."""
    parts = [b"\x03\xe8\x00\x04\x00\x00\x01\x00"]
    for number, tag in enumerate(tags):
        parts += [bytes((0x03, 0xE9 + number % 20, 0x09, 0)), tag.encode().ljust(36)]
    identifier = b"IBM     ULT3580-HH8     " + serial.encode()
    return b"".join([*parts, bytes((2, 1, 0, len(identifier))), identifier])


@examples(30)
@given(
    tags=st.lists(LABELS, min_size=1, max_size=12, unique=True),
    serial=SERIALS,
    wwn=WWNS,
    seed=st.integers(0, 10_000),
)
def test_no_original_survives_in_any_form(
    tags: list[str], serial: str, wwn: bytes, seed: int
) -> None:
    data = element_status(tags, serial)
    page = b"\x08\x83\x00\x0c\x01\x03\x00\x08" + wwn
    id_form = "IBM_3573-TL_" + re.sub("[^A-Za-z0-9.+-]+", "_", serial)
    secrets = [
        *secrets_of_labels(tags),
        Secret(serial),
        binary_secret(wwn),
        *secrets_of_id(id_form, common=("IBM", "3573-TL")),
        *secrets_of_reply(b"\xb8", data, common=("IBM", "ULT3580-HH8"), known=frozenset(tags)),
    ]
    hidden = disguise(secrets, Random(seed).randrange)
    sentences = [
        f"{serial} of {id_form} at /dev/tape/by-id/scsi-S{serial} is 0x{wwn.hex()}",
        f"scsi-3{wwn.hex()} {serial.lower()} {serial.encode().hex()} {' '.join(tags)}",
    ]
    lines = [hidden.text(each) for each in sentences]
    dumps = [*hex_lines(hidden.data(data)), *hex_lines(hidden.data(page))]
    text = "\n".join((*lines, *dumps))
    shown = b"".join(blobs_of("\n".join(dumps)))
    assert len(hidden.data(data)) == len(data)
    for original in (*tags, serial):
        assert original.lower() not in text.lower()
        assert original.encode() not in shown
        assert original.encode().hex() not in re.sub(r"\s", "", text)
    assert wwn not in shown and wwn.hex() not in re.sub(r"\s", "", text)
    assert hidden.survivors("\n".join(lines), blobs_of(text)) == ()


@examples(30)
@given(tags=st.lists(LABELS, min_size=1, max_size=40, unique=True), seed=st.integers(0, 10_000))
def test_the_same_value_becomes_the_same_other_of_its_form(tags: list[str], seed: int) -> None:
    hidden = disguise(secrets_of_labels(tags), Random(seed).randrange)
    others = [hidden.text(tag) for tag in tags]
    assert len(set(others)) == len(tags)
    assert not {*others} & {*tags}
    for tag, other in zip(tags, others, strict=True):
        assert form(other) == form(tag)
        assert (other[:3] == "CLN") is (tag[:3] == "CLN") or other[:3] != "CLN"
        assert other[-2:] == tag[-2:]
        assert hidden.data(tag.encode()) == other.encode()
        assert hidden.text(tag.lower()) == other.lower()
        assert hidden.text(tag.encode().hex()) == other.encode().hex()


def test_a_part_of_a_serial_number_becomes_the_same_part_of_the_other() -> None:
    hidden = made(Secret("HU1234567890"), Secret("1234567890"))
    whole = hidden.text("HU1234567890")
    assert hidden.text("1234567890") == whole[2:]
    assert form(whole) == "AA0000000000"


def test_the_makers_part_of_a_world_wide_name_stays() -> None:
    wwn = bytes.fromhex("5000e111c5a1b2c3")
    hidden = made(binary_secret(wwn))
    other = hidden.data(wwn).hex()
    assert other[:7] == "5000e11" and other != wwn.hex()
    assert hidden.text(f"wwn-0x{wwn.hex()}") == f"wwn-0x{other}"
    assert hidden.text(wwn.hex().upper()) == other.upper()


def test_labels_of_few_other_forms_are_hidden_all_the_same() -> None:
    tags = [f"{number:04d}" for number in range(3000)]
    hidden = disguise(secrets_of_labels(tags), Random(3).randrange)
    others = {hidden.text(tag) for tag in tags}
    assert len(others) == len(tags)
    assert not others & {*tags}


def test_bytes_that_were_not_known_to_be_names_are_hidden() -> None:
    standard = b"\x08\x80\x06\x02\x33\0\0\0HPE     MSL G3 Series   8.70" + b"DEC9876543\0\0"
    found = [*secrets_of_reply(bytes((0x12, 0, 0, 0, 96, 0)), standard, common=())]
    assert [each.value for each in found] == ["DEC9876543"]
    vendor_page = b"\x08\xc8\x00\x10http://lib7.example.org/"
    words = secrets_of_reply(bytes((0x12, 1, 0xC8, 0, 252, 0)), vendor_page, common=())
    hidden = disguise(words, Random(1).randrange)
    assert b"lib7" not in hidden.data(vendor_page)
    assert len(hidden.data(vendor_page)) == len(vendor_page)


def test_a_number_beside_a_label_stays_what_it_is() -> None:
    data = b"\x10\x02\x00A" + b"A00001L8".ljust(36)
    found = [*secrets_of_reply(b"\xb8", data, common=(), known=frozenset(("A00001L8",)))]
    assert found == []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("manager ssh://joe@tape7.example.com:22/", ("joe", "tape7.example.com")),
        ("postgresql://alice:pw@db9.example.org/changer", ("alice", "db9.example.org")),
        ("/home/alice/state.db", ("alice",)),
        ("192.168.17.4 answers", ("192.168.17.4",)),
        ("fe80::1a2b:3c4d answers", ("fe80::1a2b:3c4d",)),
        ("123e4567-e89b-12d3-a456-426614174000", ("123e4567-e89b-12d3-a456-426614174000",)),
        ("no tape device has the serial number HU19487T3Q", ("HU19487T3Q",)),
    ],
)
def test_names_in_sentences_are_hidden(text: str, hidden: tuple[str, ...]) -> None:
    found = [*secrets_of_text(text), *words_like_serials(text, common=())]
    other = disguise(found, Random(5).randrange).text(text)
    assert len(other) == len(text)
    for each in hidden:
        assert each not in other


@pytest.mark.parametrize("name", ["db", "ix", "tape-host-1", "backup7.example.com"])
def test_name_of_a_host_is_hidden_where_it_stands_alone(name: str) -> None:
    hidden = disguise(secrets_of_name(name), Random(2).randrange)
    text = hidden.text(f"{name}: state.db of {name.upper()} at index 1")
    assert not re.search(rf"(?<![a-z0-9.]){re.escape(name)}(?![a-z0-9])", text.lower())
    assert "state." in text and "index 1" in text


def test_names_that_every_host_has_stay() -> None:
    assert [*secrets_of_name("root"), *secrets_of_name("tape"), *secrets_of_name("")] == []


def test_what_is_still_there_is_found() -> None:
    hidden = made(Secret("HU1234567890"), binary_secret(bytes.fromhex("5000e111c5a1b2c3")))
    spaced = " ".join(f"{byte:02x}" for byte in b"HU1234567890")
    for text in ("xxHU1234567890yy", "hu1234567890", "HU12345\n67890", spaced, "5000e111c5a1b2c3"):
        assert hidden.survivors(text), text
    assert hidden.survivors("", [b"\0HU1234567890"])
    assert hidden.survivors("", [bytes.fromhex("005000e111c5a1b2c3")])
    assert hidden.survivors("nothing is here 12345678") == ()


def test_a_dump_is_read_back_as_the_bytes_that_it_shows() -> None:
    data, other = bytes(range(256)) + b"tail", b"second"
    text = "\n".join(["x", *hex_lines(data), *hex_lines(other), "y"])
    assert [*blobs_of(text)] == [data, other]
    assert [*hex_lines(data, most=16)][-1] == "  and 244 more bytes"


def test_labels_keep_what_says_what_they_are() -> None:
    assert label_secret("CLN001L9").kept == (3, 2)
    assert label_secret("A00001L8").kept == (0, 2)
    assert label_secret("CLNU").kept == (0, 0)
    assert label_secret("000123").kept == (0, 0)


def test_short_name_that_is_still_there_is_found_where_it_stands_alone() -> None:
    hidden = disguise(secrets_of_name("db"), Random(2).randrange)
    assert hidden.survivors("asked DB for it") == ("db",)
    assert hidden.survivors("a handbook") == ()


@pytest.mark.parametrize(("kind", "other"), [("text", "LLLLL"), ("hex", "bbbbb")])
def test_value_of_which_there_is_no_other_of_its_form_gets_one_of_another(
    kind: Kind, other: str
) -> None:
    drawn: list[int] = []

    def draw(size: int) -> int:
        drawn.append(size)
        return 0 if size == 10 or len(drawn) <= 1000 else 11

    assert disguise([Secret("00000", kind)], draw).text("no 00000") == f"no {other}"


def test_bytes_that_a_scsi_name_spells_are_hidden_too() -> None:
    named = Designator(0, 8, 3, b"naa.5000E111C5A1B2C3\0\0\0\0")
    hidden = disguise(secrets_of_designator(named), Random(1).randrange)
    data = bytes.fromhex("5000e111c5a1b2c3")
    assert hidden.data(data)[:3] == data[:3] and hidden.data(data)[4:] != data[4:]


def test_the_serial_number_of_page_80h_stands_after_its_length() -> None:
    page = b"\x06\x80\x00\x0bDEC12345\0\0\0"
    found = secrets_of_reply(bytes.fromhex("128180") + bytes(3), page, common=())
    assert next(found) == Secret("DEC12345")


def spelling(*tries: str) -> Callable[[int], int]:
    """Draw so that each try has this text; after the last one nothing is drawn."""
    letters = {10: "0123456789", 16: "0123456789abcdef", 26: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    left = list("".join(tries))

    def draw(below: int) -> int:
        return letters[below].index(left.pop(0))

    return draw


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("secrets", "tries", "others"),
    [
        ([Secret("12345")], ["12345", "98765"], {"12345": "98765"}),  # itself
        ([Secret("1234"), Secret("9876")], ["9876", "1111", "2222"], {"1234": "1111"}),
        ([Secret("1234"), Secret("5678")], ["1111", "1111", "2222"], {"5678": "2222"}),  # used
        ([Secret("123456"), Secret("9876")], ["198761", "111111", "2222"], {"123456": "111111"}),
        ([Secret("12345"), Secret("987")], ["19871", "333"], {"12345": "19871"}),  # too short
        ([label_secret("ABC123L8")], ["CLN456", "XLN456"], {"ABC123L8": "XLN456L8"}),
        ([label_secret("CLN123L8")], ["456"], {"CLN123L8": "CLN456L8"}),
        ([Secret("ABC123L8")], ["CLN456X9"], {"ABC123L8": "CLN456X9"}),  # no label
        ([Secret("00a1b2c3", "hex", (2, 0))], ["0b1c2d"], {"00a1b2c3": "000b1c2d"}),
    ],
)
def test_other_is_drawn_again_until_it_is_new_and_of_its_kind(
    secrets: list[Secret], tries: list[str], others: dict[str, str]
) -> None:
    hidden = disguise(secrets, spelling(*tries))
    assert {each: hidden.text(each) for each in others} == others


def test_part_of_a_longer_value_is_that_of_its_other() -> None:
    whole, tail, head = Secret("CLN123456", "text", (3, 0)), Secret("123456"), Secret("CLN1")
    hidden = disguise([head, tail, whole], spelling("987650"))
    assert hidden.text("CLN123456 123456 CLN1") == "CLN987650 987650 CLN9"


def test_values_without_letters_or_digits_are_none_and_one_counts_once() -> None:
    values = (" ", "----", "äöüß", " 1234 ", "1234")
    hidden = disguise(map(Secret, values), spelling("5678"))
    assert hidden.text("1234 ---- äöüß") == "5678 ---- äöüß"


def test_odd_values_go_before_words_within_them() -> None:
    hidden = disguise([Secret("AB-12.CD"), Secret("12345")], spelling("EF34GH", "67890"))
    assert hidden.text("xAB-12.CDx 12345 ab-12.cd") == "xEF-34.GHx 67890 ef-34.gh"
    assert hidden.data(b"\0AB-12.CD\xff12345") == b"\0EF-34.GH\xff67890"
    assert hidden.survivors("AB-12.CD") == ("ab-12.cd",)
    assert hidden.survivors("", [b"\0ab-12.cd"]) == ("ab-12.cd",)


def test_bytes_are_replaced_in_hexadecimal_digits_of_eight_and_more() -> None:
    hidden = disguise([Secret("ABCD")], spelling("EFGH"))
    abcd, efgh = b"ABCD".hex(), b"EFGH".hex()
    assert hidden.text(f"0x{abcd} {abcd.upper()} 00{abcd}") == f"0x{efgh} {efgh.upper()} 00{efgh}"
    for other in (f"{abcd}0", f"x{abcd}", f"{abcd}z", "deadbeef"):
        assert hidden.text(other) == other
    assert hidden.survivors(f"{abcd[:4]} {abcd[4:]}") == ("abcd",)
    assert hidden.survivors(f"0{abcd}") == ("abcd",)
    assert hidden.survivors(abcd[:-1]) == ()
