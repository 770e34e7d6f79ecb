"""A program in Python that is interrupted again and again leaves nothing behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from driver.virtual_library import NAME, VirtualLibrary
from storm import Storm

import changer
from changer.errors import LibraryBusy
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock


@pytest.fixture
def library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualLibrary]:
    made = VirtualLibrary(folder, "demo", drive_load_seconds=0, move_seconds=0)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    yield made


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def is_free(library: VirtualLibrary) -> bool:
    lock = LibraryLock(
        library.id, folder=library.locks, command="test", clock=SystemClock(), group=None
    )
    try:
        with lock:
            return True
    except LibraryBusy:
        return False


@pytest.mark.parametrize("seed", range(2))
def test_interrupts_at_any_moment_leave_neither_lock_nor_transaction_nor_move(
    library: VirtualLibrary, seed: int
) -> None:
    with changer.open_library(f"sim:{NAME}") as opened:
        opened.load("1", "0")
        opened.unload("0")
        before = open_descriptors()

        done = 0

        def use() -> None:
            nonlocal done
            if opened.status().drives[0].volume_tag is None:
                opened.load("1", "0")
            else:
                opened.unload("0", "1")
            done += 1

        Storm(seed).over(use, times=150, longest_seconds=0.06)
        assert open_descriptors() == before
        assert is_free(library)
        assert [each for each in library.rows("moves") if each["outcome"] is None] == []
        with closing(sqlite3.connect(library.state, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        use()
        assert done > 10
