"""What is sent again, what is waited for, and that a motion is sent once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from typing import Any

import pytest
from driver_support import (
    ATTENTION,
    BECOMING_READY,
    BUSY,
    GOOD,
    INITIALIZE_NEEDED,
    UNKNOWN_OPCODE,
    ScriptedDevice,
    converse,
    unhurried,
)
from hypothesis import given
from hypothesis import strategies as some
from scsi_bytes import check, descriptor_sense, fixed_sense

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    DestinationFull,
    DeviceFailed,
    DeviceNotAvailable,
    ElementNotPresent,
    InvalidSlot,
    LibraryOffline,
    MalformedData,
    NotReady,
    RemovalPrevented,
    ReservationConflict,
    SourceEmpty,
    ToolMissing,
    TransportFailed,
    UnsupportedByLibrary,
)
from changer.library.session import MotionOutcome, Patience
from changer.smc import cdb
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import Model
from changer.smc.sense import Action, UnitAttention, parse_sense
from changer.smc.sense_action import judge_sense, judge_status

TUR, INITIALIZE, MOVE = 0x00, 0x07, 0xA5
TASK_SET_FULL = Reply(Status.TASK_SET_FULL)
ABORTED = check(0x0B, 0x47, 0x03)


def key_and_codes(text: str) -> tuple[int, int, int]:
    key, asc, ascq = (int(each, 16) for each in text.split("/"))
    return key, asc, ascq


def reading(parse: Callable[[bytes], Any] = bytes) -> Command[Any]:
    return Command("A READING", bytes((0xB8, *bytes(11))), 64, 10.0, parse)


def motion() -> Command[None]:
    return cdb.move_medium(1000, 500)


BECOMING = "2/04/01 2/04/07 2/04/09 2/04/1D 2/30/03 2/3E/00 5/30/03 0/00/16"


def forever(reply: Reply) -> ScriptedDevice:
    return ScriptedDevice(last=reply)


# Readings


def test_a_good_reply_is_parsed() -> None:
    talk = converse(ScriptedDevice(Reply(Status.GOOD, data=b"what it said")))
    assert talk.session.send(reading()) == b"what it said"
    assert talk.clock.slept == [] and talk.heard.progress == []


def test_bytes_that_are_not_what_the_standard_says_are_malformed_data() -> None:
    def parse(_: bytes) -> None:
        raise MalformedData("nonsense")

    with pytest.raises(MalformedData):
        converse(ScriptedDevice(GOOD)).session.send(reading(parse))


def test_recovered_errors_have_valid_data() -> None:
    reply = Reply(Status.CHECK_CONDITION, data=b"data", sense=fixed_sense(1, 0x17, 0x01))
    assert converse(ScriptedDevice(reply)).session.send(reading()) == b"data"


@pytest.mark.parametrize("number", [1, 2, 31, 32])
def test_unit_attentions_in_a_row_are_passed_over(number: int) -> None:
    device = ScriptedDevice(*[ATTENTION] * number, GOOD)
    talk = converse(device)
    talk.session.send(cdb.test_unit_ready())
    assert talk.session.attention_count == number
    assert talk.heard.attentions == [UnitAttention.CONTENTS] * number
    assert talk.clock.slept == []


def test_endless_unit_attentions_end_after_32() -> None:
    device = forever(ATTENTION)
    talk = converse(device)
    with pytest.raises(NotReady) as caught:
        talk.session.send(cdb.test_unit_ready())
    assert len(device.sent) == 33
    assert talk.session.attention_count == 33
    assert caught.value.sense == ATTENTION.sense


# What a unit attention makes stale.
ATTENTIONS = {
    UnitAttention.CONTENTS: "28/00 28/01 3B/12 3B/13 3B/14 3B/15 3B/18 3B/19 3B/1A 3B/1B",
    UnitAttention.RESET: "29/00 29/04",
    UnitAttention.PARAMETERS: "2A/01",
    UnitAttention.RESERVATIONS: "2A/03 2A/04 2A/05",
    UnitAttention.IDENTITY: "3F/01 3F/03",
    UnitAttention.REMOVAL_REQUEST: "5A/01",
    UnitAttention.OTHER: "2A/06 FE/ED",
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("expected", ATTENTIONS)
def test_whoever_watches_is_told_what_became_stale(expected: UnitAttention) -> None:
    for codes in ATTENTIONS[expected].split():
        verdict = judge_sense(parse_sense(fixed_sense(*key_and_codes(f"6/{codes}"))))
        assert (verdict.action, verdict.attention) == (Action.ATTENTION, expected)
        talk = converse(ScriptedDevice(check(*key_and_codes(f"6/{codes}")), GOOD))
        talk.session.send(cdb.test_unit_ready())
        assert talk.heard.attentions == [expected]


def test_a_unit_attention_in_descriptor_format_counts_too() -> None:
    reply = Reply(Status.CHECK_CONDITION, sense=descriptor_sense(6, 0x29, 0x00))
    talk = converse(ScriptedDevice(reply, GOOD))
    talk.session.send(cdb.test_unit_ready())
    assert talk.heard.attentions == [UnitAttention.RESET]


@pytest.mark.parametrize("reply", [BUSY, TASK_SET_FULL, check(2, 0x04, 0x00), ABORTED])
def test_a_busy_library_is_asked_again_with_growing_pauses(reply: Reply) -> None:
    talk = converse(ScriptedDevice(*[reply] * 6, Reply(Status.GOOD, data=b"data")))
    assert talk.session.send(reading()) == b"data"
    assert talk.clock.slept[0] < 1
    assert all(before <= after for before, after in pairwise(talk.clock.slept))
    assert max(talk.clock.slept) <= Patience().longest_pause_seconds


ENDLESS_DEFERRED = check(1, 0x17, 0x01, deferred=True)
# What a library answers for ever, and how long it is asked again, in seconds.
GIVEN_UP: list[tuple[Reply, type[ChangerError], float]] = [
    (BUSY, NotReady, 30),
    (TASK_SET_FULL, NotReady, 30),
    (check(2, 0x04, 0x00), NotReady, 30),
    (ABORTED, DeviceFailed, 30),
    (check(0, 0x00, 0x06), DeviceFailed, 30),
    (ENDLESS_DEFERRED, DeviceFailed, 30),
    *((check(*key_and_codes(each)), NotReady, 600) for each in BECOMING.split()),
]


@pytest.mark.parametrize(("reply", "error", "seconds"), GIVEN_UP)
def test_a_library_that_stays_so_is_given_up(
    reply: Reply, error: type[ChangerError], seconds: float
) -> None:
    talk = converse(forever(reply))
    with pytest.raises(error):
        talk.session.send(reading())
    assert sum(talk.clock.slept) == pytest.approx(seconds)


@pytest.mark.parametrize("seconds", [7200, 0])
def test_patience_is_the_callers_to_choose(seconds: int) -> None:
    device = forever(BECOMING_READY)
    talk = converse(device, patience=Patience(ready_timeout_seconds=seconds))
    with pytest.raises(NotReady):
        talk.session.send(cdb.test_unit_ready())
    assert sum(talk.clock.slept) == pytest.approx(seconds)
    assert seconds or len(device.sent) == 1


def test_waiting_is_told_with_the_command_and_what_the_library_says() -> None:
    talk = converse(ScriptedDevice(*[BECOMING_READY] * 3, GOOD))
    talk.session.send(cdb.test_unit_ready())
    assert len(talk.heard.progress) == 3
    assert all("TEST UNIT READY" in text and "04/01" in text for text in talk.heard.progress)


def test_a_library_that_is_ready_after_nine_minutes_is_waited_for() -> None:
    talk = converse(ScriptedDevice())
    began = talk.clock.time

    def ready_in_time(_: Command[Any]) -> Reply:
        return GOOD if talk.clock.time >= began + 540 else BECOMING_READY

    talk.session.transport = ScriptedDevice(*[ready_in_time] * 1000)
    talk.session.send(cdb.test_unit_ready())
    assert 540 <= sum(talk.clock.slept) < 600


def test_a_library_that_is_busy_once_after_a_long_scan_is_asked_again() -> None:
    scanning = [BECOMING_READY] * 30
    talk = converse(ScriptedDevice(*scanning, BUSY, check(2, 0x04, 0x00), GOOD))
    talk.session.send(cdb.test_unit_ready())
    assert sum(talk.clock.slept) > 30


def test_a_command_that_took_long_before_it_was_refused_is_tried_again() -> None:
    talk = converse(ScriptedDevice())

    def slow(_: Command[Any]) -> Reply:
        talk.clock.time += 700
        return ABORTED

    talk.session.transport = ScriptedDevice(slow, BECOMING_READY, Reply(Status.GOOD, data=b"data"))
    assert talk.session.send(reading()) == b"data"


@pytest.mark.parametrize("codes", ["4/15/01", "1/17/01"])
def test_deferred_errors_belong_to_an_earlier_command(codes: str) -> None:
    # SPC-4: the command that a deferred error is reported on was not executed.
    deferred = check(*key_and_codes(codes), deferred=True)
    talk = converse(ScriptedDevice(deferred, Reply(Status.GOOD, data=b"data")))
    assert talk.session.send(reading()) == b"data"


def test_an_aborted_motion_is_not_repeated_even_by_mistake() -> None:
    device = forever(ABORTED)
    with pytest.raises(DeviceFailed):
        converse(device).session.send(motion())
    assert device.opcodes == [MOVE]


@pytest.mark.parametrize("codes", ["0/00/06", "0/00/16", "0/80/00", "0/00/16 deferred"])
def test_a_motion_that_is_not_over_is_not_taken_for_executed(codes: str) -> None:
    told = check(*key_and_codes(codes.split()[0]), deferred="deferred" in codes)
    device = ScriptedDevice(told)
    result = converse(device).session.send_motion(motion())
    assert result.outcome is MotionOutcome.ENDED and not result.may_repeat
    assert result.error is not None and device.opcodes == [MOVE]


@pytest.mark.parametrize("codes", ["0/00/17", "0/0B/01", "1/17/01"])
def test_a_motion_after_which_the_library_warns_was_executed(codes: str) -> None:
    device = ScriptedDevice(check(*key_and_codes(codes)))
    assert converse(device).session.send_motion(motion()).outcome is MotionOutcome.EXECUTED


def test_a_library_whose_other_port_is_busy_is_asked_again() -> None:
    # Oracle SL150, SCSI reference E35103-07, chapter 2.
    codes = ("2/04/12", "B/08/00", "0/00/16")
    replies = [check(*key_and_codes(each)) for each in codes]
    for model in (Model("STK", "SL150"), Model("STK", "L700")):
        talk = converse(ScriptedDevice(*replies, GOOD), model=model)
        with nullcontext() if model.product == "SL150" else pytest.raises(LibraryOffline):
            talk.session.send(cdb.test_unit_ready())


def test_a_library_that_stays_offline_is_offline_even_if_its_port_might_be_busy() -> None:
    talk = converse(forever(check(2, 0x04, 0x12)), model=Model("STK", "SL150"))
    with pytest.raises(LibraryOffline):
        talk.session.send(cdb.test_unit_ready())
    assert sum(talk.clock.slept) == pytest.approx(30)


# Initializing


# Replies, the opcodes that they answer, and whether the command then succeeds.
INITIALIZING: dict[str, tuple[list[Reply], list[int], bool]] = {
    "asked for": ([INITIALIZE_NEEDED, GOOD, GOOD], [TUR, INITIALIZE, TUR], True),
    "asked for again": (
        [INITIALIZE_NEEDED, GOOD, INITIALIZE_NEEDED],
        [TUR, INITIALIZE, TUR],
        False,
    ),
    "asked for by itself": ([INITIALIZE_NEEDED, INITIALIZE_NEEDED], [TUR, INITIALIZE], False),
}


@pytest.mark.parametrize(
    ("replies", "opcodes", "succeeds"), INITIALIZING.values(), ids=INITIALIZING
)
def test_a_library_that_asks_for_it_is_initialized_once(
    replies: list[Reply], opcodes: list[int], succeeds: bool
) -> None:
    device = ScriptedDevice(*replies)
    talk = converse(device)
    with nullcontext() if succeeds else pytest.raises(NotReady):
        talk.session.send(cdb.test_unit_ready())
    assert device.opcodes == opcodes
    assert any("inventory" in text for text in talk.heard.progress)


def test_initializing_that_was_asked_for_is_not_doubled() -> None:
    device = ScriptedDevice(INITIALIZE_NEEDED)
    with pytest.raises(NotReady):
        converse(device).session.send(cdb.initialize_element_status())
    assert device.opcodes == [INITIALIZE]


@pytest.mark.parametrize("reply", [BUSY, BECOMING_READY])
def test_what_was_waited_for_before_a_long_inventory_counts_no_more(reply: Reply) -> None:
    talk = converse(ScriptedDevice())

    def slow(_: Command[Any]) -> Reply:
        talk.clock.time += 1800
        return GOOD

    talk.session.transport = ScriptedDevice(reply, INITIALIZE_NEEDED, slow, reply, GOOD)
    talk.session.send(cdb.test_unit_ready())


def test_a_library_that_is_busy_scans_and_is_busy_again_has_its_time_for_each() -> None:
    talk = converse(ScriptedDevice())
    began = talk.clock.time

    def as_time_goes_by(_: Command[Any]) -> Reply:
        stage = int((talk.clock.time - began) // 20)
        return (BUSY, BECOMING_READY, BUSY, GOOD)[min(stage, 3)]

    talk.session.transport = ScriptedDevice(*[as_time_goes_by] * 100)
    talk.session.send(cdb.test_unit_ready())
    assert talk.clock.time >= began + 60


def test_a_library_may_scan_for_minutes_after_a_long_inventory() -> None:
    talk = converse(ScriptedDevice())

    def slow(_: Command[Any]) -> Reply:
        talk.clock.time += 1800
        return GOOD

    device = ScriptedDevice(INITIALIZE_NEEDED, slow, BECOMING_READY, BUSY, GOOD)
    talk.session.transport = device
    talk.session.send(cdb.test_unit_ready())
    assert device.opcodes == [TUR, INITIALIZE, TUR, TUR, TUR]


def test_a_tape_drive_is_never_initialized() -> None:
    # 07h is REZERO/vendor-specific to a drive, and 04/02 there asks for LOAD.
    device = forever(INITIALIZE_NEEDED)
    with pytest.raises(NotReady):
        converse(device, may_initialize=False).session.send(cdb.test_unit_ready())
    assert device.opcodes == [TUR]


# Refusals


# What sense data (key, ASC, ASCQ) asks for, and its error, which None leaves open.
SENSE_ROWS: dict[tuple[Action, type[ChangerError] | None], str] = {
    (
        Action.ACCEPT,
        None,
    ): "0/00/00 0/00/01 0/00/05 0/00/17 0/0B/01 0/5D/00 0/5E/41 1/17/01 1/00/16",
    (Action.RETRY, NotReady): "2/04/00",
    (Action.WAIT, NotReady): "2/04/01 2/04/07 2/04/09 2/04/1D 2/30/03 2/3E/00 5/30/03",
    (Action.INITIALIZE, NotReady): "2/04/02",
    (Action.FAIL, NotReady): "2/04/FE 2/04/83 2/04/85 2/04/8D",  # of an unknown maker
    (Action.FAIL, LibraryOffline): "2/04/03 2/04/12 2/04/15 2/04/18 2/04/19",
    (Action.FAIL, ElementNotPresent): "2/3A/00 2/3A/02 2/3B/11 2/3B/12 5/3B/11 5/3B/12 5/3B/18",
    (Action.FAIL, UnsupportedByLibrary): "5/20/00 5/24/00",
    (Action.FAIL, InvalidSlot): "5/21/01",
    (Action.FAIL, DestinationFull): "5/3B/0D",
    (Action.FAIL, SourceEmpty): "5/3B/0E",
    (Action.FAIL, DeviceNotAvailable): "5/25/00 2/74/71",
    (Action.FAIL, RemovalPrevented): "5/53/02 5/53/03",
    (Action.FAIL, DeviceFailed): "5/53/04 5/FE/ED",
    (Action.UNKNOWN, NotReady): "0/00/16",
    (
        Action.UNKNOWN,
        DeviceFailed,
    ): "0/00/06 0/00/1F 0/2A/01 0/80/00 3/30/00 4/15/01 4/44/00 4/04/03 4/FE/ED 7/27/00 9/80/00 "
    "B/00/00 B/47/03 C/00/00 D/00/00 F/00/00",
}


every_sense = pytest.mark.parametrize(
    ("codes", "action", "error"),
    [(each, *row) for row, told in SENSE_ROWS.items() for each in told.split()],
)


@every_sense
@pytest.mark.parametrize("build", [fixed_sense, descriptor_sense], ids=["fixed", "descriptor"])
def test_what_sense_data_asks_for(
    codes: str,
    action: Action,
    error: type[ChangerError] | None,
    build: Callable[[int, int, int], bytes],
) -> None:
    verdict = judge_sense(parse_sense(build(*key_and_codes(codes))))
    assert verdict.action is action
    assert error is None or verdict.error is error


NO_SENSE = {
    "reserved": (Reply(Status.RESERVATION_CONFLICT), ReservationConflict),
    "task aborted": (Reply(Status.TASK_ABORTED), DeviceFailed),
    "a status that nobody knows": (Reply(0x77), DeviceFailed),
    "no sense data": (Reply(Status.CHECK_CONDITION), DeviceFailed),
    "garbage": (Reply(Status.CHECK_CONDITION, sense=b"\xff garbage"), DeviceFailed),
    "cut short": (Reply(Status.CHECK_CONDITION, sense=b"\x70"), DeviceFailed),
}


def assert_refused(reply: Reply, error: type[ChangerError]) -> None:
    """A reading is refused at once, by that error, which says command and sense data."""
    device = forever(reply)
    talk = converse(device)
    with pytest.raises(ChangerError) as caught:
        talk.session.send(reading())
    assert type(caught.value) is error
    assert len(device.sent) == 1
    assert talk.clock.slept == []
    assert "A READING" in caught.value.message
    assert caught.value.sense == (reply.sense or None)


@every_sense
def test_sense_data_that_asks_for_nothing_else_is_its_error_at_once(
    codes: str, action: Action, error: type[ChangerError] | None
) -> None:
    key = int(codes[0], 16)
    if action in (Action.FAIL, Action.UNKNOWN) and key not in (0x00, 0x0B):  # sent again
        assert error is not None
        assert_refused(check(*key_and_codes(codes)), error)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("reply", "error"), NO_SENSE.values(), ids=NO_SENSE)
def test_a_refusal_without_sense_data_is_its_error_at_once(
    reply: Reply, error: type[ChangerError]
) -> None:
    assert_refused(reply, error)


def test_sense_data_that_cannot_be_read_is_shown_as_it_came() -> None:
    device = forever(Reply(Status.CHECK_CONDITION, sense=b"\xff\x01\x02"))
    with pytest.raises(DeviceFailed, match="ff 01 02"):
        converse(device).session.send(reading())


@pytest.mark.parametrize(
    ("key", "action"),
    [
        (0x0, Action.ACCEPT),
        (0x2, Action.FAIL),
        (0x4, Action.UNKNOWN),
        (0x5, Action.FAIL),
        (0x6, Action.ATTENTION),
        (0xB, Action.UNKNOWN),
    ],
)
def test_a_sense_key_without_a_code_is_judged_by_itself(key: int, action: Action) -> None:
    assert judge_sense(parse_sense(fixed_sense(key)[:8])).action is action


def test_a_unit_attention_that_is_cut_short_makes_everything_stale() -> None:
    verdict = judge_sense(parse_sense(fixed_sense(6, 0x3F, 0x03)[:8]))
    assert verdict.attention is UnitAttention.IDENTITY


def test_without_sense_data_the_outcome_is_unknown() -> None:
    assert judge_sense(None).action is Action.UNKNOWN


@pytest.mark.parametrize("key", [0x0, 0x1])
def test_a_deferred_good_end_is_not_of_this_command(key: int) -> None:
    assert judge_sense(parse_sense(fixed_sense(key, deferred=True))).action is Action.RETRY


def test_a_deferred_unit_attention_makes_things_stale_all_the_same() -> None:
    verdict = judge_sense(parse_sense(fixed_sense(0x6, 0x28, 0x00, deferred=True)))
    assert (verdict.action, verdict.attention) == (Action.ATTENTION, UnitAttention.CONTENTS)


@pytest.mark.parametrize(
    ("status", "of_a_motion", "of_a_reading", "error"),
    [
        (Status.GOOD, Action.ACCEPT, Action.ACCEPT, None),
        (Status.CHECK_CONDITION, None, None, None),
        (Status.BUSY, Action.RETRY, Action.RETRY, NotReady),
        (Status.TASK_SET_FULL, Action.RETRY, Action.RETRY, NotReady),
        (Status.RESERVATION_CONFLICT, Action.FAIL, Action.FAIL, ReservationConflict),
        (Status.TASK_ABORTED, Action.UNKNOWN, Action.FAIL, DeviceFailed),
        (0x30, Action.UNKNOWN, Action.FAIL, DeviceFailed),
        (0xFF, Action.UNKNOWN, Action.FAIL, DeviceFailed),
    ],
)
def test_what_a_status_asks_for(
    status: int,
    of_a_motion: Action | None,
    of_a_reading: Action | None,
    error: type[ChangerError] | None,
) -> None:
    for command, action in ((motion(), of_a_motion), (cdb.test_unit_ready(), of_a_reading)):
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
    verdict = judge_sense(parse_sense(fixed_sense(key, asc, ascq, deferred=deferred)[:length]))
    assert (verdict.attention is not None) == (verdict.action is Action.ATTENTION)
    if verdict.action is Action.ACCEPT:
        assert key & 0x0F in (0, 1) and not deferred


@pytest.mark.parametrize(
    ("reply", "hint"),
    [
        (check(2, 0x04, 0x12), "set the library online"),
        (check(2, 0x04, 0x18), "close the library's door"),
        (Reply(Status.RESERVATION_CONFLICT), "changer reservation"),
        (check(5, 0x53, 0x02), "changer unlock"),
        (check(5, 0x53, 0x03), "have the drive eject it"),
        (UNKNOWN_OPCODE, "does not support"),
        (check(4, 0x15, 0x01), "panel"),
    ],
)
def test_a_refusal_says_what_to_do_next(reply: Reply, hint: str) -> None:
    with pytest.raises(ChangerError) as caught:
        converse(forever(reply)).session.send(reading())
    assert caught.value.hint is not None and hint in caught.value.hint


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.BUSY, "BUSY"),
        (Status.TASK_SET_FULL, "TASK SET FULL"),
        (Status.RESERVATION_CONFLICT, "RESERVATION CONFLICT"),
        (Status.TASK_ABORTED, "SCSI status 40h"),
    ],
)
def test_a_status_without_sense_data_is_said_in_words(status: Status, words: str) -> None:
    with pytest.raises(ChangerError, match=words):
        converse(forever(Reply(status))).session.send(reading())


@pytest.mark.parametrize(
    "error", [CommandTimedOut("slow"), TransportFailed("gone"), DeviceNotAvailable("unplugged")]
)
def test_what_the_transport_raises_passes_through_and_nothing_is_repeated(
    error: ChangerError,
) -> None:
    device = ScriptedDevice(error)
    with pytest.raises(type(error)):
        converse(device).session.send(reading())
    assert len(device.sent) == 1


@unhurried
@given(status=some.integers(0, 255), raw=some.binary(max_size=32))
def test_no_reply_ends_in_anything_but_a_result_or_an_error_in_bounded_time(
    status: int, raw: bytes
) -> None:
    talk = converse(forever(Reply(status, data=b"", sense=raw)))
    try:
        talk.session.send(reading())
    except ChangerError as error:
        assert error.message
    assert sum(talk.clock.slept) <= 601
    assert len(talk.heard.attentions) <= 33


# Motions


EXECUTED, ENDED, UNSEEN = MotionOutcome.EXECUTED, MotionOutcome.ENDED, MotionOutcome.UNSEEN
# Ended, and may be sent again once nothing is seen to have moved.
PUT_OFF = "put off"
Came = MotionOutcome | str

# What a motion came to whose reply asks for this; and the replies to what may follow it.
OUTCOMES: dict[Action, tuple[Came, list[Reply]]] = {
    Action.ACCEPT: (EXECUTED, []),
    Action.FAIL: (ENDED, []),
    Action.UNKNOWN: (ENDED, []),
    Action.RETRY: (PUT_OFF, [GOOD]),
    Action.WAIT: (PUT_OFF, [BECOMING_READY, GOOD]),
    Action.INITIALIZE: (PUT_OFF, [GOOD, GOOD]),
}
Motion = tuple[Reply | Exception, list[Reply], Came, type[ChangerError] | None]
DEFERRED: dict[str, tuple[type[ChangerError], list[Reply]]] = {
    "4/15/01": (DeviceFailed, []),
    "5/3B/0D": (DestinationFull, []),
    "6/28/00": (NotReady, [GOOD]),
    "1/17/01": (DeviceFailed, [GOOD]),
}
# Reply to the motion; replies to what may follow it; outcome; class of its error.
MOTIONS: dict[str, Motion] = {
    "GOOD": (GOOD, [], EXECUTED, None),
    "unit attention": (ATTENTION, [GOOD], PUT_OFF, NotReady),
    "reset": (check(6, 0x29, 0x00), [ATTENTION, ATTENTION, GOOD], PUT_OFF, NotReady),
    "busy": (BUSY, [BUSY, GOOD], PUT_OFF, NotReady),
    "task set full": (TASK_SET_FULL, [GOOD], PUT_OFF, NotReady),
    "key without a code": (
        Reply(Status.CHECK_CONDITION, sense=fixed_sense(2)[:3]),
        [],
        ENDED,
        NotReady,
    ),
    "time-out": (CommandTimedOut("no reply"), [], UNSEEN, CommandTimedOut),
    "transport failure": (TransportFailed("gone"), [], UNSEEN, TransportFailed),
    **{each: (reply, [], ENDED, error) for each, (reply, error) in NO_SENSE.items()},
    **{
        each: (check(*key_and_codes(each)), follow, outcome, error)
        for (action, error), told in SENSE_ROWS.items()
        for outcome, follow in [OUTCOMES[action]]
        for each in told.split()
    },
    **{
        f"deferred {each}": (check(*key_and_codes(each), deferred=True), follow, ENDED, error)
        for each, (error, follow) in DEFERRED.items()
    },
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("reply", "follow", "came", "error"), MOTIONS.values(), ids=MOTIONS)
def test_what_a_motion_came_to(
    reply: Reply | Exception, follow: list[Reply], came: Came, error: type[ChangerError] | None
) -> None:
    device = ScriptedDevice(reply, *follow)
    talk = converse(device)
    result = talk.session.send_motion(motion())
    assert device.opcodes == [MOVE]
    assert (PUT_OFF if result.may_repeat else result.outcome) is came
    assert (None if result.error is None else type(result.error)) is error
    if follow:
        talk.session.prepare_repeat(motion(), result)
    elif came is ENDED:
        with pytest.raises(ChangerError):
            talk.session.prepare_repeat(motion(), result)
    assert device.unused == 0
    assert set(device.opcodes[1:]) <= {TUR, INITIALIZE}


def test_a_motion_that_was_put_off_waits_until_the_library_is_ready_again() -> None:
    device = ScriptedDevice(BECOMING_READY, BECOMING_READY, ATTENTION, GOOD)
    talk = converse(device)
    talk.session.prepare_repeat(motion(), talk.session.send_motion(motion()))
    assert device.opcodes == [MOVE, TUR, TUR, TUR]
    assert talk.session.attention_count == 1


def test_a_unit_attention_on_a_motion_is_told() -> None:
    talk = converse(ScriptedDevice(check(6, 0x3F, 0x03), GOOD))
    talk.session.prepare_repeat(motion(), talk.session.send_motion(motion()))
    assert talk.heard.attentions == [UnitAttention.IDENTITY]


@pytest.mark.parametrize(
    "error", [DeviceNotAvailable("no node"), AccessDenied("no right"), ToolMissing("no sg_raw")]
)
def test_a_motion_that_was_never_sent_raises_why(error: ChangerError) -> None:
    device = ScriptedDevice(error)
    with pytest.raises(type(error)):
        converse(device).session.send_motion(motion())
    assert device.opcodes == [MOVE]


@pytest.mark.parametrize("after", [check(2, 0x04, 0x12), BECOMING_READY, CommandTimedOut("slow")])
def test_a_library_that_does_not_get_ready_after_a_motion_was_put_off_raises(
    after: Reply | Exception,
) -> None:
    device = ScriptedDevice(ATTENTION, last=after)
    session = converse(device).session
    put_off = session.send_motion(motion())
    with pytest.raises(ChangerError):
        session.prepare_repeat(motion(), put_off)
    assert device.opcodes.count(MOVE) == 1


@unhurried
@given(
    status=some.sampled_from([*Status, 0x04, 0x77]),
    raw=some.binary(max_size=20)
    | some.builds(
        fixed_sense,
        some.integers(0, 15),
        some.integers(0, 255),
        some.integers(0, 255),
        deferred=some.booleans(),
    ),
    after=some.sampled_from([GOOD, BUSY, ATTENTION, BECOMING_READY, INITIALIZE_NEEDED, ABORTED]),
)
def test_whatever_happens_one_motion_command_is_sent(status: int, raw: bytes, after: Reply) -> None:
    device = ScriptedDevice(Reply(status, sense=raw), last=after)
    talk = converse(device)
    result = talk.session.send_motion(motion())
    assert (result.error is None) == (result.outcome is EXECUTED)
    try:
        talk.session.prepare_repeat(motion(), result)
    except ChangerError as error:
        assert error.message
    assert device.opcodes.count(MOVE) == 1
    assert len(device.motions) == 1
    assert sum(talk.clock.slept) <= 1300


def test_the_message_of_a_failure_says_command_and_condition() -> None:
    motion_ = converse(ScriptedDevice(check(5, 0x3B, 0x0D))).session.send_motion(motion())
    assert motion_.error is not None
    assert "MOVE MEDIUM" in motion_.error.message
    assert "3B/0D" in motion_.error.message
