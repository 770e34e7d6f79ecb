"""No reply, or none that can be read: a time-out, a lost connection, a program that fails; and a
second fault, while the cartridge of a move in doubt is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from folders import quick_folder

from changer import errors
from changer.errors import ChangerError, CommandTimedOut, OutcomeUnknown
from changer.smc.command import Reply, Status

from .bench import Bench, Conduct, Exchange, Kind, Lasting, Strike
from .cases import cases, sequence
from .fake_sg_raw import FAULTS, ProgramBench, ProgramFault
from .functions import Function
from .judging import assert_cases, assert_ends
from .sense_table import EVERY_ROW, Asks, Form, Row, reply_of

pytestmark = pytest.mark.sweep

# In doubt: it may have been executed. The others mean that nothing was sent.
LOSSES = {
    "timed out": (errors.CommandTimedOut, True),
    "connection lost": (errors.TransportFailed, True),
    "gone": (errors.DeviceNotAvailable, False),
    "no program to send with": (errors.ToolMissing, False),
    "right taken away": (errors.AccessDenied, False),
}


def row_of(error: type[ChangerError], in_doubt: bool) -> Row:
    return Row(0, 0, 0, Asks.LOOK if in_doubt else Asks.FAIL, error)


@pytest.mark.parametrize(
    "lasting", [Lasting.ONCE, Lasting.EACH, Lasting.ALL], ids=lambda it: it.name
)
@pytest.mark.parametrize(("error", "in_doubt"), LOSSES.values(), ids=LOSSES)
def test_nothing_is_lost_with_a_reply(
    bench: Bench,
    function: Function,
    commands: list[Exchange],
    error: type[ChangerError],
    in_doubt: bool,
    lasting: Lasting,
) -> None:
    row, forms = row_of(error, in_doubt), [(Form.FIXED, lasting)]
    tried = cases(commands, function, row, forms, end=lambda *_: error("it is lost"))
    assert_cases(bench, tried)


# The program that carries commands is killed, missing, prints garbage or half, or never ends

carried = pytest.mark.parametrize(
    "function", ["load", "unload", "status", "release"], indirect=True, scope="module"
)


@pytest.fixture(scope="module")
def program_bench(function: Function) -> Iterator[ProgramBench]:
    with quick_folder() as folder, closing(ProgramBench(folder, function.prepare)) as made:
        yield made


@carried
def test_program_carries_every_command_to_the_same_end(
    program_bench: ProgramBench, function: Function
) -> None:
    commands = sequence(program_bench, function)
    with program_bench.carrying(None):
        assert_ends(program_bench, function, [((), None)])
    assert [each.cdb for each in program_bench.wire[: len(commands)]] == [
        each.cdb for each in commands
    ]


@carried
@pytest.mark.parametrize("lasting", [Lasting.ONCE, Lasting.ALL])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_nothing_is_lost_with_the_program_that_carries_commands(
    program_bench: ProgramBench, function: Function, fault: ProgramFault, lasting: Lasting
) -> None:
    commands = sequence(program_bench, function)
    row, would_have_said = row_of(fault.error, fault.in_doubt), Reply(Status.GOOD, bytes(8))
    forms = [(Form.FIXED, lasting)]
    with program_bench.carrying(fault):
        tried = cases(commands, function, row, forms, end=lambda *_: would_have_said)
        assert_cases(program_bench, tried)


# A second fault

# TEST UNIT READY, and READ ELEMENT STATUS of source, destination and pickers: the last look.
LAST_LOOK = 4
ENDS: dict[Conduct, type[ChangerError] | None] = {
    Conduct.NOT_EXECUTED: OutcomeUnknown,
    Conduct.EXECUTED: None,
    Conduct.IN_TRANSPORT: OutcomeUnknown,
}


@pytest.mark.parametrize("function", ["load", "unload"], indirect=True, scope="module")
@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
@pytest.mark.parametrize("conduct", Conduct, ids=lambda it: it.name.lower().replace("_", "-"))
def test_one_more_fault_changes_nothing_of_what_is_found(
    bench: Bench, function: Function, commands: list[Exchange], conduct: Conduct, row: Row
) -> None:
    position = next(at for at, each in enumerate(commands, 1) if each.kind is Kind.MOVE)
    lost = Strike(position, CommandTimedOut("it is lost"), conduct=conduct, in_doubt=True)
    bench.begin_again(lost)
    function.run(bench.open())
    looking = [at for at, each in enumerate(bench.wire, 1) if at > position and each.locked]
    looking = looking[-LAST_LOOK:]
    assert bench.wire[looking[0] - 1].kind is Kind.READY
    then = Conduct.EXECUTED if row.asks is Asks.NOTHING else Conduct.NOT_EXECUTED
    seconds = (Strike(at, reply_of(row), conduct=then) for at in looking)
    assert_ends(bench, function, (((lost, second), ENDS[conduct]) for second in seconds))
