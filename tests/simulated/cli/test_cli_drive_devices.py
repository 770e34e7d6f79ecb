"""A drive that is named by its device chooses the library, of those that the host has."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from changer.library import discovery

from .terminal import NO_LIBRARY, USAGE, Terminal

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
    serial = b"ALONE12345"
    parent = folder / "sys/dev/char/1:5/device"
    (parent / "vpd_pg80").write_bytes(bytes((1, 0x80, 0, len(serial))) + serial)
    changer = folder / "sys/class/scsi_generic/sg907/device"
    changer.mkdir(parents=True)
    for name, text in {"type": "8", "vendor": "HPE", "model": "MSL", "rev": "1"}.items():
        (changer / name).write_text(f"{text}\n")
    (changer / "vpd_pg80").write_bytes(b"\x08\x80\x00\x08DEC12345")
    run = two.run("--json", "cleaner", "mark-cleaned", DEVICE)
    assert run.status == 0 and run.json["library"] is None
    assert "HPE_MSL_DEC12345 can't be asked for its drives: " in run.err


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


def test_drive_of_another_library_is_cleaned_with_its_own_cleaner(two: Terminal) -> None:
    two.done("-l", "sim:other", "cleaner", "reserve", "4")
    two.done("-l", "sim:other", "cleaner", "insert", "--from", "mail:1")
    two.fault("wants-cleaning drive:0 required", name="other")
    done = two.done("--json", "clean", "sim:other/drive:0").json
    assert done["library"]["serial"] == "OTHER00001"
    assert [each["drive"] for each in done["drives"]] == [0]
