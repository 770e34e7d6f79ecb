"""Backups: whole, of one moment, sound, for nobody else, and never through a link."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from children import ended
from figures import FIGURES, Figure
from pytest_mock import MockerFixture

from changer.errors import (
    AccessDenied,
    OutputFailed,
    StoreFailed,
    StoreFull,
    StoreNewer,
    StoreUnreachable,
)
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.backup import as_file, back_up, sound_copy
from changer.store.maintenance.summary import contents_of

from .store_files import RESERVED, TL, VERSIONS, anew, assert_kept, kept_store, octets, rows_of
from .store_support import in_processes, mode, opened, query, remember


@pytest.fixture
def path(folder: Path) -> Path:
    return kept_store(SCHEMA_VERSION, folder)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


class WornDisk(sqlite3.Connection):
    """What SQLite writes of it to a file is not what is there when it is read again."""

    def execute(self, statement: str, values: Any = (), /) -> sqlite3.Cursor:
        done = super().execute(statement, values)
        if statement.startswith("VACUUM INTO"):
            file = Path(values[0])
            content = bytearray(file.read_bytes())
            content[4096:8192] = b"\x5a" * 4096
            file.write_bytes(content)
        return done


def test_a_file_that_was_written_badly_is_no_backup(path: Path) -> None:
    with closing(sqlite3.connect(path, factory=WornDisk)) as store:
        store.row_factory = sqlite3.Row
        with pytest.raises(StoreFailed, match="damaged"):
            as_file(store, path)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_holds_what_the_store_holds_with_its_schema(
    version: int, folder: Path, file: Path
) -> None:
    path = kept_store(version, folder)
    before = octets(folder)
    contents, size = back_up(path, file, replace=False)
    assert octets(folder) == before
    assert rows_of(file) == rows_of(path)
    assert contents.schema_version == version
    assert {each.id: each.reserved_address for each in contents.libraries} == RESERVED
    assert size == file.stat().st_size
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_it_is_for_nobody_else(path: Path, file: Path, umask: int) -> None:
    previous = os.umask(umask)
    try:
        back_up(path, file, replace=False)
    finally:
        os.umask(previous)
    assert mode(file) == 0o600


def test_it_holds_what_is_only_in_the_log_of_a_store_in_use(path: Path, file: Path) -> None:
    with opened(path) as store:
        store.begin_move(TL, source_address=1, destination_address=2)
        assert path.with_name("state.db-wal").stat().st_size > 0
        back_up(path, file, replace=False)
        assert rows_of(file) == rows_of(path)


def test_it_is_of_one_moment_while_others_write(path: Path, tmp_path: Path) -> None:
    """Each transaction of theirs adds a move and its operation; none is ever half in it."""
    context = multiprocessing.get_context("fork")
    copied, written = context.Event(), context.Event()
    last = query(path, "SELECT seq FROM sqlite_sequence WHERE name = 'moves'")
    assert isinstance(last, int)

    def write_or_copy(number: int) -> str:
        if number < 3:
            copied.wait(120)
            with opened(path) as store:
                for _ in range(20):
                    operation = store.begin_operation(TL, "reserve")
                    store.begin_move(
                        TL, source_address=1, destination_address=2, operation_id=operation.id
                    )
            written.set()
            return "written"
        for each in range(5):
            if each == 4:
                written.wait(120)
            copy = tmp_path / f"{number}-{each}.db"
            back_up(path, copy, replace=False)
            copied.set()
            rows = rows_of(copy)
            known = {each["id"] for each in rows["operations"]}
            asked = {each["operation_id"] for each in rows["moves"]} - {None}
            assert asked <= known
            numbers = sorted(each["id"] for each in rows["moves"] if each["id"] > last)
            assert numbers == list(range(last + 1, last + 1 + len(numbers)))
        return "copied"

    assert sorted(in_processes(5, write_or_copy)) == ["copied"] * 2 + ["written"] * 3
    copies = sorted(tmp_path.glob("*-*.db"))
    assert len(copies) == 10
    sizes = {len(rows_of(each)["moves"]) for each in copies}
    assert len(sizes) > 1
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, 3 * 20 + 10)


def test_what_another_program_writes_while_it_is_read_is_in_it(
    path: Path, file: Path, mocker: MockerFixture
) -> None:
    """Without a log beside it the store is read without locks: it is read again."""
    connect, left = sqlite3.connect, [path]

    def written_meanwhile(place: str, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(place, **options)
        if "immutable" in place and left:
            (in_time,) = in_processes(1, lambda _: remembered(left.pop()))
            assert in_time == "done"
        return connection

    def remembered(store: Path) -> str:
        with opened(store) as other:
            remember(other, "new")
        return "done"

    mocker.patch("_sqlite3.connect", side_effect=written_meanwhile)
    back_up(path, file, replace=False)
    mocker.stopall()
    assert "new" in {each["id"] for each in rows_of(file)["libraries"]}


# Its name


def test_a_file_of_that_name_is_replaced_only_if_that_is_wanted(path: Path, file: Path) -> None:
    file.write_text("precious")
    with pytest.raises(OutputFailed, match="already exists") as caught:
        back_up(path, file, replace=False)
    assert "--force" in (caught.value.hint or "")
    assert file.read_text() == "precious"
    back_up(path, file, replace=True)
    assert rows_of(file) == rows_of(path)


def test_it_goes_through_no_link_and_takes_the_place_of_nothing_else(
    path: Path, file: Path
) -> None:
    before = octets(path.parent)
    precious, link, store = (file.with_name(each) for each in ("precious", "link", "store"))
    precious.write_text("precious")
    store.symlink_to(path)
    sides = [path.with_name(f"state.db{end}") for end in ("", "-wal", "-shm")]
    for place in (link, store, file.parent, Path("/dev/null"), file / "no", *sides):
        for target in (precious, file.with_name("not there")):
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            for replace in (False, True):
                with pytest.raises(OutputFailed):
                    back_up(path, place, replace=replace)
    assert {each.name for each in file.parent.iterdir()} == {"precious", "link", "store"}
    assert link.is_symlink()
    assert store.is_symlink()
    assert precious.read_text() == "precious"
    assert octets(path.parent) == before


@pytest.mark.parametrize("has_links", [True, False])
def test_what_comes_by_that_name_meanwhile_is_not_replaced(
    path: Path, file: Path, mocker: MockerFixture, has_links: bool
) -> None:
    """Nor on a file system without links: FAT, say."""
    sync = os.fsync

    def come_first(descriptor: int) -> None:
        sync(descriptor)
        file.write_text("precious")

    mocker.patch("os.fsync", side_effect=come_first)
    if not has_links:
        mocker.patch("os.link", side_effect=PermissionError(1, "Operation not permitted"))
    with pytest.raises(OutputFailed, match="already exists"):
        back_up(path, file, replace=False)
    assert file.read_text() == "precious"
    assert [each.name for each in file.parent.iterdir()] == [file.name]


# What must not become one


def test_of_a_damaged_a_newer_or_a_missing_store_there_is_none(path: Path, file: Path) -> None:
    content = path.read_bytes()
    garbage = random.Random(5).randbytes(4096)
    anew(path, content[: 5 * 4096] + garbage + content[6 * 4096 :])
    with pytest.raises(StoreFailed) as caught:
        back_up(path, file, replace=False)
    assert f"the state store {path} is damaged: " in caught.value.message
    assert caught.value.message.endswith("; no backup was made")
    anew(path, content)
    query(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreNewer):
        back_up(path, file, replace=False)
    with pytest.raises(StoreUnreachable):
        back_up(path.with_name("no.db"), file, replace=False)
    assert list(file.parent.iterdir()) == []
    assert not path.with_name("no.db").exists()


@pytest.mark.parametrize("name", ["write", "fsync", "link", "fchmod", "read"])
def test_one_that_the_disk_refuses_leaves_nothing(
    path: Path, file: Path, mocker: MockerFixture, name: str
) -> None:
    mocker.patch(f"os.{name}", side_effect=OSError(28, "No space left on device"))
    with pytest.raises(OutputFailed, match="No space left"):
        back_up(path, file, replace=False)
    mocker.stopall()
    read = os.read
    mocker.patch("os.read", side_effect=lambda fd, size: read(fd, size).replace(b"0", b"1"))
    with pytest.raises(OutputFailed, match="differently"):
        back_up(path, file, replace=False)
    assert list(file.parent.iterdir()) == []


def test_without_a_temporary_folder_it_is_refused(
    path: Path, file: Path, mocker: MockerFixture
) -> None:
    folder = file.parent / "none"
    mocker.patch("tempfile.tempdir", str(folder))
    with pytest.raises(StoreUnreachable, match=f"can't make {folder}"):
        back_up(path, file, replace=False)
    for number, error in ((errno.EACCES, AccessDenied), (errno.ENOSPC, StoreFull)):
        mocker.patch("os.mkdir", side_effect=OSError(number, "so", str(folder)))
        with pytest.raises(error, match=f" make {folder}"):
            back_up(path, file, replace=False)
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["fsync", "link"])
def test_one_that_is_killed_has_no_name(path: Path, file: Path, name: str) -> None:
    def run() -> None:
        setattr(os, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        back_up(path, file, replace=False)

    assert ended(run) == -signal.SIGKILL
    assert not file.exists()
    FIGURES.count(Figure.KILL_POINTS)
    FIGURES.count(Figure.KILL_RUNS)
    back_up(path, file, replace=False)
    assert rows_of(file) == rows_of(path)


# Taking it back


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_one_is_brought_up_to_date_in_memory(
    version: int, folder: Path, file: Path
) -> None:
    back_up(kept_store(version, folder), file, replace=False)
    before, content = rows_of(file), file.read_bytes()
    with closing(sound_copy(file)) as copy:
        contents = contents_of(copy)
        copy.execute("VACUUM INTO ?", (str(folder / "again.db"),))
    assert contents.schema_version == SCHEMA_VERSION
    assert_kept(before, rows_of(folder / "again.db"))
    assert file.read_bytes() == content


def test_one_that_can_t_be_used_says_why_and_leaves_the_store_out_of_it(
    path: Path, file: Path
) -> None:
    back_up(path, file, replace=False)
    content = file.read_bytes()
    for octets_of_it, words in (
        (b"", "it is empty"),
        (b"garbage" * 5000, "it is damaged: file is not a database"),
        (content[:50_000], "it is damaged: "),
        (content[:4096] + b"\xff" * 4096 + content[8192:], "it is damaged: "),
        (content[:68] + bytes(4) + content[72:], f"{file} is a database of another program"),
    ):
        file.write_bytes(octets_of_it)
        with pytest.raises(StoreFailed) as caught:
            sound_copy(file)
        assert caught.value.message.startswith(f"{file} can't be restored: {words}")
        assert file.read_bytes() == octets_of_it
    log = file.with_name(f"{file.name}-wal")
    log.write_bytes(b"what was written last")
    file.write_bytes(content)
    with pytest.raises(StoreFailed, match="is not a backup: it is in use"):
        sound_copy(file)
    log.unlink()
    file.write_bytes(content[:60] + bytes(3) + b"\x63" + content[64:])
    with pytest.raises(StoreNewer, match="can't be restored: it has schema 99"):
        sound_copy(file)
    with pytest.raises(StoreUnreachable, match="can't be restored: there is no state store"):
        sound_copy(file.with_name("no.db"))
    with pytest.raises(StoreUnreachable, match="not a regular file"):
        sound_copy(file.parent)
