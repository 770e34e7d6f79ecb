"""The same on a library that tells all element types in one reply, and so in fewer commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from folders import quick_folder

from .bench import Bench, Exchange, Kind
from .functions import Function
from .matrix import cases, sequence
from .sense_table import Row
from .test_faults_sense import EVERY_ROW, IN_SHORT, what_is_wrong


@pytest.fixture(scope="module")
def bench(function: Function) -> Iterator[Bench]:
    with (
        quick_folder() as folder,
        closing(Bench(folder, function.prepare, product="VIRTUAL")) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def commands(bench: Bench, function: Function) -> list[Exchange]:
    found = sequence(bench, function)
    assert any(each.kind is Kind.ELEMENTS and not each.cdb[1] & 0x0F for each in found)
    return found


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
def test_fault_ends_as_the_table_asks_and_nothing_is_lost(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    tried = cases(commands, function, row, forms=IN_SHORT)
    wrong = [f"{case}: {found}" for case in tried if (found := what_is_wrong(bench, case))]
    assert not wrong, "\n".join(wrong)
