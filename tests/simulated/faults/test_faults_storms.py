"""Unit attentions in storms: many in a row, one before every command."""

from __future__ import annotations

import pytest

from changer.errors import ChangerError, IdentityChanged, NotReady, OutcomeUnknown

from .bench import Bench, Exchange, Kind, Lasting, Strike
from .functions import Function
from .judging import failure_of, run
from .sense_table import ROWS, Asks, Row, reply_of

ATTENTIONS = [row for row in ROWS if row.asks is Asks.READ_AGAIN]
CHANGED = next(row for row in ATTENTIONS if (row.asc, row.ascq) == (0x3F, 0x03))
# More in a row than one command of the driver puts up with.
TOO_MANY = 40


@pytest.mark.parametrize("row", ATTENTIONS, ids=lambda row: row.id)
def test_ten_in_a_row_are_outlasted_at_every_command(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    strikes = [Strike(each, reply_of(row), times=10) for each in range(1, len(commands) + 1)]
    wrong: list[str] = []
    for strike in strikes:
        bench.begin_again(strike)
        failure = failure_of(lambda: run(bench, function), wanted=function.refusal)
        if failure:
            wrong.append(f"at command {strike.position}: {failure}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("row", ATTENTIONS, ids=lambda row: row.id)
def test_one_before_every_command_is_never_taken_for_a_reading(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    """What changes between any two commands can't be read: nothing is moved or released by it."""
    bench.begin_again(Strike(1, reply_of(row), Lasting.ALTERNATE, times=0))
    refused = function.refusal or NotReady
    failure = failure_of(lambda: run(bench, function), wanted=refused)
    assert failure is None, failure
    assert bench.moves == []


@pytest.mark.parametrize("row", ATTENTIONS, ids=lambda row: row.id)
def test_one_before_every_command_of_a_while_is_outlasted(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    """It ends after a few commands: then all is read anew, and done."""
    strike = Strike(1, reply_of(row), Lasting.ALTERNATE, times=8)
    bench.begin_again(strike)
    failure = failure_of(lambda: run(bench, function), wanted=function.refusal)
    assert failure is None, failure


def test_more_than_anyone_puts_up_with_end_in_an_error_and_not_in_an_endless_loop(
    bench: Bench, function: Function, commands: list[Exchange]
) -> None:
    row = ATTENTIONS[0]
    moves = [number for number, each in enumerate(commands, 1) if each.kind is Kind.MOVE]
    for position, command in enumerate(commands, 1):
        bench.begin_again(Strike(position, reply_of(row), times=TOO_MANY))
        error = run(bench, function)
        moved = bool(moves) and position > moves[0]
        if moved and command.kind is Kind.ELEMENTS:
            assert error is None or type(error) is OutcomeUnknown
        else:
            assert isinstance(error, ChangerError)


def test_library_that_says_that_it_is_another_one_now_is_left_alone(
    bench: Bench, function: Function, commands: list[Exchange]
) -> None:
    for position, command in enumerate(commands, 1):
        moved = any(each.kind is Kind.MOVE for each in commands[: position - 1])
        wanted: type[ChangerError] | None = IdentityChanged
        if command.kind is Kind.DRIVE:
            wanted = None  # it says nothing of the library
        elif moved and command.kind is Kind.ELEMENTS:
            wanted = OutcomeUnknown
        bench.begin_again(Strike(position, reply_of(CHANGED), serial="ANOTHER"))
        error = run(bench, function)
        refused = not function.succeeds and type(error) is function.refusal
        assert refused or (error and type(error)) is wanted, f"at command {position}: {error!r}"
        sent_before = sum(each.kind is Kind.MOVE for each in commands[:position])
        assert len(bench.moves) <= sent_before or wanted is None, "another library was moved in"
