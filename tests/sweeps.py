"""Sweeps that try every case: a spread of the cases in `make test`, all in `make test-sweeps`.

$CHANGER_SWEEPS, "whole": every case. Without it one of each few in a row, which depends on the test
alone: over the tests of a sweep each place in a row is tried as often as any other.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from typing import TypeVar

CaseT = TypeVar("CaseT")

IS_WHOLE = os.environ.get("CHANGER_SWEEPS") == "whole"


def spread(cases: Iterable[CaseT], *, one_in: int, of: str = "") -> list[CaseT]:
    """All of the cases in the whole, else one of each ``one_in`` that follow each other.

    ``of``: what is swept, where it is no test that runs.
    """
    every = list(cases)
    if IS_WHOLE:
        return every
    swept = of or os.environ["PYTEST_CURRENT_TEST"]  # pytest sets it, to the test's name
    rows = [every[start : start + one_in] for start in range(0, len(every), one_in)]
    return [row[turn(f"{swept} {number}", len(row))] for number, row in enumerate(rows)]


def turn(of: object, number: int) -> int:
    """Whose turn it is of so many, from 0: the same in every run."""
    return zlib.crc32(repr(of).encode()) % number
