"""A copy of a store, and a look at one, fit together whatever is written meanwhile."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from open_files import open_files
from pytest_mock import MockerFixture
from users import no_right_to

from changer.errors import AccessDenied, StoreFailed, StoreNewer
from changer.store.copies import copied, load_single
from changer.store.database import SCHEMA_VERSION
from changer.store.glance import open_at_a_glance
from changer.store.looking import open_copy, open_to_look

from .store_support import LIBRARY, give_to_nobody, opened, query, remember

WITHOUT_LOCKS, UNDER_LOCKS = "mode=ro&immutable=1", "mode=ro"


@pytest.fixture
def reads(
    path: Path, mocker: MockerFixture
) -> Iterator[tuple[list[str], list[Callable[[], object]]]]:
    """How the file was opened each time, and what is done just after that, the first one first."""
    connect, modes, acts = sqlite3.connect, list[str](), list[Callable[[], object]]()

    def followed(place: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(place, *arguments, **options)
        if str(place).startswith(path.as_uri()):
            modes.append(place.partition("?")[2])
            if acts:
                acts.pop(0)()
        return connection

    mocker.patch("_sqlite3.connect", side_effect=followed)
    yield modes, acts
    mocker.stopall()


def copied_ids(path: Path) -> list[str]:
    with copied(path) as copy:
        return [row[0] for row in copy.execute("SELECT id FROM libraries ORDER BY id")]


def test_a_file_that_changes_at_each_look_is_read_under_locks_in_the_end(
    path: Path, reads: tuple[list[str], list[Callable[[], object]]]
) -> None:
    modes, acts = reads
    with opened(path) as store:
        remember(store)
    modes.clear()
    acts += [lambda: os.utime(path, ns=(0, len(modes)))] * 9
    assert copied_ids(path) == [LIBRARY]
    assert modes == [*[WITHOUT_LOCKS] * 5, UNDER_LOCKS]


def test_a_file_with_a_log_is_read_once_whatever_is_written_meanwhile(
    path: Path, reads: tuple[list[str], list[Callable[[], object]]]
) -> None:
    modes, acts = reads
    with opened(path) as store:
        remember(store)
        modes.clear()
        acts.append(lambda: remember(store, "another"))
        assert LIBRARY in copied_ids(path)
    assert modes == [UNDER_LOCKS]


@pytest.mark.parametrize("is_sound", [True, False])
def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    path: Path, reads: tuple[list[str], list[Callable[[], object]]], is_sound: bool
) -> None:
    """Its log would be taken for that of the file that came, and what it said is of no matter."""
    modes, acts = reads
    other = path.with_name("other.db")
    with opened(other) as store:
        remember(store, "other")
    with opened(path) as store:
        remember(store)
    if not is_sound:
        path.write_bytes(b"garbage" * 5000)
    modes.clear()
    acts.append(lambda: other.replace(path))
    assert copied_ids(path) == ["other"]
    assert modes == [WITHOUT_LOCKS] * 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_log_that_goes_between_two_looks_at_it_is_none(
    path: Path, mocker: MockerFixture, number: int
) -> None:
    """SQLite removes it when the last program closes the file."""
    with opened(path) as store:
        remember(store)
    log = path.with_name("state.db-wal")
    log.touch()
    looks = iter(range(1, 100))

    def seen_before(place: Path) -> bool:
        there = os.access(place, os.F_OK)
        if place == log and next(looks) == number:
            place.unlink()
        return there

    mocker.patch.object(Path, "exists", seen_before)
    assert copied_ids(path) == [LIBRARY]


def test_a_file_that_can_not_be_read_is_read_once(
    path: Path, reads: tuple[list[str], list[Callable[[], object]]]
) -> None:
    modes, _ = reads
    path.write_bytes(b"garbage" * 5000)
    with pytest.raises(StoreFailed, match="damaged"), copied(path):
        pass
    assert modes == [WITHOUT_LOCKS]


@pytest.mark.parametrize("function", [copied_ids, lambda path: load_single(path).close()])
def test_a_file_that_can_not_be_read_as_it_is_says_why(
    folder: Path, function: Callable[[Path], object]
) -> None:
    path = folder / "state.db"
    opened(path).close()
    give_to_nobody(folder)
    with no_right_to(path), pytest.raises(AccessDenied, match=f"no permission to read {path}$"):
        function(path)
    path.with_name("state.db-journal").write_bytes(b"pages")
    with pytest.raises(StoreFailed) as refused:
        function(path)
    assert refused.value.message == (
        f"a write to {path} was interrupted and must still be rolled back (state.db-journal)"
    )
    assert refused.value.hint == "any command that opens the store does that: changer state list"


def glanced_ids(path: Path) -> list[str]:
    with open_at_a_glance(path, clock=HandClock()) as glance:
        return [each.id for each in glance.libraries()]


@pytest.mark.parametrize("function", [copied_ids, glanced_ids])
def test_a_store_that_a_newer_program_takes_over_meanwhile_is_read_as_it_was(
    path: Path, mocker: MockerFixture, function: Callable[[Path], list[str]]
) -> None:
    """What tells whose it is, is read in more than one step, and all of it at once."""
    steps: list[str] = []

    class Meddled(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement == "PRAGMA user_version" and not steps:
                steps.append(statement)
                query(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
            return super().execute(statement, *values)

    with opened(path) as store:
        remember(store)
        mocker.patch("_sqlite3.connect", partial(sqlite3.connect, factory=Meddled))
        assert function(path) == [LIBRARY]
        mocker.stopall()
        with pytest.raises(StoreNewer):
            function(path)
    assert steps


def test_a_store_read_at_a_glance_shows_what_is_written_later(path: Path) -> None:
    with opened(path) as store:
        remember(store)
        with open_at_a_glance(path, clock=HandClock()) as glance:
            remember(store, "another")
            assert {each.id for each in glance.libraries()} == {LIBRARY, "another"}


# To look with


def look(path: Path) -> Any:
    return open_to_look(path, clock=HandClock(), is_given=False, warn=pytest.fail, at_all=True)


def test_a_store_that_was_looked_at_is_closed(path: Path) -> None:
    opened(path).close()
    before = open_files()
    with look(path) as looked:
        assert looked.libraries() == ()
        assert open_files() != before
    assert open_files() == before


def test_an_empty_file_where_anyone_may_write_is_no_store_to_look_with(folder: Path) -> None:
    path = folder / "state.db"
    path.touch()
    with look(path) as looked:
        assert looked.libraries() == ()
    folder.chmod(0o777)
    with pytest.raises(AccessDenied, match="world-writable"):
        look(path)
    assert path.read_bytes() == b""


def test_a_store_is_examined_as_a_copy_and_what_is_not_known_of_it_is_said(path: Path) -> None:
    warnings: list[str] = []

    def examined() -> list[str]:
        with open_copy(path, clock=HandClock(), warn=warnings.append) as copy:
            remember(copy, "another")
            return [each.id for each in copy.libraries()]

    assert examined() == ["another"]
    assert not path.exists()
    path.touch()
    assert examined() == ["another"]
    with opened(path) as store:
        remember(store)
    assert examined() == [LIBRARY, "another"] and warnings == []
    assert query(path, "SELECT count(*) FROM libraries") == 1
    path.write_bytes(b"garbage" * 5000)
    assert examined() == ["another"]
    (warning,) = warnings
    assert warning.startswith(f"the state store {path} is damaged: ")
    assert warning.endswith(": its contents are not known")


def test_a_copy_that_can_not_be_brought_up_to_date_is_one_that_can_not_be_read(path: Path) -> None:
    """A table of the name that the next migration makes, say."""
    opened(path).close()
    query(path, f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    warnings: list[str] = []
    with open_copy(path, clock=HandClock(), warn=warnings.append) as copy:
        assert copy.libraries() == ()
    (warning,) = warnings
    assert warning.startswith(f"the state store {path} failed: table pruned_totals already exists")
