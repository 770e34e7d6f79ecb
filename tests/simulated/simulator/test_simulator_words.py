"""Words of faults, actions and places: what each means, with its least and its most."""

from __future__ import annotations

from typing import Any

import pytest

from changer.errors import SimulatorRefused
from changer.simulator.creation import changed, new_state
from changer.simulator.fault import CleaningFailure, ElementOverride, Fault, Left
from changer.simulator.fault_words import FAULTS, parse_fault
from changer.simulator.operator_actions import Action, parse_action
from changer.simulator.profiles.table import PROFILES
from changer.simulator.request import Nexus, parse_nexus
from changer.simulator.sense import Additional, Sense
from changer.simulator.state import State
from changer.simulator.words import address_of
from changer.values import replace

WEEK = 7 * 86400.0
FAULTS_IN_WORDS: dict[str, dict[str, Any]] = {
    "magazine-out 1": {"magazine": 1},
    "magazine-out 65535": {"magazine": 65535},
    "magazine-in 2": {"magazine": 2},
    "unit-attention 28/00": {"sense": Sense(6, 0x28, 0), "times": 1},
    "unit-attention 02/3a/f 65535": {"sense": Sense(2, 0x3A, 0x0F), "times": 65535},
    "becoming-ready": {},
    "becoming-ready 1": {"times": 1},
    "becoming-ready 0s": {"seconds": 0.0},
    "becoming-ready 1.5m": {"seconds": 90.0},
    "becoming-ready 168h": {"seconds": WEEK},
    "becoming-ready 0.000000001s": {"seconds": 1e-9},
    "offline": {},
    "online": {},
    "door open": {"value": 1},
    "door closed": {"value": 0},
    "unreadable mail:1": {"place": "mail:1"},
    "occupancy-unknown 5": {"place": "5"},
    "occupancy-unknown 5 stays": {"place": "5", "stays": True},
    "element 5 83/04": {"place": "5", "override": ElementOverride(additional=Additional(0x83, 4))},
    "element 5 except=1 full=0 access=1 ed=0": {
        "place": "5",
        "override": ElementOverride(exception=True, full=False, access=True, disabled=False),
    },
    "element 5 listed=0 import=1 export=0": {
        "place": "5",
        "override": ElementOverride(listed=False, import_enabled=True, export_enabled=False),
    },
    "move-fails at-source": {"left": Left.AT_SOURCE, "times": 1},
    "move-fails in-transport 15/01 always": {
        "left": Left.IN_TRANSPORT,
        "sense": Sense(4, 0x15, 1),
        "times": None,
    },
    "move-hangs at-destination 2 after 1": {"left": Left.AT_DESTINATION, "times": 2, "after": 1},
    "reply-lost in-transport": {"left": Left.IN_TRANSPORT, "times": 1},
    "move-late 30": {"seconds": 30.0, "times": 1},
    "busy": {"times": 1},
    "busy always": {"times": None, "every": 0},
    "busy alternating": {"times": None, "every": 1},
    "busy 3 on b8 after 65535 drive:999": {
        "times": 3,
        "opcode": 0xB8,
        "after": 65535,
        "drive": 999,
    },
    "task-set-full": {"times": 1},
    "reservation-conflict drive:0": {"times": 1, "drive": 0},
    "sense f/ff/ff": {"sense": Sense(0x0F, 0xFF, 0xFF), "times": 1},
    "sense 3B/0E on FFh": {"sense": Sense(5, 0x3B, 0x0E), "times": 1, "opcode": 0xFF},
    "hang on 0xa5": {"times": 1, "opcode": 0xA5},
    "no-reply": {"times": 1},
    "unheard": {"times": 1},
    "reserved 1": {"value": 1, "times": 3},
    "reserved FFFFFFFFFFFFFFFF 1": {"value": (1 << 64) - 1, "times": 1},
    "reserved 00000000000000ab 8": {"value": 0xAB, "times": 8},
    "power-cycle": {},
    "robot-delay 604800": {"seconds": WEEK},
    "unplugged": {},
    "unplugged drive:1": {"drive": 1},
    "plugged drive:1": {"drive": 1},
    "tape-alert 1": {"value": 1},
    "tape-alert 64 drive:2": {"value": 64, "drive": 2},
    "wants-cleaning drive:0": {"drive": 0, "value": 1},
    "wants-cleaning drive:0 no": {"drive": 0, "value": 0},
    "wants-cleaning drive:0 required": {"drive": 0, "value": 2},
    "element-address drive:0 0": {"drive": 0, "address": 0},
    "element-address drive:0 65535": {"drive": 0, "address": 65535},
    "cleaning-fails drive:1": {"drive": 1, "cleaning_failure": CleaningFailure.ERROR},
    "cleaning-fails drive:1 in-vain": {"drive": 1, "cleaning_failure": CleaningFailure.IN_VAIN},
    "auto-clean": {},
    "auto-clean drive:0": {"drive": 0},
    "clear": {},
    "clear busy": {"place": "busy"},
}
NO_FAULTS = {
    "magazine-out 0": "the magazine must be a number from 1 to 65535, not '0'",
    "magazine-out 65536": "the magazine must be a number from 1 to 65535, not '65536'",
    "unit-attention 10/28/00": "'10/28/00' is not a sense code",
    "unit-attention 128/00": "'128/00' is not a sense code",
    "busy 0": "TIMES must be a number from 1 to 65535, not '0'",
    "busy 65536": "TIMES must be a number from 1 to 65535, not '65536'",
    "busy after 0": "after must be a number from 1 to 65535, not '0'",
    "busy drive:1000": "a drive is written drive:0, not 'drive:1000'",
    "busy on 100": "there is no command '100'",
    "move-fails at-source on a5": "when it strikes is one of always, after, not 'on'",
    "move-fails at-source alternating": (
        "when it strikes is one of always, after, not 'alternating'"
    ),
    "move-late 1.0000000001": "the delay must be a time such as 30s, not '1.0000000001'",
    "move-late 1d": "the delay must be a time such as 30s, not '1d'",
    "becoming-ready 0": "the number of commands must be a number from 1 to 65535, not '0'",
    "becoming-ready 604800.1s": "the time must be at most 7 days, not '604800.1s'",
    "becoming-ready 169h": "the time must be at most 7 days, not '169h'",
    "reserved 0": "a key is 1 to 16 hexadecimal digits, and not 0: '0'",
    "reserved 10000000000000000": (
        "a key is 1 to 16 hexadecimal digits, and not 0: '10000000000000000'"
    ),
    "reserved 1 0": "TYPE must be a number from 1 to 8, not '0'",
    "reserved 1 9": "TYPE must be a number from 1 to 8, not '9'",
    "tape-alert 0": "FLAG must be a number from 1 to 64, not '0'",
    "tape-alert 65": "FLAG must be a number from 1 to 64, not '65'",
    "element-address drive:0 65536": "ADDRESS must be a number from 0 to 65535, not '65536'",
    "offline now": "unexpected argument 'now'",
}
OPCODES = {
    "test-unit-ready": 0x00,
    "rewind": 0x01,
    "request-sense": 0x03,
    "read-block-limits": 0x05,
    "initialize": 0x07,
    "read": 0x08,
    "write": 0x0A,
    "space": 0x11,
    "inquiry": 0x12,
    "mode-select": 0x15,
    "mode-sense": 0x1A,
    "open-close": 0x1B,
    "load-unload": 0x1B,
    "prevent-allow": 0x1E,
    "position": 0x2B,
    "read-position": 0x34,
    "initialize-range": 0x37,
    "log-sense": 0x4D,
    "mode-sense-10": 0x5A,
    "move": 0xA5,
    "exchange": 0xA6,
    "read-element-status": 0xB8,
    "initialize-range-vendor": 0xE7,
    "00": 0x00,
    "0xFf": 0xFF,
}


def refusal(words: str, parse: Any = parse_fault) -> str:
    with pytest.raises(SimulatorRefused) as caught:
        parse(words.split())
    return caught.value.message


def test_words_of_a_fault_make_it_whole() -> None:
    assert {each.split()[0] for each in FAULTS_IN_WORDS} == {*FAULTS}
    parsed = {words: parse_fault(words.split()) for words in FAULTS_IN_WORDS}
    meant = {
        words: Fault(name=words.split()[0], **values) for words, values in FAULTS_IN_WORDS.items()
    }
    assert parsed == meant
    again = {words: parse_fault(str(fault).split()) for words, fault in parsed.items()}
    assert again == meant


def test_numbers_beyond_the_least_and_the_most_make_no_fault() -> None:
    assert {words: refusal(words) for words in NO_FAULTS} == NO_FAULTS


def test_commands_are_named_by_their_standards() -> None:
    named = {name: parse_fault(["hang", "on", name]).opcode for name in OPCODES}
    assert named == OPCODES


ACTIONS_IN_WORDS: dict[str, dict[str, Any]] = {
    "put A1": {"tags": ("A1",)},
    "put - mail:2": {"tags": ("-",), "places": ("mail:2",)},
    "put CLN1 cleans=0": {"tags": ("CLN1",), "cleans_left": 0},
    f"put {'A' * 32} mail:1 cleans=9999": {
        "tags": ("A" * 32,),
        "places": ("mail:1",),
        "cleans_left": 9999,
    },
    "take": {},
    "take A1": {"places": ("A1",)},
    "insert A1 5 cleans=1": {"tags": ("A1",), "places": ("5",), "cleans_left": 1},
    "remove 5": {"places": ("5",)},
    "swap 5 drive:0": {"places": ("5", "drive:0")},
    "swap-magazine 1": {"magazine": 1},
    "swap-magazine 65535 A1 - A2": {"magazine": 65535, "tags": ("A1", "-", "A2")},
    "swap-drives 0 998": {"drives": (0, 998)},
    "replace-drive 0 HU1": {"drives": (0,), "serial": "HU1"},
}
NO_ACTIONS = {
    f"put {'A' * 33}": f"a volume tag has at most 32 ASCII characters: {'A' * 33!r}",
    "put É": "a volume tag has at most 32 ASCII characters: 'É'",
    "put A1 mail:1 cleans=10000": "cleans=N is what may follow, not 'cleans'",
    "put A1 mail:1 cleans=x": "cleans=N is what may follow, not 'cleans'",
    "put A1 mail:1 left=1": "cleans=N is what may follow, not 'left'",
    "swap-magazine 0": "the magazine must be a number from 1 to 65535, not '0'",
    "swap-drives 0 999": "the drive must be a number from 0 to 998, not '999'",
    "swap 5": "the place is missing",
    "remove 5 6": "unexpected argument '6'",
}


def test_words_of_an_action_make_it_whole() -> None:
    parsed = {words: parse_action(words.split()) for words in ACTIONS_IN_WORDS}
    assert parsed == {
        words: Action(name=words.split()[0], **values) for words, values in ACTIONS_IN_WORDS.items()
    }
    assert {words: refusal(words, parse_action) for words in NO_ACTIONS} == NO_ACTIONS


PLACES: dict[str, int | str] = {
    "0": "bench has no slot 0: '0'; 1 to 12",
    "1": 1001,
    "slot:12": 1012,
    "13": "bench has no slot 13: '13'; 1 to 12",
    "mail:0": "bench has no mail 0: 'mail:0'; 1 to 2",
    "mail:1": 101,
    "mail:2": 102,
    "mail:3": "bench has no mail 3: 'mail:3'; 1 to 2",
    "drive:0": 500,
    "drive:1": 501,
    "drive:2": "bench has no drive 2: 'drive:2'; 0 to 1",
    "picker": 1,
    "picker:1": 1,
    "picker:2": 2,
    "picker:3": "bench has no picker 3: 'picker:3'; 1 to 2",
    "@1001": 1001,
    "@0x3E9": 1001,
    "@501": 501,
    "@502": "bench has no element at address 502",
    "@0": "bench has no element at address 0",
    "@99999": "bench has no element at address 99999",
    "A00001L8": 1001,
    "tag:A00002L8": 1002,
    "tag:TWICE": "bench has 2 cartridges 'TWICE'",
    "B00001L8": "bench has no cartridge 'B00001L8'",
    "123456": "bench has no cartridge '123456'",
}


def a_library(**fields: object) -> State:
    return new_state("bench", changed(PROFILES["demo"], fields))


def place(state: State, words: str) -> int | str:
    try:
        return address_of(state, words)
    except SimulatorRefused as error:
        return error.message


def test_places_are_addresses_from_the_first_to_the_last() -> None:
    state = a_library(transports=2)
    for address in (1011, 1012):
        state.put(address, replace(state.cartridges[1001], tag="TWICE"))
    assert {words: place(state, words) for words in PLACES} == PLACES
    assert place(a_library(mail=0, cleaner_in_mail=False), "mail:1") == (
        "bench has no mail 1: 'mail:1'; there are none"
    )


def test_addresses_are_told_as_places() -> None:
    geometry = a_library(transports=2).geometry
    places = {
        0: "@0",
        1: "picker",
        2: "picker:2",
        3: "@3",
        100: "@100",
        101: "mail:1",
        102: "mail:2",
        103: "@103",
        499: "@499",
        500: "drive:0",
        501: "drive:1",
        502: "@502",
        1000: "@1000",
        1001: "1",
        1012: "12",
        1013: "@1013",
    }
    assert {address: geometry.place_of(address) for address in places} == places


INITIATORS: dict[str, Nexus] = {
    "h": Nexus("h", 1),
    "tape1.example": Nexus("tape1.example", 1),
    "h" * 64: Nexus("h" * 64, 1),
    "h@": Nexus("h", 1),
    "h@1": Nexus("h", 1),
    "a b@99": Nexus("a b", 99),
}
NO_INITIATORS = ("", "@1", "h" * 65, "h\x1b", "hé", "h@0", "h@100", "h@-1", "h@x", "h@1@2", "h@1.5")


def test_an_initiator_is_named_with_a_port_from_1_to_99() -> None:
    assert {text: parse_nexus(text) for text in INITIATORS} == INITIATORS
    assert Nexus() == Nexus("host", 1)
    for text in NO_INITIATORS:
        with pytest.raises(SimulatorRefused) as refused:
            parse_nexus(text)
        assert refused.value.message == (
            f"{text!r} can't be the initiator of commands to a virtual library"
        ).replace("\x1b", "?")
        assert refused.value.hint == "NAME, or NAME@PORT with a port of the library, from 1 to 99"
