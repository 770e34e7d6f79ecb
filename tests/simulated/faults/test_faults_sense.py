"""Every row of the sense table, at every command of every function, in every format."""

from __future__ import annotations

import pytest

from .asked import Case, asked
from .bench import Bench, Exchange, Kind, Lasting
from .functions import Function
from .judging import failure_of, run
from .matrix import FORMS, cases
from .sense_table import ROWS, STATUSES, UNLISTED, Asks, Form, Row

# What is refused without a fault must be refused with it, which the format has no part in.
IN_SHORT = [(Form.FIXED, Lasting.ONCE), (Form.FIXED, Lasting.EACH)]

EVERY_ROW = [*ROWS, *STATUSES, *UNLISTED]


ASKED_FOR_REMOVAL = next(row for row in ROWS if (row.key, row.asc, row.ascq) == (6, 0x5A, 0x01))
TOLD = "somebody asks at the library's panel for a cartridge"


def what_is_wrong(bench: Bench, case: Case) -> str | None:
    """What this case shows to be wrong, or None."""
    remembered = case.row.asks is Asks.FEATURE_OFF and not case.once
    bench.begin_again(case.strike)
    failure = failure_of(
        lambda: run(bench, case.function, tags_after=not remembered), wanted=asked(case)
    )
    if failure is None and case.row is ASKED_FOR_REMOVAL and case.kind is not Kind.DRIVE:
        return None if bench.warnings == [TOLD] else f"{TOLD!r} was told as {bench.warnings}"
    return failure


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
def test_fault_ends_as_the_table_asks_and_nothing_is_lost(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    tried = list(cases(commands, function, row, forms=FORMS if function.succeeds else IN_SHORT))
    assert {case.strike.position for case in tried} == set(range(1, len(commands) + 1))
    wrong = [f"{case}: {found}" for case in tried if (found := what_is_wrong(bench, case))]
    assert not wrong, "\n".join(wrong)


def test_every_command_of_the_functions_is_in_the_matrix(
    function: Function, commands: list[Exchange]
) -> None:
    kinds = {each.kind for each in commands}
    assert Kind.OTHER not in kinds
    assert {Kind.GEOMETRY, Kind.ELEMENTS} <= kinds
    if function.moves:
        assert {Kind.CAPABILITIES, Kind.MOVE} <= kinds
    if function.releases:
        assert Kind.READY in kinds
