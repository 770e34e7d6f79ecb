"""A second fault, while the cartridge of a move in doubt is looked for."""

from __future__ import annotations

import pytest

from changer.errors import CartridgeMisplaced, ChangerError, CommandTimedOut, MoveFailed

from .bench import Bench, Conduct, Exchange, Kind, Strike
from .functions import FUNCTIONS, Function
from .judging import failure_of, run
from .sense_table import Asks, Row, reply_of
from .test_faults_sense import EVERY_ROW

# TEST UNIT READY, MODE SENSE, and READ ELEMENT STATUS of each type: what the last look takes.
LAST_LOOK = 6
ENDS: dict[Conduct, type[ChangerError] | None] = {
    Conduct.NOT_EXECUTED: MoveFailed,
    Conduct.EXECUTED: None,
    Conduct.IN_TRANSPORT: CartridgeMisplaced,
}


@pytest.fixture(params=["load", "unload"], scope="module")
def function(request: pytest.FixtureRequest) -> Function:
    return FUNCTIONS[request.param]


def lost_move(commands: list[Exchange], conduct: Conduct) -> Strike:
    """The move's reply never comes."""
    position = next(at for at, each in enumerate(commands, 1) if each.kind is Kind.MOVE)
    return Strike(position, CommandTimedOut("it is lost"), conduct=conduct, in_doubt=True)


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
@pytest.mark.parametrize("conduct", Conduct, ids=lambda it: it.name.lower().replace("_", "-"))
def test_one_more_fault_changes_nothing_of_what_is_found(
    bench: Bench, function: Function, commands: list[Exchange], conduct: Conduct, row: Row
) -> None:
    lost = lost_move(commands, conduct)
    bench.begin_again(lost)
    function.run(bench.open())
    looking = [at for at, each in enumerate(bench.wire, 1) if at > lost.position and each.locked][
        -LAST_LOOK:
    ]
    assert bench.wire[looking[0] - 1].kind is Kind.READY
    wrong: list[str] = []
    for position in looking:
        executed = row.asks is Asks.NOTHING
        second = Strike(
            position,
            reply_of(row),
            conduct=Conduct.EXECUTED if executed else Conduct.NOT_EXECUTED,
        )
        bench.begin_again(lost, second)
        failure = failure_of(lambda: run(bench, function), wanted=ENDS[conduct])
        if failure:
            wrong.append(f"at command {position}: {failure}")
    assert not wrong, "\n".join(wrong)
