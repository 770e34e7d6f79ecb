"""A library that one process works: others read, are refused, wait in order, and inherit nothing.

The holder stops before its move is sent, or after, until the test lets it go on.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from children import started
from driver.virtual_library import MOVE_MEDIUM, Wire
from figures import FIGURES, Figure
from waiting import places_taken, wait_until

from changer.errors import LibraryBusy
from changer.library.addressing import parse_place
from changer.lock.flock import LibraryLock
from changer.moves.execute import move
from changer.transport import Transport

from .world import HurriedClock, World

READERS = 30
WAITERS = 8
_PATIENCE_SECONDS = 600.0


@dataclass
class Holder:
    """A process in the middle of a move."""

    process_id: int
    _let_go: int
    _is_there: bool = True

    def go_on(self) -> None:
        os.write(self._let_go, b"\n")
        os.waitpid(self.process_id, 0)
        self._is_there = False

    def kill(self) -> None:
        if self._is_there:
            os.kill(self.process_id, signal.SIGKILL)
            os.waitpid(self.process_id, 0)
        self._is_there = False


@contextmanager
def holder_of(world: World, *, moved: bool = False) -> Iterator[Holder]:
    """It moves the cartridge of slot 1 to slot 15; it stops just before, or when that is done."""
    let_go, stopped = os.pipe(), os.pipe()

    def stop(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            os.write(stopped[1], b"\n")
            os.read(let_go[0], 1)

    def wire(transport: Transport) -> Transport:
        return Wire(transport, after=stop) if moved else Wire(transport, before=stop)

    def move_one() -> None:
        with world.open(wire=wire) as library:
            move(library, parse_place("1"), parse_place("15"))

    holder = Holder(started(move_one), let_go[1])
    try:
        os.read(stopped[0], 1)
        yield holder
    finally:
        holder.kill()
        for descriptor in (*let_go, *stopped):
            os.close(descriptor)


def end_of(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=_PATIENCE_SECONDS)
    return process.returncode, out, err


def test_readers_wait_neither_for_the_lock_nor_for_each_other(world: World) -> None:
    """They have all ended while the holder still sits on it."""

    def read() -> None:
        with world.open() as library:
            assert len(library.read().elements) == len(world.truth.elements)
            assert library.store.unsettled_moves(library.id)

    with holder_of(world) as holder:
        children = [started(read) for _ in range(READERS)]
        programs = [world.program("status"), world.program("history"), world.program("list")]
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * READERS
        assert [end_of(each)[0] for each in programs] == [0, 0, 0]
        with pytest.raises(LibraryBusy), world.open() as library:
            move(library, parse_place("2"), parse_place("16"))
        holder.go_on()
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, READERS + len(programs) + 1)
    assert world.tag_at("15") == "A00001L8"


def test_who_does_not_wait_is_told_who_holds_the_library_and_since_when(world: World) -> None:
    with holder_of(world) as holder:
        status, out, err = end_of(world.program("unload", "0"))
        assert (status, out) == (30, "")
        pattern = (
            rf"changer: library {world.id} is busy: pid {holder.process_id} \(the test\)"
            r" since (\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\n  wait for it with --wait SECONDS\n"
        )
        assert re.fullmatch(pattern, err)
        status, out, err = end_of(world.program("unload", "0", "--json"))
        assert (status, out) == (30, "")
        error = json.loads(err)["error"]
        assert error["code"] == "library-busy"
        assert error["hint"] == "wait for it with --wait SECONDS"
        assert f"pid {holder.process_id} " in error["message"]
        holder.go_on()


@pytest.mark.parametrize("moved", [False, True], ids=["before the move", "after the move"])
def test_a_library_whose_holder_was_killed_is_free_at_once(world: World, moved: bool) -> None:
    """The next process, however soon, settles what was left, and moves."""
    with holder_of(world, moved=moved) as holder:
        holder.kill()
        with world.open() as library:
            move(library, parse_place("2"), parse_place("16"))
    where = "slot 15" if moved else "slot 1"
    end = "was completed nonetheless" if moved else "did not take place"
    move_words = "the move of A00001L8 from slot 1 to slot 15 was interrupted"
    assert world.warnings == [f"{move_words}, and {end}: it is in {where}"]
    assert [each.outcome for each in world.journal()] == [
        "completed" if moved else "not-executed",
        "completed",
    ]
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, 2)
    FIGURES.cartridges(before=world.at_first.values(), now=world.contents().values())


def test_programs_that_wait_are_served_in_the_order_in_which_they_came(world: World) -> None:
    """The journal says in which order they moved."""
    tags = [f"A{number:05d}L8" for number in range(2, 2 + WAITERS)]
    with holder_of(world) as holder:
        waiting = []
        for number, tag in enumerate(tags):
            waiting.append(world.program("move", tag, str(13 + number), "--wait", "600"))
            wait_until(lambda number=number: places_taken(world.locks) > number)  # type: ignore[misc]
        holder.kill()
    assert [end_of(each)[0] for each in waiting] == [0] * len(tags)
    completed = [each.volume_tag for each in world.journal() if each.outcome == "completed"]
    assert completed == tags
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, len(tags) + 1)


def test_a_waiter_is_told_whom_it_waits_for(world: World) -> None:
    with holder_of(world) as holder:
        first = world.program("move", "2", "16", "--wait", "600", "-v")
        wait_until(lambda: places_taken(world.locks) == 1)
        second = world.program("move", "3", "17", "--wait", "600", "-v")
        wait_until(lambda: places_taken(world.locks) == 2)
        holder.go_on()
        told = [end_of(each) for each in (first, second)]
    assert [status for status, _, _ in told] == [0, 0]
    waited = rf"waiting for the library: pid {holder.process_id} \(the test\) since (\S+ )?[\d:]+"
    assert re.match(rf"{waited}\n", told[0][2])
    assert re.match(rf"{waited}; 1 process is ahead\n", told[1][2])


def test_a_lock_file_of_earlier_days_is_no_obstacle(world: World) -> None:
    """Its process was killed, or the power failed: what it says of a holder is not believed."""
    world.locks.mkdir(mode=0o770)
    record = {"process_id": 1, "command": "changer load 4", "user": "root", "since": 1.0}
    with world.open() as library:
        lock = LibraryLock(library.id, folder=world.locks, command="", clock=HurriedClock())
        with lock:
            pass
        lock.path.write_text(json.dumps(record))
        move(library, parse_place("2"), parse_place("16"))
    assert lock.path.read_text() == ""
