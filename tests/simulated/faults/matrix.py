"""Every position, form and duration of one row of the sense table, for one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from changer.smc.command import Reply, Status

from .asked import Case
from .bench import Bench, Conduct, Exchange, Kind, Lasting, Strike
from .functions import Function
from .sense_table import Asks, Form, Row, reply_of

__all__ = ["FORMS", "case_at", "cases", "sequence"]

# A format says the same as the other one: what lasts is told in one.
FORMS = (
    *((form, Lasting.ONCE) for form in Form),
    (Form.FIXED, Lasting.EACH),
    (Form.DEFERRED, Lasting.EACH),
    (Form.FIXED, Lasting.ALL),
)


def sequence(bench: Bench, function: Function) -> list[Exchange]:
    """The commands that the function sends when nothing goes wrong."""
    bench.begin_again()
    function.run(bench.open())
    return list(bench.wire)


def case_at(
    commands: list[Exchange], function: Function, row: Row, strike: Strike, *, form: Form
) -> Case:
    """A fault at the command that it strikes first."""
    command = commands[strike.position - 1]
    moves = [number for number, each in enumerate(commands, 1) if each.kind is Kind.MOVE]
    return Case(
        function=function,
        row=row,
        form=form,
        kind=command.kind,
        moved=bool(moves) and strike.position > moves[0],
        locked=command.locked,
        last=strike.position == len(commands),
        element_type=command.cdb[1] & 0x0F,
        strike=strike,
    )


def cases(
    commands: list[Exchange],
    function: Function,
    row: Row,
    *,
    forms: Iterable[tuple[Form, Lasting]] = FORMS,
    reply: Callable[[Row, Form], Reply] = reply_of,
) -> Iterator[Case]:
    """A row at every command, in these formats, as long; with all that the device may have done."""
    for position, command in enumerate(commands, 1):
        for form, lasting in forms:
            if form is not Form.FIXED and row.status != Status.CHECK_CONDITION:
                continue
            in_doubt = form.deferred or row.asks in (Asks.LOOK, Asks.RETRY_READS)
            for conduct in _conducts(row, form, command.kind):
                strike = Strike(position, reply(row, form), lasting, conduct, in_doubt=in_doubt)
                yield case_at(commands, function, row, strike, form=form)


def _conducts(row: Row, form: Form, kind: Kind) -> list[Conduct]:
    """What the device may have done: all three, where the row leaves that open."""
    if row.asks is Asks.NOTHING and not form.deferred:
        return [Conduct.EXECUTED]
    in_doubt = form.deferred or row.asks in (Asks.LOOK, Asks.RETRY_READS)
    return list(Conduct) if kind is Kind.MOVE and in_doubt else [Conduct.NOT_EXECUTED]
