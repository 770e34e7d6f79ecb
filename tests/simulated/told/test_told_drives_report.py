"""``changer drives`` on a host with devices: which device each drive is, and who uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from pytest_mock import MockerFixture

from .drive_unit import INQUIRY, LOG_SENSE, TEST_UNIT_READY
from .host import Host, _make_device
from .test_told_drives import DRIVE_0, SLOTS, sent, two_drives
from .virtual import Virtual

ZERO = Path("/dev/zero")  # a character device that every host has: 1:5
OTHER = 4711
ELEMENT_ADDRESS = bytes.fromhex("12 01 b4 00 fc 00")


@pytest.fixture(autouse=True)
def processes(tmp_path: Path, mocker: MockerFixture) -> Path:
    """A host of which every process is seen: there is only the first one."""
    folder = tmp_path / "proc"
    (folder / "1/fd").mkdir(parents=True)
    mocker.patch("changer.host.device_use._PROC", folder)
    return folder


@pytest.fixture
def nameless(host: Host, folder: Path) -> Virtual:
    """A library that reports no identifiers, whose two drives know their addresses."""
    library = Virtual(folder / "virtual", "no-identifiers")
    host.attach(cast("Any", library))
    return library


def drives(host: Host) -> list[dict[str, Any]]:
    answer = host.changer("drives")
    assert answer.status == 0, answer
    assert answer.json["schema"] == "changer.drives/1"
    shown: list[dict[str, Any]] = answer.json["drives"]
    return shown


def devices(host: Host) -> list[tuple[str | None, str | None]]:
    """The tape node of each drive, and by what it was found."""
    return [(each["tape"], each["matched_by"]) for each in drives(host)]


def in_use(host: Host, processes: Path, node: int, name: str = "bareos-sd") -> None:
    """A program has /dev/nst of that number open."""
    file = host.sysfs / f"class/scsi_generic/sg{node}/device/scsi_tape/nst{node}/dev"
    file.write_text("1:5\n")
    (processes / f"{OTHER}/fd").mkdir(parents=True)
    (processes / f"{OTHER}/comm").write_text(f"{name}\n")
    (processes / f"{OTHER}/fd/7").symlink_to(ZERO)


def counted(host: Host, node: int, name: str, value: int) -> None:
    folder = host.sysfs / f"class/scsi_generic/sg{node}/device/scsi_tape/nst{node}/stats"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"{value}\n")


# By serial number


def test_drives_are_found_by_the_serial_numbers_that_the_library_reports(host: Host) -> None:
    library = two_drives(("IBM HU1000AAAA", "HU1000BBBB"))
    host.attach(library)
    assert devices(host) == [("/dev/nst0", "serial-number"), ("/dev/nst1", "serial-number")]
    commands = {cdb for unit in library.bays.values() for cdb in unit.commands}
    assert ELEMENT_ADDRESS not in commands, "the library has said enough"


def test_drive_of_another_host_says_what_helps(host: Host) -> None:
    library = two_drives(("HU1000AAAA", "HU9999ZZZZ"))
    host.attach(library)
    _, second = drives(host)
    assert (second["device"], second["matched_by"], second["asked"]) == (None, None, False)
    assert (
        "no tape device of this host has its serial number, HU9999ZZZZ" in second["why_no_device"]
    )
    assert "lsscsi -g" in second["hint"]
    (other,) = host.changer("drives").json["other_devices"]
    assert (other["tape"], other["serial"]) == ("/dev/nst1", "HU1000BBBB")
    text = host.text("drives").out
    assert "no device is known for it: no tape device of this host has" in text
    assert (
        "other tape drives of this host:\n  /dev/nst1, TEST ULT3580-TD8, serial HU1000BBBB" in text
    )


def test_drives_whose_serial_numbers_are_alike_are_not_taken_for_a_device(host: Host) -> None:
    """Nor is either of them asked."""
    library = two_drives(("HU1000AAAA", "XHU1000AAAA"))
    host.attach(library)
    why = "the library does not report its serial number, or that of another drive is alike"
    shown = [(each["device"], each["why_no_device"], each["asked"]) for each in drives(host)]
    assert shown == [(None, why, False)] * 2
    assert {each["hint"] for each in drives(host)} == {
        "load a cartridge into it, and see which device becomes ready: mt -f /dev/nst0 status"
    }
    assert all(sent(each) <= {INQUIRY} for each in library.bays.values())


def test_two_paths_to_a_drive_are_both_shown(host: Host) -> None:
    library = two_drives()
    library.bays[DRIVE_0].other_nodes = (7,)
    host.attach(library)
    first, _ = drives(host)
    assert first["tape"] == "/dev/nst0"
    assert [each["generic"] for each in first["paths"]] == ["/dev/sg0", "/dev/sg7"]
    assert "also /dev/nst7" in host.text("drives").out


def test_host_without_tape_drives_is_told_to_look_for_them(host: Host) -> None:
    library = two_drives()
    bays, library.bays = library.bays, {}
    host.attach(library)
    library.bays = bays
    assert {each["device"] for each in drives(host)} == {None}
    assert all("rescan-scsi-bus.sh" in each["hint"] for each in drives(host))


# By the element address that a drive reports


def test_drives_of_a_library_without_identifiers_are_found_by_their_addresses(
    host: Host, nameless: Virtual
) -> None:
    first, second = drives(host)
    assert [each["matched_by"] for each in (first, second)] == ["element-address"] * 2
    assert [each["tape"] for each in (first, second)] == ["/dev/nst1", "/dev/nst2"]
    assert first["serial"] == nameless.bays[500].serial
    assert all(each["asked"] for each in (first, second))
    with host.store() as store:
        (library,) = store.libraries()
        kept = [(each.address, each.serial) for each in store.drives(library.id) or ()]
    assert kept == [(address, bay.serial) for address, bay in sorted(nameless.bays.items())]


def test_drives_that_changed_bays_are_found_where_they_are_now(
    host: Host, nameless: Virtual
) -> None:
    drives(host)
    nameless.fault("element-address drive:0 501")
    nameless.fault("element-address drive:1 500")
    assert [each["tape"] for each in drives(host)] == ["/dev/nst2", "/dev/nst1"]


def test_address_that_two_drives_report_leaves_both_without_a_device(
    host: Host, nameless: Virtual
) -> None:
    nameless.fault("element-address drive:1 500")
    first, second = drives(host)
    assert (first["device"], second["device"]) == (None, None)
    assert "and so does /dev/sg2" in first["why_no_device"]
    assert "no tape drive of this host reports element address 501" in second["why_no_device"]
    assert "mt -f /dev/nst0 status" in first["hint"]
    for unit in nameless.bays.values():
        assert {cdb[0] for cdb in unit.commands} == {INQUIRY}, "it may be another's"


def test_drives_are_left_alone_where_the_host_sees_another_library(
    host: Host, nameless: Virtual
) -> None:
    changer = host.sysfs / "class/scsi_generic/sg9/device"
    _make_device(changer, cast("Any", nameless.bays[500]), 9)
    (changer / "type").write_text("8\n")
    (changer / "vpd_pg80").write_bytes(b"\x08\x80\x00\x05OTHER")
    assert {each["device"] for each in drives(host)} == {None}
    assert "another library" in drives(host)[0]["why_no_device"]
    assert host.changer("load", 1, 0, "--ready").error == "device-not-available"


def test_drive_without_the_page_is_without_a_device(host: Host) -> None:
    library = two_drives()
    library.knows_drives = False
    host.attach(library)
    first, _ = drives(host)
    assert "reports element address 256 (VPD page B4h)" in first["why_no_device"]
    (other, _) = host.changer("drives").json["other_devices"]
    assert other["reason"] == "it does not report its element address (VPD page B4h)"


def test_drive_found_by_its_address_is_waited_for(host: Host, nameless: Virtual) -> None:
    answer = host.changer("load", 1, 1, "--ready")
    assert answer.status == 0, answer
    assert answer.json["ready"] is True
    assert TEST_UNIT_READY in {cdb[0] for cdb in nameless.bays[501].commands}
    assert TEST_UNIT_READY not in {cdb[0] for cdb in nameless.bays[500].commands}


def test_status_sends_nothing_to_the_drives(host: Host, nameless: Virtual) -> None:
    assert host.changer("status").status == 0
    assert all(unit.commands == [] for unit in nameless.bays.values())


# In use by others


def test_drive_that_a_program_has_open_is_not_asked_and_the_program_named(
    host: Host, processes: Path
) -> None:
    library = two_drives()
    host.attach(library)
    in_use(host, processes, 0)
    first, second = drives(host)
    assert (first["state"], first["reason"]) == ("in use", "in use by bareos-sd")
    assert first["used_by"] == [{"process_id": OTHER, "name": "bareos-sd"}]
    assert (first["asked"], second["asked"]) == (False, True)
    assert sent(library.bays[DRIVE_0]) == set()
    assert "in use by bareos-sd" in host.text("drives").out


def test_drive_without_identifiers_in_use_is_sent_inquiry_alone(
    host: Host, processes: Path, nameless: Virtual
) -> None:
    in_use(host, processes, 1)
    first, _ = drives(host)
    assert (first["tape"], first["state"]) == ("/dev/nst1", "in use")
    assert {cdb[0] for cdb in nameless.bays[500].commands} == {INQUIRY}


def test_drive_that_is_written_to_says_so(host: Host) -> None:
    """By a program that this process does not see: what the kernel counts is enough."""
    library = two_drives()
    host.attach(library)
    counted(host, 1, "write_cnt", 5)
    library.at[257] = library.at.pop(SLOTS[0])
    first = library.bays[DRIVE_0]
    answer = first.execute

    def meanwhile(cdb: bytes, **more: Any) -> Any:
        """While the first drive is asked, somebody writes to the second one."""
        counted(host, 1, "write_cnt", 6)
        return answer(cdb, **more)

    first.execute = meanwhile  # type: ignore[method-assign]
    _, second = drives(host)
    assert (second["state"], second["reason"]) == ("writing", "in use by another program")
    assert second["asked"] is False
    assert LOG_SENSE not in sent(library.bays[257])


def test_drive_of_which_no_one_can_say_who_uses_it_is_shown_as_the_library_shows_it(
    host: Host, processes: Path
) -> None:
    (processes / "1/fd").rmdir()
    (processes / "1").rmdir()
    library = two_drives()
    host.attach(library)
    library.at[256] = library.at.pop(SLOTS[0])
    first, second = drives(host)
    assert (first["state"], second["state"]) == ("loaded", "empty")
    assert first["volume_tag"] == "A00001L8"
    assert "root can" in first["why_not"]
    assert sent(library.bays[DRIVE_0]) == set()
