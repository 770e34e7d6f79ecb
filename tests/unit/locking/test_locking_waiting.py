"""Waiting in the order of coming; free when its holder dies, and not before its child."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from children import ended, started
from clocks import HandClock
from lock_support import end, is_free, lock_of
from open_files import open_files
from waiting import places_taken, wait_until

from changer.errors import LibraryBusy
from changer.host.clock import SystemClock
from changer.lock.flock import QUEUE_END, Pace, join_queue, lock_byte, waiting_before
from changer.lock.mark import is_marked, marked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "changer"


def test_waiting_ends_when_the_lock_is_free(folder: Path) -> None:
    first = lock_of(folder)
    first.__enter__()
    waited_for: list[tuple[str, int]] = []
    clock = HandClock()

    def release_at_last() -> None:
        if clock.time >= 1_700_000_002.0:
            first.__exit__(None, None, None)

    clock.on_sleep = release_at_last
    with lock_of(
        folder, wait_seconds=30, clock=clock, on_wait=lambda *each: waited_for.append(each)
    ):
        assert not is_free(folder)
    assert 2.0 <= clock.time - 1_700_000_000.0 < 2.2
    ((holder, before),) = waited_for
    assert holder.startswith(f"pid {os.getpid()} (changer load 4) since ")
    assert before == 0


def test_waiting_ends_after_its_time(folder: Path) -> None:
    clock = HandClock()
    with lock_of(folder), pytest.raises(LibraryBusy, match=r"pid \d+ .*; waited 2.5 s"):
        lock_of(folder, wait_seconds=2.5, clock=clock).__enter__()
    assert clock.time - 1_700_000_000.0 == pytest.approx(2.5)
    assert max(clock.slept) <= 0.05


def test_each_holder_that_is_waited_for_is_told_once(folder: Path) -> None:
    first = lock_of(folder)
    first.__enter__()
    (file,) = folder.iterdir()
    clock = HandClock()
    told: list[str] = []
    descriptor = os.open(file, os.O_RDWR)

    def hand_over() -> None:
        if len(clock.slept) == 5:  # to one that was before this one in the queue
            first.__exit__(None, None, None)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            record = {"process_id": os.getpid(), "command": "mtx", "user": "root", "since": 1}
            os.write(descriptor, json.dumps(record).encode())

    clock.on_sleep = hand_over
    waiting = lock_of(
        folder, wait_seconds=3, clock=clock, on_wait=lambda holder, _: told.append(holder)
    )
    with pytest.raises(LibraryBusy):
        waiting.__enter__()
    os.close(descriptor)
    assert [each.split("(")[1].split(")")[0] for each in told] == ["changer load 4", "mtx"]


def test_holder_whose_record_is_written_anew_is_told_no_second_time(folder: Path) -> None:
    clock = HandClock()
    told: list[str] = []
    with lock_of(folder) as holder:
        record = json.loads(holder.path.read_text())
        clock.on_sleep = lambda: holder.path.write_text(
            json.dumps({**record, "user": f"user {len(clock.slept)}"})
        )
        with pytest.raises(LibraryBusy):
            lock_of(
                folder, wait_seconds=1, clock=clock, on_wait=lambda who, _: told.append(who)
            ).__enter__()
    assert len(told) == 1


def test_waiters_are_served_in_the_order_of_coming(folder: Path, tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.touch()

    def wait_and_note(number: int) -> None:
        with lock_of(folder, command=f"{number}", wait_seconds=300, clock=SystemClock()):
            with served.open("a") as stream:
                stream.write(f"{number}\n")
            time.sleep(0.01)

    with lock_of(folder):
        children = []
        for number in range(8):
            children.append(started(lambda number=number: wait_and_note(number)))  # type: ignore[misc]
            wait_until(lambda number=number: places_taken(folder) == number + 1)  # type: ignore[misc]
    for child in children:
        end(child)
    assert served.read_text().split() == [str(number) for number in range(8)]
    assert places_taken(folder) == 0


def test_who_does_not_wait_does_not_jump_the_queue(folder: Path) -> None:
    first = lock_of(folder)
    first.__enter__()
    clock = HandClock()
    jumped: list[bool] = []

    def release_and_try() -> None:
        first.__exit__(None, None, None)
        jumped.append(is_free(folder))

    clock.on_sleep = release_and_try
    with lock_of(folder, wait_seconds=1, clock=clock):
        pass
    assert jumped == [False]
    assert is_free(folder)


def test_a_waiter_that_dies_leaves_the_queue(folder: Path) -> None:
    def wait_for_ever() -> None:
        lock_of(folder, wait_seconds=300, clock=SystemClock()).__enter__()

    with lock_of(folder):
        waiters = [started(wait_for_ever) for _ in range(2)]
        wait_until(lambda: places_taken(folder) == 2)
        for waiter in waiters:
            end(waiter, by=signal.SIGKILL)
    assert is_free(folder)


def test_many_processes_never_hold_it_together(folder: Path, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count() -> None:
        for _ in range(10):
            with lock_of(folder, wait_seconds=300, clock=SystemClock()):
                value = int(counter.read_text())
                time.sleep(0.001)
                counter.write_text(str(value + 1))

    children = [started(count) for _ in range(10)]
    for child in children:
        end(child)
    assert counter.read_text() == "100"


def test_a_holder_that_is_killed_frees_it_at_once(folder: Path, tmp_path: Path) -> None:
    def hold() -> None:
        with lock_of(folder):
            (tmp_path / "held").touch()
            time.sleep(60)

    holder = started(hold)
    wait_until((tmp_path / "held").exists)
    assert not is_free(folder)
    end(holder, by=signal.SIGKILL)
    assert is_free(folder)


def test_a_child_does_not_inherit_the_lock(folder: Path) -> None:
    with lock_of(folder):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert is_free(folder)
    finally:
        child.communicate(b"\n")


def test_a_child_that_was_given_the_lock_holds_it_after_its_parent_was_killed(
    folder: Path, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"

    def move_and_die() -> None:
        with lock_of(folder) as lock:
            mover = subprocess.Popen(["sleep", "60"], pass_fds=lock.descriptors())
            pid_file.write_text(str(mover.pid))
            os.kill(os.getpid(), signal.SIGKILL)

    parent = started(move_and_die)
    end(parent)
    with pytest.raises(LibraryBusy, match=f"pid {parent} .*, which has ended; a command"):
        lock_of(folder).__enter__()
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    wait_until(lambda: is_free(folder))


def test_the_lock_outlives_its_holder_only_with_a_child_that_still_runs(folder: Path) -> None:
    with lock_of(folder) as lock:
        done = subprocess.run(["true"], pass_fds=lock.descriptors(), check=True)
    assert done.returncode == 0
    assert is_free(folder)
    with lock_of(folder) as lock:
        mover = subprocess.Popen(["sleep", "60"], pass_fds=lock.descriptors())
    assert not is_free(folder)  # it timed out, and is moving yet
    mover.kill()
    mover.wait()
    assert is_free(folder)


def test_a_lock_that_is_not_held_has_no_descriptors(folder: Path) -> None:
    lock = lock_of(folder)
    assert lock.descriptors() == ()
    with lock:
        (descriptor,) = lock.descriptors()
        assert not os.get_inheritable(descriptor)
    assert lock.descriptors() == ()


def test_a_forked_child_that_leaves_the_block_does_not_free_it(folder: Path) -> None:
    with lock_of(folder) as lock:
        end(started(lambda: lock.__exit__(None, None, None)))
        assert not is_free(folder)


def stay(telling: int) -> None:
    """Say that it is there, and be there."""
    os.write(telling, b".")
    time.sleep(60)


def test_a_fork_of_another_thread_keeps_nothing_of_a_lock_that_was_passed_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("changer.lock.flock._Opened.are_watched", False)  # it is the first one
    forked = os.pipe()
    with lock_of(folder) as lock:
        lock.descriptors()
        child = started(lambda: stay(forked[1]))
    os.read(forked[0], 1)
    assert is_free(folder), "the fork has closed what it got"
    end(child, by=signal.SIGKILL)
    for each in forked:
        os.close(each)


def test_a_lock_ends_though_a_process_still_has_its_file_open(folder: Path) -> None:
    """As a fork that another thread has just made."""
    before = open_files()
    with lock_of(folder):
        (descriptor,) = open_files().keys() - before.keys()
        kept = os.dup(descriptor)
        assert not is_free(folder)
    assert is_free(folder)
    os.close(kept)


def test_a_fork_of_another_thread_keeps_no_mark_of_a_process_that_died(folder: Path) -> None:
    numbers, orphans, forked = os.pipe(), os.pipe(), os.pipe()

    def mark_and_fork() -> None:
        lock = lock_of(folder)
        with marked(lock) as number:
            orphan = started(lambda: stay(forked[1]))
            os.write(numbers[1], str(number).encode())
            os.write(orphans[1], str(orphan).encode())
            os._exit(0)

    assert ended(mark_and_fork) == 0
    number = int(os.read(numbers[0], 99))
    os.read(forked[0], 1)
    assert not is_marked(lock_of(folder).path, number), "the fork has closed what it got"
    os.kill(int(os.read(orphans[0], 99)), signal.SIGKILL)
    for each in (*numbers, *orphans, *forked):
        os.close(each)


def test_who_is_refused_is_in_nobodys_way_while_it_looks_who_holds_the_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lock_of(folder)
    first.__enter__()
    (file,) = folder.iterdir()
    monkeypatch.setattr("changer.host.processes._LOCKS", folder / "none")
    file.write_bytes(b"")  # so that nobody can say who holds it
    clock = HandClock()
    free: list[bool] = []

    def release_and_try() -> None:
        first.__exit__(None, None, None)
        free.append(is_free(folder))

    clock.on_sleep = release_and_try
    with pytest.raises(LibraryBusy):
        lock_of(folder, clock=clock).__enter__()
    assert free[0]


def test_a_waiter_looks_less_often_the_more_stand_before_it_and_while_nobody_leaves() -> None:
    def pauses(before: int) -> list[float]:
        pace = Pace()
        return [round(pace.pause_seconds(before), 6) for _ in range(5)]

    assert pauses(0) == [0.01, 0.02, 0.04, 0.05, 0.05]
    assert pauses(1) == [0.02, 0.04, 0.08, 0.1, 0.1]
    assert pauses(2) == [0.03, 0.06, 0.12, 0.15, 0.15]
    assert pauses(49) == [0.2] * 5
    pace = Pace()
    assert [pace.pause_seconds(each) for each in (3, 3, 3, 2, 1, 0)] == pytest.approx(
        [0.04, 0.08, 0.16, 0.03, 0.02, 0.01]
    )


def test_those_who_stand_before_a_place_are_counted(folder: Path) -> None:
    with lock_of(folder):
        (file,) = folder.iterdir()
        waiters = [os.open(file, os.O_RDWR) for _ in range(5)]
        places = [join_queue(each) for each in waiters]
        assert [
            waiting_before(each, place) for each, place in zip(waiters, places, strict=True)
        ] == [0, 1, 2, 3, 4]
        os.close(waiters[0])
        os.close(waiters[2])
        assert [waiting_before(waiters[index], places[index]) for index in (1, 3, 4)] == [0, 1, 2]
        for index in (1, 3, 4):
            os.close(waiters[index])


@pytest.mark.parametrize("number", [0, 1, 99, 100, 101])
def test_more_than_a_hundred_that_wait_are_not_counted(folder: Path, number: int) -> None:
    with lock_of(folder):
        (file,) = folder.iterdir()
        with file.open("r+b") as waiters, file.open("r+b") as mine:
            for place in range(1, number + 1):
                lock_byte(waiters.fileno(), fcntl.F_WRLCK, place)
            assert waiting_before(mine.fileno(), QUEUE_END) == min(number, 100)
            assert join_queue(mine.fileno()) == number + 1


def test_a_fork_closes_nothing_that_came_after_a_lock(folder: Path) -> None:
    """What is opened next has the number that the lock's file had."""
    with lock_of(folder) as lock, marked(lock_of(folder, library_id="another")):
        numbers = lock.descriptors()
    with (folder / "next").open("w") as other:
        assert other.fileno() <= max(numbers)
        assert ended(lambda: os.write(other.fileno(), b"written")) == 0
    assert (folder / "next").read_text() == "written"


# Marks


def test_a_mark_is_one_number_and_is_seen_while_it_is_held(folder: Path) -> None:
    lock = lock_of(folder)
    assert not is_marked(lock.path, QUEUE_END), "there is no file yet"
    before = open_files()
    with marked(lock) as number, marked(lock) as other:
        assert is_free(folder), "it is apart from the lock"
        places = [QUEUE_END, number - 1, number, number + 1, other - 1, other, other + 1]
        assert [is_marked(lock.path, each) for each in places] == [
            *(False, False, True, False, False, True, False)
        ]
        assert QUEUE_END <= number != other
    assert not is_marked(lock.path, number)
    assert open_files() == before


def test_a_fork_that_leaves_the_block_keeps_the_mark(folder: Path) -> None:
    lock = lock_of(folder)
    mark = marked(lock)
    number = mark.__enter__()
    assert ended(lambda: mark.__exit__(None, None, None)) == 0
    assert is_marked(lock.path, number)
    mark.__exit__(None, None, None)
    assert not is_marked(lock.path, number)


def test_a_mark_ends_though_a_process_still_has_its_file_open(folder: Path) -> None:
    """As a fork that another thread has just made."""
    lock = lock_of(folder)
    before = open_files()
    with marked(lock) as number:
        (descriptor,) = open_files().keys() - before.keys()
        kept = os.dup(descriptor)
        assert is_marked(lock.path, number)
    assert not is_marked(lock.path, number)
    os.close(kept)


def test_a_mark_that_can_t_be_looked_for_counts_as_held(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = lock_of(folder)
    with marked(lock) as number:
        pass
    before = open_files()

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as refusing:
        refusing.setattr("fcntl.fcntl", refuse)
        assert is_marked(lock.path, number)
        with pytest.raises(OSError, match="No locks available"), marked(lock):
            pass
    assert open_files() == before
    lock.path.unlink()
    lock.path.symlink_to(folder)
    assert is_marked(lock.path, number)
