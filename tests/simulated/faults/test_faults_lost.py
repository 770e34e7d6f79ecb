"""No reply: a time-out, a lost connection, a device that is gone, a host that can not send."""

from __future__ import annotations

import pytest

from changer import errors
from changer.errors import ChangerError

from .asked import asked
from .bench import Bench, Conduct, Exchange, Kind, Lasting, Strike
from .functions import Function
from .judging import failure_of, run
from .matrix import case_at
from .sense_table import Asks, Form, Row

# In doubt: it may have been executed. The others mean that nothing was sent.
LOSSES = {
    "timed out": (errors.CommandTimedOut, True),
    "connection lost": (errors.TransportFailed, True),
    "gone": (errors.DeviceNotAvailable, False),
    "no program to send with": (errors.ToolMissing, False),
    "right taken away": (errors.AccessDenied, False),
}


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
    row = Row(0, 0, 0, Asks.LOOK if in_doubt else Asks.FAIL, error)
    wrong: list[str] = []
    for position, command in enumerate(commands, 1):
        motion = command.kind is Kind.MOVE and in_doubt
        for conduct in Conduct if motion else [Conduct.NOT_EXECUTED]:
            strike = Strike(position, error("it is lost"), lasting, conduct, in_doubt=in_doubt)
            case = case_at(commands, function, row, strike, form=Form.FIXED)
            bench.begin_again(strike)
            failure = failure_of(lambda: run(bench, function), wanted=asked(case))
            if failure:
                wrong.append(f"{case}: {failure}")
    assert not wrong, "\n".join(wrong)
