"""Operations whose end could not be recorded: over all the same, for every process of the host."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from children import captured, ended
from driver.virtual_library import VirtualLibrary

from changer.cleaning.slot import release, reserve
from changer.errors import NoSlotReserved, OperationNotStoppable
from changer.journal.operations import CANCELLED, operation, request_stop
from changer.library.addressing import parse_place
from changer.library.history import history
from changer.store.records import Operation

UNWRITABLE = (
    "CREATE TRIGGER unwritable BEFORE UPDATE ON operations BEGIN SELECT RAISE(ABORT, 'no'); END"
)


def change(virtual: VirtualLibrary, statement: str) -> None:
    with closing(sqlite3.connect(virtual.state)) as store, store:
        store.execute(statement)


def last(virtual: VirtualLibrary) -> Operation:
    with virtual.store() as store:
        return store.operations(limit=1)[0]


def is_running(virtual: VirtualLibrary, *, elsewhere: bool) -> bool:
    """As this process, or another one, sees it."""
    found = last(virtual)
    coordination = virtual.request().coordination
    if not elsewhere:
        return coordination.is_running(found)
    status, out, _ = captured(lambda: os.write(1, str(coordination.is_running(found)).encode()) * 0)
    assert status == 0
    return out == "True"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_one_whose_end_was_not_recorded_is_over_and_settled_by_the_next_command(
    folder: Path, elsewhere: bool
) -> None:
    virtual = VirtualLibrary(folder)
    with virtual.open() as library:
        with operation(library, "release") as begun:
            assert is_running(virtual, elsewhere=elsewhere)
            library.store.finish_operation(begun.id, state="failed", result=CANCELLED, message="")
        change(virtual, UNWRITABLE)
        with pytest.raises(NoSlotReserved):
            release(library)
        change(virtual, "DROP TRIGGER unwritable")
        left = last(virtual)
        assert (left.kind, left.finished_at) == ("release", None)
        assert not is_running(virtual, elsewhere=elsewhere)
        running = virtual.request().coordination.is_running
        states = [each.state for each in history(library.store, None, limit=1, is_running=running)]
        assert states == ["interrupted"]
        with (
            virtual.store() as store,
            pytest.raises(OperationNotStoppable, match="no longer running"),
        ):
            request_stop(virtual.request().coordination, store, left.id)

        def reserve_in_another() -> None:
            with virtual.open() as other:
                reserve(other, parse_place("4"))

        if elsewhere:
            assert ended(reserve_in_another) == 0
        else:
            reserve(library, parse_place("4"))
    with virtual.store() as store:
        settled = store.operation(left.id)
        assert settled is not None and settled.state == "failed"
        assert store.unfinished_operations(virtual.id) == ()


def test_a_fork_that_lives_on_does_not_keep_it_under_way(folder: Path) -> None:
    virtual = VirtualLibrary(folder)
    reading, writing = os.pipe()
    with virtual.open() as library:
        change(virtual, UNWRITABLE)
        with operation(library, "release"):
            child = os.fork()
            if child == 0:
                os.close(writing)
                os.read(reading, 1)  # until the parent has closed it
                os._exit(0)
        assert not is_running(virtual, elsewhere=False)
    os.close(writing)
    os.close(reading)
    os.waitpid(child, 0)


def test_a_move_whose_process_is_gone_is_shown_as_interrupted(folder: Path) -> None:
    virtual = VirtualLibrary(folder)

    def begin() -> None:
        with virtual.store() as store:
            store.begin_move(virtual.id, source_address=1001, destination_address=500)

    with virtual.open() as library:
        running = virtual.request().coordination.is_running
        assert ended(begin) == 0
        begin()
        states = [each.state for each in history(library.store, None, limit=2, is_running=running)]
    assert states == ["in-progress", "interrupted"]
