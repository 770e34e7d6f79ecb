"""A trace is written, read again, and answers in the device's place."""

from __future__ import annotations

import json
import os
import threading
from contextlib import closing
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open_files import none_left_open
from pytest_mock import MockerFixture
from users import no_right_to

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    OutputFailed,
    ReplayMismatch,
    error_classes,
)
from changer.smc.command import Command, Reply, Status
from changer.transport import Transport
from changer.transport.replay import ReplayTransport
from changer.transport.trace_record import TraceHeader, TraceRecord, parse_line
from changer.transport.traced import ShownTransport, TracedTransport, utc

INQUIRY = bytes.fromhex("120000006000")
MOVE = bytes.fromhex("a50000010400 01f400000000")
SENSE = bytes.fromhex("70000600000000 0a0000000028000000 0000")


def command(cdb: bytes = INQUIRY, *, moves_medium: bool = False) -> Command[bytes]:
    return Command("INQUIRY", cdb, 96, 60.0, bytes, moves_medium)


def reserve_out(data_out: bytes) -> Command[bytes]:
    name, cdb = "PERSISTENT RESERVE OUT", b"\x5f\x06"
    return Command(name, cdb, 0, 60.0, bytes, data_out=data_out)


class ScriptedDevice:
    """Gives these replies, or raises these errors, in order."""

    def __init__(self, *script: Reply | BaseException) -> None:
        self.script = list(script)
        self.closed = False

    def execute(self, command: Command[object]) -> Reply:
        answer = self.script.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        self.closed = True


class SteppingClock:
    """A quarter of a second passes with each look at it."""

    def __init__(self) -> None:
        self.seconds = 1_772_366_400.0  # 2026-03-01, noon

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        self.seconds += 0.25
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def never(message: str) -> None:
    raise AssertionError(message)


def trace(path: Path, *script: Reply | BaseException) -> TracedTransport:
    return TracedTransport(
        ScriptedDevice(*script), path, device="/dev/sg3", clock=SteppingClock(), warn=never
    )


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def execute_catching(transport: Transport, sent: Command[bytes]) -> Reply | tuple[object, ...]:
    try:
        return transport.execute(sent)
    except ChangerError as error:
        return type(error), error.message, error.sense


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace.jsonl"


# Writing


def test_an_exchange_is_one_line_after_the_header(path: Path) -> None:
    transport = trace(path, Reply(Status.CHECK_CONDITION, b"\x00\xff", SENSE))
    transport.execute(command())
    header, record = lines(path)
    assert header["schema"] == "changer.trace/2"
    assert header["device"] == "/dev/sg3"
    assert str(header["program"]).startswith("changer")
    assert record == {
        "at": "2026-03-01T12:00:00.000Z",
        "device": "/dev/sg3",
        "name": "INQUIRY",
        "cdb": "120000006000",
        "status": 2,
        "data": "00ff",
        "sense": SENSE.hex(),
        "milliseconds": 250.0,
    }


def test_trace_names_the_version_of_the_program_that_wrote_it_where_it_is_installed(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    version = mocker.patch("importlib.metadata.version")
    for answer, program in (["1.2"], "changer 1.2"), (PackageNotFoundError, "changer"):
        version.side_effect = answer
        with closing(trace(tmp_path / program)):
            (header,) = lines(tmp_path / program)
        assert header["program"] == program


def test_what_went_out_is_in_the_trace(path: Path) -> None:
    transport = trace(path, Reply(0))
    transport.execute(reserve_out(b"ch\0\1\0\0\0\7"))
    assert lines(path)[1]["data_out"] == "6368000100000007"


def test_a_shown_command_shows_what_went_out() -> None:
    shown: list[str] = []
    ShownTransport(ScriptedDevice(Reply(0)), shown.append).execute(reserve_out(b"\1\2"))
    assert shown == ["PERSISTENT RESERVE OUT (5f 06) with 01 02: status 00h, 0 bytes"]


def test_a_shown_command_that_fails_shows_how() -> None:
    shown: list[str] = []
    error = CommandTimedOut("/dev/sg3: no reply in time")
    with pytest.raises(CommandTimedOut):
        ShownTransport(ScriptedDevice(error), shown.append, "drive 0: ").execute(command())
    assert shown == ["drive 0: INQUIRY (12 00 00 00 60 00): /dev/sg3: no reply in time"]


def test_an_error_is_recorded_and_raised_as_it_was(path: Path) -> None:
    error = CommandTimedOut("/dev/sg3: no reply in time", sense=SENSE)
    with pytest.raises(CommandTimedOut) as caught:
        trace(path, error).execute(command())
    assert caught.value is error
    record = lines(path)[1]
    assert record["error"] == "command-timed-out"
    assert record["message"] == "/dev/sg3: no reply in time"
    assert record["sense"] == SENSE.hex()
    assert "status" not in record


def test_an_interrupted_command_is_in_the_trace(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        trace(path, KeyboardInterrupt()).execute(command(MOVE, moves_medium=True))
    assert lines(path)[1]["error"] == "KeyboardInterrupt"


def test_each_line_is_in_the_file_before_the_next_command(path: Path) -> None:
    transport = trace(path, Reply(0), Reply(0))
    transport.execute(command())
    assert len(lines(path)) == 2
    transport.execute(command())
    assert len(lines(path)) == 3


def test_a_trace_goes_on_where_another_one_ended(path: Path) -> None:
    trace(path, Reply(0)).execute(command())
    trace(path, Reply(0)).execute(command())
    assert ["schema" in line for line in lines(path)] == [True, False, True, False]


def test_several_writers_share_a_file(path: Path) -> None:
    data = bytes(60_000)
    transports = [trace(path, *[Reply(0, data)] * 20) for _ in range(4)]

    def run(transport: TracedTransport) -> None:
        for _ in range(20):
            transport.execute(command())

    threads = [threading.Thread(target=run, args=(transport,)) for transport in transports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("cdb" in line for line in lines(path)) == 80


def test_closing_closes_both(path: Path) -> None:
    device = ScriptedDevice()
    with none_left_open():
        transport = TracedTransport(device, path, device="x", clock=SteppingClock(), warn=never)
        transport.close()
        transport.close()
    assert device.closed


@pytest.mark.parametrize("name", ["missing/trace", ".", "x" * 300, "nul\0"])
def test_a_file_that_can_not_be_opened_is_said_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputFailed, match="can't be written"):
        trace(tmp_path / name)


def test_a_file_of_another_user_is_said_at_once(path: Path) -> None:
    path.touch()
    with no_right_to(path), pytest.raises(AccessDenied, match="has no permission to"):
        trace(path)


def test_a_full_disk_is_said_at_once() -> None:
    with none_left_open(), pytest.raises(OutputFailed, match="No space left on device"):
        trace(Path("/dev/full"))


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), 3])
def test_a_disk_that_fills_up_during_a_move_costs_no_reply(
    path: Path, mocker: MockerFixture, failure: OSError | int
) -> None:
    warnings: list[str] = []
    moved = Reply(Status.GOOD, b"", SENSE)
    device = ScriptedDevice(moved, CommandTimedOut("late"), moved)
    transport = TracedTransport(
        device, path, device="/dev/sg3", clock=SteppingClock(), warn=warnings.append
    )
    write = mocker.patch("os.write", side_effect=[failure])  # 3: a torn line
    assert transport.execute(command(MOVE, moves_medium=True)) == moved
    with pytest.raises(CommandTimedOut):
        transport.execute(command(MOVE, moves_medium=True))
    assert transport.execute(command(MOVE, moves_medium=True)) == moved
    assert len(warnings) == 1
    assert str(path) in warnings[0]
    assert write.call_count == 1


def test_a_pipe_that_is_read_late_gets_all_and_one_that_is_not_read_costs_no_reply(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    warnings: list[str] = []
    long = Reply(Status.GOOD, bytes(100_000))  # longer than a pipe takes
    transport = TracedTransport(
        ScriptedDevice(long, long, long),
        path,
        device="/dev/sg3",
        clock=SteppingClock(),
        warn=warnings.append,
    )
    read: list[bytes] = []

    def read_line() -> None:
        os.set_blocking(reader, True)
        while b"".join(read).count(b"\n") < 2:
            read.append(os.read(reader, 65536))

    late = threading.Timer(0.1, read_line)
    late.start()
    assert transport.execute(command()) == long
    late.join()
    assert isinstance(parse_line(b"".join(read).splitlines()[1].decode()), TraceRecord)
    monkeypatch.setattr("changer.transport.traced._READER_SECONDS", 0)
    assert [transport.execute(command()), transport.execute(command())] == [long, long]
    assert len(warnings) == 1 and "ends here: nothing was read from it" in warnings[0]
    transport.close()
    os.close(reader)


# Replaying


def test_a_recording_answers_as_the_device_did(path: Path) -> None:
    script = (Reply(0, b"\x08\x80"), CommandTimedOut("late", sense=SENSE), Reply(8))
    recording = trace(path, *script)
    first = [execute_catching(recording, command()) for _ in script]
    replay = ReplayTransport(path)
    assert [execute_catching(replay, command()) for _ in script] == first
    assert replay.device == "/dev/sg3"


def test_replies_are_kept_in_order_for_each_cdb_alone(path: Path) -> None:
    recording = trace(path, Reply(0, b"1"), Reply(0, b"2"), Reply(0, b"3"))
    for cdb in (INQUIRY, MOVE, INQUIRY):
        recording.execute(command(cdb))
    replay = ReplayTransport(path)
    assert [replay.execute(command(cdb)).data for cdb in (MOVE, INQUIRY, INQUIRY)] == [
        b"2",
        b"1",
        b"3",
    ]


def test_a_reply_is_never_given_twice(path: Path) -> None:
    trace(path, Reply(0)).execute(command())
    replay = ReplayTransport(path)
    replay.execute(command())
    with pytest.raises(ReplayMismatch, match=r"request 2 of INQUIRY \(12 00 .* only 1 of it"):
        replay.execute(command())


def test_a_command_that_was_not_recorded_is_a_mismatch(path: Path) -> None:
    trace(path, Reply(0)).execute(command())
    with pytest.raises(ReplayMismatch, match="none of that"):
        ReplayTransport(path).execute(command(MOVE))


@pytest.mark.parametrize("error_class", error_classes(), ids=lambda error: str(error.code))
def test_every_error_comes_back_as_its_class(path: Path, error_class: type[ChangerError]) -> None:
    with closing(trace(path, error_class("what happened"))) as traced, pytest.raises(error_class):
        traced.execute(command())
    with pytest.raises(error_class) as caught:
        ReplayTransport(path).execute(command())
    assert type(caught.value) is error_class
    assert caught.value.message == "what happened"


def test_an_interruption_is_not_replayed(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        trace(path, KeyboardInterrupt()).execute(command())
    with pytest.raises(ReplayMismatch, match="ended in KeyboardInterrupt"):
        ReplayTransport(path).execute(command())


HEADER = '{"schema": "changer.trace/2", "device": "/dev/sg3", "program": "changer 0.1.0"}'
RECORD = (
    '{"at": "2026-03-01T12:00:00.000Z", "name": "INQUIRY", "cdb": "120000006000", "status": 0,'
    ' "data": "", "sense": "", "milliseconds": 1.5}'
)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Expecting"),
        ("[]", "not a JSON object"),
        ("[" * 200_000, "nested too deeply"),
        ("1" * 5000, "digits"),
        (RECORD[:60], "Expecting value at column 61"),
        (RECORD.replace('"120000006000"', '"xy"'), "cdb is not hexadecimal"),
        (RECORD.replace('"120000006000"', "18"), "cdb is not hexadecimal"),
        (RECORD.replace('"cdb"', '"CDB"'), "cdb is not hexadecimal"),
        (RECORD.replace('"name"', '"nam"'), "name is not text"),
        (RECORD.replace('"status": 0', '"status": "0"'), "status is not a byte"),
        (RECORD.replace('"status": 0', '"status": true'), "status is not a byte"),
        (RECORD.replace('"status": 0', '"status": 256'), "status is not a byte"),
        (RECORD.replace('"status": 0', '"status": -1'), "status is not a byte"),
        (RECORD.replace('"status": 0', '"x": 0'), "either a status or an error"),
        (RECORD.replace('"status": 0', '"status": 0, "error": "usage"'), "either a status"),
        (RECORD.replace('"status": 0', '"error": null'), "error is not text"),
        (RECORD.replace("1.5", "NaN"), "milliseconds is not a time"),
        (RECORD.replace("1.5", "1e999"), "milliseconds is not a time"),
        (RECORD.replace("1.5", "-1"), "milliseconds is not a time"),
        (RECORD.replace("1.5", "true"), "milliseconds is not a number"),
        (HEADER.replace("trace/2", "trace/3"), "its schema is 'changer.trace/3'"),
        (HEADER.replace('"device"', '"devices"'), "device is not text"),
        (HEADER.replace("{", '{"host": "Debian", ', 1), "host is not a list of texts"),
        (HEADER.replace("{", '{"host": [1], ', 1), "host is not a list of texts"),
    ],
)
def test_a_malformed_line_is_told_by_its_number(path: Path, line: str, reason: str) -> None:
    path.write_text(f"{HEADER}\n\n{RECORD}\n{line}\n")
    with pytest.raises(OutputFailed, match="line 4") as caught:
        ReplayTransport(path)
    assert reason in caught.value.message


@pytest.mark.parametrize("content", [b"", b"\n\n", RECORD.encode()])
def test_a_file_without_a_header_is_no_trace(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(OutputFailed, match="is not a trace"):
        ReplayTransport(path)


def test_a_file_that_is_no_text_is_no_trace(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OutputFailed, match="line 1"):
        ReplayTransport(path)


@pytest.mark.parametrize("name", ["missing", ".", "nul\0"])
def test_a_file_that_can_not_be_read_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputFailed, match="can't be read"):
        ReplayTransport(tmp_path / name)


def test_a_recording_of_the_first_schema_still_answers(path: Path) -> None:
    """There, only what a drive was sent names its device."""
    header = HEADER.replace("trace/2", "trace/1")
    of_a_drive = RECORD.replace('"status": 0', '"status": 8, "device": "/dev/sg4"')
    path.write_text(f"{header}\n{of_a_drive}\n{RECORD}\n")
    for drive, status in ((None, Status.GOOD), ("/dev/sg4", Status.BUSY)):
        replay = ReplayTransport(path, drive=drive)
        assert replay.execute(command()).status == status
        with pytest.raises(ReplayMismatch):
            replay.execute(command())


def test_a_library_that_two_processes_named_differently_is_one(path: Path) -> None:
    for device, data in (("/dev/sg3", b"1"), ("/dev/tape/by-id/it", b"2")):
        recording = TracedTransport(
            ScriptedDevice(Reply(0, data)), path, device=device, clock=SteppingClock(), warn=never
        )
        recording.execute(command())
    replay = ReplayTransport(path)
    assert [replay.execute(command()).data for _ in range(2)] == [b"1", b"2"]


def test_the_same_command_with_other_data_is_another_one(path: Path) -> None:
    recording = trace(path, Reply(Status.GOOD), Reply(Status.RESERVATION_CONFLICT))
    for data_out in (b"1", b"2"):
        recording.execute(reserve_out(data_out))
    replay = ReplayTransport(path)
    assert replay.execute(reserve_out(b"2")).status == Status.RESERVATION_CONFLICT
    assert replay.execute(reserve_out(b"1")).status == Status.GOOD
    with pytest.raises(ReplayMismatch, match="holds none of that"):
        replay.execute(reserve_out(b"3"))


def test_a_recording_is_not_waited_for_at_a_named_pipe(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(OutputFailed, match="is a named pipe"):
        ReplayTransport(path)


# One line


def records() -> st.SearchStrategy[TraceRecord]:
    bytes_fields = {name: st.binary(max_size=40) for name in ("cdb", "data", "sense", "data_out")}
    texts = {name: st.text(max_size=20) for name in ("name", "at")}
    times = {"milliseconds": st.integers(0, 10**9).map(lambda count: count / 1000)}
    replied = st.builds(TraceRecord, status=st.integers(0, 255), **bytes_fields, **texts, **times)
    failed = st.builds(
        TraceRecord,
        error=st.text(max_size=20),
        message=st.none() | st.text(max_size=20),
        **bytes_fields,
        **texts,
        **times,
    )
    return replied | failed


@settings(deadline=None)
@given(record=records())
def test_a_record_survives_its_line(record: TraceRecord) -> None:
    line = record.to_line()
    assert parse_line(line) == record
    assert "\n" not in line


@settings(deadline=None)
@given(device=st.text(), program=st.text())
def test_a_header_survives_its_line(device: str, program: str) -> None:
    header = TraceHeader(device, program)
    assert parse_line(header.to_line()) == header


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("was", "text", "name", "value"),
    [
        ("1.5", "0", "milliseconds", 0.0),
        ("1.5", "1e12", "milliseconds", 1e12),
        ("1.5", "1000000000001", "milliseconds", None),
        ("1.5", "-0.001", "milliseconds", None),
        ('"status": 0', '"status": 0', "status", 0),
        ('"status": 0', '"status": 255', "status", 255),
        ('"status": 0', '"status": 256', "status", None),
    ],
)
def test_numbers_of_a_line_have_limits(was: str, text: str, name: str, value: object) -> None:
    line = RECORD.replace(was, text)
    if value is None:
        with pytest.raises(ValueError, match=name):
            parse_line(line)
    else:
        assert getattr(parse_line(line), name) == value


def test_microseconds_are_kept_of_a_time() -> None:
    record = TraceRecord("INQUIRY", INQUIRY, "", 1.23456, status=0)
    assert json.loads(record.to_line())["milliseconds"] == 1.235


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_772_366_400.25, "2026-03-01T12:00:00.250Z"),
        (1.0004, "1970-01-01T00:00:01.000Z"),
        (1.0006, "1970-01-01T00:00:01.001Z"),
        (59.9996, "1970-01-01T00:01:00.000Z"),
        (0.005, "1970-01-01T00:00:00.005Z"),
    ],
)
def test_time_is_that_of_greenwich_to_the_nearest_millisecond(seconds: float, text: str) -> None:
    assert utc(seconds) == text


def test_clock_that_goes_back_while_a_command_runs_makes_no_time_of_less_than_nothing(
    path: Path,
) -> None:
    class BackwardClock(SteppingClock):
        def monotonic(self) -> float:
            self.seconds -= 0.25
            return self.seconds

    traced = TracedTransport(
        ScriptedDevice(Reply(0)), path, device="/dev/sg3", clock=BackwardClock(), warn=never
    )
    traced.execute(command())
    assert lines(path)[1]["milliseconds"] == 0.0


def test_header_has_the_host_of_a_shared_trace_and_leaves_out_what_there_is_not() -> None:
    plain, shared = TraceHeader("it", "changer"), TraceHeader("it", "changer", ("Debian",), "1")
    assert {*json.loads(plain.to_line())} == {"schema", "device", "program"}
    assert {*json.loads(shared.to_line())} == {"schema", "device", "program", "host", "shared"}
    assert [parse_line(each.to_line()) for each in (plain, shared)] == [plain, shared]
