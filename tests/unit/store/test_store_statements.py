"""Any statement of SQLite's may fail: the error is ours, and the store as before or after."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from connections import Watched
from figures import FIGURES, Figure
from pytest_mock import MockerFixture

from changer.errors import ChangerError, StoreError
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.backup import back_up, sound_copy
from changer.store.maintenance.document import document_text, from_document
from changer.store.maintenance.export import exported
from changer.store.maintenance.inspection import inspect_store
from changer.store.maintenance.merging import add_content, rehearse_adding
from changer.store.maintenance.replacement import look_at, replace_content
from changer.store.protocol import Store
from changer.store.sqlite import open_store

from .store_calls import WRITES
from .store_files import L700, RESERVED, TL, Rows, kept_store, rows_of
from .store_support import opened, outcome_of, remember


class _Failing(Watched):
    """Fails once, at the statement on a file that ``left`` counts down to; a backup is one."""

    left = 0

    def __init__(self, database: str, *arguments: Any, **options: Any) -> None:
        super().__init__(database, *arguments, **options)
        self._is_file = database != ":memory:"

    def _count(self) -> None:
        type(self).left -= 1
        if not type(self).left:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if (self._is_file and statement != "ROLLBACK") or statement.startswith("VACUUM"):
            self._count()
        return super().execute(statement, *values)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        if self._is_file:
            self._count()
        return super().executemany(*arguments)

    def backup(self, target: sqlite3.Connection, **options: Any) -> None:
        if self._is_file:
            self._count()
        super().backup(target, **options)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A sound backup of a store with everything in it."""
    (tmp_path / "other").mkdir()
    path = kept_store(SCHEMA_VERSION, tmp_path / "other")
    back_up(path, tmp_path / "backup.db", replace=False)
    return tmp_path / "backup.db"


def _inspect(path: Path, _: Path) -> None:
    """What can't be looked at is among its problems, not sound."""
    for each in inspect_store(path).problems:
        raise each


def _restore(path: Path, other: Path) -> None:
    with closing(sound_copy(other)) as copy:
        present = look_at(path)
        replace_content(path, copy, present, locked=frozenset(RESERVED), clock=HandClock())


def _import(path: Path, other: Path) -> None:
    with closing(sound_copy(other)) as copy:
        add_content(path, copy, replace=True, clock=HandClock())


def _rehearse(path: Path, other: Path) -> None:
    with closing(sound_copy(other)) as copy:
        rehearse_adding(path, copy, replace=True)


def _write_backup(path: Path, other: Path) -> None:
    back_up(path, other.with_name("another.db"), replace=True)


def _export(path: Path, _: Path, *, schema: int | None = None) -> None:
    exported(path, exported_at=1.5, host="here", schema=schema, lossy=schema is not None)


def _from_document(path: Path, _: Path) -> None:
    document = exported(path, exported_at=1.5, host="here").document
    from_document(document_text(document).encode()).close()


def _in_store(act: Callable[[Store], object]) -> Callable[[Path, Path], None]:
    def run(path: Path, _: Path) -> None:
        with open_store(path, clock=HandClock()) as store:
            act(store)

    return run


ACTIONS: dict[str, Callable[[Path, Path], None]] = {
    "inspect": _inspect,
    "restore": _restore,
    "import": _import,
    "import rehearsed": _rehearse,
    "back up": _write_backup,
    "export": _export,
    "export for schema 6": partial(_export, schema=6),
    "read a document": _from_document,
    "open": _in_store(lambda store: store.libraries()),
    "copy": _in_store(lambda store: store.scratch().close()),
    "forget": _in_store(lambda store: store.forget_library(TL)),
    "rename": _in_store(lambda store: store.rename_library(L700, "another")),
    "move": _in_store(
        lambda store: store.begin_move(L700, source_address=1, destination_address=2)
    ),
}
READS = ("inspect", "import rehearsed", "back up", "export", "export for schema 6", "copy")


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_statement_that_fails_is_said_in_our_words_and_changes_all_or_nothing(
    action: str, tmp_path: Path, other: Path, mocker: MockerFixture
) -> None:
    run, before = ACTIONS[action], rows_of(kept_store(SCHEMA_VERSION, tmp_path))
    ends: list[Rows] = []
    for number in count(1):
        path = kept_store(SCHEMA_VERSION, tmp_path)
        for each in ("-wal", "-shm"):
            path.with_name(path.name + each).unlink(missing_ok=True)
        _Failing.left = number
        mocker.patch("_sqlite3.connect", partial(sqlite3.connect, factory=_Failing))
        try:
            run(path, other)
        except ChangerError as error:
            assert isinstance(error, StoreError), repr(error)
            assert "disk I/O error" in error.message or "disk I/O error" in str(error.__cause__)
        else:
            # What can't be read is replaced as what is damaged.
            assert _Failing.left > 0 or action == "restore", "nothing was said of it"
        FIGURES.count(Figure.FAULT_CASES)
        mocker.stopall()
        if _Failing.left > 0:
            break
        ends.append(rows_of(path))
    after = rows_of(path)
    assert number > 3
    assert all(each in (before, after) for each in ends)
    assert (after == before) is (action in (*READS, "read a document", "open"))


# What goes on after its commit, and may fail then: it sets back that a disk is not waited for.
_BRIEF = "record_labels"


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("name", [each for each in WRITES if each != _BRIEF])
def test_what_a_call_writes_it_writes_whole_or_not_at_all(
    name: str, tmp_path: Path, mocker: MockerFixture
) -> None:
    first, call = WRITES[name]
    _Failing.left = 0
    mocker.patch("_sqlite3.connect", partial(sqlite3.connect, factory=_Failing))
    for number in count(1):
        path, clock = tmp_path / f"{number}.db", HandClock()
        with opened(path, clock) as store:
            remember(store)
            first(store)
            clock.sleep(5000 * 86400)
            before = rows_of(path)
            _Failing.left = number
            end = outcome_of(partial(call, store))
            was_reached = _Failing.left <= 0
            _Failing.left = 0
            after = rows_of(path)
        if not was_reached:
            break
        assert (end, after) == ("store-failed", before), f"statement {number}"
        FIGURES.count(Figure.FAULT_CASES)
    assert number > 3
