"""A damaged file: an error that says so, or a right answer; never another exception."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_support import LIBRARY, opened, query, remember

from changer.errors import ChangerError, NtmsResult, StoreFailed
from changer.store.protocol import Store
from changer.store.records import DriveIdentity

MODEL = {"vendor": "IBM", "product": "3573-TL", "revision": "C.10"}


class Files(tuple[bytes, bytes]):
    """Database and write-ahead log; too long to show when a test fails."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self[0])} + {len(self[1])} bytes>"


def fill(store: Store) -> None:
    """Some of everything."""
    remember(store)
    store.replace_drives(LIBRARY, [DriveIdentity(256, "1068000001", "IBM", "ULT3580-TD6")])
    store.learn_capability("curdata", "no", **MODEL)
    for slot_address in range(0x1000, 0x1014):
        operation = store.begin_operation(LIBRARY, "reserve", slot_address=slot_address)
        move = store.begin_move(
            LIBRARY, source_address=slot_address, destination_address=256, volume_tag="A00001L8"
        )
        if slot_address == 0x1000:
            store.reserve(operation.id, slot_address=slot_address)
            store.finish_move(move.id, outcome="completed", final_address=256)


def use_everything(path: Path) -> None:
    """Every read and most writes; a refused one does not keep the others from being tried."""
    attempt = contextlib.suppress(ChangerError)
    with attempt, opened(path) as store:
        for read in (store.libraries, store.operations, store.moves):
            with attempt:
                read()
        for read_one in (store.library, store.reservation, store.cleaner, store.drives):
            with attempt:
                read_one(LIBRARY)
        with attempt:
            store.unsettled_moves(LIBRARY)
        with attempt:
            store.capabilities(**MODEL)
        with attempt:
            remember(store)
        with attempt:
            store.release(store.begin_operation(LIBRARY, "release").id)
        with attempt:
            move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
            store.finish_move(move.id, outcome="unknown")
        with attempt:
            store.replace_drives(LIBRARY, [DriveIdentity(257, None)])
        with attempt:
            store.forget_library(LIBRARY)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Files:
    path = tmp_path_factory.mktemp("sample") / "state.db"
    with opened(path) as store:
        fill(store)
    return Files((path.read_bytes(), b""))


@pytest.fixture(scope="module")
def sample_with_wal(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files as a killed process leaves them."""
    folder = tmp_path_factory.mktemp("wal")
    with opened(folder / "state.db") as store:
        fill(store)
        names = ("state.db", "state.db-wal")
        return Files(((folder / names[0]).read_bytes(), (folder / names[1]).read_bytes()))


def overwritten(content: bytes, patches: list[tuple[int, bytes]]) -> bytes:
    damaged = bytearray(content)
    for offset, patch in patches:
        start = offset % max(len(content), 1)
        damaged[start : start + len(patch)] = patch
    return bytes(damaged)


PATCHES = st.lists(
    st.tuples(
        # pages begin with what steers SQLite: look there as often as anywhere
        st.one_of(
            st.integers(0, 1 << 17),
            st.integers(0, 119),
            st.builds(lambda page, at: page * 4096 + at, st.integers(0, 31), st.integers(0, 40)),
        ),
        st.binary(min_size=1, max_size=40),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(patches=PATCHES)
def test_damage_anywhere_is_no_crash(sample: Files, patches: list[tuple[int, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state.db")
        path.write_bytes(overwritten(sample[0], patches))
        use_everything(path)


@settings(max_examples=60, deadline=None)
@given(patches=PATCHES)
def test_damage_in_the_write_ahead_log_is_no_crash(
    sample_with_wal: Files, patches: list[tuple[int, bytes]]
) -> None:
    content, log = sample_with_wal
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state.db")
        path.write_bytes(content)
        Path(folder, "state.db-wal").write_bytes(overwritten(log, patches))
        use_everything(path)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=5000))
def test_any_bytes_at_all_are_no_crash(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state.db")
        path.write_bytes(content)
        use_everything(path)


@pytest.mark.parametrize("length", [1, 15, 16, 99, 100, 512, 4095, 4096, 4097, 8192, 40000])
def test_a_truncated_store_fails_or_answers(sample: Files, tmp_path: Path, length: int) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(sample[0][:length])
    use_everything(path)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 4000, 4151, 4152, 4153, 20000])
def test_a_truncated_log_loses_whole_transactions_only(
    sample_with_wal: Files, tmp_path: Path, length: int
) -> None:
    content, log = sample_with_wal
    path = tmp_path / "state.db"
    path.write_bytes(content)
    (tmp_path / "state.db-wal").write_bytes(log[:length])
    with opened(path) as store:
        operations = store.operations(LIBRARY)
        assert len(operations) - len(store.moves(LIBRARY)) in (0, 1)
    assert query(path, "PRAGMA integrity_check") == "ok"


def test_a_killed_process_leaves_all_that_it_committed(
    sample_with_wal: Files, tmp_path: Path
) -> None:
    content, log = sample_with_wal
    path = tmp_path / "state.db"
    path.write_bytes(content)
    (tmp_path / "state.db-wal").write_bytes(log)
    with opened(path) as store:
        assert len(store.operations(LIBRARY)) == 20
        assert store.reservation(LIBRARY) is not None


def test_a_file_that_is_no_database_is_damage_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database, however long it may be\n" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match="damaged") as caught:
        opened(path)
    assert caught.value.hint is not None
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operations SET started_at = 'yesterday'",
        "UPDATE operations SET user = x'ff00'",
        "UPDATE operations SET process_id = 1.5",
        "PRAGMA ignore_check_constraints = ON; UPDATE operations SET kind = 'dance'",
        "UPDATE operations SET user = CAST(x'ff' AS TEXT)",
        "ALTER TABLE operations RENAME COLUMN user TO person",
        "DROP TABLE operations",
    ],
)
def test_rows_that_are_no_records_are_damage(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "state.db"
    with opened(path) as store:
        fill(store)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statement)
    with opened(path) as store:
        with pytest.raises(StoreFailed):
            store.operations()
        assert store.reservation(LIBRARY) is not None


def test_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "state.db") as store:
        with pytest.raises(StoreFailed):
            remember(store, "\udc80")
        remember(store)
        operation = store.begin_operation(LIBRARY, "reserve")
        with pytest.raises(StoreFailed):
            store.finish_operation(
                operation.id, state="failed", result=NtmsResult("\udcff", 1), message=None
            )
        assert store.unfinished_operations(LIBRARY) == (operation,)


def test_a_copy_of_the_store_is_a_store(tmp_path: Path) -> None:
    with opened(tmp_path / "state.db") as store:
        fill(store)
    shutil.copy(tmp_path / "state.db", tmp_path / "copy.db")
    with opened(tmp_path / "copy.db") as copy:
        assert copy.reservation(LIBRARY) is not None
