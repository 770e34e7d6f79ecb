"""Coordination on one host: its store, its locks, and what is under way, by their files."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, get_args

import pytest
from children import ended
from clocks import HandClock
from open_files import none_left_open, open_files

from changer.errors import LibraryBusy, UsageError
from changer.lock.flock import QUEUE_END, LibraryLock, lock_byte
from changer.lock.use import holder_and_waiters
from changer.store.coordination import HostCoordination, coordinate
from changer.store.copies import copied
from changer.store.maintenance.sources import copy_of
from changer.store.records import Operation
from changer.store.sharing import Coordination, LockUse, Purpose
from changer.values import replace

from .store_support import LIBRARY, outcome_of, remember

DAY = 86_400.0


@pytest.fixture
def own(tmp_path: Path, clock: HandClock) -> Coordination:
    return coordinate(tmp_path / "state.db", locks=tmp_path / "lock", clock=clock)


@pytest.fixture
def other(tmp_path: Path, clock: HandClock) -> Coordination:
    """Of another store, with the same folder of locks."""
    return coordinate(tmp_path / "other.db", locks=tmp_path / "lock", clock=clock)


# Locks


def test_a_library_is_not_waited_for_and_the_delivery_of_events_for_a_moment(
    own: Coordination, clock: HandClock
) -> None:
    for lock, hint, words in (
        (own.lock, "wait for it with --wait SECONDS", "(load 1 0)"),
        (own.delivery_lock, None, "waited 1 s"),
    ):
        arguments: dict[str, Any] = {"library_id": LIBRARY, "command": "load 1 0"}
        arguments = arguments if lock == own.lock else {}
        with lock(**arguments), pytest.raises(LibraryBusy) as caught, lock(**arguments):
            pass
        assert words in caught.value.message
        assert caught.value.hint == hint
    with own.lock(LIBRARY, command="load 1 0") as held:
        assert held.grant is None
        with held.covering(900.0):
            pass


def test_who_delivers_events_is_known_by_the_store(own: Coordination, other: Coordination) -> None:
    with own.delivery_lock():
        assert own.is_delivering() and not other.is_delivering()
        with other.delivery_lock(wait_seconds=0.0):
            assert other.is_delivering()
    assert not own.is_delivering()


def test_the_use_of_a_lock_is_who_holds_it_and_how_many_wait(
    own: Coordination, tmp_path: Path
) -> None:
    assert own.lock_use(LIBRARY) == LockUse(held=False, holder=None, waiting=0)
    with own.lock(LIBRARY, command="load 1 0"):
        file = LibraryLock(LIBRARY, folder=own.locks, command="", clock=own.clock).path
        before = open_files()
        use = own.lock_use(LIBRARY)
        assert open_files() == before
        assert (use.held, use.waiting) == (True, 0)
        assert str(use.holder).startswith(f"pid {os.getpid()} (load 1 0) since ")
        with file.open("r+b") as waiter:
            # The last byte of the queue, and the first behind it: a mark.
            lock_byte(waiter.fileno(), fcntl.F_WRLCK, QUEUE_END)
            assert own.lock_use(LIBRARY).waiting == 0
            lock_byte(waiter.fileno(), fcntl.F_WRLCK, (1 << 32) - 1)
            lock_byte(waiter.fileno(), fcntl.F_WRLCK, 1)
            assert own.lock_use(LIBRARY).waiting == 2
    assert QUEUE_END == 1 << 32, "all versions of the program keep to that"
    assert own.lock_use(LIBRARY) == LockUse(held=False, holder=None, waiting=0)
    assert holder_and_waiters(tmp_path / "nothing", now=0.0) == (None, None)


# What is under way


@pytest.fixture
def operation(own: Coordination) -> Iterator[Operation]:
    with own.open_store() as store:
        remember(store)
        yield store.begin_operation(LIBRARY, "clean")


def test_an_operation_is_under_way_while_its_mark_is_held(
    own: Coordination, operation: Operation
) -> None:
    process = operation.process[0]
    assert own.is_running(operation), "an older version has no mark"
    with own.under_way(LIBRARY) as mark, own.under_way(LIBRARY) as another:
        assert None is not mark != another is not None
        marked = replace(operation, process_identity=f"{process}:{mark}")
        assert own.is_running(marked)
        assert not own.is_running(replace(marked, finished_at=1.0))
        assert not own.is_running(replace(marked, host_id="another"))
        assert not own.is_running(replace(marked, process_identity=f"{process}0:{mark}"))
        assert not own.is_running(replace(marked, library_id="another"))
    assert not own.is_running(marked)


def test_a_move_is_under_way_while_its_process_is_there(
    own: Coordination, operation: Operation
) -> None:
    with own.open_store() as store:
        move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
    assert own.is_running(move)
    assert not own.is_running(move._replace(finished_at=1.0))
    assert not own.is_running(move._replace(host_id="another"))
    assert own.is_running(move._replace(host_id=None))
    assert not own.is_running(move._replace(process_id=(1 << 22) + 1))


def test_where_no_mark_can_be_held_an_operation_goes_on_without(
    tmp_path: Path, clock: HandClock
) -> None:
    (tmp_path / "file").touch()
    host = HostCoordination(tmp_path / "state.db", tmp_path / "file/lock", clock)
    with host.under_way(LIBRARY) as mark:
        assert mark is None


# The store

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
# What a store that is missing is for each purpose: made, one in memory, or an error.
MISSING = {
    False: {
        "act": "made",
        "rehearse": "memory",
        "read": "memory",
        "look": "memory",
        "hint": "store-unreachable",
        "examine": "memory",
    },
    True: {
        "act": "store-unreachable",
        "rehearse": "store-unreachable",
        "read": "store-unreachable",
        "look": "memory",
        "hint": "store-unreachable",
        "examine": "memory",
    },
}


@pytest.mark.parametrize("is_given", [False, True])
def test_a_store_that_is_missing_is_made_to_act_unless_it_was_named(
    tmp_path: Path, clock: HandClock, *, is_given: bool
) -> None:
    found = {}
    for purpose in PURPOSES:
        path = tmp_path / f"{purpose}.db"
        host = coordinate(path, locks=tmp_path / "lock", clock=clock, state_is_given=is_given)
        keeps: list[bool] = []

        def use(host: Coordination = host, purpose: Purpose = purpose) -> None:
            with host.open_store(purpose) as store:
                remember(store)
                keeps.append(store.keeps())  # noqa: B023 # used at once

        end = outcome_of(use)
        found[purpose] = end if end != "done" else "made" if keeps == [True] else "memory"
        assert path.exists() is (found[purpose] == "made")
        assert (outcome_of(host.require_store) == "done") is (not is_given or path.exists())
    assert found == MISSING[is_given]


def test_a_store_that_is_there_is_written_to_act_and_to_look(own: Coordination) -> None:
    own.make_store(dry_run=False)
    for purpose in PURPOSES:
        with own.open_store(purpose) as store:
            end = outcome_of(lambda store=store, name=purpose: remember(store, name))  # type: ignore[misc]
            assert end == ("access-denied" if purpose == "hint" else "done"), purpose
    with own.open_store() as store:
        assert [each.id for each in store.libraries()] == ["act", "look", "read"]


def test_what_a_store_was_opened_for_leaves_no_file_open(own: Coordination, tmp_path: Path) -> None:
    own.make_store(dry_run=False)
    for purpose in PURPOSES:
        with none_left_open(), own.open_store(purpose):
            pass
    with own.open_store("rehearse") as copy:
        open_now = [file for file in open_files().values() if file.startswith(str(tmp_path))]
        assert (open_now, copy.libraries()) == ([], ())


@pytest.mark.parametrize("lend", [copied, copy_of])
def test_a_copy_ends_with_its_block(
    own: Coordination, tmp_path: Path, lend: Callable[[Path], AbstractContextManager[Any]]
) -> None:
    own.make_store(dry_run=False)
    with none_left_open(), lend(tmp_path / "state.db") as copy:
        assert copy.execute("SELECT count(*) FROM libraries").fetchone()[0] == 0
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        copy.execute("SELECT 1")


def test_damage_is_said_of_a_store_once_a_day(
    own: Coordination, other: Coordination, clock: HandClock
) -> None:
    assert [own.is_news_of_damage("it") for _ in range(2)] == [True, False]
    assert [other.is_news_of_damage("it") for _ in range(2)] == [True, False]
    clock.time += DAY - 1
    assert not own.is_news_of_damage("it")
    clock.time += 1
    assert own.is_news_of_damage("it")
    assert own.is_news_of_damage("another")


# Other hosts


def test_there_is_no_other_host(own: Coordination, tmp_path: Path) -> None:
    assert own.ports(LIBRARY) == own.ports(LIBRARY, own="3:5001") == {}
    assert own.awaited(LIBRARY) == ()
    assert own.driver_folder is None
    assert own.name == str(tmp_path / "state.db")
    own.note_change(LIBRARY)
    with pytest.raises(UsageError, match="no host beta is on record") as caught:
        own.forget_host("beta", dry_run=False)
    assert caught.value.hint == f"the state store {own.name} is this host's alone"


def test_a_lock_is_held_among_processes(own: Coordination) -> None:
    def take() -> None:
        with own.lock(LIBRARY, command="load 1 0"):
            pass

    with ExitStack() as stack:
        assert not own.is_held(LIBRARY)
        stack.enter_context(own.lock(LIBRARY, command="load 1 0"))
        assert own.is_held(LIBRARY) and not own.is_held("another")
        assert ended(take) == 1
    assert ended(take) == 0
