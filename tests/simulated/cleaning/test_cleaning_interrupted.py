"""Clean, insert and eject, met by Ctrl-C at every step: in order at once, and afterwards."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from types import FrameType

import pytest
from driver.virtual_library import MOVE_MEDIUM, Wire, as_it_is, error_of
from waiting import wait_until

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.host import interrupts
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import load, move
from changer.transport import Transport

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary
from .interrupting import interrupted

Function = Callable[[Library], object]


class After:
    """The next command in this process, and what is checked after it."""

    def __init__(self, library: CleanerLibrary, *, tags: list[str]) -> None:
        self._library = library
        self._tags = sorted(tags)

    def run(self, function: Function) -> str:
        """The code of its error, or "done"."""
        self._check_operations()
        with self._library.open() as opened:
            error = error_of(lambda: function(opened))
        self._check_operations()
        assert sorted(self._library.places.values()) == self._tags
        assert self._library.reserved == 1004
        assert all(each["outcome"] is not None for each in self._library.rows("moves"))
        return error.code if error else "done"

    def _check_operations(self) -> None:
        operations = self._library.rows("operations")
        assert all(each["finished_at"] is not None for each in operations), operations

    def check_uses(self) -> None:
        """The store counts what the drives took, neither more nor less."""
        truth = self._library.truth.cartridge_at(self._library.place_of(CLEANER) or "")
        assert truth is not None
        assert self._library.cleans_left == 50 - truth.cleans_used


def _clean(library: Library) -> object:
    return clean(library, parse_place("drive:0"), may_unload=True)


def _bring_back(library: Library) -> object:
    return move(library, parse_place("drive:0"), parse_place(SLOT))


@pytest.mark.long
def test_clean_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0, cleaning_seconds=6, drive_load_seconds=1).with_cleaner()
    after, steps = After(library, tags=list(library.places.values())), 0
    for steps in interrupted(library, _clean):  # noqa: B007 - the last one is looked at
        after.check_uses()
        code = after.run(_clean)
        if code == "cartridge-out":
            assert after.run(_bring_back) == "done"
            code = after.run(_clean)
        assert code == "done"
        after.check_uses()
    assert steps > 40


class Alarm(Exception):
    """What a program's own handler raises."""


@pytest.fixture
def alarm() -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Alarm

    former = signal.signal(signal.SIGALRM, ring)
    yield
    signal.signal(signal.SIGALRM, former)


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("is_moving", [True, False])
def test_a_use_is_counted_whatever_the_handler_of_a_signal_raises(
    make: MakeCleanerLibrary, is_moving: bool
) -> None:
    """While the robot brings the cleaner, or while the drive cleans."""
    library = make(cleaners=0, cleaning_seconds=6, drive_load_seconds=1).with_cleaner()

    def ring(*_: object) -> None:
        if library.tag_at("drive:0") == CLEANER:
            os.kill(os.getpid(), signal.SIGALRM)
            interrupts.checkpoint()

    def ringing(inner: Transport) -> Wire:
        return Wire(inner, after=ring)

    wire, drive_wire = (ringing, as_it_is) if is_moving else (as_it_is, ringing)
    with library.open(wire=wire, drive_wire=drive_wire) as opened, pytest.raises(Alarm):
        clean(opened, parse_place("drive:0"), may_unload=True)
    assert library.tag_at("drive:0") == CLEANER
    After(library, tags=list(library.places.values())).check_uses()


def _load(library: Library) -> object:
    return load(library, parse_place(SLOT), parse_place("drive:0"), as_is=True)


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("function", [_load, _clean])
def test_a_use_is_counted_although_another_signal_comes_while_the_store_is_waited_for(
    make: MakeCleanerLibrary, function: Callable[[Library], object]
) -> None:
    """The first one ends a load that has brought the cleaner in; another program writes then."""
    library = make(cleaners=0, drive_load_seconds=1).with_cleaner()
    main = threading.main_thread().ident
    rang: list[int] = []

    def is_counting() -> bool:
        frame = sys._current_frames()[main or 0]
        return any(each.name == "count_use" for each in traceback.extract_stack(frame))

    def ring(number: int, _frame: FrameType | None) -> None:
        if not rang:
            other.execute("BEGIN IMMEDIATE")
        rang.append(number)
        raise Alarm

    def ring_again() -> None:
        wait_until(is_counting)
        os.kill(os.getpid(), signal.SIGALRM)
        time.sleep(1)
        other.execute("ROLLBACK")

    def moved(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            os.kill(os.getpid(), signal.SIGALRM)

    signal.signal(signal.SIGALRM, ring)
    thread = threading.Thread(target=ring_again)
    with closing(sqlite3.connect(library.state, check_same_thread=False)) as other:
        other.isolation_level = None
        thread.start()
        with library.open(wire=lambda inner: Wire(inner, after=moved)) as opened:
            with pytest.raises(Alarm):
                function(opened)
            thread.join()
    assert len(rang) == 2
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)


def test_insert_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    library.operate(f"put {CLEANER} mail:2", noticed=False)
    after, steps = After(library, tags=list(library.places.values())), 0
    request = InsertionRequest(cleans_left=7)
    from_slot = InsertionRequest(cleans_left=7, source=parse_place(SLOT))
    for steps in interrupted(library, lambda opened: insert(opened, request)):  # noqa: B007
        was_moved = library.tag_at(SLOT) == CLEANER
        code = after.run(lambda opened: insert(opened, request))
        if was_moved:
            assert code == "slot-full"
            code = after.run(lambda opened: insert(opened, from_slot))
        assert code == "done"
        assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 7)
    assert steps > 50


def test_eject_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0).with_cleaner(cleans=7)
    others = [each for each in library.places.values() if each != CLEANER]
    after, steps = After(library, tags=others), 0

    def eject_it(opened: Library) -> object:
        library.later(2, f"take {CLEANER}")
        return eject(opened)

    for steps in interrupted(library, eject_it):  # noqa: B007
        is_forgotten = library.cleaner is None
        if library.place_of(CLEANER) is not None:
            library.later(5, f"take {CLEANER}")
        code = after.run(lambda opened: eject(opened))
        assert code == ("slot-empty" if is_forgotten else "done")
        assert library.cleaner is None
    assert steps > 30
