"""The lock's file and folder: for the group, and no trap for anyone."""

from __future__ import annotations

import errno
import fcntl
import grp
import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from folders import quick_folder
from lock_support import LIBRARY, is_free, lock_of
from open_files import open_files
from users import as_nobody

from changer.errors import AccessDenied, ChangerError, LibraryBusy, StoreUnreachable
from changer.lock.flock import join_queue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "changer"


def test_a_lock_file_that_was_deleted_locks_nothing(folder: Path) -> None:
    """Who waited for the deleted file takes the new one, as everyone else."""
    first = lock_of(folder)
    first.__enter__()
    (file,) = folder.iterdir()
    file.unlink()
    second = lock_of(folder)
    second.__enter__()
    clock = HandClock()
    steps = itertools.count()

    def release() -> None:
        if next(steps) == 3:
            second.__exit__(None, None, None)

    clock.on_sleep = release
    with lock_of(folder, wait_seconds=10, clock=clock):
        assert not is_free(folder)
    first.__exit__(None, None, None)


def test_a_waiter_whose_file_is_deleted_turns_to_the_new_one(folder: Path) -> None:
    before = open_files()
    first = lock_of(folder)
    first.__enter__()
    second = lock_of(folder)
    clock = HandClock()

    def replace() -> None:
        if len(clock.slept) == 1:
            (file,) = folder.iterdir()
            file.unlink()
            second.__enter__()
            first.__exit__(None, None, None)
        elif len(clock.slept) == 5:
            second.__exit__(None, None, None)

    clock.on_sleep = replace
    with lock_of(folder, wait_seconds=10, clock=clock):
        assert len(clock.slept) >= 5
        assert not is_free(folder)
    assert open_files() == before, "the deleted one is still held"


def test_a_link_instead_of_folder_or_file_is_a_trap(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    with lock_of(folder):
        (file,) = folder.iterdir()
    before = open_files()
    for make_link in (file.symlink_to, file.hardlink_to):
        file.unlink()
        make_link(tmp_path / "precious")
        with pytest.raises(AccessDenied, match="trap"):
            lock_of(folder).__enter__()
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(AccessDenied, match="trap"):
        lock_of(tmp_path / "link").__enter__()
    assert (tmp_path / "precious").read_text() == "precious"
    assert open_files() == before


def test_a_folder_of_everyone_is_refused(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o1777)
    before = open_files()
    with pytest.raises(AccessDenied, match=f"{folder} is world-writable, ") as caught:
        lock_of(folder).__enter__()
    assert caught.value.hint == f"chmod o-w {folder}"
    assert open_files() == before


def test_a_folder_that_everyone_may_replace_is_refused(folder: Path) -> None:
    folder.parent.chmod(0o777)
    with pytest.raises(AccessDenied, match=f"{folder.parent} is world-writable, "):
        lock_of(folder).__enter__()
    folder.parent.chmod(0o1777)
    with lock_of(folder):
        pass


def test_a_folder_of_a_stranger_is_refused_unless_it_is_of_the_group(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(0o770)
    if os.geteuid() == 0:
        os.chown(folder, 61001, -1)
    group = grp.getgrgid(folder.stat().st_gid).gr_name
    monkeypatch.setattr("os.geteuid", lambda: 61003)
    with pytest.raises(AccessDenied, match="belongs to"):
        lock_of(folder, group="no-such-group").__enter__()
    with lock_of(folder, group=group):
        pass


def test_what_is_in_the_way_of_the_folder_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnreachable):
        lock_of(tmp_path / "file/changer").__enter__()
    os.mkfifo(tmp_path / f"{LIBRARY}.lock")
    tmp_path.chmod(0o700)
    with pytest.raises(StoreUnreachable):
        lock_of(tmp_path).__enter__()


def test_a_user_without_rights_is_denied_and_told_which() -> None:
    with quick_folder() as folder:
        for place in (folder / "changer", folder):
            if place == folder:
                with lock_of(folder):
                    (file,) = (name for name in folder.iterdir() if name.is_file())
                file.write_text("somebody's")
                file.chmod(0o400)
            folder.chmod(0o555)
            code, text = as_nobody(lambda place=place: lock_of(place).__enter__())  # type: ignore[misc]
            folder.chmod(0o755)
            assert code == "access-denied"
            assert str(place) in text
            assert "udev/README.md" in text


def test_a_disk_without_space_for_the_record_is_no_reason_to_fail(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.pwrite", refuse)
    with lock_of(folder), pytest.raises(LibraryBusy, match=f"pid {os.getpid()}"):
        lock_of(folder).__enter__()


@pytest.mark.parametrize("name", ["fcntl.flock", "fcntl.fcntl", "os.open"])
def test_what_the_host_refuses_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(name, refuse)
    with pytest.raises(StoreUnreachable, match="No locks available"):
        lock_of(folder).__enter__()


def test_what_the_host_refuses_later_is_said_and_leaves_nothing_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each system call on the queue, of a wait that ends in vain."""
    control = fcntl.fcntl
    left = 0

    def refuse(*arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            raise OSError(errno.ENOLCK, "No locks available")
        return control(*arguments)

    with lock_of(folder) as lock, lock.path.open("r+b") as waiter:
        join_queue(waiter.fileno())
        before = open_files()
        monkeypatch.setattr("fcntl.fcntl", refuse)
        for number in itertools.count(1):
            left = number
            with pytest.raises(ChangerError) as caught:
                lock_of(folder, wait_seconds=0.01).__enter__()
            assert open_files() == before
            if left > 0:
                break
            assert isinstance(caught.value, StoreUnreachable)
            assert "No locks available" in caught.value.message
    assert isinstance(caught.value, LibraryBusy)
    assert number > 6
