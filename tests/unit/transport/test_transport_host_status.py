"""What Linux' sg driver reports of a command: whether the device replied, and if not, the error."""

from __future__ import annotations

import errno

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
from changer.transport.host_status import (
    check_carried,
    opening_error,
    reply_of,
    sending_error,
    statuses_in_words,
)

CARRIED, LATE, FAILED = "carried", CommandTimedOut, TransportFailed


def carried(host_status: int, driver_status: int) -> object:
    try:
        check_carried("it", host_status=host_status, driver_status=driver_status, said="so")
    except ChangerError as error:
        assert error.message.startswith("it: ") and error.message.endswith("(so)")
        return type(error)
    return CARRIED


def test_host_status_is_a_reply_a_time_out_or_a_failure() -> None:
    """10h to 13h are Linux' own reading of a reply, beside it."""
    replies = (0x00, 0x10, 0x11, 0x12, 0x13)
    for status in range(256):
        expected = LATE if status == 3 else CARRIED if status in replies else FAILED
        assert carried(status, 0) is expected, hex(status)


def test_driver_status_counts_by_its_lower_half() -> None:
    for status in range(256):
        lower = status & 0x0F
        expected = LATE if lower == 6 else CARRIED if lower in (0, 8) else FAILED
        assert carried(0, status) is expected, hex(status)


def test_host_status_and_driver_status_count_together() -> None:
    assert carried(0x10, 0x01) is CARRIED, "there is a reply"
    assert carried(0x10, 0x06) is carried(0x03, 0x08) is LATE
    assert carried(0x07, 0x08) is carried(0x01, 0x00) is FAILED


@pytest.mark.parametrize(
    ("host_status", "driver_status", "words"),
    [
        (0x00, 0x00, "Host_status=0x00 [DID_OK]"),
        (0x07, 0x00, "Host_status=0x07 [DID_ERROR]"),
        (0x13, 0x08, "Host_status=0x13 [DID_MEDIUM_ERROR] Driver_status=0x08"),
        (0x14, 0x00, "Host_status=0x14"),
        (0xFF, 0x06, "Host_status=0xff Driver_status=0x06"),
    ],
)
def test_statuses_are_told_as_sg3_utils_does(
    host_status: int, driver_status: int, words: str
) -> None:
    told = statuses_in_words(host_status=host_status, driver_status=driver_status)
    assert told == words


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("status", "sense", "is_good"),
    [
        (Status.GOOD, b"", True),
        (Status.GOOD, fixed_sense(0), True),
        (Status.CHECK_CONDITION, fixed_sense(1, 0x37), True),
        (Status.CHECK_CONDITION, descriptor_sense(1, 0x17), True),
        (Status.CHECK_CONDITION, fixed_sense(0), True),
        (Status.CHECK_CONDITION, fixed_sense(1, deferred=True), False),
        (Status.CHECK_CONDITION, fixed_sense(2, 0x04, 0x01), False),
        (Status.CHECK_CONDITION, fixed_sense(6, 0x28), False),
        (Status.CHECK_CONDITION, b"", False),
        (Status.CHECK_CONDITION, b"\x01", False),
        (Status.BUSY, fixed_sense(1), False),
        (Status.RESERVATION_CONFLICT, b"", False),
    ],
)
def test_only_a_command_that_was_done_has_data(status: int, sense: bytes, *, is_good: bool) -> None:
    reply = reply_of(status, b"data", sense)
    expected = Reply(Status.GOOD, b"data", sense) if is_good else Reply(status, b"", sense)
    assert reply == expected


def told(error: ChangerError | None) -> tuple[type[ChangerError], str] | None:
    return None if error is None else (type(error), error.message)


NO_DEVICE = (DeviceNotAvailable, "no such device: it")
DENIED = (AccessDenied, "it: permission denied")


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("numbers", "error"),
    [
        ((errno.EACCES,), DENIED),
        ((errno.EPERM,), DENIED),
        ((errno.ENOENT,), NO_DEVICE),
        ((errno.ENODEV,), NO_DEVICE),
        ((errno.ENXIO,), NO_DEVICE),
        ((errno.EBUSY,), (DeviceNotAvailable, "it: another program has exclusive use of it")),
        ((errno.EBUSY, errno.ENXIO, errno.EACCES), DENIED),
        ((errno.EBUSY, errno.ENXIO), NO_DEVICE),
        ((errno.EIO, errno.ENOTTY, 0), None),
        ((), None),
    ],
)
def test_number_of_open_is_an_error_of_rights_before_one_of_what_is_there(
    numbers: tuple[int, ...], error: tuple[type[ChangerError], str] | None
) -> None:
    assert told(opening_error("it", numbers)) == error


def test_number_of_sending_says_whether_anything_was_sent() -> None:
    known = {
        errno.EACCES: DENIED,
        errno.EPERM: DENIED,
        errno.ENXIO: (DeviceNotAvailable, "it: the kernel has set the device offline"),
        errno.ENOTTY: (NotAChanger, "it does not accept SCSI commands"),
        errno.ENODEV: (TransportFailed, "it: the device went away"),
    }
    for number in range(134):
        assert told(sending_error("it", number)) == known.get(number), errno.errorcode.get(number)
