"""Giving a store the content of another: all of it or nothing, and the old one is kept."""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from children import ended
from clocks import HandClock
from connections import Watched
from figures import FIGURES, Figure
from on_record import primary_reservation
from pytest_mock import MockerFixture
from users import IS_ROOT, shared_group

from changer.errors import AccessDenied, ChangerError, StoreFailed, StoreNewer, StoreUnreachable
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.backup import back_up, sound_copy
from changer.store.maintenance.inspection import inspect_store
from changer.store.maintenance.replacement import look_at, replace_content
from changer.store.sqlite import open_database

from .store_files import (
    L700,
    RESERVED,
    TL,
    VERSIONS,
    Rows,
    anew,
    asked_anew,
    assert_reserved,
    dies_at_step,
    kept_store,
    octets,
    rows_of,
)
from .store_support import in_processes, mode, opened, outcome_of, query, remember

ALL = frozenset(RESERVED)
STRANGER = 61001
GARBAGE = random.Random(1).randbytes(60_000)


@pytest.fixture
def backup(folder: Path) -> Path:
    """Of the newest schema, with everything in it."""
    (folder / "kept").mkdir()
    path = kept_store(SCHEMA_VERSION, folder / "kept")
    back_up(path, folder / "backup.db", replace=False)
    return folder / "backup.db"


@pytest.fixture
def path(folder: Path) -> Path:
    """The present store, in which another slot is reserved."""
    (folder / "state").mkdir()
    path = folder / "state/state.db"
    with opened(path) as store:
        remember(store, TL)
        store.reserve(store.begin_operation(TL, "reserve").id, slot_address=0x1009)
        for _ in range(7):
            store.begin_move(TL, source_address=1, destination_address=2)
    return path


def restore(path: Path, backup: Path, *, locked: frozenset[str] = ALL) -> Path | None:
    with closing(sound_copy(backup)) as copy:
        return replace_content(path, copy, look_at(path), locked=locked, clock=HandClock())


def last_move(path: Path) -> int:
    """The highest number that a move of this store was given."""
    last = query(path, "SELECT seq FROM sqlite_sequence WHERE name = 'moves'")
    assert isinstance(last, int)
    return last


def assert_restored(path: Path, expected: Rows) -> None:
    assert rows_of(path) == asked_anew(expected)
    assert_reserved(path)
    assert inspect_store(path).problems == ()
    assert mode(path) == 0o660


def test_all_that_the_backup_holds_is_there_and_nothing_else(path: Path, backup: Path) -> None:
    before = rows_of(path)
    given = max(last_move(path), last_move(backup))
    kept = restore(path, backup)
    assert_restored(path, rows_of(backup))
    assert kept is not None
    assert re.fullmatch(r"state\.db\.replaced-\d{8}-\d{6}", kept.name)
    assert kept.parent == path.parent
    assert rows_of(kept) == before
    assert mode(kept) == 0o660
    with opened(path) as store:
        newest = store.begin_move(TL, source_address=1, destination_address=2)
    assert newest.id == given + 1, "a number of the history was given twice, or left out"
    changed = rows_of(path)
    again = restore(path, kept)
    assert rows_of(path) == before
    assert again is not None
    assert again.name == f"{kept.name}-2"
    assert rows_of(again) == changed


def test_no_number_is_given_twice_though_the_backup_has_given_none(
    path: Path, folder: Path
) -> None:
    with opened(folder / "early.db") as store:
        remember(store, TL)
    restore(path, folder / "early.db")
    with opened(path) as store:
        remember(store, TL)
        assert store.begin_move(TL, source_address=1, destination_address=2).id == 8


@pytest.mark.parametrize("version", VERSIONS)
def test_backup_and_store_may_be_of_any_schema(
    version: int, path: Path, folder: Path, backup: Path
) -> None:
    older = kept_store(version, folder)
    back_up(older, folder / "older.db", replace=False)
    restore(path, folder / "older.db")
    assert_restored(path, rows_of(path))
    restore(older, backup)
    assert_restored(older, rows_of(backup))


@pytest.mark.parametrize("log", [b"", b"the log of it"])
def test_a_missing_store_is_made_and_a_log_that_is_left_of_it_takes_no_part(
    path: Path, backup: Path, log: bytes
) -> None:
    anew(path, b"", log)
    path.unlink()
    assert restore(path, backup) is None
    assert_restored(path, rows_of(backup))
    assert [each.read_bytes() for each in path.parent.glob("*.replaced-*-wal")] == [log] * bool(log)


def test_a_missing_folder_is_made(path: Path, backup: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    assert restore(path, backup) is None
    assert_restored(path, rows_of(backup))


def test_programs_that_have_the_store_open_go_on_with_what_it_holds_then(
    path: Path, backup: Path
) -> None:
    with opened(path) as other:
        gone = other.begin_operation(TL, "release")
        restore(path, backup)
        reservation = primary_reservation(other, TL)
        assert reservation is not None
        FIGURES.reservation(expected=RESERVED[TL], found=reservation.slot_address)
        with pytest.raises(StoreFailed, match="forgotten"):
            other.release(gone.id, slot_address=RESERVED[TL] or 0)
        other.begin_move(L700, source_address=1, destination_address=2)
    after = rows_of(path)
    assert len(after["moves"]) == len(rows_of(backup)["moves"]) + 1
    assert inspect_store(path).problems == ()


@pytest.mark.parametrize("is_damaged", [False, True])
def test_writers_all_the_while_lose_nothing_that_was_confirmed(
    path: Path, backup: Path, is_damaged: bool
) -> None:
    """Who restores holds the locks that those who move need: these writers hold none."""
    if is_damaged:  # so that it can be used all the same
        query(path, "DROP INDEX one_reservation_per_slot")

    def work(number: int) -> str:
        if not number:
            while outcome_of(partial(restore, path, backup)) != "done":
                assert is_damaged, "it is refused while others have it open"
            return ""
        done = []
        for each in range(30):
            with suppress(StoreFailed, StoreUnreachable), opened(path) as store:
                store.note_drive(f"drive {number} {each}", library_id=None, cleaning_request=None)
                done.append(f"drive {number} {each}")
        assert is_damaged or len(done) == 30
        return ",".join(done)

    wanted = {each for result in in_processes(4, work) for each in result.split(",") if each}
    assert inspect_store(path).problems == ()
    (kept,) = path.parent.glob("state.db.replaced-????????-??????")
    known = [*rows_of(kept)["drive_conditions"], *rows_of(path)["drive_conditions"]]
    assert wanted
    assert wanted <= {each["drive"] for each in known}, "each is in the old store or in the new one"
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, 91)


def test_a_library_that_came_meanwhile_stops_it(path: Path, backup: Path) -> None:
    before = rows_of(path)
    with pytest.raises(StoreFailed, match=f"{TL} was added to the state store meanwhile"):
        restore(path, backup, locked=frozenset({L700}))
    assert rows_of(path) == before
    assert list(path.parent.glob("*.replaced-*")) == []


def test_a_store_that_stays_locked_and_one_of_other_pages_are_refused_as_they_are(
    path: Path, backup: Path
) -> None:
    before = rows_of(path)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        closing(
            open_database(path, clock=HandClock(), group=None, busy_timeout_seconds=0.1)
        ) as database,
    ):
        other.execute("BEGIN IMMEDIATE")
        with closing(sound_copy(backup)) as copy, pytest.raises(StoreFailed, match="locked by pid"):
            database.take_over(copy, begun=lambda: None)
    with closing(sqlite3.connect(backup)) as other:
        other.executescript("PRAGMA page_size = 8192; VACUUM")
    with pytest.raises(
        StoreFailed, match="has a page size of 4096 bytes and can't take over pages of 8192 bytes"
    ):
        restore(path, backup)
    assert rows_of(path) == before


# A damaged store


def test_a_damaged_store_that_a_group_shares_stays_that_of_its_owner(
    path: Path, backup: Path
) -> None:
    """Root has no more rights there than the group, and still gives the new file away."""
    group = shared_group().gr_gid
    os.chown(path.parent, -1, group)
    path.parent.chmod(0o2770)
    anew(path, GARBAGE)
    os.chown(path, STRANGER if IS_ROOT else -1, group)
    before = path.stat()
    assert restore(path, backup) is not None
    after = path.stat()
    assert (after.st_uid, after.st_gid, mode(path)) == (before.st_uid, before.st_gid, 0o660)
    assert after.st_ino != before.st_ino
    assert_reserved(path)


def test_link_that_is_laid_beside_a_damaged_store_meanwhile_is_not_followed(
    path: Path, backup: Path, mocker: MockerFixture
) -> None:
    content = path.read_bytes()
    anew(path, content[:8192] + GARBAGE[:4096] + content[12288:])
    victim, link = path.parent.with_name("victim"), os.link
    victim.write_text("precious")
    beside = path.with_name("state.db-wal")

    def lay(*arguments: Any, **options: Any) -> None:
        link(*arguments, **options)
        if not beside.is_symlink():
            beside.symlink_to(victim)

    mocker.patch("os.link", side_effect=lay)
    before = path.read_bytes()
    with pytest.raises(AccessDenied, match=f"{beside} is a link, and may be a trap"):
        restore(path, backup)
    assert (victim.read_text(), path.read_bytes()) == ("precious", before)
    assert {each.name for each in path.parent.iterdir()} == {"state.db", "state.db-wal"}


@pytest.mark.parametrize("content", [GARBAGE, b"x", bytes(20_000)], ids=["garbage", "x", "zeros"])
def test_a_damaged_store_is_replaced_and_kept_octet_by_octet(
    path: Path, backup: Path, content: bytes
) -> None:
    anew(path, content, b"the log of it")
    group = shared_group().gr_gid
    for place in (path, path.parent):
        shutil.chown(place, group=group)
    path.parent.chmod(0o770)  # root works there with the rights of the group alone
    kept = restore(path, backup)
    path.parent.chmod(0o2770)
    assert_restored(path, rows_of(backup))
    assert kept is not None
    assert kept.read_bytes() == content
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"the log of it"
    for place in (path, kept):
        assert (place.stat().st_uid, place.stat().st_gid) == (os.geteuid(), group)


def test_a_damaged_store_is_kept_where_a_file_can_have_one_name_only(
    path: Path, backup: Path, mocker: MockerFixture
) -> None:
    path.write_bytes(GARBAGE)
    mocker.patch("os.link", side_effect=PermissionError(1, "Operation not permitted"))
    kept = restore(path, backup)
    assert_restored(path, rows_of(backup))
    assert kept is not None
    assert kept.read_bytes() == GARBAGE


def test_every_page_damaged_in_turn_is_made_good(path: Path, backup: Path) -> None:
    expected, content = rows_of(backup), backup.read_bytes()
    for page in range(len(content) // 4096):
        anew(path, content[: page * 4096] + GARBAGE[:4096] + content[(page + 1) * 4096 :])
        assert restore(path, backup) is not None
        assert_restored(path, expected)
        FIGURES.count(Figure.FAULT_CASES)
    query(path, "DROP INDEX one_reservation_per_slot")
    restore(path, backup)
    assert_restored(path, expected)


@pytest.mark.parametrize(
    ("is_database", "is_listed"),
    [(True, True), (False, True), (True, False)],
    ids=["database", "garbage", "by a program of another container"],
)
def test_a_damaged_store_that_is_open_elsewhere_is_left_alone(
    path: Path, backup: Path, is_database: bool, is_listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = path.read_bytes()
    damaged = (content[:4096] if is_database else b"") + GARBAGE[:36864]

    def try_it(_: int) -> str:
        try:
            restore(path, backup)
        except ChangerError as error:
            return f"{error.message}; {error.hint}"
        return "done"

    if not is_listed:
        monkeypatch.setattr("changer.host.processes._LOCKS", path.with_name("none"))
    with opened(path) as other:
        assert primary_reservation(other, TL) is not None
        # In another process: closing the file here would drop the locks that are held on it.
        (_,) = in_processes(1, lambda _: str(path.write_bytes(damaged)))
        before = {each.name: each.stat().st_mtime_ns for each in path.parent.iterdir()}
        (told,) = in_processes(1, try_it)
        after = {each.name: each.stat().st_mtime_ns for each in path.parent.iterdir()}
        assert after == before
    holder = f"pid {os.getpid()} (" if is_listed else "another program"
    assert f"still open in {holder}" in told
    assert "end them first" in told


def test_no_program_comes_to_a_damaged_store_while_it_is_replaced(
    path: Path, backup: Path, mocker: MockerFixture
) -> None:
    """It would write to what is put aside a moment later."""
    content = path.read_bytes()
    anew(path, content[:8192] + GARBAGE[:4096] + content[12288:])
    told: list[str] = []

    def come(_: int) -> str:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError as error:
                return str(error)
        return "opened"

    rename = os.rename

    def rename_slowly(source: Path, destination: Path) -> None:
        if not told:
            told.extend(in_processes(1, come))
        rename(source, destination)

    mocker.patch("os.rename", rename_slowly)
    assert restore(path, backup) is not None
    assert told == ["database is locked"]
    assert_restored(path, rows_of(backup))


class _Unlocked(Watched):
    """The exclusive lock on the store can't be taken, for a reason of the disk's."""

    def __init__(self, database: str, *arguments: Any, **options: Any) -> None:
        super().__init__(database, *arguments, **options)
        self._is_store = "/state/state.db?" in database

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if self._is_store and statement == "BEGIN EXCLUSIVE":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return super().execute(statement, *values)


def test_a_damaged_store_that_can_not_be_locked_is_left_alone(
    path: Path, backup: Path, mocker: MockerFixture
) -> None:
    path.write_bytes(GARBAGE)
    before = {*path.parent.iterdir()}
    mocker.patch("_sqlite3.connect", partial(sqlite3.connect, factory=_Unlocked))
    with pytest.raises(StoreFailed, match="disk I/O error"):
        restore(path, backup)
    assert ({*path.parent.iterdir()}, path.read_bytes()) == (before, GARBAGE)


def test_a_program_that_waits_for_the_store_meanwhile_finds_the_new_one(
    path: Path, backup: Path
) -> None:
    """It opened the file before, and reads it after."""
    path.write_bytes(GARBAGE)

    def work(number: int) -> str:
        if not number:
            return outcome_of(partial(restore, path, backup))
        outcomes = {outcome_of(lambda: opened(path).close()) for _ in range(30)}
        assert outcomes <= {"done", "store-failed", "store-unreachable"}
        return "looked"

    results = in_processes(4, work)
    assert results.count("looked") == 3
    if "done" not in results:  # one of the others had it open just then
        restore(path, backup)
    assert_restored(path, rows_of(backup))


# Interruptions and refusals


@pytest.mark.long
def test_killed_at_any_step_it_is_the_old_or_the_new(path: Path, backup: Path) -> None:
    old, new, content = rows_of(path), asked_anew(rows_of(backup)), path.read_bytes()
    seen = []

    def killed_at(number: int) -> bool:
        anew(path, content)
        if not dies_at_step(number, partial(restore, path, backup)):
            return False
        FIGURES.count(Figure.KILL_POINTS)
        FIGURES.count(Figure.KILL_RUNS)
        opened(path).close()
        found = rows_of(path)
        assert found in (old, new)
        seen.append(found == new)
        assert inspect_store(path).problems == ()
        return True

    end = next(number for number in count(1, 3) if not killed_at(number))
    for number in (end - 2, end - 1):  # the last of all, whatever their number
        killed_at(number)
    assert seen == sorted(seen)
    assert not seen[0]
    assert seen[-1]


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("ending", [signal.SIG_DFL, signal.SIG_IGN], ids=["killed", "full"])
def test_a_write_that_ends_at_any_octet_leaves_the_old_one(
    path: Path, backup: Path, ending: signal.Handlers
) -> None:
    """The host ends the write that goes beyond a size: it kills the program, or refuses."""
    old, new, content = rows_of(path), rows_of(backup), path.read_bytes()

    def replace(size: int) -> None:
        def limit() -> None:
            signal.signal(signal.SIGXFSZ, ending)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        copy = sound_copy(backup)
        open_database(path, clock=HandClock(), group=None).take_over(copy, begun=limit)

    for size in count(100, 2900):
        anew(path, content)
        status = ended(partial(replace, size))
        FIGURES.count(Figure.FAULT_CASES)
        assert inspect_store(path).problems == ()
        if status == 0:
            break
        assert status == (-signal.SIGXFSZ if ending == signal.SIG_DFL else 1)
        assert rows_of(path) == old
    assert rows_of(path) == new
    assert size > 100_000


def on_call(number: int, name: str, act: Callable[[], object]) -> Callable[..., object]:
    """The host's function of that name, which does something else at its so-manieth call."""
    function, calls = getattr(os, name), count(1)

    def called(*arguments: object, **options: object) -> object:
        return act() if next(calls) == number else function(*arguments, **options)

    return called


ENDS = ["done", "error", "store-full"]


def fail() -> None:
    raise OSError(28, "No space left on device")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.rows(one_in=8)
@pytest.mark.parametrize("is_database", [False, True])
@pytest.mark.parametrize(
    ("name", "act"),
    [
        *((each, die) for each in ("write", "fsync", "rename", "unlink", "link")),
        *((each, fail) for each in ("write", "fsync", "link")),
    ],
)
def test_a_damaged_one_is_as_it_was_or_refused_or_new_wherever_it_ends(
    path: Path, backup: Path, name: str, act: Callable[[], object], is_database: bool
) -> None:
    """Never empty, and never without the log that belongs to it, in which a reservation may be."""
    new = asked_anew(rows_of(backup))
    with opened(path) as store:
        store.begin_move(TL, source_address=1, destination_address=2)
        content, log = (path.with_name(f"state.db{end}").read_bytes() for end in ("", "-wal"))
    damaged = (content[:40960] + GARBAGE[: len(content) - 40960]) if is_database else GARBAGE

    def run(number: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, name, on_call(number, name, act))
            outcome = outcome_of(partial(restore, path, backup))
        os._exit(ENDS.index(outcome))

    for number in count(1):
        anew(path, damaged, log)
        status = ended(partial(run, number))
        if status == 0:
            break
        assert status in (-signal.SIGKILL, ENDS.index("store-full"))
        FIGURES.count(Figure.FAULT_CASES if act is fail else Figure.KILL_POINTS)
        FIGURES.count(Figure.KILL_RUNS, int(act is die))
        files = octets(path.parent)
        assert damaged in files.values() and log in files.values(), "the old one is lost"
        is_old = (files["state.db"], files.get("state.db-wal")) == (damaged, log)
        assert is_old or name != "write", "what takes space comes first"
        if not is_old and outcome_of(lambda: opened(path).close()) == "done":
            assert rows_of(path) == new
        restore(path, backup)
        assert_restored(path, new)
    assert_restored(path, new)
    assert number > 1


def test_each_step_is_on_disk_before_the_next_one(path: Path, backup: Path) -> None:
    """Of what was not synced, a power cut may undo any part and keep what came later."""
    anew(path, GARBAGE, b"the log of it")
    rename, link, sync = os.rename, os.link, os.fsync
    renamed: list[str] = []
    unsynced: list[object] = []
    synced: set[int] = set()

    def on_rename(source: Path, target: Path, **options: Any) -> None:
        rename(source, target, **options)  # there may be nothing to rename
        assert not unsynced, f"before {target}"
        assert target != path or target.stat().st_ino in synced, "its content"
        renamed.append(target.name)
        unsynced.append(target)

    def on_link(source: Path | str, target: Path | str, **options: Any) -> None:
        link(source, target, **options)
        unsynced.append(target)

    def on_sync(descriptor: int) -> None:
        sync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            unsynced.clear()

    with pytest.MonkeyPatch.context() as patch:
        for name, act in (("rename", on_rename), ("link", on_link), ("fsync", on_sync)):
            patch.setattr(os, name, act)
        kept = restore(path, backup)
    assert not unsynced
    assert kept is not None
    assert renamed == ["state.db", f"{kept.name}-wal", "state.db"], "a mark, the log, the new one"


def test_what_must_not_be_replaced_is_left_alone(path: Path, backup: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer = octets(path.parent)
    with pytest.raises(StoreNewer):
        look_at(path)  # a dry run does no more
    with pytest.raises(StoreNewer):
        restore(path, backup)
    assert octets(path.parent) == newer

    for owner in (0, 7):
        foreign = path.with_name(f"{owner}.sqlite")
        with closing(sqlite3.connect(foreign)) as connection:
            connection.execute(f"PRAGMA application_id = {owner}")
            connection.execute("CREATE TABLE bookmarks (url TEXT)")
        content = foreign.read_bytes()
        with pytest.raises(StoreFailed, match="another program"):
            restore(foreign, backup)
        assert foreign.read_bytes() == content

    with pytest.raises(StoreUnreachable):
        restore(path.parent, backup)


def test_who_may_not_write_the_store_is_denied(path: Path, backup: Path) -> None:
    access = os.access
    before = octets(path.parent)

    def denied(place: Path, wanted: int, **options: bool) -> bool:
        return place != path and access(place, wanted, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", denied)
        with pytest.raises(AccessDenied):
            restore(path, backup)
    assert octets(path.parent) == before
