"""When two replies mean the same: reserved fields, and what each maker says as it likes, differ."""

from __future__ import annotations

import pytest

from changer.simulator.agreement import compare, meaning_of
from changer.simulator.creation import new_state
from changer.simulator.exchange import Exchange
from changer.simulator.profiles.table import PROFILES

INQUIRY, SERIAL, DESIGNATORS = "120000006000", "12018000ff00", "12018300ff00"
MODE, MODE_10 = "1a081f00ff00", "5a081f0000000000ff00"
ADDRESSES, STATUS = "1a081d00ff00", "b8000000ffff0000ffff0000"
NAMES = "08800502 1f000000" + b"ACME    LOADER 9        1.2A".hex()
CAPABILITIES = "1f12 0e 00 0a0e0e0e 00000000 00000000 00000000"


def status(
    kind: int = 2, flags: str = "80", length: int = 16, number: int = 1, *elements: str
) -> str:
    body = bytes.fromhex("".join(elements))
    head = bytes((kind,)) + bytes.fromhex(flags) + length.to_bytes(2, "big")
    page = head + len(body).to_bytes(4, "big") + body
    return (bytes(2) + number.to_bytes(2, "big") + bytes(4) + page).hex()


def slot(address: str = "03e9", flags: str = "09", rest: str = "00000000", **fields: str) -> str:
    known = {"reserved": "00", "code": "0000", "bus": "000000", "medium": "01", "source": "03e8"}
    it = known | fields
    first = address + flags + it["reserved"] + it["code"]
    return first + it["bus"] + it["medium"] + it["source"] + rest


EMPTY = slot(flags="08", medium="00", source="0000")
SAME: dict[str, tuple[str, str, str]] = {
    "vendor's bytes of INQUIRY": (INQUIRY, NAMES, NAMES + "4142"),
    "version and features": (INQUIRY, NAMES, NAMES[:2] + "00060200000000" + NAMES[17:]),
    "serial number in blanks": (SERIAL, "08800004 41424344", "08800008 2041424344200000"),
    "length of the page": (SERIAL, "08800004 41424344", "08800009 41424344"),
    "designators": (DESIGNATORS, "08830004 01000000", "08830008 0200000411111111"),
    "medium type and parameter": (MODE, "17000000" + CAPABILITIES, "17118000" + CAPABILITIES),
    "the same in the long one": (
        MODE_10,
        "001a000000000000" + CAPABILITIES,
        "001a118000000000" + CAPABILITIES,
    ),
    "what is stored": (
        MODE,
        "17000000" + CAPABILITIES,
        "17000000" + CAPABILITIES.replace("0e 00 0a", "0e 00 fa"),
    ),
    "what moves from and to pickers": (
        MODE,
        "17000000" + CAPABILITIES,
        "17000000" + CAPABILITIES.replace("0a0e0e0e", "0a1f1f1f"),
    ),
    "what is exchanged": (
        MODE,
        "17000000" + CAPABILITIES,
        "17000000" + CAPABILITIES.replace("e 00000000 00000000", "e 00000000 000e0e0e"),
    ),
    "reserved bytes of a report": (
        STATUS,
        status(2, "80", 16, 1, slot()),
        status(2, "80", 16, 1, slot(reserved="ff")),
    ),
    "the way of an empty slot's cartridge": (
        STATUS,
        status(2, "00", 16, 1, EMPTY),
        status(2, "00", 16, 1, slot(flags="0a", medium="00", source="0000")),
    ),
    "source that is not valid": (
        STATUS,
        status(2, "00", 16, 1, EMPTY),
        status(2, "00", 16, 1, slot(flags="08", medium="00", source="1234")),
    ),
}
DIFFERENT: dict[str, tuple[str, str, str]] = {
    "type of device": (INQUIRY, NAMES, "01" + NAMES[2:]),
    "vendor": (INQUIRY, NAMES, NAMES.replace("41434d45", "41434d46")),
    "revision": (INQUIRY, NAMES, NAMES[:-2] + "42"),
    "serial number": (SERIAL, "08800004 41424344", "08800004 41424345"),
    "first letter": (SERIAL, "08800004 41424344", "08800004 42424344"),
    "page of designators": (DESIGNATORS, "08830004 01000000", "08840004 01000000"),
    "device of designators": (DESIGNATORS, "08830004 01000000", "01830004 01000000"),
    "short INQUIRY": ("1200", NAMES, NAMES + "41"),
    "length of a mode page": (ADDRESSES, "17000000", "18000000"),
    "block descriptor": (MODE, "17000000" + CAPABILITIES, "17000008" + CAPABILITIES),
    "length of a long one": (
        MODE_10,
        "001a000000000000" + CAPABILITIES,
        "011a000000000000" + CAPABILITIES,
    ),
    "block descriptor of a long one": (
        MODE_10,
        "001a000000000000" + CAPABILITIES,
        "001a000001000000" + CAPABILITIES,
    ),
    "moves of slots": (
        MODE,
        "17000000" + CAPABILITIES,
        "17000000" + CAPABILITIES.replace("0a0e0e0e", "0a0c0e0e"),
    ),
    "moves of mail slots": (
        MODE,
        "17000000" + CAPABILITIES,
        "17000000" + CAPABILITIES.replace("0a0e0e0e", "0a0e060e"),
    ),
    "moves of drives": (
        MODE,
        "17000000" + CAPABILITIES,
        "17000000" + CAPABILITIES.replace("0a0e0e0e", "0a0e0e0a"),
    ),
    "code of the page": (MODE, "17000000" + CAPABILITIES, "17000000" + "9f" + CAPABILITIES[2:]),
    "page that is cut": (
        MODE,
        "17000000" + CAPABILITIES[:-4],
        "17000000" + CAPABILITIES.replace("0a0e", "0b0e")[:-4],
    ),
    "another page": (
        ADDRESSES,
        "17000000" + CAPABILITIES,
        "17000000" + CAPABILITIES.replace("0a0e", "0b0e"),
    ),
    "number of elements": (STATUS, status(2, "80", 16, 1, slot()), status(2, "80", 16, 2, slot())),
    "type of elements": (STATUS, status(2, "80", 16, 1, slot()), status(3, "80", 16, 1, slot())),
    "labels": (STATUS, status(2, "80", 16, 1, slot()), status(2, "00", 16, 1, slot())),
    "alternate labels": (STATUS, status(2, "80", 16, 1, slot()), status(2, "c0", 16, 1, slot())),
    "length": (
        STATUS,
        status(2, "00", 16, 1, slot()),
        status(2, "00", 18, 1, slot(rest="000000000000")),
    ),
    "address": (STATUS, status(2, "00", 16, 1, slot()), status(2, "00", 16, 1, slot("03ea"))),
    "full": (STATUS, status(2, "00", 16, 1, slot()), status(2, "00", 16, 1, slot(flags="08"))),
    "the way of a full slot's cartridge": (
        STATUS,
        status(2, "00", 16, 1, slot()),
        status(2, "00", 16, 1, slot(flags="0b")),
    ),
    "access of an empty slot": (
        STATUS,
        status(2, "00", 16, 1, EMPTY),
        status(2, "00", 16, 1, slot(flags="00", medium="00", source="0000")),
    ),
    "code": (STATUS, status(2, "00", 16, 1, slot()), status(2, "00", 16, 1, slot(code="8301"))),
    "address on a bus": (
        STATUS,
        status(2, "00", 16, 1, slot()),
        status(2, "00", 16, 1, slot(bus="200000")),
    ),
    "medium type": (
        STATUS,
        status(2, "00", 16, 1, slot()),
        status(2, "00", 16, 1, slot(medium="02")),
    ),
    "source": (
        STATUS,
        status(2, "00", 16, 1, slot(medium="81")),
        status(2, "00", 16, 1, slot(medium="81", source="03e9")),
    ),
    "what follows": (
        STATUS,
        status(2, "00", 16, 1, slot()),
        status(2, "00", 16, 1, slot(rest="00000001")),
    ),
    "another command": ("4d002e00000000ffff00", "2e000001", "2e000002"),
}


def meaning(cdb: str, data: str) -> object:
    return meaning_of(Exchange(None, bytes.fromhex(cdb), 0, bytes.fromhex(data)))


@pytest.mark.parametrize("name", SAME)
def test_replies_that_differ_in_nothing_that_counts_are_the_same(name: str) -> None:
    cdb, one, other = SAME[name]
    assert bytes.fromhex(one) != bytes.fromhex(other)
    assert meaning(cdb, one) == meaning(cdb, other)


@pytest.mark.parametrize("name", DIFFERENT)
def test_replies_that_differ_in_what_counts_are_not(name: str) -> None:
    cdb, one, other = DIFFERENT[name]
    assert meaning(cdb, one) != meaning(cdb, other)


def test_status_and_sense_code_count_and_what_else_sense_data_has_does_not() -> None:
    fixed = Exchange(
        None, bytes(6), 2, sense=bytes.fromhex("7000020000000000000000000401") + bytes(4)
    )
    described = fixed._replace(sense=bytes.fromhex("7202040100000000"))
    assert meaning_of(fixed) == meaning_of(described)
    assert meaning_of(fixed) != meaning_of(fixed._replace(status=8, sense=b""))
    assert meaning_of(fixed) != meaning_of(
        described._replace(sense=bytes.fromhex("7202040200000000"))
    )


def test_whatever_takes_time_has_ended_before_the_next_command() -> None:
    state = new_state("bench", PROFILES["demo"])
    load, ready = "a500000103e901f400000000", bytes(6)
    attention = bytes.fromhex("7000060000000000000000002800") + bytes(4)
    exchanges = [
        Exchange(None, bytes.fromhex(load), 0),
        Exchange("/dev/nst0", ready, 2, sense=attention),
        Exchange("/dev/nst0", ready, 0),
    ]
    found = compare(state, exchanges, {"/dev/nst0": 0})
    assert (found.replies, found.same, found.others, found.codes) == (3, 3, {}, ())
    assert state.cartridges[1001].tag == "A00001L8", "a copy was asked"
