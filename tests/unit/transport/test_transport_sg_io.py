"""SgIo against a stand-in for Linux' sg driver; what sg_raw made of the same is held beside it."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from sg_driver import Outcome, SgDriver
from test_transport_sg_raw_output import ERRORS, REPLIES

from changer.errors import ChangerError, CommandTimedOut, DeviceNotAvailable, TransportFailed
from changer.smc.command import Command, Reply, Status
from changer.transport.device_node import is_offline, open_generic
from changer.transport.sg_io import SgIo

DEVICE = Path("/dev/null")
READ_ELEMENT_STATUS = bytes.fromhex("b8 12 04 00 03 e8 00 00 ff ff 00 00")
LONG_SENSE = bytes.fromhex("70 00 05 00 00 00 00 f8 00 00 00 00 3b 0d") + bytes(range(1, 83))


def command(allocation_length: int = 64) -> Command[bytes]:
    return Command("A COMMAND", READ_ELEMENT_STATUS, allocation_length, 1.0, bytes)


@pytest.fixture
def driver() -> SgDriver:
    return SgDriver()


def transport(driver: SgDriver, *, grace_seconds: float = 30.0) -> SgIo:
    return SgIo(DEVICE, program="no-such", grace_seconds=grace_seconds, open_node=driver.open)


def given(case: str, data: bytes = b"", **fields: int) -> Outcome:
    """What the driver gave sg_raw in that case of its captures."""
    reply = REPLIES[case]
    status = Status.CHECK_CONDITION if reply.sense else reply.status
    return Outcome(status, data or reply.data, reply.sense, **fields)


# As in the captures of sg_raw's output: the same outcome of the ioctl.
OUTCOMES = {
    **{case: given(case) for case in REPLIES},
    "good beside sense data": Outcome(
        Status.GOOD, bytes(range(8)), bytes.fromhex("70 00 01 00 00 00 00 00"), driver_status=8
    ),
    "target failure with sense": given(
        "target failure with sense", host_status=0x10, driver_status=8
    ),
    "reservation conflict as host status": given(
        "reservation conflict as host status", host_status=0x11
    ),
    "unknown status": Outcome(0xB7),  # its reserved bits mean nothing
}
FAILURES = {
    "host time-out": (Outcome(host_status=3), "(Host_status=0x03 [DID_TIME_OUT])"),
    "host and driver time-out": (
        Outcome(host_status=3, driver_status=6),
        "(Host_status=0x03 [DID_TIME_OUT] Driver_status=0x06)",
    ),
    "driver time-out": (
        Outcome(driver_status=0x16),  # the upper half is advice
        "(Host_status=0x00 [DID_OK] Driver_status=0x16)",
    ),
    "no connection": (Outcome(host_status=1), "(Host_status=0x01 [DID_NO_CONNECT])"),
    "unknown host status": (Outcome(host_status=0x63), "(Host_status=0x63)"),
    "negative length": (Outcome(left=68), "the kernel reports that 68 of 64 bytes are missing"),
}
# Not the same: the kernel's own time-out of the call, which it does not have.
OF_THE_KERNEL = {case for case in ERRORS if case.startswith(("open", "ioctl"))}
OF_THE_KERNEL -= {"ioctl ETIMEDOUT"}


@pytest.mark.parametrize("case", REPLIES)
def test_the_reply_is_the_one_that_sg_raw_gives(driver: SgDriver, case: str) -> None:
    driver.outcome = OUTCOMES[case]
    length = 0 if "without data-in" in case else 64
    assert transport(driver).execute(command(length)) == REPLIES[case]
    assert driver.has_closed()


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("case", FAILURES)
def test_a_command_that_the_host_failed_is_the_error_that_sg_raw_gives(
    driver: SgDriver, case: str
) -> None:
    driver.outcome, reason = FAILURES[case]
    error, words = ERRORS[case]
    with pytest.raises(error) as caught:
        transport(driver).execute(command())
    assert type(caught.value) is error
    what = words.partition(": ")[2].partition("(")[0] if reason.startswith("(") else ""
    assert caught.value.message == f"{DEVICE}: {what}{reason}"
    assert driver.has_closed()


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("case", sorted(OF_THE_KERNEL))
def test_an_error_of_the_kernel_is_the_one_that_sg_raw_gives(
    driver: SgDriver, mocker: MockerFixture, case: str
) -> None:
    call, name = case.split()
    number = getattr(errno, name)
    failed = OSError(number, os.strerror(number))
    if call == "open":
        sg_io = SgIo(DEVICE, open_node=mocker.Mock(side_effect=failed))
    else:
        sg_io = transport(driver)
        mocker.patch("os.write", side_effect=failed)
    error, words = ERRORS[case]
    with pytest.raises(error) as caught:
        sg_io.execute(command())
    mocker.stopall()
    assert type(caught.value) is error
    told = f"/dev/sg3: {os.strerror(number)}" if name == "EINVAL" else words
    assert caught.value.message == told.replace("/dev/sg3", str(DEVICE))
    assert driver.has_closed()


def test_the_tables_name_every_case_of_sg_raw() -> None:
    assert OUTCOMES.keys() == REPLIES.keys()
    own = {"ioctl ETIMEDOUT"}
    assert FAILURES.keys() | OF_THE_KERNEL | own == ERRORS.keys()


def test_a_failure_names_the_statuses(driver: SgDriver) -> None:
    driver.outcome = Outcome(host_status=1, driver_status=0x16)
    with pytest.raises(CommandTimedOut, match=r"Host_status=0x01 \[DID_NO_CONNECT\] .*=0x16"):
        transport(driver).execute(command())
    driver.outcome = Outcome(host_status=0x63)
    with pytest.raises(TransportFailed, match=r"\(Host_status=0x63\)"):
        transport(driver).execute(command())


# The request


def test_a_request_has_the_form_of_the_header_file(driver: SgDriver) -> None:
    """``scsi/sg.h``: interface S, data from the device or none, copied by the kernel."""
    for length in (64, 0):
        transport(driver).execute(command(length))
    read, without = (each.header for each in driver.requests)
    assert read.interface_id == without.interface_id == ord("S")
    assert (read.dxfer_direction, without.dxfer_direction) == (-3, -1)
    assert (read.dxfer_len, without.dxfer_len, without.dxferp) == (64, 0, None)
    for each in (read, without):
        assert (each.iovec_count, each.flags, each.pack_id, each.mx_sb_len) == (0, 0, 0, 252)


def test_sense_data_is_as_long_as_the_kernel_keeps_it(driver: SgDriver) -> None:
    driver.outcome = Outcome(Status.CHECK_CONDITION, b"", LONG_SENSE)
    reply = transport(driver).execute(command())
    assert reply == Reply(Status.CHECK_CONDITION, b"", LONG_SENSE)
    assert len(LONG_SENSE) == 96


@pytest.mark.parametrize("status", [Status.CHECK_CONDITION, Status.BUSY])
def test_what_an_adapter_says_to_have_received_of_a_refused_command_is_no_data(
    driver: SgDriver, status: Status
) -> None:
    driver.outcome = Outcome(status, bytes(64), left=0)
    assert transport(driver).execute(command()) == Reply(status)


@pytest.mark.parametrize("left", [-1, 65])
def test_more_or_less_data_than_can_be_is_a_failed_transport(driver: SgDriver, left: int) -> None:
    driver.outcome = Outcome(left=left)
    with pytest.raises(TransportFailed, match=f"{left} of 64 bytes"):
        transport(driver).execute(command())


@pytest.mark.parametrize("size", [87, 0])
def test_a_header_that_is_cut_off_is_a_failed_transport(driver: SgDriver, size: int) -> None:
    driver.outcome = Outcome(header_size=size)
    with pytest.raises(TransportFailed, match=f"{size} bytes"):
        transport(driver).execute(command())


# The node


def test_the_node_is_opened_for_each_command_and_closed_after_it(driver: SgDriver) -> None:
    """A device that was plugged in anew is another one."""
    sg_io = transport(driver)
    sg_io.execute(command())
    sg_io.execute(command())
    sg_io.close()
    assert driver.opened == [DEVICE] * 2
    assert driver.has_closed()


def test_a_time_out_closes_the_node(driver: SgDriver) -> None:
    driver.outcome = None
    with pytest.raises(CommandTimedOut):
        transport(driver, grace_seconds=-0.9).execute(command())
    assert driver.has_closed()


def test_a_signal_while_the_node_is_opened_leaves_none_open(driver: SgDriver) -> None:
    def obey(*_: object) -> None:
        raise KeyboardInterrupt

    def interrupted(device: Path) -> int:
        node = driver.open(device)
        signal.raise_signal(signal.SIGTERM)
        return node

    former = signal.signal(signal.SIGTERM, obey)
    try:
        with pytest.raises(KeyboardInterrupt):
            SgIo(DEVICE, open_node=interrupted).execute(command())
    finally:
        signal.signal(signal.SIGTERM, former)
    assert driver.has_closed()


@pytest.mark.parametrize("step", ["open", "write"])
def test_an_error_without_a_number_is_a_failed_transport(
    driver: SgDriver, mocker: MockerFixture, step: str
) -> None:
    """It says nothing of rights, and nothing of what is there."""
    if step == "open":
        sg_io = SgIo(DEVICE, open_node=mocker.Mock(side_effect=OSError("odd")))
    else:
        sg_io = transport(driver)
        mocker.patch("os.write", side_effect=OSError("odd"))
    with pytest.raises(TransportFailed):
        sg_io.execute(command())


def test_a_device_that_goes_away_while_it_works_is_a_failed_transport(
    driver: SgDriver, mocker: MockerFixture
) -> None:
    """The driver then says that nothing will come, and not that there is something to read."""
    driver.outcome = None
    poll = mocker.patch("select.poll")
    poll.return_value.poll.return_value = [(0, select.POLLHUP)]
    with pytest.raises(TransportFailed, match="went away"):
        transport(driver).execute(command())
    assert driver.has_closed()


def test_a_device_that_the_kernel_set_offline_is_sent_nothing(
    driver: SgDriver, mocker: MockerFixture
) -> None:
    for state in ("offline\n", "transport-offline\n"):
        mocker.patch("pathlib.Path.read_text", return_value=state)
        with pytest.raises(DeviceNotAvailable, match="offline"):
            transport(driver).execute(command())
    mocker.patch("pathlib.Path.read_text", return_value="running\n")
    transport(driver).execute(command())
    assert len(driver.requests) == 1


def test_the_state_of_a_device_is_read_by_the_number_of_its_node(mocker: MockerFixture) -> None:
    with DEVICE.open() as node:
        assert not is_offline(node.fileno())
        read = mocker.patch("pathlib.Path.read_text", autospec=True, return_value="offline\n")
        assert is_offline(node.fileno())
    read.assert_called_once_with(Path("/sys/dev/char/1:3/device/state"))


def test_the_node_of_another_driver_is_not_opened(mocker: MockerFixture) -> None:
    """A tape would be rewound, and what is written to it kept."""
    opened = mocker.patch("os.open")
    assert open_generic(DEVICE) is None
    opened.assert_not_called()


def test_a_link_that_is_changed_meanwhile_is_not_written_to(
    mocker: MockerFixture, tmp_path: Path
) -> None:
    tape = tmp_path / "tape"
    tape.touch()
    mocker.patch("os.major", side_effect=[21, 9])
    before = set(Path("/proc/self/fd").iterdir())
    assert open_generic(tape) is None
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_a_node_is_opened_for_reading_and_writing_without_waiting(
    mocker: MockerFixture, tmp_path: Path
) -> None:
    node = tmp_path / "sg3"
    node.touch()
    mocker.patch("os.major", return_value=21)
    opened = mocker.patch("os.open", wraps=os.open)
    descriptor = open_generic(node)
    assert descriptor is not None
    opened.assert_called_once_with(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    os.close(descriptor)


# Beside others


def test_commands_of_several_threads_do_not_meet(driver: SgDriver) -> None:
    sg_io = transport(driver)
    driver.hang()
    replies: list[Reply | ChangerError] = []
    lengths = (1, 2, 3, 4)
    threads = [
        threading.Thread(
            target=lambda size: replies.append(sg_io.execute(command(size))), args=(n,)
        )
        for n in lengths
    ]
    driver.answer(Reply(Status.GOOD, b"abcd"))
    for each in threads:
        each.start()
    driver.go()
    for each in threads:
        each.join()
    assert sorted(len(each.data) for each in replies if isinstance(each, Reply)) == list(lengths)


@pytest.mark.unmeasured
def test_reading_needs_no_program_nor_what_starts_one() -> None:
    script = """
import sys
from pathlib import Path
from changer.transport.sg_io import SgIo
from changer.smc.cdb import test_unit_ready
try:
    SgIo(Path("/nonexistent")).execute(test_unit_ready())
except Exception as error:
    print(type(error).__name__, {"subprocess", "ctypes", "selectors"} & set(sys.modules))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == "DeviceNotAvailable set()\n"
