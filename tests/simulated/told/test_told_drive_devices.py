"""A drive that is named by its device: of which library it is, the libraries are asked."""

from __future__ import annotations

from typing import Any

import pytest

from changer.store.records import DriveIdentity

from .drive_unit import TEST_UNIT_READY
from .host import Host, _make_device
from .stand_in import StandIn
from .test_told_drives import DRIVE_0, DRIVE_1, sent, two_drives, with_cleaner

ZERO = "/dev/zero"  # a character device that every host has: 1:5
OWN = ("HU1000AAAA", "HU1000BBBB")


def name_zero(host: Host, node: int) -> None:
    """/dev/zero is a node of the device sgN, too."""
    folder = host.sysfs / "dev/char/1:5"
    folder.mkdir(parents=True)
    (folder / "device").symlink_to(host.sysfs / f"class/scsi_generic/sg{node}/device")


def on_host(host: Host, told: tuple[str, str] = OWN, *, node: int = 1) -> StandIn:
    library = two_drives(told)
    with_cleaner(host, library)
    name_zero(host, node)
    for each in library.bays.values():
        sent(each)
    return library


def standalone(host: Host) -> None:
    """/dev/zero is a tape drive that no library reports."""
    from .drive_unit import Unit

    with_cleaner(host, two_drives())
    folder = host.sysfs / "class/scsi_generic/sg5/device"
    _make_device(folder, Unit("HU5555CCCC", "HU5555CCCC", 5), 5)
    name_zero(host, 5)


def conditions(host: Host) -> dict[str, tuple[str | None, int]]:
    """By drive: its library, and how often it was cleaned."""
    with host.store() as store:
        kept = (*store.drive_conditions(None), *store.drive_conditions(host.id))
        return {each.drive: (each.library_id, each.cleanings) for each in kept if each.cleanings}


def test_drive_of_a_device_is_cleaned(host: Host) -> None:
    first, second = on_host(host).bays.values()
    cleaned: list[Any] = host.changer("clean", ZERO).json["drives"]
    assert [each["drive"] for each in cleaned] == [1]
    assert sent(first) == set()
    assert TEST_UNIT_READY in sent(second)


def test_drive_is_found_where_it_is_now(host: Host) -> None:
    library = on_host(host)
    first, second = library.bays.values()
    library.swap_drives(DRIVE_0, DRIVE_1)
    (cleaned,) = host.changer("clean", ZERO).json["drives"]
    assert cleaned["drive"] == 0
    assert sent(first) == set()
    assert TEST_UNIT_READY in sent(second)


def test_drive_is_found_by_every_path_to_it(host: Host) -> None:
    library = two_drives()
    library.bays[DRIVE_0].other_nodes = (7,)
    with_cleaner(host, library)
    name_zero(host, 7)
    (cleaned,) = host.changer("clean", ZERO).json["drives"]
    assert cleaned["drive"] == 0


def test_drive_of_no_library_is_not_cleaned(host: Host) -> None:
    standalone(host)
    run = host.text("clean", ZERO)
    assert run.status == 6
    assert f"changer cleaner mark-cleaned {ZERO}" in run.err
    assert not host.library.motions
    assert conditions(host) == {}


@pytest.mark.parametrize("device", ["/dev/full", "/dev/no-such-tape"])
@pytest.mark.parametrize("words", [("clean",), ("cleaner", "mark-cleaned")], ids=" ".join)
def test_device_that_is_no_tape_drive_is_refused(
    host: Host, words: tuple[str, ...], device: str
) -> None:
    on_host(host)
    assert host.changer(*words, device).error in ("no-such-drive", "device-not-available")
    assert conditions(host) == {}
    assert not host.library.motions


# Marked by hand


@pytest.mark.parametrize("drive", ["1", "drive:1", f"@{DRIVE_1}", ZERO])
@pytest.mark.parametrize("told", [OWN, ("HPE HU1000AAAA", "HPE HU1000BBBB")], ids=str)
def test_drive_of_a_library_is_marked_by_the_name_that_the_library_has_for_it(
    host: Host, told: tuple[str, str], drive: str
) -> None:
    on_host(host, told)
    marked = host.changer("cleaner", "mark-cleaned", drive).json
    assert conditions(host) == {told[1]: (host.id, 1)}
    assert (marked["serial"], marked["drive"], marked["address"]) == (told[1], 1, DRIVE_1)
    assert marked["library"]["id"] == host.id and marked["cleaned_at"]
    drives = host.changer("cleaner", "status").json["drives"]
    assert [each["cleanings"] for each in drives] == [0, 1]
    assert not host.library.motions


def test_text_says_which_drive_was_marked(host: Host) -> None:
    on_host(host)
    said = f"drive 1 of {host.id} is marked as cleaned\n"
    assert host.text("cleaner", "mark-cleaned", ZERO).out == said


def test_drive_of_no_library_is_marked_by_its_serial_number(host: Host) -> None:
    standalone(host)
    marked = host.changer("cleaner", "mark-cleaned", ZERO).json
    assert (marked["serial"], marked["library"], marked["drive"]) == ("HU5555CCCC", None, None)
    assert conditions(host) == {"HU5555CCCC": (None, 1)}


def test_drive_that_left_its_library_is_a_drive_of_none(host: Host) -> None:
    """Until the library was asked, the store has it as that library's."""
    standalone(host)
    with host.store() as store:
        store.replace_drives(host.id, [DriveIdentity(DRIVE_0, "HU5555CCCC")])
    assert host.changer("cleaner", "mark-cleaned", ZERO).json["library"] is None
    assert conditions(host) == {"HU5555CCCC": (None, 1)}


@pytest.mark.parametrize("drive", ["1", ZERO])
def test_rehearsal_marks_nothing(host: Host, drive: str) -> None:
    on_host(host)
    assert host.changer("cleaner", "mark-cleaned", drive, "--dry-run").status == 0
    assert conditions(host) == {}


def test_drive_that_is_not_there_can_t_be_marked(host: Host) -> None:
    on_host(host)
    assert host.changer("cleaner", "mark-cleaned", "9").error == "no-such-drive"
    assert conditions(host) == {}
