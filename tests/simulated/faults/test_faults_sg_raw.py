"""The program that carries commands is killed, missing, prints garbage or half, or never ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from folders import quick_folder

from changer.smc.command import Reply, Status

from .asked import asked
from .bench import Conduct, Exchange, Kind, Lasting, Strike
from .fake_sg_raw import FAULTS, ProgramBench, ProgramFault
from .functions import FUNCTIONS, Function
from .judging import failure_of, run
from .matrix import case_at, sequence
from .sense_table import Asks, Form, Row

CARRIED = ["load", "unload", "status", "release"]


@pytest.fixture(params=CARRIED, scope="module")
def function(request: pytest.FixtureRequest) -> Function:
    return FUNCTIONS[request.param]


@pytest.fixture(scope="module")
def bench(function: Function) -> Iterator[ProgramBench]:
    with quick_folder() as folder, closing(ProgramBench(folder, function.prepare)) as made:
        yield made


@pytest.fixture(scope="module")
def commands(bench: ProgramBench, function: Function) -> list[Exchange]:
    return sequence(bench, function)


def test_program_carries_every_command_to_the_same_end(
    bench: ProgramBench, function: Function, commands: list[Exchange]
) -> None:
    bench.begin(None)
    failure = failure_of(lambda: run(bench, function), wanted=None)
    assert failure is None, failure
    assert [each.cdb for each in bench.wire[: len(commands)]] == [each.cdb for each in commands]


@pytest.mark.parametrize("lasting", [Lasting.ONCE, Lasting.ALL])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_nothing_is_lost_with_the_program_that_carries_commands(
    bench: ProgramBench,
    function: Function,
    commands: list[Exchange],
    fault: ProgramFault,
    lasting: Lasting,
) -> None:
    row = Row(0, 0, 0, Asks.LOOK if fault.in_doubt else Asks.FAIL, fault.error)
    would_have_said = Reply(Status.GOOD, bytes(8))
    wrong: list[str] = []
    for position, command in enumerate(commands, 1):
        in_doubt = fault.in_doubt
        motion = in_doubt and command.kind is Kind.MOVE
        for conduct in Conduct if motion else [Conduct.NOT_EXECUTED]:
            strike = Strike(position, would_have_said, lasting, conduct, in_doubt=in_doubt)
            case = case_at(commands, function, row, strike, form=Form.FIXED)
            bench.begin(fault, strike)
            failure = failure_of(lambda: run(bench, function), wanted=asked(case))
            if failure:
                wrong.append(f"{case}: {failure}")
    assert not wrong, "\n".join(wrong)
