"""Whenever a signal comes, the lock is held by its ``with``, or it is free."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lock_support import is_free, lock_of
from open_files import open_files
from storm import Storm

from changer.errors import LibraryBusy
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.lock.mark import marked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "changer"


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("seed", range(2))
def test_no_moment_of_a_signal_leaves_the_lock_behind(folder: Path, seed: int) -> None:
    lock = lock_of(folder)
    with lock:
        pass
    before = open_descriptors()

    def use() -> None:
        with lock:
            sum(range(50))

    Storm(seed).over(use, times=700)
    with lock:  # by this object, too
        assert not is_free(folder)
    assert is_free(folder)
    assert open_descriptors() == before


def test_a_signal_ends_the_wait_for_the_lock(folder: Path) -> None:
    before = open_descriptors()
    waits = threading.Event()

    def press() -> None:
        waits.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    def told(_holder: str, _before: int) -> None:
        waits.set()

    presser = threading.Thread(target=press)
    presser.start()
    waiter = lock_of(folder, wait_seconds=600, clock=SystemClock(), on_wait=told)
    with lock_of(folder), pytest.raises(KeyboardInterrupt):
        inner(waiter)
    presser.join()
    assert is_free(folder)
    assert open_descriptors() <= before + 1


def inner(waiter: LibraryLock) -> None:
    with waiter:
        pytest.fail("it is held by another")


def test_a_signal_while_the_lock_is_held_waits_until_it_is_free(folder: Path) -> None:
    came: list[bool] = []
    with pytest.raises(KeyboardInterrupt), lock_of(folder):
        signal.raise_signal(signal.SIGINT)
        came.append(is_free(folder))
    assert came == [False]
    assert is_free(folder)


@pytest.mark.parametrize("wait_seconds", [0.0, 0.01])
def test_a_signal_after_a_lock_that_was_not_got_is_obeyed_at_once(
    folder: Path, wait_seconds: float
) -> None:
    with lock_of(folder) as lock:
        pass
    with lock.path.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LibraryBusy):
            lock_of(folder, wait_seconds=wait_seconds).__enter__()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_signal_while_a_mark_is_made_leaves_none_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the file is open, and nobody is there yet who closes it."""
    lock, close, before = lock_of(folder), os.close, open_files()

    def interrupt(descriptor: int) -> None:
        close(descriptor)
        if any(each.endswith(".lock") for each in open_files().values()):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("os.close", interrupt)
    with pytest.raises(KeyboardInterrupt), marked(lock):
        pytest.fail("it was interrupted")
    monkeypatch.undo()
    assert open_files() == before
