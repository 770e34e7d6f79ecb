"""Which drive is meant: by what the library says of it now, and by what the drive says itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from on_record import bring_in

from changer.drives.drive import known_drive
from changer.errors import DeviceNotAvailable
from changer.hooks.autochanger.archive_device import ArchiveDevice
from changer.library.discovery import find_tape_drives
from changer.library.drive_map import known_owners
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.opening import host_request, open_library
from changer.store.records import DriveIdentity

from .drive_unit import INQUIRY, TEST_UNIT_READY, Unit
from .host import NODE, Host
from .stand_in import Cartridge, Geometry, StandIn

DRIVE_0, DRIVE_1 = 256, 257
SLOTS = range(4096, 4104)
HOME = SLOTS[-1]
CLEANER = "CLN001L8"
NAMED = "THE_SECOND"
ZERO = Path("/dev/zero")  # another character device that every host has: 1:5


def two_drives(told: tuple[str, str] = ("HU1000AAAA", "HU1000BBBB")) -> StandIn:
    """Two empty drives, whose serial numbers the library tells so; a tape in slot 1 and a cleaner
    in slot 8.
    """
    library = StandIn("TWODRIVES", Geometry.of(slots=len(SLOTS), mail=1, drives=2))
    own = ("HU1000AAAA", "HU1000BBBB")
    for node, (address, serial, told_serial) in enumerate(
        zip((DRIVE_0, DRIVE_1), own, told, strict=True)
    ):
        library.bays[address] = Unit(serial, told_serial, node)
    library.at[SLOTS[0]] = Cartridge(1, "A00001L8", home=SLOTS[0])
    library.at[HOME] = Cartridge(2, CLEANER, is_cleaner=True, home=HOME)
    return library


def with_cleaner(host: Host, library: StandIn) -> None:
    """Attach the library; the store knows the cleaner of slot 8."""
    host.attach(library)
    assert host.changer("status").status == 0
    with host.store() as store:
        reserving = store.begin_operation(host.id, "reserve")
        store.reserve(reserving.id, slot_address=HOME)
        bring_in(store, host.id, volume_tag=CLEANER, cleans_left=50)


def sent(unit: Unit) -> set[int]:
    """The commands that a drive got, by opcode; the list begins anew."""
    opcodes = {cdb[0] for cdb in unit.commands}
    unit.commands.clear()
    return opcodes


def shown(host: Host) -> list[tuple[str | None, str | None]]:
    """Serial number and device of each drive."""
    drives = host.changer("status").json["drives"]
    return [(each["serial"], each["device"]) for each in drives]


# Drives that have changed bays


def test_drives_that_have_changed_bays_are_shown_where_they_are(host: Host) -> None:
    library = two_drives()
    host.attach(library)
    before = shown(host)
    library.swap_drives(DRIVE_0, DRIVE_1)
    assert shown(host) == before[::-1]


def test_cleaning_after_drives_changed_bays_leaves_the_other_drive_s_tape_alone(host: Host) -> None:
    library = two_drives()
    first, second = library.bays.values()
    with_cleaner(host, library)
    library.swap_drives(DRIVE_0, DRIVE_1)
    library.carry(SLOTS[0], DRIVE_1)
    first.is_threaded = True  # somebody's tape, in the drive that was drive 0
    sent(first)
    assert host.changer("clean", 0).status == 0
    assert sent(first) == set()
    assert TEST_UNIT_READY in sent(second)
    assert (library.where(2), library.where(1)) == (HOME, DRIVE_1)


def test_loaded_drive_is_the_one_that_is_waited_for_after_drives_changed_bays(host: Host) -> None:
    library = two_drives()
    first, second = library.bays.values()
    host.attach(library)
    shown(host)
    library.swap_drives(DRIVE_0, DRIVE_1)
    assert host.changer("load", 1, 0, "--ready").status == 0
    assert (sent(first), sent(second)) == (set(), {INQUIRY, TEST_UNIT_READY})


# A library that means another drive than the one that is there


@pytest.mark.parametrize("words", [("load", 1, 0, "--ready"), ("clean", 0)], ids=lambda it: it[0])
def test_drive_that_says_that_it_is_another_one_is_left_alone(
    host: Host, words: tuple[object, ...]
) -> None:
    """The library tells the serial number of the drive that was there; so does the host's sysfs."""
    library = two_drives()
    with_cleaner(host, library)
    library.bays[DRIVE_0].serial = "NEW000DRIVE"
    sent(library.bays[DRIVE_0])
    said = host.text(*words).err
    assert "HU1000AAAA" in said and "NEW000DRIVE" in said
    assert sent(library.bays[DRIVE_0]) == {INQUIRY}
    assert not library.motions


# A library that prefixes serial numbers, or cuts them short


@pytest.mark.parametrize(
    "told", [("HPE HU1000AAAA", "HPE HU1000BBBB"), ("U1000AAAA", "U1000BBBB")], ids=str
)
def test_serial_number_that_is_told_in_another_form_leads_to_its_drive(
    host: Host, told: tuple[str, str]
) -> None:
    library = two_drives(told)
    with_cleaner(host, library)
    assert [device for _, device in shown(host)] == ["/dev/nst0", "/dev/nst1"]
    assert host.changer("clean", 1).status == 0
    assert host.changer("load", 1, 0, "--ready").status == 0
    assert sent(library.bays[DRIVE_0]) == {INQUIRY, TEST_UNIT_READY}


@pytest.mark.parametrize("told", [("HU1000", "B0B0B0"), ("0AAAA", "0BBBB")], ids=str)
def test_piece_that_fits_two_drives_or_is_tiny_leads_to_none(
    host: Host, told: tuple[str, str]
) -> None:
    library = two_drives(told)
    host.attach(library)
    assert [device for _, device in shown(host)] == [None, None]
    assert host.changer("load", 1, 0, "--ready").error == "device-not-available"
    assert not library.motions


@pytest.mark.parametrize(
    "told", [("HU1000AAAA", "HU1000AAAA"), ("HU1000AAAA", "HPE HU1000AAAA")], ids=str
)
def test_serial_number_that_is_told_of_two_drives_is_that_of_neither(
    host: Host, told: tuple[str, str]
) -> None:
    """Such as that of the library's chassis: drive 1 would be taken for drive 0."""
    library = two_drives(told)
    with_cleaner(host, library)
    assert shown(host) == [(None, None), (None, None)]
    for words in (("load", 1, 1, "--ready"), ("clean", 1)):
        assert host.changer(*words).error == "device-not-available"
    assert not library.motions
    assert sent(library.bays[DRIVE_0]) == set()


# Two paths to one drive


@pytest.fixture
def two_paths(host: Host) -> Host:
    """Drive 0 is sg0 and sg7, whose node is /dev/zero; drive 1 is sg1 alone."""
    library = two_drives()
    library.bays[DRIVE_0].other_nodes = (7,)
    host.attach(library)
    node = host.sysfs / "dev/char/1:5"
    node.mkdir(parents=True)
    (node / "device").symlink_to(host.sysfs / "class/scsi_generic/sg7/device")
    return host


def opened(host: Host) -> Library:
    return open_library(replace(host_request("the test"), library=NODE, clock=host.clock))


def nodes(library: Library, path: str, number: int = 0) -> tuple[Path, ...]:
    archive = ArchiveDevice(library, path, number, DRIVE_0 + number)
    archive.stand_in()
    drive = archive.require_drive(Inventory(library.reader.assignment(), ()))
    return archive.tape_nodes(drive)


def test_path_that_is_shown_is_the_first_which_is_used(two_paths: Host) -> None:
    assert [device for _, device in shown(two_paths)] == ["/dev/nst0", "/dev/nst1"]
    with opened(two_paths) as library:
        known = library.store.drives(library.id)
        assert known is not None
        assert library.find_drive(0, known[0]) == "/dev/sg0"


@pytest.mark.parametrize(
    ("path", "used"), [(str(ZERO), "/dev/sg7"), ("/dev/null", "/dev/sg0")], ids=["its", "none"]
)
def test_daemon_s_own_path_is_used_and_every_node_of_the_drive_is_held(
    two_paths: Host, path: str, used: str
) -> None:
    with opened(two_paths) as library:
        held = nodes(library, path)
        known = library.store.drives(library.id)
        assert known is not None
        assert library.find_drive(0, known[0]) == used
    assert {str(each) for each in held} == {"/dev/nst0", "/dev/nst7"}


@pytest.mark.parametrize(
    ("path", "used"), [(ZERO, "/dev/sg7"), ("/dev/null", "/dev/sg0")], ids=["its", "none"]
)
def test_load_waits_for_the_drive_on_the_daemon_s_path(
    two_paths: Host, path: object, used: str
) -> None:
    """By that one the daemon will write, whatever the other one says."""
    assert two_paths.autochanger("load", 1, path, 0).status == 0
    assert set(two_paths.opened) == {used}


def test_drive_that_this_host_has_no_path_to_is_not_ejected(host: Host) -> None:
    """Its tape may be in use by a program that nothing here would keep from it."""
    host.attach(two_drives(("ELSEWHERE01", "ELSEWHERE02")))
    with opened(host) as library:
        drive = known_drive(library, Inventory(library.reader.assignment(), ()), DRIVE_0)
        archive = ArchiveDevice(library, "", 0, DRIVE_0)
        with pytest.raises(DeviceNotAvailable, match="known to be drive 0"):
            archive.tape_nodes(drive)


def test_daemon_that_uses_the_second_path_is_not_blamed(two_paths: Host) -> None:
    with opened(two_paths) as library:
        archive = ArchiveDevice(library, str(ZERO), 0, DRIVE_0)
        archive.require_drive(Inventory(library.reader.assignment(), ()))
        assert archive.mistake() is None
        assert not archive.is_another_drive
        blamed = ArchiveDevice(library, str(ZERO), 1, DRIVE_1).mistake() or ""
    assert "which is drive 0; drive 1 is /dev/nst1" in blamed


def test_wrong_device_is_in_the_log_of_the_host_though_all_is_well(
    two_paths: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon will look for its cartridge in the other drive."""
    logged: list[str] = []
    monkeypatch.setattr("syslog.syslog", lambda _, text: logged.append(text))
    for path, drive in ((ZERO, 0), (ZERO, 1)):
        loaded = two_paths.autochanger("load", 1, path, drive)
        assert (loaded.status, loaded.err) == (0, "")
        assert two_paths.autochanger("unload", 1, path, drive).status == 0
    (warning,) = logged
    blamed = f"the daemon passed {ZERO}, which is drive 0; drive 1 is /dev/nst1"
    assert f"{two_paths.id}: {blamed}: correct Archive Device" in warning


def test_wrong_device_is_said_with_a_load_that_fails(two_paths: Host) -> None:
    """It may be the reason."""
    assert two_paths.autochanger("load", 1, ZERO, 0).status == 0
    failed = two_paths.autochanger("load", 1, ZERO, 1)
    assert failed.status != 0
    assert f"the daemon passed {ZERO}, which is drive 0; drive 1 is /dev/nst1" in failed.err


def test_wrong_device_is_said_with_an_unload_that_fails(two_paths: Host) -> None:
    assert two_paths.autochanger("load", 1, ZERO, 0).status == 0
    failed = two_paths.autochanger("unload", 1, ZERO, 1)
    assert failed.status != 0
    assert f"the daemon passed {ZERO}, which is drive 0; drive 1 is /dev/nst1" in failed.err


def test_only_a_path_can_be_a_mistake(two_paths: Host) -> None:
    """Where a name is passed, the daemon has no device."""

    def said(library: Library, path: str) -> str | None:
        archive = ArchiveDevice(library, path, 0, DRIVE_0)
        assert not archive.is_another_drive
        return archive.mistake()

    no_tape = "the daemon passed /dev/null, which is not a tape drive of this host"
    with opened(two_paths) as library:
        assert [said(library, path) for path in ("", "Drive-1", "nst0")] == [None] * 3
        archive = ArchiveDevice(library, "/dev/null", 0, DRIVE_0)
        archive.require_drive(Inventory(library.reader.assignment(), ()))
        assert archive.mistake() == f"{no_tape}; drive 0 is /dev/nst0: correct Archive Device"


def test_daemon_is_not_blamed_for_a_drive_that_came_from_another_library(two_paths: Host) -> None:
    """What is kept of that library is of the past."""
    with opened(two_paths) as library:
        library.store.remember_library(
            "AN_EARLIER_ONE", vendor="V", product="P", revision="1", serial="1", device="/dev/sg9"
        )
        library.store.replace_drives("AN_EARLIER_ONE", [DriveIdentity(500, "HU1000AAAA")])
        archive = ArchiveDevice(library, str(ZERO), 0, DRIVE_0)
        archive.require_drive(Inventory(library.reader.assignment(), ()))
        assert archive.mistake() is None
        assert not archive.is_another_drive


@pytest.mark.parametrize(("serial", "owner"), [("HU1000AAAA", "A_FIRST"), ("1000AAAA", NAMED)])
def test_device_is_a_drive_of_the_library_that_tells_its_whole_serial_number(
    two_paths: Host, serial: str, owner: str
) -> None:
    with opened(two_paths) as library:
        for name in ("A_FIRST", NAMED):
            library.store.remember_library(
                name, vendor="V", product="P", revision="1", serial=name, device="/dev/sg9"
            )
        library.store.replace_drives("A_FIRST", [DriveIdentity(500, serial)])
        library.store.replace_drives(NAMED, [DriveIdentity(700, "HU1000AAAA")])
        owners = [name for name, _ in known_owners(library.store, find_tape_drives()[0])]
    assert owners[0] == owner


def test_piece_of_a_serial_number_that_fits_two_devices_makes_neither_a_library_s(
    two_paths: Host,
) -> None:
    with opened(two_paths) as library:
        library.store.replace_drives(library.id, [DriveIdentity(DRIVE_0, "HU1000")])
        for device in find_tape_drives():
            assert known_owners(library.store, device) == ()


def test_device_whose_serial_number_can_t_be_the_told_one_does_not_stand_in(
    two_paths: Host,
) -> None:
    two_paths.library.bays[DRIVE_1].told_serial = "ANOTHER001"
    with opened(two_paths) as library, pytest.raises(DeviceNotAvailable):
        nodes(library, str(ZERO), number=1)
