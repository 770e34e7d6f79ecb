"""What sg_raw of every version printed, and what is made of it.

The captures beside this file are standard output and standard error of sg_raw of sg3_utils 1.42,
1.44, 1.45, 1.46 (Debian 12), 1.47 and 1.48, run with ``-v -b``, over an ioctl and an open that
gave the results named in ``case``.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from scsi_bytes import descriptor_sense, fixed_sense

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    NotAChanger,
    TransportFailed,
)
from changer.smc.command import Reply, Status
from changer.transport.host_status import check_carried, reply_of
from changer.transport.sg_raw_output import parse_output

CAPTURES = Path(__file__).with_suffix(".jsonl")


class Capture(NamedTuple):
    case: str
    version: str
    exit_status: int
    stdout: bytes
    stderr: bytes


def read_captures() -> Iterator[Capture]:
    for line in CAPTURES.read_text().splitlines():
        fields = json.loads(line)
        fields["stdout"] = bytes.fromhex(fields["stdout"])
        fields["stderr"] = fields["stderr"].encode()
        yield Capture(**fields)


def check_condition(sense: str) -> Reply:
    return Reply(Status.CHECK_CONDITION, sense=bytes.fromhex(sense))


REPLIES = {
    "good with data": Reply(Status.GOOD, bytes(range(12))),
    "good with no data received": Reply(Status.GOOD),
    "good without data-in": Reply(Status.GOOD),
    "good beside sense data": Reply(Status.GOOD, bytes(range(8))),
    "unit attention": check_condition("70 00 06 00 00 00 00 18 00 00 00 00 28" + " 00" * 19),
    "sense with the valid bit": check_condition(
        "f0 00 05 00 00 00 00 18 00 00 00 00 24 00 00 00"
        "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10"
    ),
    # 1.43 and later print 256 bytes here, all but 32 of them from sg_raw's own stack
    "sense longer than the buffer": check_condition(
        "70 00 05 00 00 00 00 f8 00 00 00 00 3b 0d" + " 00" * 18
    ),
    "descriptor sense": check_condition("72 05 3b 0e 00 00 00 00"),
    "descriptor sense with descriptors": check_condition(
        "72 05 3b 0e 00 00 00 0c 02 06 00 00 80 00 02 00 80 03 01 02"
    ),
    "three bytes of sense": check_condition("70 00 06"),
    "sense of SCSI-1": check_condition("04 01 02 03"),
    "vendor specific sense": check_condition("7f 01 02 03 aa bb cc dd"),
    "check condition without sense": check_condition(""),
    "target failure with sense": check_condition(
        "70 00 05 00 00 00 00 0a 00 00 00 00 21 01 00 00 00"
    ),
    "deferred recovered error": check_condition(
        "71 00 01 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00"
    ),
    "recovered error": Reply(
        Status.GOOD,
        bytes(range(8)),
        bytes.fromhex("70 00 01 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00"),
    ),
    "recovered error without data-in": Reply(
        Status.GOOD, b"", bytes.fromhex("72 01 00 00 00 00 00 00")
    ),
    "no sense": Reply(
        Status.GOOD,
        bytes(range(8)),
        bytes.fromhex("70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00"),
    ),
    "busy": Reply(Status.BUSY),
    "task set full": Reply(Status.TASK_SET_FULL),
    "task aborted": Reply(Status.TASK_ABORTED),
    "reservation conflict": Reply(Status.RESERVATION_CONFLICT),
    "reservation conflict as host status": Reply(Status.RESERVATION_CONFLICT),
    "unknown status": Reply(0x36),
}

NO_REPLY = "/dev/sg3: no reply in time ("
NOT_DONE = "/dev/sg3: the host could not complete the command ("
ODD = "/dev/sg3: the output of sg_raw is inconsistent: "
DENIED, MISSING = "/dev/sg3: permission denied", "no such device: /dev/sg3"
ERRORS: dict[str, tuple[type[ChangerError], str]] = {
    "host time-out": (CommandTimedOut, f"{NO_REPLY}Host_status=0x03 [DID_TIME_OUT])"),
    "host and driver time-out": (CommandTimedOut, f"{NO_REPLY}Host_status=0x03 [DID_TIME_OUT])"),
    "driver time-out": (CommandTimedOut, f"{NO_REPLY}Driver_status=0x06 [DRIVER_TIMEOUT])"),
    "no connection": (TransportFailed, f"{NOT_DONE}Host_status=0x01 [DID_NO_CONNECT])"),
    "unknown host status": (TransportFailed, f"{NOT_DONE}Host_status=0x63 is "),
    "open EACCES": (AccessDenied, DENIED),
    "open EPERM": (AccessDenied, DENIED),
    "open ENOENT": (DeviceNotAvailable, MISSING),
    "open ENODEV": (DeviceNotAvailable, MISSING),
    "open ENXIO": (DeviceNotAvailable, MISSING),
    "open EBUSY": (DeviceNotAvailable, "/dev/sg3: another program has exclusive use of it"),
    "ioctl EPERM": (AccessDenied, DENIED),
    "ioctl ENXIO": (DeviceNotAvailable, "/dev/sg3: the kernel has set the device offline"),
    "ioctl ENOTTY": (NotAChanger, "/dev/sg3 does not accept SCSI commands"),
    "ioctl ENODEV": (TransportFailed, "/dev/sg3: the device went away"),
    "ioctl EINVAL": (TransportFailed, f"{ODD}no SCSI status (exit status "),
    "ioctl ETIMEDOUT": (TransportFailed, f"{ODD}no SCSI status (exit status "),
    "negative length": (TransportFailed, f"{ODD}status Good, but an exit status of failure ("),
}


def captures_of(cases: Container[str]) -> list[object]:
    return [
        pytest.param(capture, id=f"{capture.case}, {capture.version}")
        for capture in read_captures()
        if capture.case in cases
    ]


@pytest.mark.parametrize("capture", captures_of(REPLIES))
def test_every_version_gives_the_same_reply(capture: Capture) -> None:
    reply = parse_output(capture.exit_status, capture.stdout, capture.stderr)
    assert reply == REPLIES[capture.case]


@pytest.mark.parametrize("capture", captures_of(ERRORS))
def test_every_version_gives_the_same_error(capture: Capture) -> None:
    error, message = ERRORS[capture.case]
    with pytest.raises(error) as caught:
        parse_output(capture.exit_status, capture.stdout, capture.stderr, device="/dev/sg3")
    assert type(caught.value) is error
    assert caught.value.message.startswith(message)
    assert caught.value.message == message or message[-1] in "( "
    assert caught.value.hint == ("see the kernel's log: dmesg" if NOT_DONE in message else None)


def test_the_table_names_every_capture() -> None:
    cases = {capture.case for capture in read_captures()}
    assert cases == REPLIES.keys() | ERRORS.keys() | {"more data than asked for"}


def test_more_data_than_was_asked_for_is_not_believed() -> None:
    for capture in read_captures():
        if capture.case == "more data than asked for":
            with pytest.raises(TransportFailed, match="70 bytes of data, but at most 64"):
                parse_output(*capture[2:], allocation_length=64)


CDB_LINE = b"    cdb to send: [b8 02 04 00 00 01 00 00 00 40 00 00]\n"
GOOD = CDB_LINE + b"SCSI Status: Good \n\n"
CHECK = CDB_LINE + b"SCSI Status: Check Condition \n\nSense Information:\n"


KILLED = "sg_raw was killed by signal 9"
NOT_CARRIED = (
    "the host could not complete the command (Host_status=0x00 [DID_OK], Driver_status=0x08 "
    "[DRIVER_SENSE])"
)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("exit_status", "stdout", "stderr", "why"),
    [
        pytest.param(0, b"", b"", "no SCSI status", id="nothing at all"),
        pytest.param(0, b"\x00" * 12, b"", "no SCSI status", id="data alone"),
        pytest.param(0, b"", b"hello, world\n", "no SCSI status", id="another program"),
        pytest.param(
            1, b"", b"Invalid argument to '--request'\nUsage: sg_raw", "no SCSI status", id="usage"
        ),
        pytest.param(
            127, b"", b"sh: 1: sg_raw: not found\n", "no SCSI status", id="a shell without sg_raw"
        ),
        pytest.param(-9, b"", b"", KILLED, id="killed before it sent"),
        pytest.param(
            -9, bytes(4), GOOD + b"Writing 4 bytes of data to stdout\n", KILLED, id="killed late"
        ),
        pytest.param(0, b"", CDB_LINE, "no SCSI status", id="ended before the reply"),
        pytest.param(
            0, b"", CDB_LINE + b"NVMe Result=0x0\n", "no SCSI status", id="taken for NVMe"
        ),
        pytest.param(
            0,
            b"",
            GOOD,
            "status Good, but data is not mentioned",
            id="data asked for and not mentioned",
        ),
        pytest.param(
            0,
            bytes(8),
            GOOD + b"Writing 12 bytes of data to stdout\n",
            "standard output has 8 bytes",
            id="too short",
        ),
        pytest.param(
            0,
            bytes(12),
            GOOD + b"Writing 8 bytes of data to stdout\n",
            "standard output has 12 bytes",
            id="too long",
        ),
        pytest.param(
            0,
            b"",
            GOOD + b"Writing 8 bytes of data to stdout\n",
            "standard output has 0 bytes",
            id="missing",
        ),
        pytest.param(
            0,
            bytes(8),
            GOOD + b"No data received\n",
            "standard output has 8 bytes",
            id="data that it denies",
        ),
        pytest.param(
            99,
            b"",
            GOOD + b"No data received\n",
            "status Good, but an exit status of failure",
            id="good and failed",
        ),
        pytest.param(
            0,
            b"",
            GOOD + GOOD + b"No data received\n",
            "more than one line starts with 'SCSI Status: '",
            id="two replies",
        ),
        pytest.param(
            0,
            b"",
            CDB_LINE + b"SCSI Status: Fine\n",
            "that is not a SCSI status",
            id="a status without a meaning",
        ),
        pytest.param(
            6,
            b"",
            CHECK,
            "Check Condition, but sense data is not mentioned",
            id="ended before the sense data",
        ),
        pytest.param(
            6,
            b"",
            CHECK + b" Raw sense data (in hex):\n",
            "the sense data is cut short",
            id="sense heading alone",
        ),
        pytest.param(
            6,
            b"",
            CHECK + b" Raw sense data (in hex), sb_len=18, embedded_len=18\n        70 00 06\n",
            "the sense data is cut short",
            id="sense cut short",
        ),
        pytest.param(
            0,
            b"",
            CDB_LINE
            + b">>> transport error: Host_status=0x00 [DID_OK], Driver_status=0x08 [DRIVER_SENSE]\n"
            + b"SCSI Status: Good \n\nNo data received\n",
            NOT_CARRIED,
            id="a transport error without a host status",
        ),
        pytest.param(
            66,
            b"",
            CDB_LINE + b"do_scsi_pt: Device or resource busy\n",
            "no SCSI status",
            id="busy once it was open",
        ),
        pytest.param(
            99,
            b"",
            CDB_LINE + b"do_scsi_pt: bad pass through setup\n",
            "no SCSI status",
            id="bad pass through",
        ),
    ],
)
def test_output_that_does_not_add_up_is_a_failed_transport(
    exit_status: int, stdout: bytes, stderr: bytes, why: str
) -> None:
    with pytest.raises(TransportFailed) as caught:
        parse_output(exit_status, stdout, stderr, device="/dev/sg3", allocation_length=64)
    told = caught.value.message.partition(f" (exit status {exit_status}; output: ")[0]
    whole = why if why in (KILLED, NOT_CARRIED) else f"the output of sg_raw is inconsistent: {why}"
    assert told == f"/dev/sg3: {whole}"


def test_a_time_out_within_sg_raw_is_a_time_out() -> None:
    with pytest.raises(CommandTimedOut):
        parse_output(33, b"", CDB_LINE + b"do_scsi_pt: timeout\n")


def test_another_c_library_is_understood_by_the_exit_status() -> None:
    with pytest.raises(DeviceNotAvailable, match="exclusive use"):
        parse_output(66, b"", b"/dev/sg3: Resource busy\n")
    with pytest.raises(NotAChanger):
        parse_output(75, b"", CDB_LINE + b"do_scsi_pt: Not a tty\n")


def test_noise_of_other_programs_around_the_output_does_no_harm() -> None:
    stderr = b"ld.so: warning: libfoo\n" + GOOD + b"Writing 2 bytes of data to stdout\n\n"
    assert parse_output(0, b"\xff\x00", stderr, allocation_length=2) == Reply(0, b"\xff\x00")


@pytest.mark.parametrize(
    ("stderr", "quoted"),
    [
        (CDB_LINE + b"\n \n", "nothing"),
        (b" a \n\n" + CDB_LINE + b"b\n", "a; b"),
        (CDB_LINE + b"x" * 200 + b"\ny", "x" * 200),
    ],
)
def test_message_quotes_what_was_said_besides_the_command(stderr: bytes, quoted: str) -> None:
    with pytest.raises(TransportFailed) as caught:
        parse_output(5, b"", stderr)
    assert caught.value.message == (
        "the device: the output of sg_raw is inconsistent: no SCSI status (exit status 5; output: "
        f"{quoted})"
    )


def test_messages_stay_short_and_printable() -> None:
    with pytest.raises(TransportFailed) as caught:
        parse_output(0, b"", b"\x1b[31m" + b"x" * 100_000)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("host_status", "driver_status"), [(0x00, 0x00), (0x00, 0x08), (0x10, 0x00), (0x13, 0x08)]
)
def test_statuses_beside_a_reply_of_the_device_are_no_failure(
    host_status: int, driver_status: int
) -> None:
    check_carried("/dev/sg3", host_status=host_status, driver_status=driver_status, said="")


@pytest.mark.parametrize(
    ("key", "asc", "ascq", "status"),
    [
        *((0, asc, ascq, Status.GOOD) for asc, ascq in ((0x00, 0x00), (0x00, 0x17), (0x0B, 0x01))),
        *((0, 0x00, ascq, Status.CHECK_CONDITION) for ascq in (0x06, 0x16, 0x18)),
        *((1, asc, 0x00, Status.GOOD) for asc in (0x00, 0x17, 0x44)),
        (2, 0x04, 0x01, Status.CHECK_CONDITION),
    ],
)
def test_only_what_reports_success_is_good(key: int, asc: int, ascq: int, status: Status) -> None:
    for sense in (fixed_sense(key, asc, ascq), descriptor_sense(key, asc, ascq)):
        data = b"data" if status == Status.GOOD else b""
        assert reply_of(Status.CHECK_CONDITION, b"data", sense) == Reply(status, data, sense)
    deferred = fixed_sense(key, asc, ascq, deferred=True)
    assert reply_of(Status.CHECK_CONDITION, b"", deferred).status == Status.CHECK_CONDITION
