"""A drive that is named by its device chooses the library, of those that the host has."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from changer.host.clock import SystemClock
from changer.library import discovery
from changer.store.records import DriveIdentity
from changer.store.sqlite import open_store

from .terminal import NO_LIBRARY, USAGE, Terminal

READ_ELEMENT_STATUS = 0xB8
DEVICE = "/dev/zero"  # a character device that every host has: 1:5


@pytest.fixture
def two(terminal: Terminal, folder: Path, mocker: MockerFixture) -> Terminal:
    """sim:demo and sim:other; /dev/zero is drive 0 of the second, which has a cleaner in slot 4."""
    terminal.create(
        "other", "demo", serial="OTHER00001", drive_serial="OTHERDR", cleaning_seconds=0
    )
    terminal.done("status")
    drives = terminal.done("-l", "sim:other", "--json", "status").json["drives"]
    serial = str(drives[0]["serial"]).encode()
    parent = folder / "sys/dev/char/1:5/device"
    (parent / "scsi_generic/sg5").mkdir(parents=True)
    (parent / "type").write_text("1\n")
    (parent / "vpd_pg80").write_bytes(bytes((1, 0x80, 0, len(serial))) + serial)
    mocker.patch.object(discovery, "_SYS", folder / "sys")
    mocker.patch("pyudev.Context", side_effect=OSError)
    return terminal


def library_of(terminal: Terminal, *words: str) -> str:
    marked = terminal.done("--json", *words, "cleaner", "mark-cleaned", DEVICE).json
    assert marked["drive"] == 0
    return str(marked["library"]["serial"])


@pytest.mark.parametrize("words", [(), ("-l", "sim:other")], ids=["none", "its own"])
def test_device_means_the_library_of_its_drive(two: Terminal, words: tuple[str, ...]) -> None:
    """Although $CHANGER names another one."""
    assert library_of(two, *words) == "OTHER00001"


@pytest.mark.parametrize("verb", [("clean",), ("cleaner", "mark-cleaned")], ids=" ".join)
@pytest.mark.parametrize("device", [DEVICE, "sim:other/drive:0"])
def test_library_that_is_not_the_drives_is_refused_and_both_are_named(
    two: Terminal, verb: tuple[str, ...], device: str
) -> None:
    names = {"sim:demo", two.done("--json", "status").json["library"]["id"]}
    run = two.run("-l", "sim:demo", *verb, device)
    assert run.status == USAGE
    assert any(f"not of {each}\n" in run.err for each in names)
    assert "OTHER00001" in run.err or "of sim:other," in run.err
    assert "leave --library out" in run.err


def test_library_that_is_not_there_is_an_error(two: Terminal) -> None:
    assert two.run("-l", "sim:none", "clean", DEVICE).status == NO_LIBRARY


def test_default_library_that_is_not_there_is_no_obstacle(two: Terminal) -> None:
    two.variables["CHANGER"] = "sim:none"
    run = two.run("--json", "cleaner", "mark-cleaned", DEVICE)
    assert run.status == 0 and run.json["library"]["serial"] == "OTHER00001"
    assert "sim:none can't be asked" in run.err


def test_drive_whose_library_does_not_answer_is_not_taken_for_one_of_no_library(
    two: Terminal,
) -> None:
    two.fault("unplugged", name="other")
    run = two.run("--json", "cleaner", "mark-cleaned", DEVICE)
    assert run.error["code"] == "device-not-available"
    two.fault("clear", name="other")
    assert two.done("-l", "sim:other", "--json", "drives").json["drives"][0]["cleaned_at"] is None


def test_library_that_never_had_the_drive_and_does_not_answer_is_warned_of(
    two: Terminal, folder: Path
) -> None:
    be_drive(folder, b"ALONE12345")
    attach_silent_changer(folder)
    run = two.run("--json", "cleaner", "mark-cleaned", DEVICE)
    assert run.status == 0 and run.json["library"] is None
    assert "HPE_MSL_DEC12345 can't be asked for its drives: " in run.err


@pytest.mark.parametrize("words", [(), ("-l", "sim:other")], ids=["none", "named"])
def test_library_that_had_the_drive_and_has_it_no_more_is_asked_once_and_then_the_others(
    two: Terminal, folder: Path, words: tuple[str, ...]
) -> None:
    """What the store keeps of drives only says which library to ask first."""
    be_drive(folder, b"ALONE12345")
    attach_silent_changer(folder)
    with open_store(two.state, clock=SystemClock()) as store:
        (library,) = [each for each in store.libraries() if each.serial == "OTHER00001"]
        store.replace_drives(library.id, [DriveIdentity(500, "ALONE12345")])
    before = Counter(two.truth("other").commands)
    run = two.run("--json", *words, "cleaner", "mark-cleaned", DEVICE)
    assert run.status == 0 and run.json["library"] is None
    assert "HPE_MSL_DEC12345 can't be asked for its drives: " in run.err
    asked = Counter(two.truth("other").commands) - before
    assert asked[READ_ELEMENT_STATUS] == 2, "the drives, and their identifiers"


@pytest.mark.parametrize("kind", ["8", "0"])
def test_device_that_is_no_tape_drive_is_no_drive(two: Terminal, folder: Path, kind: str) -> None:
    (folder / "sys/dev/char/1:5/device/type").write_text(f"{kind}\n")
    run = two.run("--json", "cleaner", "mark-cleaned", DEVICE)
    assert run.error["message"] == f"{DEVICE} is not a tape drive"
    assert run.error["hint"] == "lsscsi -g shows which are"


def test_drive_without_a_serial_number_can_not_be_found_in_a_library(
    two: Terminal, folder: Path
) -> None:
    (folder / "sys/dev/char/1:5/device/vpd_pg80").unlink()
    run = two.run("--json", "cleaner", "mark-cleaned", DEVICE)
    assert run.error["code"] == "device-not-available"
    assert run.error["message"] == f"{DEVICE} does not report a serial number"


def test_device_that_is_not_there_is_told_with_what_lists_the_drives(two: Terminal) -> None:
    run = two.run("--json", "cleaner", "mark-cleaned", "/dev/no such drive")
    assert run.error["code"] == "device-not-available"
    assert "lsscsi -g lists the tape drives" in run.error["hint"]


def test_library_with_two_paths_is_asked_once(two: Terminal, folder: Path) -> None:
    be_drive(folder, b"ALONE12345")
    for number in (907, 908):
        attach_silent_changer(folder, number)
    run = two.run("--json", "cleaner", "mark-cleaned", DEVICE)
    assert run.status == 0
    assert run.err.count("HPE_MSL_DEC12345 can't be asked for its drives: ") == 1


def be_drive(folder: Path, serial: bytes) -> None:
    """Have the device that serial number."""
    parent = folder / "sys/dev/char/1:5/device"
    (parent / "vpd_pg80").write_bytes(bytes((1, 0x80, 0, len(serial))) + serial)


def attach_silent_changer(folder: Path, number: int = 907) -> None:
    """A library of this host which has no node, or a path to it."""
    changer = folder / f"sys/class/scsi_generic/sg{number}/device"
    changer.mkdir(parents=True)
    for name, text in {"type": "8", "vendor": "HPE", "model": "MSL", "rev": "1"}.items():
        (changer / name).write_text(f"{text}\n")
    (changer / "vpd_pg80").write_bytes(b"\x08\x80\x00\x08DEC12345")


def test_virtual_drive_can_be_named_as_its_device_is_shown(two: Terminal) -> None:
    marked = two.done("--json", "cleaner", "mark-cleaned", "sim:other/drive:1").json
    assert (marked["library"]["serial"], marked["drive"]) == ("OTHER00001", 1)


def test_virtual_drive_is_of_this_host_though_libraries_are_of_another(two: Terminal) -> None:
    settings = two.folder / "changer.toml"
    settings.write_text('manager = "ssh://tape1.invalid"\n')
    two.variables["CHANGER_CONFIG"] = str(settings)
    del two.variables["CHANGER"]
    marked = two.done("--json", "cleaner", "mark-cleaned", "sim:other/drive:1").json
    assert (marked["library"]["serial"], marked["drive"]) == ("OTHER00001", 1)


@pytest.mark.parametrize("device", ["/dev/other/drive:0", "sim:other/nst0"])
def test_what_is_not_named_as_a_drive_of_a_virtual_library_is_a_device(
    two: Terminal, device: str
) -> None:
    assert two.run("clean", device).err.startswith(f"changer: {device}: no such device\n")


def test_drive_of_another_library_is_cleaned_with_its_own_cleaner(two: Terminal) -> None:
    two.done("-l", "sim:other", "cleaner", "reserve", "4")
    two.done("-l", "sim:other", "cleaner", "insert", "--from", "mail:1")
    two.fault("wants-cleaning drive:0 required", name="other")
    done = two.done("--json", "clean", "sim:other/drive:0").json
    assert done["library"]["serial"] == "OTHER00001"
    assert [each["drive"] for each in done["drives"]] == [0]
