"""Sense data that is missing, cut short, or none at all: what can't be read says nothing."""

from __future__ import annotations

import pytest

from changer import errors
from changer.smc.command import Reply, Status

from .asked import asked
from .bench import Bench, Exchange, Lasting
from .functions import Function
from .judging import failure_of, run
from .matrix import cases
from .sense_table import ROWS, UNLISTED, Asks, Form, Row, reply_of

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
# With nothing readable: a reading fails, and after a motion the cartridge is looked for.
NOTHING_SAID = (Asks.LOOK, errors.DeviceFailed)

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


def wrong_ones(
    bench: Bench,
    function: Function,
    commands: list[Exchange],
    row: Row,
    sense: bytes,
    *,
    lasting: tuple[Lasting, ...] = (Lasting.ONCE,),
) -> list[str]:
    found: list[str] = []
    for case in cases(
        commands,
        function,
        row,
        forms=[(Form.FIXED, each) for each in lasting],
        reply=lambda *_: Reply(Status.CHECK_CONDITION, sense=sense),
    ):
        bench.begin_again(case.strike)
        failure = failure_of(lambda: run(bench, function), wanted=asked(case))
        if failure:
            found.append(f"{sense.hex(' ')}, {case}: {failure}")
    return found


@pytest.mark.parametrize("sense", UNREADABLE.values(), ids=UNREADABLE)
def test_nothing_is_guessed_from_sense_data_that_can_not_be_read(
    bench: Bench, function: Function, commands: list[Exchange], sense: bytes
) -> None:
    row = Row(0x0, 0x00, 0x00, *NOTHING_SAID)
    lasting = (Lasting.ONCE, Lasting.EACH, Lasting.ALL)
    wrong = wrong_ones(bench, function, commands, row, sense, lasting=lasting)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"key-{key:X}")
def test_sense_data_that_is_cut_short_says_what_its_key_says(
    bench: Bench, function: Function, commands: list[Exchange], key: int
) -> None:
    row = Row(key, 0x04, 0x01, *KEYS[key])
    whole = reply_of(row).sense
    described = reply_of(row, Form.DESCRIPTOR).sense
    wrong: list[str] = []
    for sense in (
        *(whole[:length] for length in FIXED_LENGTHS),
        *(described[:length] for length in DESCRIPTOR_LENGTHS),
    ):
        wrong += wrong_ones(bench, function, commands, row, sense)
    assert not wrong, "\n".join(wrong)


def test_every_sense_key_of_the_table_is_cut_short() -> None:
    assert set(KEYS) == {row.key for row in [*ROWS, *UNLISTED] if row.status == 0x02}
