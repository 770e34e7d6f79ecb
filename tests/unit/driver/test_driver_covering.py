"""What is held over a command that occupies the robot: entered before it is sent, or it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from clocks import HandClock
from driver_support import BUSY, GOOD, INITIALIZE_NEEDED, ScriptedDevice

from changer.errors import LibraryBusy, TransportFailed
from changer.library.session import MotionOutcome, Session
from changer.smc import cdb
from changer.smc.command import Command

Cover = Callable[[float], AbstractContextManager[None]]


def session_with(device: ScriptedDevice, covering: Cover) -> Session:
    return Session(device, clock=HandClock(), may_initialize=lambda: True, covering=covering)


class Covered:
    """Notes what is covered, how much was sent before, and how it ended."""

    def __init__(self, device: ScriptedDevice) -> None:
        self._device = device
        self.notes: list[tuple[float, int]] = []
        self.ends: list[str] = []

    @contextmanager
    def __call__(self, timeout_seconds: float) -> Iterator[None]:
        self.notes.append((timeout_seconds, len(self._device.sent)))
        try:
            yield
        except TransportFailed:
            self.ends.append("lost")
            raise
        self.ends.append("over")


def test_a_motion_is_sent_within_what_covers_its_time_out() -> None:
    device = ScriptedDevice(GOOD)
    covered = Covered(device)
    session_with(device, covered).send_motion(cdb.move_medium(1000, 500, timeout_seconds=77.0))
    assert (covered.notes, covered.ends) == ([(77.0, 0)], ["over"])


def test_each_try_and_the_scan_that_it_needs_are_covered() -> None:
    device = ScriptedDevice(BUSY, INITIALIZE_NEEDED, GOOD, GOOD)
    covered = Covered(device)
    session_with(device, covered).send(cdb.position_to_element(1000, timeout_seconds=50.0))
    scan = cdb.initialize_element_status().timeout_seconds
    assert covered.notes == [(50.0, 0), (50.0, 1), (scan, 2), (50.0, 3)]


def test_what_moves_nothing_is_not_covered() -> None:
    device = ScriptedDevice(GOOD)
    covered = Covered(device)
    session_with(device, covered).send(cdb.test_unit_ready())
    assert covered.notes == []


def test_a_motion_that_is_lost_is_seen_so_by_what_covers_it() -> None:
    device = ScriptedDevice(TransportFailed("the path is gone"))
    covered = Covered(device)
    result = session_with(device, covered).send_motion(cdb.move_medium(1000, 500))
    assert (result.outcome, covered.ends) == (MotionOutcome.UNSEEN, ["lost"])


@pytest.mark.parametrize("command", [cdb.move_medium(1000, 500), cdb.position_to_element(1000)])
def test_nothing_is_sent_where_it_can_not_be_covered(command: Command[None]) -> None:
    device = ScriptedDevice()

    @contextmanager
    def refuse(_timeout_seconds: float) -> Iterator[None]:
        raise LibraryBusy("another host has it")
        yield

    session = session_with(device, refuse)
    with pytest.raises(LibraryBusy):
        session.send_motion(command) if command.moves_medium else session.send(command)
    assert device.sent == []
