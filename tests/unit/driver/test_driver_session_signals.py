"""Signals while the robot moves: it is waited for, and that is said."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from clocks import HandClock
from driver_support import GOOD, ScriptedDevice

from changer.host import interrupts
from changer.library.session import Session
from changer.smc import cdb
from changer.smc.command import Command, Reply

ROBOT = {
    "inventory": cdb.initialize_element_status(timeout_seconds=1800),
    "range": cdb.initialize_element_status_with_range(1, 2, timeout_seconds=1800),
    "position": cdb.position_to_element(1, timeout_seconds=1800),
}


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(_command: Command[object]) -> Reply:
    for _ in range(2):
        signal.raise_signal(signal.SIGINT)
        interrupts.checkpoint()
    return GOOD


def session_with(device: ScriptedDevice) -> tuple[Session, list[str]]:
    said: list[str] = []
    session = Session(device, clock=HandClock(), may_initialize=lambda: True, warn=said.append)
    return session, said


@pytest.mark.parametrize("name", ROBOT)
def test_what_occupies_the_robot_is_waited_for(name: str) -> None:
    session, said = session_with(ScriptedDevice(interrupted))
    with interrupts.held():
        session.send(ROBOT[name])
        assert said == ["interrupted: waiting for the robot, up to 1800 s"]
        with pytest.raises(KeyboardInterrupt):
            interrupts.checkpoint()


def test_a_reading_is_not_waited_for() -> None:
    session, said = session_with(ScriptedDevice(interrupted))
    with interrupts.held(), pytest.raises(KeyboardInterrupt):
        session.send(cdb.test_unit_ready())
    assert said == []
    interrupts.checkpoint()


def test_within_a_motion_its_own_words_are_said() -> None:
    session, said = session_with(ScriptedDevice(interrupted))
    outer: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupts.motion(lambda: outer.append("once")):
        session.send(ROBOT["position"])
    assert (said, outer) == ([], ["once"])
