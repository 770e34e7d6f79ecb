"""What every transport to a node of Linux' sg driver does, for commands that move no robot.

SgRaw runs a program that stands in for sg_raw; SgIo has a stand-in for the driver.
"""

from __future__ import annotations

import grp
import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NamedTuple, Protocol

import pytest
from open_files import none_left_open
from pytest_mock import MockerFixture
from scsi_bytes import fixed_sense, said_by_sg_raw
from sg_driver import SgDriver
from test_transport_sg_raw import DEVICE, READ_ELEMENT_STATUS, SIGNALS, Host, command
from waiting import wait_until

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    NotAChanger,
    ToolMissing,
    UsageError,
)
from changer.host import interrupts
from changer.smc.command import Reply, Status
from changer.transport import Transport
from changer.transport.device_node import access_hint, check_access
from changer.transport.sg_io import SgIo
from changer.transport.sg_raw import SgRaw

RESERVE_OUT = bytes.fromhex("5f 01 03 00 00 00 00 00 18 00")


class Asked(NamedTuple):
    """A command as it reaches the host's driver."""

    cdb: bytes
    length: int
    seconds: int


class Way(Protocol):
    """A transport, and what stands behind it."""

    def transport(self, device: Path = DEVICE, *, grace_seconds: float = 30.0) -> Transport: ...

    def answer(self, reply: Reply, *, length: int = 0) -> None:
        """Every command ends so."""

    def hang(self) -> None:
        """No command ends before ``go``."""

    def go(self) -> None:
        """What hung ends with what was to be answered."""

    def deny(self) -> None:
        """The user may not open a node."""

    def asked(self) -> Asked | None:
        """The last command that was sent."""

    def data_out(self) -> bytes:
        """What came with the last command."""

    def is_over(self) -> bool:
        """Whether nothing of the transport is left behind: no process, no open node."""


class ProgramWay:
    """sg_raw's."""

    def __init__(self, folder: Path) -> None:
        self._host = Host(folder, SgRaw)
        self.answer(Reply(Status.GOOD))

    def transport(self, device: Path = DEVICE, *, grace_seconds: float = 30.0) -> Transport:
        return self._host.transport(device, grace_seconds=grace_seconds)

    def answer(self, reply: Reply, *, length: int = 0) -> None:
        exit_status = 0 if reply.status == Status.GOOD else 6
        said = said_by_sg_raw(reply, length).encode()
        self._host.install_printing(said, reply.data, exit_status)

    def hang(self) -> None:
        # What the shell can do alone, so that nothing is left of it when it is killed.
        self._host.install(
            "mkfifo pipe; exec 3<>pipe; touch started; until [ -e go ]; do read -t 0.1 _ <&3; done"
            "; cat stderr >&2; cat stdout"
        )
        shell = self._host.program.read_text().replace("#!/bin/sh", "#!/bin/bash", 1)
        self._host.program.write_text(shell)

    def go(self) -> None:
        (self._host.folder / "go").touch()

    def deny(self) -> None:
        denied = b"/dev/null: Permission denied\nPermission denied\n"
        self._host.install_printing(denied, exit_status=63)

    def asked(self) -> Asked | None:
        if not self._host.has("arguments") or not (words := self._host.arguments()):
            return None
        length = int(words[words.index("-r") + 1]) if "-r" in words else 0
        cdb = bytes.fromhex("".join(words[7 if length or "-s" in words else 5 :]))
        return Asked(cdb, length, int(words[words.index("-t") + 1]))

    def data_out(self) -> bytes:
        words = self._host.arguments()
        given = (self._host.folder / "given").read_bytes()
        assert (str(len(given)) == words[words.index("-s") + 1]) if "-s" in words else not given
        return given

    def is_over(self) -> bool:
        return not self._host.still_runs()


class DriverWay:
    """The sg driver's."""

    def __init__(self, _folder: Path) -> None:
        self._driver = SgDriver()
        self._denied = False

    def transport(self, device: Path = DEVICE, *, grace_seconds: float = 30.0) -> Transport:
        return SgIo(device, grace_seconds=grace_seconds, open_node=self._open)

    def _open(self, device: Path) -> int:
        if self._denied:
            raise PermissionError(13, "Permission denied")
        return self._driver.open(device)

    def answer(self, reply: Reply, *, length: int = 0) -> None:
        self._driver.answer(reply)

    def hang(self) -> None:
        self._driver.hang()

    def go(self) -> None:
        self._driver.go()

    def deny(self) -> None:
        self._denied = True

    def asked(self) -> Asked | None:
        if not self._driver.requests:
            return None
        last = self._driver.requests[-1]
        return Asked(last.cdb, last.length, last.timeout_milliseconds // 1000)

    def data_out(self) -> bytes:
        return self._driver.requests[-1].data_out

    def is_over(self) -> bool:
        return self._driver.has_closed()


@pytest.fixture(params=[ProgramWay, DriverWay], ids=["sg_raw", "sg_io"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Way:
    made: Way = request.param(tmp_path)
    return made


# What is asked


@pytest.mark.parametrize(
    ("allocation_length", "length"), [(0, 0), (1, 1), (0xFFFF, 0xFFFF), (1 << 20, 0xFFFF)]
)
def test_no_more_is_asked_for_than_every_library_understands(
    way: Way, allocation_length: int, length: int
) -> None:
    sent = command(READ_ELEMENT_STATUS, allocation_length=allocation_length)
    way.answer(Reply(Status.GOOD), length=length)
    assert way.transport().execute(sent) == Reply(Status.GOOD)
    assert way.asked() == (READ_ELEMENT_STATUS, length, 1)


@pytest.mark.parametrize(
    ("timeout_seconds", "asked"),
    [(0.0, 1), (0.2, 1), (1.5, 2), (900.0, 900), (1e9, 2_000_000), (1e400, 2_000_000)],
)
def test_a_timeout_is_whole_seconds_that_every_version_takes(
    way: Way, timeout_seconds: float, asked: int
) -> None:
    way.transport().execute(command(timeout_seconds=timeout_seconds))
    sent = way.asked()
    assert sent is not None and sent.seconds == asked


@pytest.mark.parametrize(
    "cdb", ["", "00", "a5 00 00 01 04 00", "12 00 00 00 ff 00 00 00 00 00", "7f" + " 00" * 11]
)
def test_what_could_be_taken_for_another_protocol_is_not_sent(way: Way, cdb: str) -> None:
    with pytest.raises(UsageError, match="not a SCSI command"):
        way.transport().execute(command(bytes.fromhex(cdb)))
    assert way.asked() is None


@pytest.mark.parametrize("size", [1, 24, 4096, 0xFFFF])
def test_data_goes_out_whole(way: Way, size: int) -> None:
    data = (bytes(range(256)) * 256)[:size]
    sent = replace(command(RESERVE_OUT), data_out=data)
    assert way.transport().execute(sent) == Reply(Status.GOOD)
    assert way.asked() == (RESERVE_OUT, 0, 1)
    assert way.data_out() == data


@pytest.mark.parametrize("status", [Status.GOOD, Status.CHECK_CONDITION])
def test_data_that_went_out_leaves_no_file_open(way: Way, status: int) -> None:
    way.answer(Reply(status, b"", fixed_sense(5, 0x26) if status else b""))
    sent = replace(command(RESERVE_OUT), data_out=bytes(24))
    transport = way.transport()
    with none_left_open():
        assert transport.execute(sent).status == status


def test_data_that_no_program_takes_leaves_no_file_open() -> None:
    sent = replace(command(RESERVE_OUT), data_out=bytes(24))
    with none_left_open(), pytest.raises(ToolMissing):
        SgRaw(DEVICE, program="no such program").execute(sent)


def test_a_command_without_data_sends_none(way: Way) -> None:
    way.transport().execute(command())
    assert way.data_out() == b""


def test_a_refusal_of_data_is_a_reply(way: Way) -> None:
    way.answer(Reply(Status.CHECK_CONDITION, b"", fixed_sense(5, 0x26)))
    sent = replace(command(RESERVE_OUT), data_out=bytes(24))
    assert way.transport().execute(sent).sense == fixed_sense(5, 0x26)


@pytest.mark.parametrize(
    ("data_out", "allocation_length"), [(bytes(24), 8), (bytes(0x10000), 0)], ids=["both", "long"]
)
def test_data_that_no_driver_carries_is_not_sent(
    way: Way, data_out: bytes, allocation_length: int
) -> None:
    sent = command(RESERVE_OUT, allocation_length=allocation_length)
    with pytest.raises(ValueError, match="A COMMAND"):
        way.transport().execute(replace(sent, data_out=data_out))
    assert way.asked() is None


# What comes back


def test_every_byte_value_arrives(way: Way) -> None:
    data = (bytes(range(256)) * 256)[:65535]
    way.answer(Reply(Status.GOOD, data), length=65535)
    reply = way.transport().execute(command(READ_ELEMENT_STATUS, allocation_length=65535))
    assert reply == Reply(Status.GOOD, data)


def test_less_than_was_asked_for_is_that_much(way: Way) -> None:
    way.answer(Reply(Status.GOOD, b"\0\1"), length=8)
    reply = way.transport().execute(command(READ_ELEMENT_STATUS, allocation_length=8))
    assert reply == Reply(Status.GOOD, b"\0\1")


def test_a_check_condition_is_a_reply(way: Way) -> None:
    refusal = Reply(Status.CHECK_CONDITION, b"", fixed_sense(6, 0x28))
    way.answer(refusal)
    assert way.transport().execute(command()) == refusal


def test_one_command_after_the_other_gets_its_own_reply(way: Way) -> None:
    transport = way.transport()
    for data in (b"one", b"two"):
        way.answer(Reply(Status.GOOD, data), length=8)
        assert transport.execute(command(READ_ELEMENT_STATUS, allocation_length=8)).data == data
    transport.close()
    assert way.is_over()


# A host that can't carry commands


def raised_by(transport: Transport, wanted: type[ChangerError]) -> ChangerError:
    with pytest.raises(wanted) as caught:
        transport.execute(command())
    assert type(caught.value) is wanted
    return caught.value


@pytest.mark.parametrize("name", ["missing", "dangling", "missing/sg0", "x" * 300, "sg\0"])
def test_a_missing_node_is_no_such_device(way: Way, tmp_path: Path, name: str) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "sg9")
    error = raised_by(way.transport(tmp_path / name), DeviceNotAvailable)
    assert "no such device" in error.message
    assert way.asked() is None


@pytest.mark.parametrize("name", ["file", "."])
def test_a_file_is_no_changer(way: Way, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    error = raised_by(way.transport(tmp_path / name), NotAChanger)
    assert "not a character device" in error.message
    assert way.asked() is None


def test_a_device_that_is_missing_is_not_told_as_one_that_is_closed_to_the_user(
    folder: Path,
) -> None:
    with pytest.raises(DeviceNotAvailable, match="no such device"):
        check_access(folder / "missing")


def test_a_device_that_the_user_may_not_open_is_denied_with_a_hint(mocker: MockerFixture) -> None:
    check_access(DEVICE)
    access = mocker.patch("os.access", return_value=False)
    mocker.patch("os.geteuid", return_value=1000)
    with pytest.raises(AccessDenied, match="/dev/null: no permission to read and write") as raised:
        check_access(DEVICE)
    assert raised.value.hint == access_hint(DEVICE)
    access.assert_called_once_with(DEVICE, os.R_OK | os.W_OK)


def test_hint_for_a_device_that_is_gone_meanwhile_is_to_be_root(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    mocker.patch("os.geteuid", return_value=1000)
    assert access_hint(tmp_path / "gone") == "run it as root"


@pytest.mark.parametrize("transport", [SgRaw, SgIo])
def test_a_device_that_is_no_scsi_device_is_no_changer(
    transport: Callable[[Path], Transport],
) -> None:
    raised_by(transport(DEVICE), NotAChanger)


def test_a_folder_that_is_closed_to_the_user_denies_access(way: Way, mocker: MockerFixture) -> None:
    mocker.patch("pathlib.Path.stat", side_effect=PermissionError(13, "Permission denied"))
    raised_by(way.transport(), AccessDenied)


def denied(way: Way, mocker: MockerFixture, *, mode: int, gid: int, user: int = 1000) -> str:
    """The hint to a user who may not open a node of that mode and group."""
    way.deny()
    status = os.stat_result((stat.S_IFCHR | mode, 0, 0, 1, 0, gid, 0, 0, 0, 0))
    mocker.patch("pathlib.Path.stat", return_value=status)
    mocker.patch("os.geteuid", return_value=user)
    return raised_by(way.transport(), AccessDenied).hint or ""


def test_a_user_outside_the_group_is_told_the_group(way: Way, mocker: MockerFixture) -> None:
    tape = grp.struct_group(("tape", "x", 26, []))
    mocker.patch("grp.getgrgid", return_value=tape)
    assert "usermod -aG tape" in denied(way, mocker, mode=0o660, gid=26)


def test_a_node_of_a_group_without_a_name_is_told_by_number(
    way: Way, mocker: MockerFixture
) -> None:
    mocker.patch("grp.getgrgid", side_effect=KeyError)
    assert "the group 4711" in denied(way, mocker, mode=0o660, gid=4711)


@pytest.mark.parametrize(("mode", "gid"), [(0o600, 26), (0o640, 26), (0o660, 0)])
def test_a_node_that_no_group_may_write_is_a_case_for_udev(
    way: Way, mocker: MockerFixture, mode: int, gid: int
) -> None:
    hint = denied(way, mocker, mode=mode, gid=gid)
    assert "belongs to root:" in hint
    assert "udev/README.md" in hint


def test_root_who_is_refused_is_in_a_container(way: Way, mocker: MockerFixture) -> None:
    assert "container" in denied(way, mocker, mode=0o660, gid=26, user=0)


# Time, and signals


def test_a_command_that_never_ends_is_not_waited_for(way: Way) -> None:
    way.hang()
    with pytest.raises(CommandTimedOut, match="A COMMAND on /dev/null"):
        way.transport(grace_seconds=0.0).execute(command())
    assert way.is_over()


class Interrupted(KeyboardInterrupt):
    """What the handler of a signal raises."""


@pytest.fixture
def interrupt(way: Way) -> Iterator[Callable[..., list[int]]]:
    """A signal to this process, or a thread of it, once a command is under way, which then goes on.

    Returns those that were obeyed. ``lets_go``: whether the handler returns.
    """
    obeyed: list[int] = []
    threads: list[threading.Thread] = []
    before = {each: signal.getsignal(each) for each in SIGNALS}

    def start(number: int, *, lets_go: bool = False) -> list[int]:
        def obey(number: int, _frame: FrameType | None) -> None:
            obeyed.append(number)
            if not lets_go:
                raise Interrupted

        def press() -> None:
            wait_until(way.asked)
            os.kill(os.getpid(), number)
            if lets_go:
                wait_until(lambda: obeyed)
            way.go()

        for each in SIGNALS:
            signal.signal(each, obey)
        threads.append(threading.Thread(target=press))
        threads[-1].start()
        return obeyed

    yield start
    for thread in threads:
        thread.join()
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupted_read_ends_before_the_device_does(
    way: Way, interrupt: Callable[..., list[int]], number: int, mocker: MockerFixture
) -> None:
    way.hang()
    mocker.patch.object(way, "go")  # it never does
    interrupt(number)
    with pytest.raises(Interrupted):
        way.transport().execute(command(timeout_seconds=300))
    assert way.is_over()


def test_a_signal_whose_handler_returns_loses_no_reply(
    way: Way, interrupt: Callable[..., list[int]]
) -> None:
    way.answer(Reply(Status.GOOD, b"reply"), length=8)
    way.hang()
    obeyed = interrupt(signal.SIGHUP, lets_go=True)
    sent = command(READ_ELEMENT_STATUS, allocation_length=8, timeout_seconds=300)
    assert way.transport().execute(sent) == Reply(Status.GOOD, b"reply")
    assert obeyed == [signal.SIGHUP]


def test_what_comes_in_a_motion_waits_for_the_reading_within(
    way: Way, interrupt: Callable[..., list[int]]
) -> None:
    """Where a cartridge is has to be seen, whatever signal came."""
    way.hang()
    obeyed = interrupt(signal.SIGINT)
    reply: Reply | None = None
    with pytest.raises(Interrupted), interrupts.motion(lambda: None):
        reply = way.transport().execute(command(timeout_seconds=300))
        assert obeyed == []
    assert reply == Reply(Status.GOOD)
    assert obeyed == [signal.SIGINT]


def test_a_thread_other_than_the_main_one_has_its_commands_carried(way: Way) -> None:
    replies: list[Reply] = []
    thread = threading.Thread(target=lambda: replies.append(way.transport().execute(command())))
    thread.start()
    thread.join()
    assert replies == [Reply(Status.GOOD)]
