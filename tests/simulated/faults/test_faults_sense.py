"""Every row of the sense table, at every command of every function, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from folders import quick_folder

from changer import errors
from changer.smc.command import Reply, Status
from changer.smc.sense import parse_sense

from .bench import Bench, Exchange, Kind, Lasting
from .cases import FORMS, cases, sequence
from .functions import Function
from .judging import assert_cases
from .sense_table import EVERY_ROW, ROWS, UNLISTED, Asks, Form, Row, reply_of

pytestmark = pytest.mark.sweep

# What is refused without a fault must be refused with it, which the format has no part in.
IN_SHORT = [(Form.FIXED, Lasting.ONCE), (Form.FIXED, Lasting.EACH)]
FOR_EVER = [(Form.FIXED, each) for each in (Lasting.ONCE, Lasting.EACH, Lasting.ALL)]
ONCE = IN_SHORT[:1]

ASKED_FOR_REMOVAL = next(row for row in ROWS if (row.key, row.asc, row.ascq) == (6, 0x5A, 0x01))
TOLD = "someone asks for a cartridge at the library's panel"

OF_THE_DRIVE = (Kind.DRIVE, Kind.DRIVE_SERIAL)

every_row = pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)


@every_row
def test_fault_ends_as_the_table_asks_and_nothing_is_lost(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    tried = list(cases(commands, function, row, FORMS if function.succeeds else IN_SHORT))
    assert {case.strike.position for case in tried} == set(range(1, len(commands) + 1))
    told = [case for case in tried if row is ASKED_FOR_REMOVAL and case.kind not in OF_THE_DRIVE]
    assert_cases(bench, (case for case in tried if case not in told))

    def see_warning() -> None:
        assert bench.warnings == [TOLD]

    assert_cases(bench, told, then=see_warning)


@pytest.mark.parametrize("row", [row for row in EVERY_ROW if row.status == Status.CHECK_CONDITION])
@pytest.mark.parametrize(
    ("fixed", "described"),
    [(Form.FIXED, Form.DESCRIPTOR), (Form.DEFERRED, Form.DEFERRED_DESCRIPTOR)],
)
def test_descriptor_format_says_what_fixed_format_says(
    row: Row, fixed: Form, described: Form
) -> None:
    """So that the driver, which knows what is said and not how, need not be tried with both."""
    said = parse_sense(reply_of(row, described).sense)
    assert said.descriptor_format
    assert said._replace(descriptor_format=False) == parse_sense(reply_of(row, fixed).sense)


def test_every_command_of_the_functions_is_in_the_matrix(
    function: Function, commands: list[Exchange]
) -> None:
    kinds = {each.kind for each in commands}
    assert Kind.OTHER not in kinds
    assert {Kind.GEOMETRY, Kind.ELEMENTS} <= kinds
    if function.moves:
        assert {Kind.CAPABILITIES, Kind.MOVE} <= kinds
    if function.releases:
        assert Kind.READY in kinds


# A library that tells all element types in one reply


@pytest.fixture(scope="module")
def single_query(function: Function) -> Iterator[Bench]:
    """The commands that differ from those of other libraries are its readings of type 0."""
    with (
        quick_folder() as folder,
        closing(Bench(folder, function.prepare, product="VIRTUAL")) as made,
    ):
        yield made


@every_row
def test_fault_of_a_reading_of_all_types_ends_as_the_table_asks(
    single_query: Bench, function: Function, row: Row
) -> None:
    commands = sequence(single_query, function)
    tried = [
        case
        for case in cases(commands, function, row, IN_SHORT)
        if case.kind is Kind.ELEMENTS and not case.element_type
    ]
    assert tried
    assert_cases(single_query, tried)


# Sense data that is missing, cut short, or none at all: what can't be read says nothing

# What a sense key asks for by itself.
KEYS = {
    0x0: (Asks.NOTHING, errors.DeviceFailed),
    0x1: (Asks.NOTHING, errors.DeviceFailed),
    0x2: (Asks.FAIL, errors.NotReady),
    0x3: (Asks.LOOK, errors.DeviceFailed),
    0x4: (Asks.LOOK, errors.DeviceFailed),
    0x5: (Asks.FAIL, errors.DeviceFailed),
    0x6: (Asks.READ_AGAIN, errors.NotReady),
    0x9: (Asks.LOOK, errors.DeviceFailed),
    0xB: (Asks.RETRY_READS, errors.DeviceFailed),
}
FIXED_LENGTHS = (3, 7, 8, 12, 13)
DESCRIPTOR_LENGTHS = (2, 3)
UNREADABLE = {
    "none": b"",
    "one byte": b"\x70",
    "fixed without a key": b"\x70\x00",
    "descriptor without a key": b"\x72",
    "no format": b"\x7f\x00\x06\x00\x00\x00\x00\x0a" + bytes(10),
    "zeros": bytes(18),
    "ones": b"\xff" * 32,
}


@pytest.mark.parametrize("sense", UNREADABLE.values(), ids=UNREADABLE)
def test_nothing_is_guessed_from_sense_data_that_can_not_be_read(
    bench: Bench, function: Function, commands: list[Exchange], sense: bytes
) -> None:
    # With nothing readable a reading fails, and after a motion the cartridge is looked for.
    row = Row(0x0, 0x00, 0x00, Asks.LOOK, errors.DeviceFailed)
    reply = Reply(Status.CHECK_CONDITION, sense=sense)
    tried = cases(commands, function, row, FOR_EVER, end=lambda *_: reply)
    assert_cases(bench, tried)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"key-{key:X}")
def test_sense_data_that_is_cut_short_says_what_its_key_says(
    bench: Bench, function: Function, commands: list[Exchange], key: int
) -> None:
    row = Row(key, 0x04, 0x01, *KEYS[key])
    whole, described = (reply_of(row, each).sense for each in (Form.FIXED, Form.DESCRIPTOR))
    for sense in (
        *(whole[:length] for length in FIXED_LENGTHS),
        *(described[:length] for length in DESCRIPTOR_LENGTHS),
    ):
        reply = Reply(Status.CHECK_CONDITION, sense=sense)
        tried = cases(commands, function, row, ONCE, end=lambda *_, reply=reply: reply)
        assert_cases(bench, tried)


def test_every_sense_key_of_the_table_is_cut_short() -> None:
    assert set(KEYS) == {row.key for row in [*ROWS, *UNLISTED] if row.status == 0x02}
