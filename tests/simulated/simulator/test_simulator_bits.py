"""Bits of commands, and of their replies, that matter to a virtual library and to a comparison."""

from __future__ import annotations

from flipped_bits import felt_bits

from changer.simulator.agreement import meaning_of
from changer.simulator.creation import changed, new_state
from changer.simulator.exchange import Exchange
from changer.simulator.fault_effects import apply_fault
from changer.simulator.fault_words import parse_fault
from changer.simulator.profiles.table import PROFILES
from changer.simulator.request import Nexus
from changer.simulator.state import State
from changer.simulator.state_format import dump_state
from changer.simulator.target import answer

h = bytes.fromhex
# Each command, and the bits behind its opcode by which another answer comes, or another state.
OF_LIBRARY: dict[str, str] = {
    "03 00 0000 FF 00": "0:01",
    "12 00 00 00FF 00": "0:01 1:ff",
    "12 01 83 00FF 00": "0:01 1:ff",
    "1A 08 3F 00 FF 00": "1:7f 2:ff",
    "5A 08 1D 00 000000 00FF 00": "1:7f 2:ff",
    "1B 00 0065 00 00": "1-2:ff 3:1f",
    "1E 00 0000 01 00": "3:01",
    "2B 00 0001 03E9 0000 00 00": "1:ff 2:fe 3:ff 4:f9 7:01",
    "37 01 03E9 00 00 0001 00 00": "1:ff 2:f9",
    "E7 00 03E9 00 00 0001 00 00": "",
    "4D 00 6E 00 00 0000 0FFF 00": "1:3f 2:ff",
    "5E 00 00 00 00 00 00 00FF 00": "0:1e",
    "A5 00 0001 03E9 03F4 0000 00 00": "1:ff 2:fe 3-6:ff 9:01",
    "A6 00 0001 03E9 03EA 03F4 00 00": "1:ff 2:fe 3-8:ff 9:03",
    "B8 12 03E9 0002 00 00FFFF 00 00": "0:1d 1:fc 2:16 3-4:ff",
    "B8 04 0000 0001 01 00FFFF 00 00": "0:1f 1:fe 3-4:ff 5:01",
}
OF_DRIVE: dict[str, str] = {
    "00 00 0000 00 00": "",
    "05 00 0000 00 00": "0:01",
    "08 00 000000 00": "1-3:ff",
    "0A 00 000001 00": "",
    "10 00 000000 00": "1-3:ff",
    "11 03 000001 00": "0:0f",
    "11 01 000000 00": "1-3:ff",
    "15 10 0000 0C 00": "0:01",
    "1A 00 00 00 0C 00": "0:08 1:3f 2:ff 3:0c",
    "1B 00 0000 00 00": "3:01",
    "1E 00 0000 01 00": "3:01",
    "2B 00 00 00000000 00 00 00": "2-5:ff",
    "34 00 00000000 00 0000 00": "0:1e",
    "44 01 0000000000 00FF 00": "0:02",
    "4D 00 4C 00 00 0000 0FFF 00": "1:3f 2:ff",
    "55 10 0000000000 0010 00": "0:01",
    "92 00 00 00 0000000000000000 00 00 00 00": "3-10:ff",
}
REGISTER = "0000000000000000 00000000000000AB 00000000 00 00 0000"
RESERVES: dict[str, tuple[str, str, str]] = {
    # With its parameter list: bits of the command, bits of the list.
    "5F 06 00 00 00 00000018 00": (REGISTER, "0:1f 1:f0 4-7:ff", "8-15:ff 20:09"),
    "5F 01 03 00 00 00000018 00": ("00000000000000CD" + REGISTER[16:], "0:1f 1:fd 4-7:ff", "20:08"),
    "5F 04 03 00 00 00000018 00": (
        "00000000000000CD 00000000000000AB" + "00" * 8,
        "0:1e 1:ff 4-7:ff",
        "0-15:ff 20:08",
    ),
}


def a_library() -> State:
    """With a tape in drive 0 that is ready, and another host that is registered."""
    state = new_state("bench", changed(PROFILES["demo"], {"transports": 2, "mail": 2}))
    answer(state, h("A5 00 0000 03EB 01F4 0000 00 00"), unit=None, now=0.0)
    state.change_drive(0, announce_at=None, wants_cleaning=2)
    state.change(flags=(3,))
    return state


def reply_of(
    state: State, cdb: bytes, *, unit: int | None = None, data_out: bytes = b""
) -> tuple[object, ...]:
    copied = state.copy()
    given = answer(copied, cdb, unit=unit, now=3600.0, data_out=data_out, nexus=Nexus("host"))
    return given, dump_state(copied)


def felt_in_command(
    state: State, words: str, *, unit: int | None = None, data_out: bytes = b""
) -> str:
    cdb = h(words)
    return felt_bits(
        cdb[1:], lambda rest: reply_of(state, cdb[:1] + rest, unit=unit, data_out=data_out)
    )


def test_bits_of_a_command_that_matter() -> None:
    state = a_library()
    for unit, commands in ((None, OF_LIBRARY), (0, OF_DRIVE)):
        assert {cdb: felt_in_command(state, cdb, unit=unit) for cdb in commands} == commands


def test_bits_of_a_reservation_that_matter() -> None:
    state = a_library()
    apply_fault(state, parse_fault(["reserved", "AB", "3"]), now=0.0)
    key = h("0000000000000000 00000000000000CD 0000000000000000")
    answer(state, h("5F 06 00 00 00 00000018 00"), unit=None, now=0.0, data_out=key)
    for words, (parameters, of_command, of_list) in RESERVES.items():
        cdb, sent = h(words), h(parameters)
        assert felt_in_command(state, words, data_out=sent) == of_command
        assert felt_in_list(state, cdb, sent) == of_list


def felt_in_list(state: State, cdb: bytes, sent: bytes) -> str:
    return felt_bits(sent, lambda data: reply_of(state, cdb, data_out=data))


STATUS = (
    h("03E9 0002 00 000028 02 00 0010 00 000020")
    + h("03E9 09 00 0000 00 00 00 81 03EA 00000000")
    + h("03EA 0A 00 0000 00 00 00 00 0000 00000000")
)
MEANINGS: dict[str, tuple[str, bytes, str]] = {
    "names": (
        "12 00 00 00FF 00",
        h("08 80 05 02 1F 000000") + b"STK     L700            0107",
        "0:ff 8-35:ff",
    ),
    "serial number": ("12 01 80 00FF 00", h("08 80 00 04") + b"S1\0 ", "4-5:ff 6-7:df"),
    "designators": ("12 01 83 00FF 00", h("08 83 00 04 01020304"), "0-1:ff"),
    "addresses": ("1A 08 1D 00 FF 00", h("17 00 10 00 1D 12 0001 0001"), "0:ff 3-9:ff"),
    "addresses (10)": (
        "5A 08 1D 00 000000 00FF 00",
        h("0017 00 10 0000 0000 1D 12 0001"),
        "0-1:ff 4-11:ff",
    ),
    "capabilities": (
        "1A 08 1F 00 FF 00",
        h("17 00 10 00 1F 12 0E 00 0E0E0E0E 00000000 0E0E0E0E 00000000"),
        "0:ff 3-5:ff 9-11:0e",
    ),
    "short capabilities": (
        "1A 08 1F 00 FF 00",
        h("05 00 10 00 1F 12 0E 00 0E0E0E0E"),
        "0:ff 3-11:ff",
    ),
    "elements": (
        "B8 02 0000 FFFF 00 00FFFF 0000",
        STATUS,
        "2-3:ff 8:ff 9:c0 10-11:ff 15:20 16-18:ff 20-33:ff 34:fd 36-41:ff 44-47:ff",
    ),
    "log page": ("4D 00 6E 00 00 0000 FFFF 00", h("2E 00 0001 00"), "0-4:ff"),
}


def felt_in_reply(words: str, data: bytes) -> str:
    return felt_bits(data, lambda given: meaning_of(Exchange(None, h(words), 0, given)))


def test_bits_of_a_reply_that_have_a_meaning() -> None:
    for name, (words, data, bits) in MEANINGS.items():
        assert (name, felt_in_reply(words, data)) == (name, bits)


def test_status_and_sense_code_have_a_meaning_and_the_rest_of_sense_data_has_none() -> None:
    fixed = h("70 00 05 00000000 0A 00000000 24 00 00 C00002")
    described = h("72 05 24 00 000000 00")
    told = [
        felt_bits(sense, lambda sense: meaning_of(Exchange(None, h("00" * 6), 2, b"", sense)))
        for sense in (fixed, described, fixed[:14], fixed[:13], described[:4], described[:3])
    ]
    assert told == [
        "0:7e 2:0f 12-13:ff",
        "0:7e 1:0f 2-3:ff",
        "0:7e 2:0f 12-13:ff",
        "0:02",
        "0:7e 1:0f 2-3:ff",
        "",
    ]
    assert meaning_of(Exchange(None, b"", 8)) != meaning_of(Exchange(None, b"", 0))
