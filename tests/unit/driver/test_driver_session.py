"""What is sent again, what is waited for, and that a motion is sent once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from driver_support import (
    ATTENTION,
    BECOMING_READY,
    BUSY,
    GOOD,
    INITIALIZE_NEEDED,
    INVALID_FIELD,
    UNKNOWN_OPCODE,
    ScriptedDevice,
    check,
    converse,
    descriptor_sense,
    sense,
    unhurried,
)
from hypothesis import given
from hypothesis import strategies as some

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
from changer.smc.sense import UnitAttention

TUR, INITIALIZE, MOVE = 0x00, 0x07, 0xA5
TASK_SET_FULL = Reply(Status.TASK_SET_FULL)
ABORTED = check(0x0B, 0x47, 0x03)


def reading(parse: Callable[[bytes], Any] = bytes) -> Command[Any]:
    return Command("A READING", bytes((0xB8, *bytes(11))), 64, 10.0, parse)


def motion() -> Command[None]:
    return cdb.move_medium(1000, 500)


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
    reply = Reply(Status.CHECK_CONDITION, data=b"data", sense=sense(1, 0x17, 0x01))
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


@pytest.mark.parametrize(
    ("asc", "ascq", "expected"),
    [
        (0x28, 0x00, UnitAttention.CONTENTS),
        (0x28, 0x01, UnitAttention.CONTENTS),
        (0x3B, 0x13, UnitAttention.CONTENTS),
        (0x29, 0x00, UnitAttention.RESET),
        (0x2A, 0x01, UnitAttention.PARAMETERS),
        (0x2A, 0x03, UnitAttention.RESERVATIONS),
        (0x3F, 0x03, UnitAttention.IDENTITY),
        (0x5A, 0x01, UnitAttention.REMOVAL_REQUEST),
        (0xFE, 0xED, UnitAttention.OTHER),
    ],
)
def test_whoever_watches_is_told_what_became_stale(
    asc: int, ascq: int, expected: UnitAttention
) -> None:
    talk = converse(ScriptedDevice(check(6, asc, ascq), GOOD))
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


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (BUSY, NotReady),
        (TASK_SET_FULL, NotReady),
        (check(2, 0x04, 0x00), NotReady),
        (ABORTED, DeviceFailed),
    ],
)
def test_a_library_that_stays_busy_is_given_up_after_half_a_minute(
    reply: Reply, error: type[ChangerError]
) -> None:
    talk = converse(forever(reply))
    with pytest.raises(error):
        talk.session.send(reading())
    assert sum(talk.clock.slept) == pytest.approx(30)


@pytest.mark.parametrize("codes", [(0x04, 0x01), (0x04, 0x07), (0x04, 0x85), (0x30, 0x03)])
def test_a_library_that_becomes_ready_gets_ten_minutes(codes: tuple[int, int]) -> None:
    talk = converse(forever(check(2, *codes)))
    with pytest.raises(NotReady):
        talk.session.send(reading())
    assert sum(talk.clock.slept) == pytest.approx(600)


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


def test_patience_is_the_callers_to_choose() -> None:
    talk = converse(forever(BECOMING_READY), patience=Patience(ready_timeout_seconds=7200))
    with pytest.raises(NotReady):
        talk.session.send(cdb.test_unit_ready())
    assert sum(talk.clock.slept) == pytest.approx(7200)


def test_no_patience_means_one_try() -> None:
    device = forever(BECOMING_READY)
    with pytest.raises(NotReady):
        converse(device, patience=Patience(ready_timeout_seconds=0)).session.send(
            cdb.test_unit_ready()
        )
    assert len(device.sent) == 1


def test_deferred_errors_belong_to_an_earlier_command() -> None:
    deferred = check(4, 0x15, 0x01, deferred=True)
    talk = converse(ScriptedDevice(deferred, Reply(Status.GOOD, data=b"data")))
    assert talk.session.send(reading()) == b"data"


def test_a_deferred_recovered_error_is_no_reply_to_this_command() -> None:
    # SPC-4: the command that a deferred error is reported on was not executed.
    deferred = check(1, 0x17, 0x01, deferred=True)
    talk = converse(ScriptedDevice(deferred, Reply(Status.GOOD, data=b"data")))
    assert talk.session.send(reading()) == b"data"


def test_endless_deferred_errors_end() -> None:
    talk = converse(forever(check(1, 0x17, 0x01, deferred=True)))
    with pytest.raises(ChangerError):
        talk.session.send(reading())
    assert sum(talk.clock.slept) == pytest.approx(30)


def test_an_aborted_motion_is_not_repeated_even_by_mistake() -> None:
    device = forever(ABORTED)
    with pytest.raises(DeviceFailed):
        converse(device).session.send(motion())
    assert device.opcodes == [MOVE]


# Initializing


def test_a_library_that_asks_for_it_is_initialized_once() -> None:
    device = ScriptedDevice(INITIALIZE_NEEDED, GOOD, GOOD)
    talk = converse(device)
    talk.session.send(cdb.test_unit_ready())
    assert device.opcodes == [TUR, INITIALIZE, TUR]
    assert any("inventory" in text for text in talk.heard.progress)


def test_a_library_that_asks_for_it_again_is_not_initialized_again() -> None:
    device = ScriptedDevice(INITIALIZE_NEEDED, GOOD, INITIALIZE_NEEDED)
    with pytest.raises(NotReady):
        converse(device).session.send(cdb.test_unit_ready())
    assert device.opcodes == [TUR, INITIALIZE, TUR]


def test_initializing_that_asks_for_initializing_ends() -> None:
    device = ScriptedDevice(INITIALIZE_NEEDED, INITIALIZE_NEEDED)
    with pytest.raises(NotReady):
        converse(device).session.send(cdb.test_unit_ready())
    assert device.opcodes == [TUR, INITIALIZE]


def test_initializing_that_was_asked_for_is_not_doubled() -> None:
    device = ScriptedDevice(INITIALIZE_NEEDED)
    with pytest.raises(NotReady):
        converse(device).session.send(cdb.initialize_element_status())
    assert device.opcodes == [INITIALIZE]


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


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (check(2, 0x04, 0x03), LibraryOffline),
        (check(2, 0x04, 0x12), LibraryOffline),
        (check(2, 0x04, 0x83), LibraryOffline),
        (check(2, 0x04, 0x8D), LibraryOffline),
        (check(2, 0x04, 0x8E), LibraryOffline),
        (check(2, 0x3A, 0x02), ElementNotPresent),
        (check(2, 0x3B, 0x12), ElementNotPresent),
        (check(4, 0x15, 0x01), DeviceFailed),
        (UNKNOWN_OPCODE, UnsupportedByLibrary),
        (INVALID_FIELD, UnsupportedByLibrary),
        (check(5, 0x21, 0x01), InvalidSlot),
        (check(5, 0x53, 0x02), RemovalPrevented),
        (check(5, 0xFE, 0xED), DeviceFailed),
        (check(0xD, 0, 0), DeviceFailed),
        (Reply(Status.RESERVATION_CONFLICT), ReservationConflict),
        (Reply(Status.TASK_ABORTED), DeviceFailed),
        (Reply(0x77), DeviceFailed),
        (Reply(Status.CHECK_CONDITION), DeviceFailed),
        (Reply(Status.CHECK_CONDITION, sense=b"\xff garbage"), DeviceFailed),
        (Reply(Status.CHECK_CONDITION, sense=b"\x70"), DeviceFailed),
    ],
)
def test_a_refusal_is_its_error_at_once(reply: Reply, error: type[ChangerError]) -> None:
    device = forever(reply)
    talk = converse(device)
    with pytest.raises(ChangerError) as caught:
        talk.session.send(reading())
    assert type(caught.value) is error
    assert len(device.sent) == 1
    assert talk.clock.slept == []
    assert "A READING" in caught.value.message
    assert caught.value.sense == (reply.sense or None)


def test_sense_data_that_cannot_be_read_is_shown_as_it_came() -> None:
    device = forever(Reply(Status.CHECK_CONDITION, sense=b"\xff\x01\x02"))
    with pytest.raises(DeviceFailed, match="ff 01 02"):
        converse(device).session.send(reading())


@pytest.mark.parametrize(
    ("reply", "hint"),
    [
        (check(2, 0x04, 0x12), "set it online"),
        (check(2, 0x04, 0x83), "close its door"),
        (Reply(Status.RESERVATION_CONFLICT), "sg_persist"),
        (check(5, 0x53, 0x02), "changer unlock"),
        (check(5, 0x53, 0x03), "let the drive eject it"),
        (UNKNOWN_OPCODE, "does not offer"),
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


EXECUTED, NOT_EXECUTED = MotionOutcome.EXECUTED, MotionOutcome.NOT_EXECUTED
REFUSED, IN_DOUBT = MotionOutcome.REFUSED, MotionOutcome.IN_DOUBT

# Reply to the motion; replies to what may follow it; outcome; class of its error.
MOTIONS: dict[
    str, tuple[Reply | Exception, list[Reply], MotionOutcome, type[ChangerError] | None]
] = {
    "GOOD": (GOOD, [], EXECUTED, None),
    "recovered error": (check(1, 0x17, 0x01), [], EXECUTED, None),
    "no sense": (check(0), [], EXECUTED, None),
    "unit attention": (ATTENTION, [GOOD], NOT_EXECUTED, NotReady),
    "reset": (check(6, 0x29, 0x00), [ATTENTION, ATTENTION, GOOD], NOT_EXECUTED, NotReady),
    "becoming ready": (BECOMING_READY, [BECOMING_READY, GOOD], NOT_EXECUTED, NotReady),
    "in use at its panel": (check(2, 0x04, 0x07), [GOOD], NOT_EXECUTED, NotReady),
    "not ready, no cause": (check(2, 0x04, 0x00), [GOOD], NOT_EXECUTED, NotReady),
    "busy": (BUSY, [BUSY, GOOD], NOT_EXECUTED, NotReady),
    "task set full": (TASK_SET_FULL, [GOOD], NOT_EXECUTED, NotReady),
    "initialize": (INITIALIZE_NEEDED, [GOOD, GOOD], NOT_EXECUTED, NotReady),
    "door open": (check(2, 0x04, 0x83), [], REFUSED, LibraryOffline),
    "offline": (check(2, 0x04, 0x12), [], REFUSED, LibraryOffline),
    "medium absent": (check(2, 0x3A, 0x00), [], REFUSED, ElementNotPresent),
    "magazine out": (check(2, 0x3B, 0x12), [], REFUSED, ElementNotPresent),
    "opcode": (UNKNOWN_OPCODE, [], REFUSED, UnsupportedByLibrary),
    "field": (INVALID_FIELD, [], REFUSED, UnsupportedByLibrary),
    "address": (check(5, 0x21, 0x01), [], REFUSED, InvalidSlot),
    "destination full": (check(5, 0x3B, 0x0D), [], REFUSED, DestinationFull),
    "source empty": (check(5, 0x3B, 0x0E), [], REFUSED, SourceEmpty),
    "magazine not accessible": (check(5, 0x3B, 0x11), [], REFUSED, ElementNotPresent),
    "prevented by the library": (check(5, 0x53, 0x02), [], REFUSED, RemovalPrevented),
    "prevented by the drive": (check(5, 0x53, 0x03), [], REFUSED, RemovalPrevented),
    "any other illegal request": (check(5, 0xFE, 0xED), [], REFUSED, DeviceFailed),
    "reserved": (Reply(Status.RESERVATION_CONFLICT), [], REFUSED, ReservationConflict),
    "positioning": (check(4, 0x15, 0x01), [], IN_DOUBT, DeviceFailed),
    "hardware": (check(4, 0x44, 0x00), [], IN_DOUBT, DeviceFailed),
    "medium error": (check(3, 0x30, 0x00), [], IN_DOUBT, DeviceFailed),
    "aborted": (ABORTED, [], IN_DOUBT, DeviceFailed),
    "vendor's sense key": (check(9, 0x80, 0x00), [], IN_DOUBT, DeviceFailed),
    "no sense data": (Reply(Status.CHECK_CONDITION), [], IN_DOUBT, DeviceFailed),
    "garbage": (Reply(Status.CHECK_CONDITION, sense=b"\xff" * 18), [], IN_DOUBT, DeviceFailed),
    "cut sense": (Reply(Status.CHECK_CONDITION, sense=b"\x70"), [], IN_DOUBT, DeviceFailed),
    "key without a code": (
        Reply(Status.CHECK_CONDITION, sense=sense(2)[:3]),
        [],
        REFUSED,
        NotReady,
    ),
    "task aborted": (Reply(Status.TASK_ABORTED), [], IN_DOUBT, DeviceFailed),
    "a status that nobody knows": (Reply(0x77), [], IN_DOUBT, DeviceFailed),
    "deferred hardware error": (
        check(4, 0x15, 0x01, deferred=True),
        [],
        IN_DOUBT,
        DeviceFailed,
    ),
    "deferred illegal request": (
        check(5, 0x3B, 0x0D, deferred=True),
        [],
        IN_DOUBT,
        DestinationFull,
    ),
    "deferred unit attention": (check(6, 0x28, 0, deferred=True), [], IN_DOUBT, NotReady),
    "deferred recovered error": (
        check(1, 0x17, 0x01, deferred=True),
        [],
        IN_DOUBT,
        DeviceFailed,
    ),
    "time-out": (CommandTimedOut("no reply"), [], IN_DOUBT, CommandTimedOut),
    "transport failure": (TransportFailed("gone"), [], IN_DOUBT, TransportFailed),
}


@pytest.mark.parametrize(("reply", "follow", "outcome", "error"), MOTIONS.values(), ids=MOTIONS)
def test_what_a_motion_came_to(
    reply: Reply | Exception,
    follow: list[Reply],
    outcome: MotionOutcome,
    error: type[ChangerError] | None,
) -> None:
    device = ScriptedDevice(reply, *follow)
    talk = converse(device)
    motion_ = talk.session.send_motion(motion())
    assert motion_.outcome is outcome
    assert (None if motion_.error is None else type(motion_.error)) is error
    assert device.opcodes.count(MOVE) == 1
    assert device.unused == 0
    assert set(device.opcodes[1:]) <= {TUR, INITIALIZE}


def test_after_an_interrupted_motion_the_library_is_ready_again() -> None:
    device = ScriptedDevice(BECOMING_READY, BECOMING_READY, ATTENTION, GOOD)
    talk = converse(device)
    assert talk.session.send_motion(motion()).outcome is NOT_EXECUTED
    assert device.opcodes == [MOVE, TUR, TUR, TUR]
    assert talk.session.attention_count == 1


def test_a_unit_attention_on_a_motion_is_told() -> None:
    talk = converse(ScriptedDevice(check(6, 0x3F, 0x03), GOOD))
    talk.session.send_motion(motion())
    assert talk.heard.attentions == [UnitAttention.IDENTITY]


@pytest.mark.parametrize(
    "error",
    [DeviceNotAvailable("no node"), AccessDenied("no right"), ToolMissing("no sg_raw")],
)
def test_a_motion_that_was_never_sent_raises_why(error: ChangerError) -> None:
    device = ScriptedDevice(error)
    with pytest.raises(type(error)):
        converse(device).session.send_motion(motion())
    assert device.opcodes == [MOVE]


@pytest.mark.parametrize("after", [check(2, 0x04, 0x12), BECOMING_READY, CommandTimedOut("slow")])
def test_a_library_that_does_not_get_ready_after_an_interrupted_motion_raises(
    after: Reply | Exception,
) -> None:
    device = ScriptedDevice(ATTENTION, last=after)
    with pytest.raises(ChangerError):
        converse(device).session.send_motion(motion())
    assert device.opcodes.count(MOVE) == 1


@unhurried
@given(
    status=some.sampled_from([*Status, 0x04, 0x77]),
    raw=some.binary(max_size=20)
    | some.builds(
        sense,
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
    try:
        result = talk.session.send_motion(motion())
        assert (result.error is None) == (result.outcome is EXECUTED)
    except ChangerError as error:
        assert error.message
    assert device.opcodes.count(MOVE) == 1
    assert len(device.motions) == 1
    assert sum(talk.clock.slept) <= 1300


def interrupt(_: Command[Any]) -> Reply:
    raise KeyboardInterrupt


def test_an_interrupted_motion_may_be_under_way() -> None:
    talk = converse(ScriptedDevice(interrupt))
    assert not talk.session.motion_in_doubt
    with pytest.raises(KeyboardInterrupt):
        talk.session.send_motion(motion())
    assert talk.session.motion_in_doubt


def test_an_interruption_after_a_motion_that_was_not_executed_leaves_no_doubt() -> None:
    talk = converse(ScriptedDevice(BECOMING_READY, interrupt))
    with pytest.raises(KeyboardInterrupt):
        talk.session.send_motion(motion())
    assert not talk.session.motion_in_doubt


def test_the_message_of_a_failure_says_command_and_condition() -> None:
    motion_ = converse(ScriptedDevice(check(5, 0x3B, 0x0D))).session.send_motion(motion())
    assert motion_.error is not None
    assert "MOVE MEDIUM" in motion_.error.message
    assert "3B/0D" in motion_.error.message
