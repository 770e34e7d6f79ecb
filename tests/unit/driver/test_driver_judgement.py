"""What a reply asks for: every row of the table of sense codes."""

from __future__ import annotations

import pytest
from driver_support import descriptor_sense, sense, unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer import errors
from changer.errors import ChangerError
from changer.smc.cdb import move_medium
from changer.smc.cdb import test_unit_ready as ready_command
from changer.smc.command import Reply, Status
from changer.smc.sense import Action, UnitAttention, parse_sense
from changer.smc.sense_action import judge_sense, judge_status

ACCEPT, RETRY, WAIT = Action.ACCEPT, Action.RETRY, Action.WAIT
INITIALIZE, ATTENTION = Action.INITIALIZE, Action.ATTENTION
FAIL, UNKNOWN = Action.FAIL, Action.UNKNOWN

# Sense key, ASC, ASCQ; action; error, which None leaves open.
ROWS: list[tuple[tuple[int, int, int], Action, type[ChangerError] | None]] = [
    ((0x0, 0x00, 0x00), ACCEPT, None),
    ((0x1, 0x17, 0x01), ACCEPT, None),
    ((0x2, 0x04, 0x00), RETRY, errors.NotReady),
    ((0x2, 0x04, 0x01), WAIT, errors.NotReady),
    ((0x2, 0x04, 0x02), INITIALIZE, errors.NotReady),
    ((0x2, 0x04, 0x03), FAIL, errors.LibraryOffline),
    ((0x2, 0x04, 0x07), WAIT, errors.NotReady),
    ((0x2, 0x04, 0x12), FAIL, errors.LibraryOffline),
    ((0x2, 0x04, 0x8D), FAIL, errors.LibraryOffline),
    ((0x2, 0x04, 0x83), FAIL, errors.LibraryOffline),
    ((0x2, 0x04, 0x85), WAIT, errors.NotReady),
    ((0x2, 0x04, 0x8E), FAIL, errors.LibraryOffline),
    ((0x2, 0x30, 0x03), WAIT, errors.NotReady),
    ((0x2, 0x3A, 0x00), FAIL, errors.ElementNotPresent),
    ((0x2, 0x3A, 0x02), FAIL, errors.ElementNotPresent),
    ((0x2, 0x3B, 0x11), FAIL, errors.ElementNotPresent),
    ((0x2, 0x3B, 0x12), FAIL, errors.ElementNotPresent),
    ((0x2, 0x04, 0xFE), FAIL, errors.NotReady),
    ((0x3, 0x30, 0x00), UNKNOWN, errors.DeviceFailed),
    ((0x4, 0x15, 0x01), UNKNOWN, errors.DeviceFailed),
    ((0x4, 0x04, 0x03), UNKNOWN, errors.DeviceFailed),
    ((0x4, 0xFE, 0xED), UNKNOWN, errors.DeviceFailed),
    ((0x5, 0x20, 0x00), FAIL, errors.UnsupportedByLibrary),
    ((0x5, 0x21, 0x01), FAIL, errors.InvalidSlot),
    ((0x5, 0x24, 0x00), FAIL, errors.UnsupportedByLibrary),
    ((0x5, 0x3B, 0x0D), FAIL, errors.DestinationFull),
    ((0x5, 0x3B, 0x0E), FAIL, errors.SourceEmpty),
    ((0x5, 0x3B, 0x11), FAIL, errors.ElementNotPresent),
    ((0x5, 0x3B, 0x12), FAIL, errors.ElementNotPresent),
    ((0x5, 0x3B, 0x18), FAIL, errors.ElementNotPresent),
    ((0x5, 0x25, 0x00), FAIL, errors.DeviceNotAvailable),
    ((0x5, 0x53, 0x02), FAIL, errors.RemovalPrevented),
    ((0x5, 0x53, 0x03), FAIL, errors.RemovalPrevented),
    ((0x5, 0x53, 0x04), FAIL, errors.DeviceFailed),
    ((0x5, 0xFE, 0xED), FAIL, errors.DeviceFailed),
    ((0x7, 0x27, 0x00), UNKNOWN, errors.DeviceFailed),
    ((0x9, 0x80, 0x00), UNKNOWN, errors.DeviceFailed),
    ((0xB, 0x00, 0x00), UNKNOWN, errors.DeviceFailed),
    ((0xB, 0x47, 0x03), UNKNOWN, errors.DeviceFailed),
    ((0xC, 0x00, 0x00), UNKNOWN, errors.DeviceFailed),
    ((0xF, 0x00, 0x00), UNKNOWN, errors.DeviceFailed),
]


@pytest.mark.parametrize("build", [sense, descriptor_sense], ids=["fixed", "descriptor"])
@pytest.mark.parametrize(("codes", "action", "error"), ROWS, ids=lambda each: str(each))
def test_what_sense_data_asks_for(
    codes: tuple[int, int, int],
    action: Action,
    error: type[ChangerError] | None,
    build: object,
) -> None:
    assert callable(build)
    verdict = judge_sense(parse_sense(build(*codes)))
    assert verdict.action is action
    assert error is None or verdict.error is error


ATTENTIONS = [
    ((0x28, 0x00), UnitAttention.CONTENTS),
    ((0x28, 0x01), UnitAttention.CONTENTS),
    ((0x3B, 0x12), UnitAttention.CONTENTS),
    ((0x3B, 0x13), UnitAttention.CONTENTS),
    ((0x3B, 0x14), UnitAttention.CONTENTS),
    ((0x3B, 0x15), UnitAttention.CONTENTS),
    ((0x3B, 0x18), UnitAttention.CONTENTS),
    ((0x3B, 0x19), UnitAttention.CONTENTS),
    ((0x3B, 0x1A), UnitAttention.CONTENTS),
    ((0x3B, 0x1B), UnitAttention.CONTENTS),
    ((0x29, 0x00), UnitAttention.RESET),
    ((0x29, 0x04), UnitAttention.RESET),
    ((0x2A, 0x01), UnitAttention.PARAMETERS),
    ((0x2A, 0x03), UnitAttention.RESERVATIONS),
    ((0x2A, 0x04), UnitAttention.RESERVATIONS),
    ((0x2A, 0x05), UnitAttention.RESERVATIONS),
    ((0x2A, 0x06), UnitAttention.OTHER),
    ((0x3F, 0x01), UnitAttention.IDENTITY),
    ((0x3F, 0x03), UnitAttention.IDENTITY),
    ((0x5A, 0x01), UnitAttention.REMOVAL_REQUEST),
    ((0xFE, 0xED), UnitAttention.OTHER),
]


@pytest.mark.parametrize(("codes", "expected"), ATTENTIONS)
def test_what_a_unit_attention_makes_stale(codes: tuple[int, int], expected: UnitAttention) -> None:
    verdict = judge_sense(parse_sense(sense(0x6, *codes)))
    assert verdict.action is ATTENTION
    assert verdict.attention is expected


@pytest.mark.parametrize(
    ("key", "action"),
    [(0x0, ACCEPT), (0x2, FAIL), (0x4, UNKNOWN), (0x5, FAIL), (0x6, ATTENTION), (0xB, UNKNOWN)],
)
def test_a_sense_key_without_a_code_is_judged_by_itself(key: int, action: Action) -> None:
    assert judge_sense(parse_sense(sense(key)[:8])).action is action


def test_a_unit_attention_that_is_cut_short_makes_everything_stale() -> None:
    verdict = judge_sense(parse_sense(sense(6, 0x3F, 0x03)[:8]))
    assert verdict.attention is UnitAttention.IDENTITY


def test_without_sense_data_the_outcome_is_unknown() -> None:
    assert judge_sense(None).action is UNKNOWN


@pytest.mark.parametrize("key", [0x0, 0x1])
def test_a_deferred_good_end_is_not_of_this_command(key: int) -> None:
    assert judge_sense(parse_sense(sense(key, deferred=True))).action is RETRY


def test_a_deferred_unit_attention_makes_things_stale_all_the_same() -> None:
    verdict = judge_sense(parse_sense(sense(0x6, 0x28, 0x00, deferred=True)))
    assert (verdict.action, verdict.attention) == (ATTENTION, UnitAttention.CONTENTS)


@pytest.mark.parametrize(
    ("status", "of_a_motion", "of_a_reading", "error"),
    [
        (Status.GOOD, ACCEPT, ACCEPT, None),
        (Status.CHECK_CONDITION, None, None, None),
        (Status.BUSY, RETRY, RETRY, errors.NotReady),
        (Status.TASK_SET_FULL, RETRY, RETRY, errors.NotReady),
        (Status.RESERVATION_CONFLICT, FAIL, FAIL, errors.ReservationConflict),
        (Status.TASK_ABORTED, UNKNOWN, FAIL, errors.DeviceFailed),
        (0x30, UNKNOWN, FAIL, errors.DeviceFailed),
        (0xFF, UNKNOWN, FAIL, errors.DeviceFailed),
    ],
)
def test_what_a_status_asks_for(
    status: int,
    of_a_motion: Action | None,
    of_a_reading: Action | None,
    error: type[ChangerError] | None,
) -> None:
    for command, action in (
        (move_medium(1, 2), of_a_motion),
        (ready_command(), of_a_reading),
    ):
        verdict = judge_status(Reply(status), command)
        assert (verdict.action if verdict else None) is action
        assert error is None or (verdict is not None and verdict.error is error)


@unhurried
@given(
    key=some.integers(0, 255),
    asc=some.integers(0, 255),
    ascq=some.integers(0, 255),
    deferred=some.booleans(),
    length=some.integers(3, 18),
)
def test_no_sense_data_is_beyond_judgement(
    key: int, asc: int, ascq: int, deferred: bool, length: int
) -> None:
    verdict = judge_sense(parse_sense(sense(key, asc, ascq, deferred=deferred)[:length]))
    assert (verdict.attention is not None) == (verdict.action is ATTENTION)
    if verdict.action is ACCEPT:
        assert key & 0x0F in (0, 1) and not deferred
