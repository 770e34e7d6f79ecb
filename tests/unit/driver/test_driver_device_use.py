"""Other programs that use a tape drive: by what /proc and sysfs show, and by nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from changer.drives.drive_use import TapeUse
from changer.host.device_use import TapeCounters, User, tape_counters, users_of
from changer.library.discovery import ScsiDevice
from changer.library.model import Identity

OTHER = 4711
DEVICE = Path("/dev/null")  # a character device that every host has: 1:3
NUMBER = f"{os.major(DEVICE.stat().st_rdev)}:{os.minor(DEVICE.stat().st_rdev)}"


class Host:
    """A tape drive's folder in sysfs, and the processes of the host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "sys/class/scsi_generic/sg3/device"
        self.processes = folder / "proc"
        self.processes.mkdir()
        self.process(1, "init")
        for node, number in {"scsi_tape/nst0a": "9:224", "scsi_generic/sg3": "21:3"}.items():
            self._write(self.folder / node / "dev", number)

    def node(self, kind: str, name: str) -> None:
        """The node that the processes open is of this drive, and of that kind."""
        self._write(self.folder / kind / name / "dev", NUMBER)

    def process(self, number: int, name: str, *opened: Path) -> Path:
        folder = self.processes / str(number)
        self._write(folder / "comm", name)
        (folder / "fd").mkdir()
        for descriptor, file in enumerate(opened):
            (folder / "fd" / str(descriptor)).symlink_to(file)
        return folder

    def counters(self, **counts: int) -> None:
        names = {"read_cnt": 0, "write_cnt": 0, "other_cnt": 0, "in_flight": 0, **counts}
        for name, value in names.items():
            self._write(self.folder / "scsi_tape/nst0/stats" / name, str(value))

    @property
    def paths(self) -> tuple[ScsiDevice, ...]:
        identity = Identity("IBM", "ULT3580-TD8", "HB82", "S1")
        return (ScsiDevice(Path("/dev/sg3"), 1, identity, folder=self.folder),)

    def _write(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")


@pytest.fixture
def host(tmp_path: Path, mocker: MockerFixture) -> Host:
    made = Host(tmp_path)
    mocker.patch("changer.host.device_use._PROC", made.processes)
    return made


@pytest.mark.parametrize(
    ("kind", "name"),
    [("scsi_tape", "nst0"), ("scsi_tape", "st0m"), ("scsi_generic", "sg3"), ("bsg", "0:0:1:0")],
)
def test_program_that_has_any_node_of_the_drive_open_uses_it(
    host: Host, kind: str, name: str
) -> None:
    host.node(kind, name)
    host.process(OTHER, "bareos-sd", Path("/etc/hosts"), DEVICE)
    host.process(OTHER + 1, "bash", Path("/etc/hosts"), Path("/dev/zero"))
    assert users_of([host.folder]).users == (User(OTHER, "bareos-sd"),)


def test_this_process_is_no_other(host: Host) -> None:
    host.node("scsi_tape", "nst0")
    host.process(os.getpid(), "changer", DEVICE)
    assert users_of([host.folder]).users == ()


def test_process_that_ends_meanwhile_uses_nothing(host: Host) -> None:
    host.node("scsi_tape", "nst0")
    (host.processes / str(OTHER)).mkdir()
    host.process(OTHER + 1, "gone", Path("/dev/of-a-file-that-was-closed"))
    assert users_of([host.folder]).users == ()


def test_each_that_uses_it_is_seen_whatever_ends_or_is_closed_meanwhile(host: Host) -> None:
    host.node("scsi_tape", "nst0")
    gone, users = Path("/dev/of-a-file-that-was-closed"), []
    for number in range(OTHER, OTHER + 40, 4):
        (host.processes / str(number)).mkdir()
        host.process(number + 1, "gone", gone, Path("/etc/hosts"), DEVICE, gone, Path("/etc/hosts"))
        host.process(number + 2, "bash", Path("/etc/hosts"))
        users.append(User(number + 1, "gone"))
    found = users_of([host.folder])
    assert (sorted(found.users), found.all_seen) == (users, True)


@pytest.mark.parametrize("number", ["", "1", "1:", ":3", "x:3", "1:x", "1.3"])
def test_node_without_a_number_is_nobody_s(host: Host, number: str) -> None:
    host._write(host.folder / "scsi_tape/nst0/dev", number)
    host.process(OTHER, "bash", DEVICE)
    assert users_of([host.folder]) == ((), True)


def test_counter_that_is_no_number_is_0(host: Host) -> None:
    host.counters(write_cnt=7)
    host._write(host.folder / "scsi_tape/nst0/stats/read_cnt", "many")
    assert tape_counters(host.folder) == TapeCounters(reads=0, writes=7)


def test_process_that_can_t_be_looked_into_may_use_it(host: Host, mocker: MockerFixture) -> None:
    """One of another user, or in a container even for root."""
    assert users_of([host.folder]) == ((), True)
    host.process(OTHER, "hidden", DEVICE)
    mocker.patch("pathlib.Path.readlink", side_effect=PermissionError("not yours"))
    assert users_of([host.folder]) == ((), False)


def test_processes_that_are_not_even_listed_may_use_it(host: Host) -> None:
    """Without number 1, /proc is mounted with hidepid."""
    shutil.rmtree(host.processes / "1")
    host.process(OTHER, "bash")
    assert users_of([host.folder]) == ((), False)
    shutil.rmtree(host.processes)
    assert users_of([host.folder]) == ((), False)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("before", "after", "activity"),
    [
        ({}, {}, None),
        ({"write_cnt": 5}, {"write_cnt": 6}, "writing"),
        ({"read_cnt": 5}, {"read_cnt": 6}, "reading"),
        ({"read_cnt": 5}, {"read_cnt": 6, "write_cnt": 1}, "writing"),
        ({"other_cnt": 5}, {"other_cnt": 6}, "busy"),
        ({"in_flight": 1}, {"in_flight": 1}, "busy"),
        ({"write_cnt": 5, "in_flight": 1}, {"write_cnt": 5}, None),
    ],
)
def test_commands_that_the_kernel_counted_meanwhile_are_of_another_program(
    host: Host, before: dict[str, int], after: dict[str, int], activity: str | None
) -> None:
    host.counters(**before)
    earlier = tape_counters(host.folder)
    host.counters(**after)
    assert tape_counters(host.folder).since(earlier) == activity


def test_tape_driver_without_counters_has_counted_nothing(host: Host) -> None:
    assert tape_counters(host.folder) == TapeCounters()


# Whether a drive is asked


def use_after(host: Host, act: Callable[[], None]) -> tuple[str | None, str | None]:
    """Why it is not asked, and what is done with it, after somebody has acted."""
    watching = TapeUse()
    watching.watch(host.paths)
    act()
    found = watching.of(host.paths)
    return found.why_not_ask, found.activity


def test_drive_that_nobody_uses_is_asked(host: Host) -> None:
    assert use_after(host, lambda: None) == (None, None)


def test_program_that_has_it_open_is_named(host: Host) -> None:
    host.node("scsi_tape", "nst0")
    host.counters()

    def write() -> None:
        host.process(OTHER, "bareos-sd", DEVICE)
        host.counters(write_cnt=9)

    assert use_after(host, write) == ("in use by bareos-sd", "writing")


def test_program_that_is_not_seen_is_known_by_what_it_does(host: Host) -> None:
    """As one in another container."""
    host.counters()
    found = use_after(host, lambda: host.counters(write_cnt=9))
    assert found == ("in use by another program", "writing")


def test_drive_whose_users_can_t_be_seen_is_not_asked(host: Host) -> None:
    shutil.rmtree(host.processes / "1")
    why_not, _ = use_after(host, lambda: None)
    assert why_not and "only root can see" in why_not


def test_virtual_drive_is_nobody_s() -> None:
    assert TapeUse().of(()).why_not_ask is None
