"""Damage to a store: found without a change to it; and for the driver an error, or a right answer.

What was found to be sound is so for the driver, too; and what the driver refuses was found.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from figures import FIGURES, Figure
from folders import quick_folder
from hypothesis import given, settings
from hypothesis import strategies as st
from on_record import primary_reservation
from users import shared_group

from changer.errors import AccessDenied, ChangerError, NtmsResult, StoreFailed, StoreUnreachable
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.inspection import Inspection, inspect_store
from changer.store.records import DriveIdentity

from .store_files import (
    BARE,
    L700,
    RESERVED,
    STORES,
    TL,
    VERSIONS,
    anew,
    kept_store,
    octets,
    rows_of,
)
from .store_support import in_processes, killed_while, opened, query, release, remember

PAGE = 4096
CONTENT = (STORES / f"schema-{SCHEMA_VERSION}.db").read_bytes()


@pytest.fixture
def path(folder: Path) -> Path:
    return kept_store(SCHEMA_VERSION, folder)


@pytest.fixture
def left(path: Path) -> Path:
    """A store as a killed program leaves it: what it wrote last is in the log alone."""

    def work() -> None:
        store = opened(path)
        store.forget_library(TL)
        remember(store, TL)
        for _ in range(20):
            store.begin_operation(TL, "eject", slot_address=99)
            store.begin_move(TL, source_address=99, destination_address=2)
        store.reserve(store.begin_operation(TL, "reserve").id, slot_address=0x1004)

    killed_while(work)
    return path


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
    try:
        with opened(path) as store:
            found = {library: primary_reservation(store, library) for library in RESERVED}
    except ChangerError:
        assert inspection.problems
        return
    if not inspection.problems:
        for library, address in reserved_of(inspection).items():
            reservation = found[library]
            FIGURES.reservation(
                expected=address, found=reservation.slot_address if reservation else None
            )


def use_everything(path: Path) -> None:
    """Every read and most writes; a refused one does not keep the others from being tried."""
    attempt = contextlib.suppress(ChangerError)
    with attempt, opened(path) as store:
        for read in (store.libraries, store.operations, store.moves):
            with attempt:
                read()
        for read_one in (
            store.library,
            store.reservations,
            store.cleaners,
            store.claims,
            store.drives,
        ):
            with attempt:
                read_one(TL)
        with attempt:
            store.unsettled_moves(TL)
        with attempt:
            store.capabilities(TL)
        with attempt:
            remember(store)
        with attempt:
            release(store, 0x1004, TL)
        with attempt:
            move = store.begin_move(TL, source_address=1, destination_address=2)
            store.finish_move(move.id, outcome="unknown")
        with attempt:
            store.replace_drives(TL, [DriveIdentity(257, None)])
        with attempt:
            store.forget_library(TL)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_sound_store_has_no_problem_whatever_its_schema(version: int, folder: Path) -> None:
    path = kept_store(version, folder)
    path.chmod(0o640)
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
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_is_under_way_is_no_interruption(folder: Path) -> None:
    path = folder / "state.db"
    with opened(path) as store:
        remember(store)
        store.begin_operation(store.libraries()[0].id, "insert")
        assert inspected(path).notes == ()


# Pages


def damages() -> Iterator[tuple[bytes, bool]]:
    """Contents, and whether what is wrong with each must be found."""
    dice = random.Random(5)
    for start in range(0, len(CONTENT), PAGE):
        for patch in (bytes(PAGE), b"\xff" * PAGE, dice.randbytes(PAGE)):
            yield CONTENT[:start] + patch + CONTENT[start + PAGE :], True
    for start in range(100):
        octet = bytes([CONTENT[start] ^ 0xFF])
        yield CONTENT[:start] + octet + CONTENT[start + 1 :], False
    for length in (1, 15, 16, 99, 100, 101, 512, PAGE - 1, PAGE, PAGE + 1, 8 * PAGE, 24 * PAGE, -1):
        yield CONTENT[:length], True


@pytest.mark.long
def test_damage_of_every_page_and_every_length_is_found(path: Path) -> None:
    for content, is_damage in damages():
        anew(path, content)
        inspection = inspected(path)
        if is_damage:
            assert {type(each) for each in inspection.problems} == {StoreFailed}
            assert "changer state restore FILE" in (inspection.problems[0].hint or "")
        opens_only_if_sound(path, inspection)
        use_everything(path)
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
    if content:
        with pytest.raises(StoreFailed, match="damaged") as caught:
            opened(path)
        assert caught.value.hint is not None
        assert path.read_bytes() == content


@pytest.mark.parametrize("left_of_it", [b"", b"x", b"SQLite format 3\0"])
def test_what_is_left_of_a_store_is_not_taken_for_a_new_one(path: Path, left_of_it: bytes) -> None:
    """SQLite would, and delete the log."""
    anew(path, left_of_it, b"what was written last")
    assert "is damaged: it is" in inspected(path).problems[0].message
    with pytest.raises(StoreFailed, match="is damaged: it is"):
        opened(path)
    assert octets(path.parent) == {"state.db": left_of_it, "state.db-wal": b"what was written last"}


def test_a_store_that_is_not_there_is_not_made(folder: Path) -> None:
    for place in (folder / "no.db", folder / "no/state.db"):
        (problem,) = inspect_store(place).problems
        assert isinstance(problem, StoreUnreachable)
    assert list(folder.iterdir()) == []


def patches(longest: int) -> st.SearchStrategy[list[tuple[int, bytes]]]:
    """Octets anywhere; and as often where a page begins, with what steers SQLite."""
    pages = st.builds(lambda page, at: page * PAGE + at, st.integers(0, 31), st.integers(0, 40))
    places = st.one_of(st.integers(0, 1 << 17), st.integers(0, 119), pages)
    return st.lists(st.tuples(places, st.binary(min_size=1, max_size=40)), max_size=longest)


def overwritten(content: bytes, patches: list[tuple[int, bytes]]) -> bytes:
    damaged = bytearray(content)
    for offset, patch in patches:
        start = offset % max(len(content), 1)
        damaged[start : start + len(patch)] = patch
    return bytes(damaged)


@settings(max_examples=200, deadline=None)
@given(in_file=patches(5), in_log=patches(5))
def test_damage_anywhere_is_no_crash(
    files_left: tuple[bytes, bytes],
    in_file: list[tuple[int, bytes]],
    in_log: list[tuple[int, bytes]],
) -> None:
    content, log = files_left
    with quick_folder() as folder:
        path = folder / "state.db"
        anew(path, overwritten(content, in_file), overwritten(log, in_log))
        inspect_store(path)
        use_everything(path)


@pytest.fixture(scope="module")
def files_left(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    path = kept_store(SCHEMA_VERSION, tmp_path_factory.mktemp("left"))
    killed_while(lambda: remember(opened(path), "another"))
    return path.read_bytes(), path.with_name("state.db-wal").read_bytes()


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=5000))
def test_any_bytes_at_all_are_no_crash(content: bytes) -> None:
    with quick_folder() as folder:
        (folder / "state.db").write_bytes(content)
        inspect_store(folder / "state.db")
        use_everything(folder / "state.db")


# The write-ahead log


def test_what_is_only_in_the_log_is_seen_and_stays_there(left: Path) -> None:
    inspection = inspected(left)
    assert inspection.problems == ()
    assert reserved_of(inspection)[TL] == 0x1004
    assert left.with_name("state.db-wal").stat().st_size > 0
    with opened(left) as store:
        assert len(store.operations(TL)) == 21
        assert primary_reservation(store, TL) is not None


@pytest.mark.long
def test_a_truncated_or_overwritten_log_loses_whole_transactions_and_nothing_else(
    left: Path,
) -> None:
    content, log = left.read_bytes(), left.with_name("state.db-wal").read_bytes()
    lengths = [1, 31, 32, 33, 4000, PAGE, 4151, 4152, 4153, 20000, len(log) - 1]
    damaged = [b"", *(log[:length] for length in lengths)]
    dice = random.Random(5)
    damaged += [
        overwritten(log, [(position, dice.randbytes(24))]) for position in range(0, len(log), 4093)
    ]
    for each in damaged:
        anew(left, content, each)
        inspection = inspected(left)
        assert inspection.problems == ()
        opens_only_if_sound(left, inspection)
        with opened(left) as store:
            begun = [each for each in store.operations(TL) if each.slot_address == 99]
            moves = [each for each in store.moves(TL) if each.source_address == 99]
        assert len(begun) - len(moves) in (0, 1)
        assert query(left, "PRAGMA integrity_check") == "ok"
    FIGURES.count(Figure.FAULT_CASES, len(damaged))


def test_shared_memory_of_any_content_is_made_anew(left: Path) -> None:
    shared = left.with_name("state.db-shm")
    for content in (b"", b"x", b"\xff" * 32768, *map(random.Random(5).randbytes, (32768, 100))):
        shared.write_bytes(content)
        inspection = inspected(left)
        assert inspection.problems == ()
        assert reserved_of(inspection)[TL] == 0x1004
    FIGURES.count(Figure.FAULT_CASES, 5)
    with opened(left) as store:
        assert primary_reservation(store, TL) is not None


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


ENDED = "1b0db9ba-375a-492c-b285-c3d863645fc4"  # the reservation of the first slot
# What the driver finds as well is in the operations.
SENSELESS = [
    ("DROP INDEX one_reservation_per_slot", "index one_reservation_per_slot is missing"),
    ("DROP TABLE drive_conditions", "table drive_conditions is missing"),
    (
        "CREATE TRIGGER t AFTER INSERT ON moves BEGIN SELECT 1; END",
        "trigger t does not belong to this",
    ),
    (
        "ALTER TABLE moves ADD COLUMN more TEXT",
        "table moves differs from what this program creates",
    ),
    ("DELETE FROM reservations", "has a cleaner in slot @4100, which is not reserved"),
    (
        "UPDATE reservations SET slot_address = 9 WHERE slot_address = 4101",
        "has a cleaner in slot @4101, which is not reserved",
    ),
    (
        f"UPDATE claims SET operation_id = '{ENDED}'",
        "@256 of IBM_3573-TL_00L4U78K1234_LL0 is claimed by an operation that has ended",
    ),
    (
        f"UPDATE claims SET library_id = '{BARE}'",
        f"@256 of {BARE} is claimed by an operation of {TL}",
    ),
    ("UPDATE claims SET operation_id = 'x'", "of claims refers to nothing in operations"),
    (
        "PRAGMA ignore_check_constraints = 1; UPDATE cleaners SET condition = 'old'",
        "CHECK constraint",
    ),
    ("PRAGMA ignore_check_constraints = 1; UPDATE cleaners SET left_at = 5", "CHECK constraint"),
    ("PRAGMA ignore_check_constraints = 1; UPDATE moves SET kind = 'x'", "CHECK constraint"),
    ("UPDATE drives SET library_id = 'nobody'", "of drives refers to nothing in libraries"),
    ("UPDATE operations SET started_at = 'yesterday'", "started_at can't be 'yesterday'"),
    ("UPDATE operations SET user = x'ff00'", "user can't be b'"),
    ("UPDATE operations SET user = CAST(x'ff' AS TEXT)", "operations: Could not decode"),
    ("UPDATE operations SET process_id = 1.5", "process_id can't be 1.5"),
    ("PRAGMA ignore_check_constraints = 1; UPDATE operations SET kind = 'dance'", "CHECK"),
    (
        "ALTER TABLE operations RENAME COLUMN user TO person",
        "operations differs from what this program",
    ),
    ("DROP TABLE operations", "table operations is missing"),
]


@pytest.mark.parametrize(("statement", "words"), SENSELESS)
def test_what_no_function_of_ours_leaves_behind_is_a_problem(
    path: Path, statement: str, words: str
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statement)
    problems = inspected(path).problems
    assert words in " ".join(each.message for each in problems)
    assert {type(each) for each in problems} == {StoreFailed}
    with opened(path) as store:
        if "operations" in statement:
            with pytest.raises(StoreFailed):
                store.operations()
        if "reservations" not in statement:
            assert primary_reservation(store, TL) is not None


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


def test_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "state.db") as store:
        with pytest.raises(StoreFailed):
            remember(store, "\udc80")
        remember(store)
        operation = store.begin_operation(TL, "reserve")
        with pytest.raises(StoreFailed):
            store.finish_operation(
                operation.id, state="failed", result=NtmsResult("\udcff", 1), message=None
            )
        assert store.unfinished_operations(TL) == (operation,)


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
            assert _rights(path) == {f"chgrp {wal.group()} {wal}; chmod 660 {wal}"}
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
        for place in (path, folder):
            shutil.chown(place, group=shared_group().gr_gid)
        folder.chmod(0o770)
        assert _rights(path) == {f"chmod g+s {folder}"}
        folder.chmod(0o2770)
        assert inspect_store(path).problems == ()


def _rights(path: Path) -> set[str | None]:
    problems = inspect_store(path).problems
    assert {type(each) for each in problems} == {AccessDenied}
    return {each.hint for each in problems}
