"""What is wrong with a store is found without a change to it, wherever the damage is."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from figures import FIGURES, Figure
from folders import quick_folder
from store_files import (
    L700,
    RESERVED,
    TL,
    VERSIONS,
    kept_store,
    octets,
    rows_of,
)
from store_support import in_processes, killed_while, opened, query, remember
from users import shared_group

from changer.errors import AccessDenied, ChangerError, StoreFailed, StoreUnreachable
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.inspection import Inspection, inspect_store

PAGE = 4096


@pytest.fixture
def path(folder: Path) -> Path:
    return kept_store(SCHEMA_VERSION, folder)


def reserved_of(inspection: Inspection) -> dict[str, int | None]:
    assert inspection.contents is not None
    return {each.id: each.reserved_address for each in inspection.contents.libraries}


def inspected(path: Path) -> Inspection:
    """Nothing is raised, and not an octet changed, but for what SQLite shares in memory."""
    before = octets(path.parent)
    inspection = inspect_store(path)
    after = {name: content for name, content in octets(path.parent).items() if content}
    assert after == {name: content for name, content in before.items() if content}
    assert all(isinstance(each, ChangerError) and each.message for each in inspection.problems)
    return inspection


def opens_only_if_sound(path: Path, inspection: Inspection) -> None:
    """What was found to be sound is so for the driver too; what is refused was found."""
    try:
        with opened(path) as store:
            found = {library: store.reservation(library) for library in RESERVED}
    except ChangerError:
        assert inspection.problems
        return
    if not inspection.problems:
        for library, reservation in found.items():
            address = None if reservation is None else reservation.slot_address
            FIGURES.reservation(expected=RESERVED[library], found=address)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_sound_store_has_no_problem_whatever_its_schema(version: int, folder: Path) -> None:
    path = kept_store(version, folder)
    inspection = inspected(path)
    assert inspection.problems == ()
    assert inspection.contents is not None
    assert inspection.contents.schema_version == version
    assert inspection.size == path.stat().st_size
    assert reserved_of(inspection) == RESERVED
    notes = " ".join(each.message for each in inspection.notes)
    assert (f"has schema {version}" in notes) is (version < SCHEMA_VERSION)
    assert f"clean of {TL} was interrupted" in notes
    assert f"a move in {L700} of STK003 from @0 to @65535 is open" in notes
    assert all(each.hint for each in inspection.notes)


def test_what_is_under_way_is_no_interruption(folder: Path) -> None:
    path = folder / "state.db"
    with opened(path) as store:
        remember(store)
        store.begin_operation(store.libraries()[0].id, "insert")
        assert inspected(path).notes == ()


@pytest.mark.parametrize("pattern", [b"\0", b"\xff", b"random"])
def test_every_page_damaged_in_turn(path: Path, pattern: bytes) -> None:
    content = path.read_bytes()
    dice = random.Random(pattern)
    pages = len(content) // PAGE
    found = 0
    for page in range(pages):
        patch = dice.randbytes(PAGE) if pattern == b"random" else pattern * PAGE
        path.write_bytes(content[: page * PAGE] + patch + content[(page + 1) * PAGE :])
        inspection = inspected(path)
        found += bool(inspection.problems)
        assert all(isinstance(each, StoreFailed) for each in inspection.problems)
        opens_only_if_sound(path, inspection)
        for each in path.parent.iterdir():
            each.unlink()
        path.touch(0o660)
    assert found == pages
    FIGURES.count(Figure.FAULT_CASES, pages)


def test_every_octet_of_the_header_damaged_in_turn(path: Path) -> None:
    content = path.read_bytes()
    for position in range(100):
        path.write_bytes(
            content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]
        )
        opens_only_if_sound(path, inspected(path))
        for each in path.parent.iterdir():
            each.unlink()
        path.touch(0o660)
    FIGURES.count(Figure.FAULT_CASES, 100)


@pytest.mark.parametrize(
    "length", [1, 15, 16, 99, 100, 101, 512, PAGE - 1, PAGE, PAGE + 1, 8 * PAGE, 24 * PAGE, -1]
)
def test_a_truncated_store_is_damaged(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    inspection = inspected(path)
    assert isinstance(inspection.problems[0], StoreFailed)
    assert "changer state restore FILE" in (inspection.problems[0].hint or "")
    opens_only_if_sound(path, inspection)
    FIGURES.count(Figure.FAULT_CASES)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"garbage" * 5000, "damaged"), (b"\0" * 9000, "damaged")],
    ids=["empty", "garbage", "zeros"],
)
def test_a_file_that_is_no_store_is_said_to_be_none(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    (problem,) = inspected(path).problems
    assert isinstance(problem, StoreFailed)
    assert words in problem.message


@pytest.mark.parametrize("left_of_it", [b"", b"x", b"SQLite format 3\0"])
def test_what_is_left_of_a_store_is_not_taken_for_a_new_one(path: Path, left_of_it: bytes) -> None:
    """SQLite would, and delete the log."""
    log = path.with_name("state.db-wal")
    path.write_bytes(left_of_it)
    log.write_bytes(b"what was written last")
    inspection = inspected(path)
    assert "is damaged: it is" in inspection.problems[0].message
    with pytest.raises(StoreFailed, match="is damaged: it is"):
        opened(path)
    assert (path.read_bytes(), log.read_bytes()) == (left_of_it, b"what was written last")


def test_a_store_that_is_not_there_is_not_made(folder: Path) -> None:
    for place in (folder / "no.db", folder / "no/state.db"):
        (problem,) = inspect_store(place).problems
        assert isinstance(problem, StoreUnreachable)
    assert list(folder.iterdir()) == []


# The write-ahead log


@pytest.fixture
def left(folder: Path) -> Path:
    """A store as a killed program leaves it: the newest reservation is in its log alone."""
    path = folder / "state.db"
    opened(path).close()

    def work() -> None:
        store = opened(path)
        remember(store, TL)
        operation = store.begin_operation(TL, "reserve")
        store.reserve(operation.id, slot_address=0x1004)

    killed_while(work)
    return path


def test_what_is_only_in_the_log_is_seen_and_stays_there(left: Path) -> None:
    inspection = inspected(left)
    assert inspection.problems == ()
    assert reserved_of(inspection) == {TL: 0x1004}
    assert left.with_name("state.db-wal").stat().st_size > 0


def test_a_truncated_or_overwritten_log_loses_its_end_and_nothing_else(left: Path) -> None:
    log, shared = left.with_name("state.db-wal"), left.with_name("state.db-shm")
    content, log_content = left.read_bytes(), log.read_bytes()
    lengths = [0, 1, 31, 32, 33, PAGE, 4151, 4152, 4153, len(log_content) - 1]
    damaged = [log_content[:length] for length in lengths]
    dice = random.Random(5)
    for position in range(0, len(log_content), 1021):
        end = log_content[position + 24 :]
        damaged.append(log_content[:position] + dice.randbytes(24) + end)
    for each in damaged:
        left.write_bytes(content)
        log.write_bytes(each)
        shared.unlink(missing_ok=True)
        inspection = inspected(left)
        assert inspection.problems == ()
        assert reserved_of(inspection) in ({}, {TL: None}, {TL: 0x1004})
        with opened(left) as store:
            reservation = store.reservation(TL)
            address = None if reservation is None else reservation.slot_address
            FIGURES.reservation(expected=reserved_of(inspection).get(TL), found=address)
    FIGURES.count(Figure.FAULT_CASES, len(damaged))


def test_shared_memory_of_any_content_is_made_anew(left: Path) -> None:
    shared = left.with_name("state.db-shm")
    for content in (b"", b"x", b"\xff" * 32768, *map(random.Random(5).randbytes, (32768, 100))):
        shared.write_bytes(content)
        inspection = inspected(left)
        assert inspection.problems == ()
        assert reserved_of(inspection) == {TL: 0x1004}
    FIGURES.count(Figure.FAULT_CASES, 5)
    with opened(left) as store:
        assert store.reservation(TL) is not None


def test_a_write_that_is_still_to_be_undone_is_left_to_be_undone(path: Path) -> None:
    query(path, "PRAGMA journal_mode = DELETE")
    before = rows_of(path)

    def die_halfway() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM moves")
        connection.execute("DELETE FROM operations")

    killed_while(die_halfway)
    assert path.with_name("state.db-journal").stat().st_size
    (problem,) = inspected(path).problems
    assert "interrupted" in problem.message
    opened(path).close()
    assert inspected(path).problems == ()
    assert rows_of(path) == before


# What SQLite itself finds nothing wrong with


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP INDEX one_reservation_per_library", "index one_reservation_per_library is missing"),
        ("DROP TABLE drive_conditions", "table drive_conditions is missing"),
        ("CREATE TRIGGER t AFTER INSERT ON moves BEGIN SELECT 1; END", "trigger t is not of this"),
        ("ALTER TABLE moves ADD COLUMN more TEXT", "table moves is not as this program makes it"),
        ("DELETE FROM reservations", "has a cleaner and no reserved slot"),
        ("UPDATE operations SET started_at = 'yesterday'", "started_at can't be 'yesterday'"),
        ("UPDATE operations SET user = CAST(x'ff' AS TEXT)", "operations: Could not decode"),
        ("PRAGMA ignore_check_constraints = 1; UPDATE moves SET kind = 'x'", "CHECK constraint"),
        ("UPDATE drives SET library_id = 'nobody'", "of drives refers to nothing in libraries"),
    ],
)
def test_what_no_function_of_ours_leaves_behind_is_a_problem(
    path: Path, statement: str, words: str
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statement)
    problems = inspected(path).problems
    assert words in " ".join(each.message for each in problems)
    assert {type(each) for each in problems} == {StoreFailed}


def test_hundreds_of_findings_are_ten_and_their_number(path: Path) -> None:
    rows = ", ".join("('nobody', 1, 1, 'move', 0, 1, 'x')" for _ in range(300))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "INSERT INTO moves (library_id, source_address, destination_address, kind,"
            f" started_at, process_id, user) VALUES {rows}"
        )
    problems = inspected(path).problems
    assert len(problems) == 11
    assert problems[-1].message == "and 290 more like that"


def test_a_store_that_is_written_to_all_the_while_is_sound(path: Path) -> None:
    def work(number: int) -> str:
        if not number:
            found = [inspect_store(path) for _ in range(25)]
            return "; ".join({each.message for one in found for each in one.problems})
        for _ in range(12):
            with opened(path) as store:  # the last one that closes it empties the log
                for _ in range(5):
                    store.begin_move(TL, source_address=1, destination_address=2)
        return ""

    assert in_processes(3, work) == ["", "", ""]
    assert inspect_store(path).problems == ()
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, 25 + 2 * 60)


# Rights


def test_rights_that_are_too_wide_or_do_not_fit_together_are_problems() -> None:
    with quick_folder() as folder:
        folder.chmod(0o2770)
        path = kept_store(SCHEMA_VERSION, folder)
        with opened(path) as store:
            store.begin_move(TL, source_address=1, destination_address=2)
            assert inspect_store(path).problems == ()
            wal = path.with_name("state.db-wal")
            wal.chmod(0o640)
            assert _rights(path) == {f"chgrp {_group(wal)} {wal}; chmod 660 {wal}"}
            wal.chmod(0o666)
            assert _rights(path) == {f"chmod 660 {wal}"}
            wal.chmod(0o660)
            path.chmod(0o662)
            assert _rights(path) == {f"chmod 660 {path}"}
            path.chmod(0o660)
            folder.chmod(0o2777)
            assert _rights(path) == {f"chmod o-w {folder}"}
            folder.chmod(0o2770)
            assert inspect_store(path).problems == ()


def test_a_folder_that_does_not_hand_its_group_on_is_a_problem() -> None:
    with quick_folder() as folder:
        path = kept_store(SCHEMA_VERSION, folder)
        group = shared_group().gr_name
        for place in (path, folder):
            os.chown(place, -1, _group_id(group))
        folder.chmod(0o770)
        assert _rights(path) == {f"chmod g+s {folder}"}
        folder.chmod(0o2770)
        assert inspect_store(path).problems == ()


def _rights(path: Path) -> set[str | None]:
    problems = inspect_store(path).problems
    assert {type(each) for each in problems} == {AccessDenied}
    return {each.hint for each in problems}


def _group(path: Path) -> str:
    return path.group()


def _group_id(name: str) -> int:
    import grp

    return grp.getgrnam(name).gr_gid


def test_the_mode_of_the_file_is_not_touched(path: Path) -> None:
    path.chmod(0o640)
    inspect_store(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
