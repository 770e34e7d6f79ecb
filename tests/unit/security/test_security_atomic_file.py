"""A file appears under its name whole and on disk, in the place of no other, or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from open_files import none_left_open
from pytest_mock import MockerFixture
from strangers import STRANGER
from users import IS_ROOT, NOBODY, shared_group

from changer.host.atomic_file import place_file
from changer.host.shared_files import prepare_folder
from changer.host.trust import reduced_rights

GROUP = shared_group()


def content_of(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in folder.iterdir() if each.is_file()}


@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_file_is_there_with_its_mode_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        with none_left_open():
            place_file(tmp_path / "file", iter([b"who", b"", b"le"]), replace=False, mode=mode)
    finally:
        os.umask(before)
    assert content_of(tmp_path) == {"file": "whole"}
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_file_is_given_to_whom_another_belongs_whatever_rights_root_has_now(folder: Path) -> None:
    shared = folder / "changer"
    prepare_folder(shared, group=GROUP.gr_name)
    (shared / "old").touch()
    if IS_ROOT:
        os.chown(shared / "old", STRANGER, -1)
    owner = (shared / "old").stat()
    with reduced_rights(shared / "new"):
        place_file(shared / "new", b"", replace=False, owner=owner)
    made = (shared / "new").stat()
    assert (made.st_uid, made.st_gid) == (owner.st_uid, owner.st_gid) != (NOBODY, NOBODY)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("has_links", [False, True])
def test_file_of_that_name_is_replaced_only_where_that_is_wanted(
    tmp_path: Path, mocker: MockerFixture, replace: bool, has_links: bool
) -> None:
    if not has_links:  # FAT, say
        mocker.patch("os.link", side_effect=PermissionError(errno.EPERM, "no links"))
    place_file(tmp_path / "new", b"new", replace=replace)
    (tmp_path / "old").write_text("old")
    if replace:
        place_file(tmp_path / "old", b"new", replace=True)
    else:
        with none_left_open(), pytest.raises(FileExistsError, match="File exists: 'old'"):
            place_file(tmp_path / "old", b"new", replace=False)
    assert content_of(tmp_path) == {"new": "new", "old": "new" if replace else "old"}


@pytest.mark.parametrize("has_links", [False, True])
def test_what_takes_the_name_meanwhile_is_not_replaced(
    tmp_path: Path, mocker: MockerFixture, has_links: bool
) -> None:
    if not has_links:
        mocker.patch("os.link", side_effect=PermissionError(errno.EPERM, "no links"))
    sync = os.fsync

    def come_first(descriptor: int) -> None:
        sync(descriptor)
        (tmp_path / "file").write_text("precious")

    mocker.patch("os.fsync", side_effect=come_first)
    with none_left_open(), pytest.raises(FileExistsError):
        place_file(tmp_path / "file", b"new", replace=False)
    assert content_of(tmp_path) == {"file": "precious"}


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, lambda place: place.symlink_to("nowhere"), lambda place: os.mkfifo(place)],
    ids=["folder", "link", "pipe"],
)
def test_what_is_no_file_is_never_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    place = tmp_path / "place"
    make(place)
    before = place.lstat()
    for replace in (False, True):
        with none_left_open(), pytest.raises(FileExistsError):
            place_file(place, b"new", replace=replace)
    assert (place.lstat().st_ino, place.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert [*tmp_path.iterdir()] == [place]


def test_file_that_reads_differently_than_it_was_written_gets_no_name(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    read = os.read
    mocker.patch("os.read", side_effect=lambda *of: read(*of).replace(b"1", b"0"))
    (tmp_path / "file").write_text("old")
    with none_left_open(), pytest.raises(OSError, match="reads differently") as failed:
        place_file(tmp_path / "file", b"0123", replace=True)
    mocker.stopall()
    assert failed.value.errno == errno.EIO
    assert content_of(tmp_path) == {"file": "old"}


@pytest.mark.parametrize("replace", [False, True])
def test_file_is_on_disk_before_it_has_its_name_and_the_name_afterwards(
    tmp_path: Path, mocker: MockerFixture, replace: bool
) -> None:
    synced: list[tuple[str, bool]] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        sync(descriptor)
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, (tmp_path / "file").exists()))

    mocker.patch("os.fsync", side_effect=note)
    place_file(tmp_path / "file", b"new", replace=replace)
    assert synced == [("file", False), ("folder", True)]
