"""Mutants that nothing could tell from the program: their list is of lines that are there."""

from pathlib import Path

import pytest
from mutants.equivalents import Equivalent, equivalents

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("known", sorted(equivalents(), key=str), ids=lambda each: each.module)
def test_equivalent_is_of_a_line_that_is_there_and_has_its_reason(known: Equivalent) -> None:
    lines = [each.strip() for each in (ROOT / known.module).read_text().splitlines()]
    assert known.was in lines
    assert known.was != known.becomes
    assert known.why
