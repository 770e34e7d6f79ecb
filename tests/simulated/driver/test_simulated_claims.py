"""Who needs an element that a cleaning has claimed waits for it, and for no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from changer.errors import BeingCleaned, NtmsResult
from changer.library.claims import Claims, when_unclaimed
from changer.library.library import Library

from .virtual_library import VirtualLibrary, timed

SLOT, DRIVE = 1003, 500
DONE = NtmsResult("ERROR_SUCCESS", 0)


@contextmanager
def claimed(demo: VirtualLibrary, *addresses: int) -> Iterator[Callable[[], None]]:
    """Claims of a cleaning of this process; what ends it."""
    with demo.open():
        pass  # it is on record
    with demo.store() as store:
        operation = store.begin_operation(demo.id, "clean", slot_address=SLOT, drive_address=DRIVE)
        store.claim(operation.id, *addresses)

        def end() -> None:
            store.finish_operation(operation.id, state="completed", result=DONE, message=None)

        yield end


def refused_while_claimed(library: Library) -> Callable[[], float]:
    """What needs the drive; it tells how long it would wait for the lock."""

    def act() -> float:
        if DRIVE in Claims.for_(library):
            raise BeingCleaned("drive 0 is being cleaned")
        return library.context.wait_seconds

    return act


def test_claims_of_an_operation_do_not_count_against_itself(demo: VirtualLibrary) -> None:
    with claimed(demo, SLOT, DRIVE) as end, demo.open() as library:
        (operation,) = library.store.unfinished_operations(library.id)
        assert sorted(each.address for each in Claims.for_(library).others) == [DRIVE, SLOT]
        assert Claims.for_(library, operation_id=operation.id) == Claims(())
        end()
        assert Claims.for_(library) == Claims(())


def test_claims_of_a_process_that_died_do_not_count(demo: VirtualLibrary) -> None:
    with claimed(demo, SLOT, DRIVE), demo.open() as library:
        demo.execute("UPDATE operations SET process_identity = NULL")
        assert Claims.for_(library) == Claims(())


def test_what_a_cleaning_needs_is_waited_for_until_it_ends(demo: VirtualLibrary) -> None:
    with claimed(demo, SLOT, DRIVE) as end, demo.open(wait_seconds=60.0) as library:
        began, context = demo.clock.time, library.context
        demo.clock.on_sleep = lambda: end() if demo.clock.time >= began + 25 else None
        left = when_unclaimed(library, refused_while_claimed(library))
        demo.clock.on_sleep = lambda: None
        assert demo.clock.time - began == pytest.approx(25)
        assert left == pytest.approx(60 - 25)
        assert library.context is context
        assert set(demo.clock.slept) == {0.5}
    waits = timed(demo, "waiting: drive 0 is being cleaned")
    assert waits == [(60.0, 0.0), (60.0, 10.0), (60.0, 20.0)], "it is tried each ten seconds"


def test_it_is_waited_for_as_long_as_was_asked_and_then_refused(demo: VirtualLibrary) -> None:
    with claimed(demo, SLOT, DRIVE), demo.open(wait_seconds=12.2) as library:
        began, context = demo.clock.time, library.context
        with pytest.raises(BeingCleaned, match="drive 0 is being cleaned"):
            when_unclaimed(library, refused_while_claimed(library))
        assert demo.clock.time - began == pytest.approx(12.2)
        assert library.context is context


def test_without_a_wait_it_is_refused_at_once(demo: VirtualLibrary) -> None:
    with claimed(demo, SLOT, DRIVE), demo.open() as library, pytest.raises(BeingCleaned):
        when_unclaimed(library, refused_while_claimed(library))
    assert (demo.clock.slept, demo.steps) == ([], [])
