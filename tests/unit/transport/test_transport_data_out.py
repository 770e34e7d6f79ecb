"""What a dry run and a virtual library make of data that goes out with a command."""

from __future__ import annotations

from pathlib import Path

import pytest
from clocks import HandClock

from changer.cli.dry_run import _step_json, _step_line
from changer.simulator.creation import create
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.command import Command, Reply, Status
from changer.smc.persistent_reserve import read_keys, register_and_ignore_existing_key
from changer.transport.dry_run import DryRun, UnsentCommand

KEY = b"ch\0\1\0\0\0\7"
REGISTER = register_and_ignore_existing_key(KEY, persist=False)


class Unasked:
    """A device that must not get a command."""

    def execute(self, command: Command[object]) -> Reply:
        raise AssertionError(command.name)

    def close(self) -> None:
        """Nothing is open."""


def test_a_dry_run_keeps_what_would_go_out_and_shows_it() -> None:
    dry_run = DryRun()
    reply = dry_run.transport(Unasked(), "/dev/sg3").execute(REGISTER)
    assert reply == Reply(Status.GOOD)
    (step,) = dry_run.steps
    assert isinstance(step, UnsentCommand) and step.data_out == REGISTER.data_out
    assert f"with {REGISTER.data_out.hex(' ')} (PERSISTENT" in _step_line(step)
    assert _step_json(step)["data_out"] == REGISTER.data_out.hex()


def test_a_dry_run_says_nothing_of_data_that_does_not_go_out() -> None:
    step = UnsentCommand("/dev/sg3", "A COMMAND", bytes(6))
    assert "data_out" not in _step_json(step)
    assert " with " not in _step_line(step)


@pytest.mark.parametrize("initiator", ["host", "other@2"])
def test_a_virtual_library_gets_what_goes_out(tmp_path: Path, initiator: str) -> None:
    create("it", folder=tmp_path, profile="demo")
    shared = SharedLibrary("it", folder=tmp_path, initiator=initiator)
    transport = SimulatedTransport(shared, clock=HandClock())
    assert transport.execute(REGISTER).status == Status.GOOD
    command = read_keys()
    assert command.parse(transport.execute(command).data).keys == (KEY,)
    transport.close()
