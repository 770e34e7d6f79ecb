"""Many programs at once where nothing is there yet, and many that write the store at once."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from pathlib import Path

import forked_program
import pytest
from children import started
from cli.terminal import PROGRAM, Terminal
from figures import FIGURES, Figure
from folders import quick_folder
from on_record import primary_reservation

from changer.errors import NtmsResult
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.store.sqlite import open_store

PROGRAMS = 12
WRITERS = 50
WRITES = 8
WRITES_ON_DISK = 2  # so that a slow one is done with all of them in the time that each may wait
LIBRARY = "IBM_3573-TL_00L4U78K1234_LL0"


def test_programs_that_are_the_first_of_a_host_all_work(folder: Path) -> None:
    """No state store, no folder of locks, no virtual library: each makes them, or finds them."""
    terminal = Terminal(folder)
    commands = [["status"], ["cleaner", "reserve", "4", "--wait", "600"], ["list"], ["history"]]
    running = [
        forked_program.Popen(
            [str(PROGRAM), *commands[number % len(commands)]],
            env=terminal.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROGRAMS)
    ]
    ended = [(each.communicate(timeout=600)[1], each.returncode) for each in running]
    refused = [status for _, status in ended if status]
    assert refused == [50] * (PROGRAMS // len(commands) - 1), ended
    assert all("is already reserved" in error for error, status in ended if status)
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, PROGRAMS)
    with open_store(terminal.state, clock=SystemClock()) as store:
        (library,) = store.libraries()
        reservation = primary_reservation(store, library.id)
    assert reservation is not None
    FIGURES.reservation(expected=1004, found=reservation.slot_address)


def test_processes_that_make_the_folder_of_locks_at_once_lock_one_file(folder: Path) -> None:
    counter = folder / "counter"
    counter.write_text("0")

    def count() -> None:
        lock = LibraryLock(
            LIBRARY,
            folder=folder / "run" / "changer",
            command="",
            wait_seconds=600,
            clock=SystemClock(),
        )
        with lock:
            counter.write_text(str(int(counter.read_text()) + 1))

    children = [started(count) for _ in range(WRITERS)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * WRITERS
    assert counter.read_text() == str(WRITERS)
    assert len(list((folder / "run" / "changer").iterdir())) == 1


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "on disk"])
def test_fifty_writers_of_the_store_never_find_it_locked_for_too_long(
    tmp_path: Path, on_disk: bool
) -> None:
    writes = WRITES_ON_DISK if on_disk else WRITES
    with quick_folder() as memory:
        state = (tmp_path if on_disk else memory) / "state" / "state.db"

        def write() -> None:
            for _ in range(writes):
                with open_store(state, clock=SystemClock()) as store:
                    store.remember_library(
                        LIBRARY, vendor="", product="", revision="", serial=None, device=None
                    )
                    begun = store.begin_operation(LIBRARY, "release")
                    store.finish_operation(
                        begun.id, state="failed", result=NtmsResult("", 0), message=None
                    )
                    store.operations(LIBRARY, limit=5)

        children = [started(write) for _ in range(WRITERS)]
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * WRITERS
        with closing(open_store(state, clock=SystemClock())) as store:
            kept = store.operations(LIBRARY, limit=10_000)
    assert len(kept) == WRITERS * writes
    assert all(each.finished_at is not None for each in kept)
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, WRITERS * writes)
