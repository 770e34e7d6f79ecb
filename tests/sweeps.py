"""Sweeps that try every case: a spread of the cases in `make test`, all in `make test-sweeps`.

$CHANGER_SWEEPS, "whole": every case; "rest": all that is not in the spread; "rest 7 4": one in 4 of
these, others with each number before it. Without it one of each few in a row, which depends on the
test alone: over the tests of a sweep each place in a row is tried as often as any other. `lanes`
says which tests these are.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from typing import TypeVar

CaseT = TypeVar("CaseT")

LANE, *_share = os.environ.get("CHANGER_SWEEPS", "").split() or [""]
IS_REST = LANE == "rest"
IS_WHOLE = IS_REST or LANE == "whole"
TURN, SHARES = map(int, _share or (0, 1))

asking: set[str] = set()
"""The tests, by the names that pytest gives them, that asked for a spread."""

untried: set[str] = set()
"""The tests of the rest of which no spread was tried."""


def spread(cases: Iterable[CaseT], *, one_in: int) -> list[CaseT]:
    """One of each ``one_in`` cases that follow each other; all in the whole, or the others.

    Where there are no others, what was there is tried once more: no test finds nothing to try.
    """
    every = list(cases)
    running = os.environ.get("PYTEST_CURRENT_TEST", "")  # pytest sets it: the name, and the phase
    test = running.rpartition(" (")[0]
    assert test, "rows of parameters are all there: lanes choose among them"
    asking.add(test)
    if test in untried:
        return share(every, of=test) or every[:1]
    if IS_WHOLE and not IS_REST:
        return every
    rows = [every[start : start + one_in] for start in range(0, len(every), one_in)]
    chosen = [turn(f"{running} {number}", len(row)) for number, row in enumerate(rows)]
    found = [
        case
        for row, at in zip(rows, chosen, strict=True)
        for number, case in enumerate(row)
        if (number == at) is not IS_REST
    ]
    return (share(found, of=test) or found[:1] or every) if IS_REST else found


def share(rest: list[CaseT], *, of: object) -> list[CaseT]:
    """Those of the rest whose turn it is, as $CHANGER_SWEEPS says; ``of``: the test."""
    first = turn(of, SHARES) + TURN
    return [case for number, case in enumerate(rest) if (first + number) % SHARES == 0]


def turn(of: object, number: int) -> int:
    """Whose turn it is of so many, from 0: the same in every run."""
    return zlib.crc32(repr(of).encode()) % number
