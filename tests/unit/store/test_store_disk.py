"""Full, failing and read-only disks: a refused write leaves everything as it was."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import disks
import pytest
from on_record import primary_reservation
from pytest_mock import MockerFixture

from changer.errors import StoreFull, StoreUnreachable
from changer.store.maintenance.backup import back_up
from changer.store.maintenance.inspection import inspect_store
from changer.store.protocol import Store

from .store_support import LIBRARY, opened, outcome_of, query, remember


@dataclass(frozen=True, slots=True)
class Disk:
    """A place for a store, and how to take and give back its space."""

    folder: Path
    fill: Callable[[Store], None]
    free: Callable[[Store], None]


def _page_limit(store: Store, pages: int) -> None:
    """SQLite's own limit, for one connection: the same SQLITE_FULL, for any user."""
    store._database.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path | None]:
    """A file system of 320 KiB where this user may mount one (root), else None."""
    with disks.tiny_file_system(tmp_path / "tiny", kibibytes=320) as is_mounted:
        yield tmp_path / "tiny" if is_mounted else None


@pytest.fixture(params=["page limit", "file system"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, tiny: Path | None) -> Disk:
    if request.param == "page limit" or tiny is None:
        return Disk(
            tmp_path,
            fill=lambda store: _page_limit(store, 1),  # as many as there are
            free=lambda store: _page_limit(store, 1 << 30),
        )
    return Disk(tiny, fill=lambda _: disks.fill(tiny), free=lambda _: disks.free(tiny))


def begin_moves_until_full(store: Store) -> None:
    for _ in range(3000):
        store.begin_move(LIBRARY, source_address=1, destination_address=2, volume_tag="x" * 500)
    pytest.fail("it never got full")


def test_a_full_disk_is_said_and_nothing_is_half_written(disk: Disk) -> None:
    path = disk.folder / "state.db"
    with opened(path) as store:
        remember(store)
        operation = store.begin_operation(LIBRARY, "reserve")
        store.reserve(operation.id, slot_address=12)
        disk.fill(store)
        with pytest.raises(StoreFull):
            begin_moves_until_full(store)
        reservation, moves = primary_reservation(store, LIBRARY), store.moves(limit=5000)
        assert reservation is not None
        assert outcome_of(lambda: begin_moves_until_full(store)) == "store-full"
        assert store.moves(limit=5000) == moves
        disk.free(store)
        store.begin_move(LIBRARY, source_address=1, destination_address=2)
        assert primary_reservation(store, LIBRARY) == reservation
    assert query(path, "PRAGMA integrity_check") == "ok"


def test_a_full_disk_has_no_room_for_a_new_store(
    tiny: Path | None, tmp_path: Path, mocker: MockerFixture
) -> None:
    folder = tiny or tmp_path
    if tiny:
        disks.fill(folder)
    else:
        mocker.patch("os.mknod", side_effect=OSError(errno.ENOSPC, "full"))
    with pytest.raises(StoreFull):
        opened(folder / "state.db")


def test_a_store_on_a_full_disk_says_so_even_to_readers(
    tiny: Path | None, tmp_path: Path, mocker: MockerFixture
) -> None:
    """SQLite needs 32 KiB for its shared memory file before it can read."""
    path = (tiny or tmp_path) / "state.db"
    opened(path).close()
    limit: AbstractContextManager[None] = nullcontext()
    if tiny:
        disks.fill(tiny)
    else:
        limit = disks.no_file_beyond(1000)
        full = mocker.Mock(f_flag=0, f_bavail=0, f_frsize=4096, f_favail=1, f_files=1)
        mocker.patch("os.statvfs", return_value=full)
    with limit, pytest.raises(StoreFull):
        opened(path)


def test_a_file_size_limit_is_an_error_of_the_store(path: Path) -> None:
    with opened(path) as store:
        remember(store)
        with disks.no_file_beyond(200_000):
            code = outcome_of(lambda: begin_moves_until_full(store))
            moves = store.moves(limit=5000)
        assert code == "store-failed"
        assert store.moves(limit=5000) == moves
        store.begin_move(LIBRARY, source_address=1, destination_address=2)
        assert len(store.moves(limit=5000)) == len(moves) + 1
    assert query(path, "PRAGMA integrity_check") == "ok"


@pytest.fixture
def read_only_folder(tiny: Path | None, tmp_path: Path, mocker: MockerFixture) -> Path:
    """With a store in it; without root, the host only says that it is read-only."""
    folder = tiny or tmp_path
    opened(folder / "state.db").close()
    if tiny:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        return folder
    refusal = OSError(errno.EROFS, os.strerror(errno.EROFS))
    mocker.patch("os.mkdir", side_effect=refusal)
    mocker.patch("os.mknod", side_effect=refusal)
    mocker.patch("os.access", return_value=False)
    mocker.patch("os.statvfs", return_value=mocker.Mock(f_flag=os.ST_RDONLY))
    return folder


@pytest.mark.parametrize("name", ["state.db", "new.db", "new/state.db"])
def test_a_store_on_a_read_only_file_system_is_unreachable(
    read_only_folder: Path, name: str
) -> None:
    with pytest.raises(StoreUnreachable, match="read-only") as caught:
        opened(read_only_folder / name)
    assert caught.value.hint


def test_a_store_on_a_read_only_file_system_can_be_looked_at(read_only_folder: Path) -> None:
    inspection = inspect_store(read_only_folder / "state.db")
    assert inspection.contents is not None
    (problem,) = inspection.problems
    assert isinstance(problem, StoreUnreachable)
    assert "read-only" in problem.message


def test_a_backup_is_made_of_a_store_on_a_full_disk(disk: Disk, tmp_path: Path) -> None:
    """Elsewhere: it is the way to save what is there."""
    path, file = disk.folder / "state.db", tmp_path / "backup.db"
    with opened(path) as store:
        remember(store)
        store.reserve(store.begin_operation(LIBRARY, "reserve").id, slot_address=12)
    with opened(path) as store:
        disk.fill(store)
        contents, _ = back_up(path, file, replace=False)
        disk.free(store)
    assert contents.libraries[0].reserved_address == 12
    assert inspect_store(file).problems == ()
