"""A load that names no drive, or names one by its device, on a host with the devices of drives."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from .drive_unit import Unit
from .host import Host
from .stand_in import StandIn
from .test_told_drive_devices import ZERO, name_zero
from .test_told_drives import CLEANER, DRIVE_0, DRIVE_1, SLOTS, sent, two_drives
from .test_told_drives_report import in_use

HOST_NODES = ("HU1000AAAA", "HU1000BBBB")
NO_FREE_ELEMENT = "no-free-element"


@pytest.fixture(autouse=True)
def processes(tmp_path: Path, mocker: MockerFixture) -> Path:
    """A host of which every process is seen: there is only the first one."""
    folder = tmp_path / "proc"
    (folder / "1/fd").mkdir(parents=True)
    mocker.patch("changer.host.device_use._PROC", folder)
    return folder


def attach(host: Host, told: tuple[str, str] = HOST_NODES, *, knows_drives: bool = True) -> StandIn:
    library = two_drives(told)
    library.knows_drives = knows_drives
    host.attach(library)
    return library


def loaded(host: Host, *words: object) -> str:
    """The drive that the cartridge of slot 1 goes to."""
    answer = host.changer("load", 1, *words)
    assert answer.status == 0, answer
    destination: str = answer.json["moves"][0]["destination"]
    return destination


def test_drive_0_of_this_host_is_taken(host: Host) -> None:
    attach(host)
    assert loaded(host) == "drive:0"


def test_drive_of_another_host_is_not_taken(host: Host) -> None:
    """Its tape device has that serial number nowhere here."""
    attach(host, ("HU9999ZZZZ", "HU1000BBBB"))
    answer = host.changer("load", 1)
    assert answer.json["moves"][0]["destination"] == "drive:1"
    assert answer.json["device"] == "/dev/nst1"


def test_text_names_the_device_of_the_drive_that_was_chosen(host: Host) -> None:
    attach(host, ("HU9999ZZZZ", "HU1000BBBB"))
    assert host.text("load", 1).out == "moved A00001L8 from slot 1 to drive 1, /dev/nst1\n"


def test_host_without_any_of_the_drives_takes_none(host: Host) -> None:
    library = attach(host, ("HU9999YYYY", "HU9999ZZZZ"))
    answer = host.changer("load", 1)
    assert answer.error == NO_FREE_ELEMENT
    assert "drive 0 is not known to be on this host" in answer.err
    assert "name the drive to use" in answer.err
    assert not library.motions
    assert loaded(host, "0") == "drive:0", "one that is named is taken as ever"


def test_drive_that_a_program_has_open_is_not_taken(host: Host, processes: Path) -> None:
    library = attach(host)
    in_use(host, processes, 0)
    assert loaded(host) == "drive:1"
    assert sent(library.bays[DRIVE_0]) == set()


def test_drives_that_are_all_taken_are_told_with_their_users(host: Host, processes: Path) -> None:
    library = attach(host)
    in_use(host, processes, 0)
    library.at[DRIVE_1] = library.at.pop(SLOTS[7])
    answer = host.changer("load", 1)
    assert answer.error == NO_FREE_ELEMENT
    assert f"drive 0 is in use by bareos-sd, drive 1 is full ({CLEANER})" in answer.err


def test_library_that_tells_nothing_of_its_drives_is_worked_as_ever(host: Host) -> None:
    """Neither do its drives: which are of this host, nobody knows."""
    library = attach(host, knows_drives=False)
    assert loaded(host) == "drive:0"
    assert {cdb[0] for unit in library.bays.values() for cdb in unit.commands} <= {0x12}


def test_drive_that_nobody_knows_is_not_waited_for(host: Host) -> None:
    library = attach(host, knows_drives=False)
    answer = host.changer("load", 1, "--print-device")
    assert answer.error == NO_FREE_ELEMENT
    assert not library.motions


# By device


def test_cartridge_is_loaded_into_the_drive_of_a_device(host: Host) -> None:
    attach(host)
    name_zero(host, 1)
    assert loaded(host, ZERO) == "drive:1"


def test_cartridge_is_unloaded_from_the_drive_of_a_device(host: Host) -> None:
    attach(host)
    name_zero(host, 1)
    loaded(host, "1")
    assert host.text("unload", ZERO).out == "moved A00001L8 from drive 1 to slot 1\n"


def test_device_that_is_no_tape_drive_is_refused(host: Host) -> None:
    library = attach(host)
    for words in (("load", 1, "/dev/full"), ("unload", "/dev/full")):
        assert host.changer(*words).error == "no-such-drive"
    assert not library.motions


def test_stand_alone_drive_is_not_loaded(host: Host) -> None:
    library = attach(host, ("HU1000AAAA", "HU9999ZZZZ"))
    name_zero(host, 1)
    answer = host.changer("load", 1, ZERO)
    assert answer.error == "no-such-drive"
    assert "not a drive of a library of this host" in answer.err
    assert not library.motions


# The device printed


def test_tape_node_is_all_that_is_printed(host: Host) -> None:
    attach(host)
    assert host.text("load", 1, 1, "--print-device").out == "/dev/nst1\n"


def test_tape_node_of_the_path_that_was_named_is_printed(host: Host) -> None:
    library = two_drives()
    library.bays[DRIVE_0].other_nodes = (7,)
    host.attach(library)
    name_zero(host, 7)
    assert host.text("load", 1, ZERO, "--print-device").out == "/dev/nst7\n"


def test_drive_without_a_tape_node_is_not_loaded_for_a_program(host: Host) -> None:
    library = attach(host)
    for node in (0, 1):
        (host.sysfs / f"class/scsi_generic/sg{node}/device/scsi_tape/nst{node}").rmdir()
    answer = host.changer("load", 1, 0, "--print-device")
    assert answer.error == "device-not-available"
    assert "modprobe st" in answer.err
    assert not library.motions
    assert loaded(host, 0, "--ready") == "drive:0"


def test_drive_that_reports_another_serial_number_is_passed_over(host: Host) -> None:
    library = attach(host)
    first: Unit = library.bays[DRIVE_0]
    first.serial = "HU4444DDDD"  # since the kernel asked
    assert host.text("load", 1, "--print-device").out == "/dev/nst1\n"
