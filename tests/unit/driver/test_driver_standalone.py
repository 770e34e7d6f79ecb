"""A drive that is part of no library: marked as cleaned, by its serial number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.drives.cleaning_mark import mark_cleaned
from changer.errors import ChangerError
from changer.host.clock import SystemClock
from changer.library import discovery
from changer.store.protocol import Store
from changer.store.records import DriveIdentity
from changer.store.sqlite import open_store

DEVICE = Path("/dev/null")  # a character device that every host has: 1:3
TAPE, CHANGER = 1, 8


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "state.db", clock=SystemClock()) as store:
        yield store


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """sysfs of a host on which /dev/null is a node of a tape drive."""
    monkeypatch.setattr(discovery, "_SYS", tmp_path / "sys")
    parent = tmp_path / "sys/dev/char/1:3/device"
    (parent / "scsi_generic/sg5").mkdir(parents=True)
    (parent / "scsi_tape/nst0").mkdir(parents=True)
    for name, text in {"type": "1", "vendor": "HPE", "model": "Ultrium 8-SCSI"}.items():
        (parent / name).write_text(f"{text}\n")
    (parent / "vpd_pg80").write_bytes(b"\x01\x80\x00\x0aHU1234ABCD")
    return parent


def refusal(store: Store, device: Path = DEVICE) -> str:
    with pytest.raises(ChangerError) as caught:
        mark_cleaned(store, device)
    assert store.drive_conditions(None) == ()
    return caught.value.code


@pytest.mark.usefixtures("parent")
def test_drive_is_marked_by_its_serial_number(store: Store) -> None:
    for count in (1, 2):
        marked = mark_cleaned(store, DEVICE)
        assert (marked.drive, marked.library_id, marked.cleanings) == ("HU1234ABCD", None, count)
        assert marked.cleaned_at is not None
    assert store.drive_conditions(None) == (marked,)


@pytest.mark.usefixtures("parent")
def test_what_was_read_of_it_counts_no_more(store: Store) -> None:
    store.note_drive("HU1234ABCD", library_id=None, cleaning_request="required", flags=[20])
    marked = mark_cleaned(store, DEVICE)
    assert (marked.cleaning_request, marked.flags) == (None, "")


def test_changer_is_no_drive(store: Store, parent: Path) -> None:
    (parent / "type").write_text(f"{CHANGER}\n")
    assert refusal(store) == "no-such-drive"


def test_device_that_is_no_scsi_device_is_no_drive(store: Store, parent: Path) -> None:
    (parent / "scsi_generic/sg5").rmdir()
    assert refusal(store) == "no-such-drive"


def test_drive_without_a_serial_number_can_t_be_marked(store: Store, parent: Path) -> None:
    (parent / "vpd_pg80").unlink()
    assert refusal(store) == "device-not-available"


@pytest.mark.usefixtures("parent")
def test_device_that_does_not_exist_can_t_be_marked(store: Store) -> None:
    missing = Path("/dev/no-such-tape")
    assert refusal(store, missing) == "device-not-available"
    with pytest.raises(ChangerError) as caught:
        mark_cleaned(store, missing)
    assert caught.value.hint == "lsscsi -g lists the tape drives"


def test_what_is_no_device_is_no_drive_whatever_drive_has_its_number(
    store: Store, tmp_path: Path, parent: Path
) -> None:
    """Block devices have numbers of their own: /dev/md0 has that of /dev/st0."""
    numbered = parent.parent.with_name("0:0")
    parent.parent.rename(numbered)
    file = tmp_path / "file"
    file.touch()
    assert file.stat().st_rdev == 0
    assert refusal(store, file) == "not-a-changer"


@pytest.mark.usefixtures("parent")
@pytest.mark.parametrize("told", ["HU1234ABCD", "HPE HU1234ABCD", "1234ABCD"])
def test_drive_of_a_library_is_refused(store: Store, told: str) -> None:
    """However that library writes its serial number."""
    store.remember_library(
        "LIB", vendor="V", product="P", revision="1", serial=None, device="/dev/sg1"
    )
    store.replace_drives("LIB", [DriveIdentity(256, told)])
    with pytest.raises(ChangerError) as caught:
        mark_cleaned(store, DEVICE)
    assert caught.value.code == "usage"
    assert "changer -l LIB clean @256" in (caught.value.hint or "")


@pytest.mark.usefixtures("parent")
@pytest.mark.parametrize("told", ["ABCD", "HU1234ABCE", None])
def test_drive_that_no_library_can_mean_is_marked(store: Store, told: str | None) -> None:
    store.remember_library(
        "LIB", vendor="V", product="P", revision="1", serial=None, device="/dev/sg1"
    )
    store.replace_drives("LIB", [DriveIdentity(256, told)])
    assert mark_cleaned(store, DEVICE).drive == "HU1234ABCD"
