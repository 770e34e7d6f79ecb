"""What each sense code asks for: all of them, and the first beyond each (SPC-4, SMC-3)."""

from __future__ import annotations

from itertools import groupby

from changer.smc import cdb
from changer.smc.asc import additional_sense_text
from changer.smc.command import Reply, Status
from changer.smc.elements import AdditionalSense, ElementType, MediumType
from changer.smc.sense import SenseAction, SenseData, SenseKey, parse_sense
from changer.smc.sense_action import judge_sense, judge_status

# Key, ASC and ASCQ; --: all others.
ACTIONS = """
0 --/--  UNKNOWN / RETRY
0 00/00-05  ACCEPT
0 00/16  UNKNOWN NotReady / WAIT
0 00/17  ACCEPT
0 0B/--  ACCEPT
0 5D/--  ACCEPT
0 5E/--  ACCEPT
1 --/--  ACCEPT
2 --/--  FAIL NotReady
2 04/00  RETRY NotReady
2 04/01  WAIT NotReady
2 04/02  INITIALIZE NotReady
2 04/03  FAIL LibraryOffline
2 04/07  WAIT NotReady
2 04/09  WAIT NotReady
2 04/12  FAIL LibraryOffline
2 04/15  FAIL LibraryOffline
2 04/18-19  FAIL LibraryOffline
2 04/1D  WAIT NotReady
2 30/03  WAIT NotReady
2 3A/--  FAIL ElementNotPresent
2 3B/11-12  FAIL ElementNotPresent
2 3E/00  WAIT NotReady
2 74/71  FAIL DeviceNotAvailable
3 --/--  UNKNOWN
4 --/--  UNKNOWN
5 --/--  FAIL
5 20/00  FAIL UnsupportedByLibrary
5 21/01  FAIL InvalidSlot
5 24/--  FAIL UnsupportedByLibrary
5 25/--  FAIL DeviceNotAvailable
5 30/03  WAIT NotReady
5 3B/0D  FAIL DestinationFull
5 3B/0E  FAIL SourceEmpty
5 3B/11-12  FAIL ElementNotPresent
5 3B/18  FAIL ElementNotPresent
5 53/02-03  FAIL RemovalPrevented
6 --/--  ATTENTION NotReady OTHER
6 28/--  ATTENTION NotReady CONTENTS
6 29/--  ATTENTION NotReady RESET
6 2A/01  ATTENTION NotReady PARAMETERS
6 2A/03-05  ATTENTION NotReady RESERVATIONS
6 3B/--  ATTENTION NotReady CONTENTS
6 3F/--  ATTENTION NotReady IDENTITY
6 5A/01  ATTENTION NotReady REMOVAL_REQUEST
7 --/--  UNKNOWN
8 --/--  UNKNOWN
9 --/--  UNKNOWN
A --/--  UNKNOWN
B --/--  UNKNOWN / RETRY
C --/--  UNKNOWN
D --/--  UNKNOWN
E --/--  UNKNOWN
F --/--  UNKNOWN
"""
# T10's codes for changers and tape drives: ASC, and its qualifiers.
WITH_WORDS = """
00: 00-02 04-06 16-1A
03: 00
04: 00-04 07 09 10-12 15-19 1D-22
05: 00
06: 00
07: 00
08: 00-02
09: 00
0A: 00
0B: 00-02
0C: 00
0E: 00
11: 00-01 12
14: 00 03
15: 00-02
17: 00
18: 00
1A: 00
1B: 00
20: 00 02
21: 00-01
24: 00
25: 00
26: 00-04
27: 00
28: 00-03
29: 00-07
2A: 00-05 10
2B: 00
2C: 00 06 0B
2E: 00-02
2F: 00-02
30: 00-07 0A-0D 10-13
31: 00
33: 00
34: 00
35: 00
37: 00
39: 00
3A: 00-04
3B: 00-02 08 0D-0F 11-16 18-1B 20
3D: 00
3E: 00-03
3F: 00-05 0E-14 16
40: 00-7F
41: 00
42: 00
43: 00
44: 00-01
45: 00
46: 00
47: 00-01 03
48: 00
49: 00
4A: 00
4B: 00
4C: 00
4D: 00-7F
4E: 00
50: 00
51: 00
52: 00
53: 00-0D
54: 00
55: 00-04 09
5A: 00-03
5B: 00-02
5D: 00-7F
5E: 00
65: 00
67: 00
70: 00-7F
74: 00 71
"""
CODES = (*range(0x10), *range(0x1F, 0x32), *range(0x39, 0x41), *range(0x52, 0x5F), 0x73, 0x74, 0x75)
QUALIFIERS = (*range(0x21), 0x70, 0x71, 0x72)
OTHER = 0x7F


def said(action: SenseAction | None) -> str:
    if action is None:
        return "as sense"
    error = action.error.__name__.replace("DeviceFailed", "")
    attention = action.attention.name if action.attention else ""
    harmless = f"/ {action.harmless.name}" if action.harmless else ""
    return " ".join(filter(None, (action.action.name, error, attention, harmless)))


def judged(key: int, asc: int, ascq: int) -> str:
    return said(judge_sense(SenseData(key, AdditionalSense(asc, ascq), False, False)))


def actions() -> list[str]:
    lines = []
    for key in range(16):
        of_key = judged(key, OTHER, OTHER)
        lines.append(f"{key:X} --/--  {of_key}")
        for asc in CODES:
            if (of_code := judged(key, asc, OTHER)) != of_key:
                lines.append(f"{key:X} {asc:02X}/--  {of_code}")
            for action, run in groupby(QUALIFIERS, lambda ascq: judged(key, asc, ascq)):  # noqa: B023
                if action != of_code:
                    lines.append(f"{key:X} {asc:02X}/{between([*run])}  {action}")
    return lines


def between(run: list[int]) -> str:
    first, last = run[0], run[-1]
    return f"{first:02X}" if first == last else f"{first:02X}-{last:02X}"


def test_each_code_asks_for_what_the_standards_have() -> None:
    assert actions() == ACTIONS.split("\n")[1:-1]


def test_codes_with_words_are_those_of_t10() -> None:
    lines = []
    for asc in range(0x80):
        known = [q for q in range(0x80) if additional_sense_text(AdditionalSense(asc, q))]
        runs = groupby(known, lambda ascq: ascq - known.index(ascq))  # noqa: B023
        if known:
            lines.append(f"{asc:02X}: {' '.join(between([*run]) for _, run in runs)}")
    assert lines == WITH_WORDS.split("\n")[1:-1]
    numbered = {code: additional_sense_text(AdditionalSense(code, 0xFF)) for code in range(0x80)}
    assert {code for code, words in numbered.items() if words != "vendor-specific condition"} == {
        *(0x40, 0x4D, 0x5D, 0x70)
    }


def test_each_status_is_judged_by_itself_or_by_its_sense_data() -> None:
    for command, unknown in (
        (cdb.move_medium(1, 2), "UNKNOWN"),
        (cdb.load_unload(load=False), "FAIL"),
        (cdb.test_unit_ready(), "FAIL"),
    ):
        judged = {status: said(judge_status(Reply(status), command)) for status in range(0x100)}
        assert {status: action for status, action in judged.items() if action != unknown} == {
            0x00: "ACCEPT",
            0x02: "as sense",
            0x08: "RETRY NotReady",
            0x18: "FAIL ReservationConflict",
            0x28: "RETRY NotReady",
        }


def test_opcodes_that_read_that_move_and_that_occupy_the_robot() -> None:
    commands = {
        code: cdb.raw(bytes([code]) + bytes(5), allocation_length=0, timeout_seconds=1)
        for code in range(0x100)
    }
    assert {code for code in commands if cdb.only_reads(bytes([code]) + b"\xff" * 5)} == {
        *(0x00, 0x03, 0x12, 0x1A, 0x4D, 0x5A, 0x5E, 0x8C, 0xA0, 0xA3, 0xB4, 0xB5, 0xB8)
    }
    assert {code for code, each in commands.items() if each.moves_medium} == {0xA5, 0xA6, 0xA7}
    assert {code for code, each in commands.items() if each.occupies_robot} == {
        *(0x07, 0x1B, 0x2B, 0x37, 0xA5, 0xA6, 0xA7, 0xE7)
    }


def test_numbers_are_those_of_the_standards() -> None:
    keys = (
        *("NO_SENSE", "RECOVERED_ERROR", "NOT_READY", "MEDIUM_ERROR", "HARDWARE_ERROR"),
        *("ILLEGAL_REQUEST", "UNIT_ATTENTION", "DATA_PROTECT", "BLANK_CHECK", "VENDOR_SPECIFIC"),
        *("COPY_ABORTED", "ABORTED_COMMAND", "", "VOLUME_OVERFLOW", "MISCOMPARE", "COMPLETED"),
    )
    assert {each.name: each.value for each in SenseKey} == {
        name: number for number, name in enumerate(keys) if name
    }
    assert {each.name: each.value for each in Status} == {
        "GOOD": 0x00,
        "CHECK_CONDITION": 0x02,
        "BUSY": 0x08,
        "RESERVATION_CONFLICT": 0x18,
        "TASK_SET_FULL": 0x28,
        "TASK_ABORTED": 0x40,
    }
    types = ("MEDIUM_TRANSPORT", "STORAGE", "IMPORT_EXPORT", "DATA_TRANSFER")
    assert {each.name: each.value for each in ElementType} == {
        name: number for number, name in enumerate(types, 1)
    }
    media = ("UNSPECIFIED", "DATA", "CLEANING", "DIAGNOSTIC", "WORM", "MICROCODE")
    assert {each.name: each.value for each in MediumType} == {
        name: number for number, name in enumerate(media)
    }


FIXED = bytes.fromhex("f0 00 e5 01020304 0a 00000000 24 00 00 c00007")
DESCRIBED = bytes.fromhex(
    "72 05 24 00 000000 18"
    "00 0a 80 00 0000000001020304"
    "02 06 0000 c00007 00"
    "04 02 00 e0"
)  # fmt: skip


def test_fixed_sense_data_tell_what_came_of_them() -> None:
    whole = SenseData(
        *(5, AdditionalSense(0x24, 0x00)),
        deferred=False,
        descriptor_format=False,
        information=0x01020304,
        filemark=True,
        end_of_medium=True,
        incorrect_length=True,
        field_pointer=7,
    )
    for length in range(3, len(FIXED) + 1):
        told = whole
        if length < len(FIXED):
            told = told._replace(field_pointer=None)
        if length < 14:
            told = told._replace(additional=None)
        if length < 7:
            told = told._replace(information=None)
        assert parse_sense(FIXED[:length]) == told, length
    assert parse_sense(FIXED + bytes(9)) == whole


def test_sense_descriptors_tell_what_came_of_them() -> None:
    nothing = SenseData(5, None, deferred=False, descriptor_format=True)
    for length in range(2, len(DESCRIBED) + 1):
        told = nothing
        if length >= 4:
            told = told._replace(additional=AdditionalSense(0x24, 0x00))
        if length >= 20:
            told = told._replace(information=0x01020304)
        if length >= 28:
            told = told._replace(field_pointer=7)
        if length >= 32:
            told = told._replace(filemark=True, end_of_medium=True, incorrect_length=True)
        assert parse_sense(DESCRIBED[:length]) == told, length
    for short in (
        "00 09 80 00 00000000010203",
        "04 01 00 e0",
        "02 04 0000 c007",
        "01 0a" + "ff" * 10,
        "80 06 0000 c00007 00",
        "80 40 02 06 0000 c00007 00",
        "00 0a 7f 00 0000000001020304",
    ):
        data = bytes.fromhex(short)
        told = parse_sense(bytes.fromhex("72 05 24 00 000000") + bytes([len(data)]) + data)
        assert told == nothing._replace(additional=AdditionalSense(0x24, 0x00))
