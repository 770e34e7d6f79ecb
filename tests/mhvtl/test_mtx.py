"""mtx and what stands in for it, one after the other on mhVTL: every byte that they say."""

from collections.abc import Sequence

from kernel.mtx_beside import BothPrograms, Told, lines_for
from kernel.mtx_status import read_mtx_status
from kernel.program import Program

from .conftest import Live


def told_by_both(
    mhvtl: Live, changer: Program, lines: Sequence[Sequence[str]]
) -> tuple[list[Told], list[Told]]:
    both = BothPrograms(mhvtl.device, changer.environment)
    return [both.mtx(*words) for words in lines], [both.ours(*words) for words in lines]


def test_status_is_the_same_of_every_library(mhvtl: Live, changer: Program) -> None:
    lines = (["inquiry"], ["status"], ["nobarcode", "status"])
    mtx, ours = told_by_both(mhvtl, changer, lines)
    assert ours == mtx
    assert all(each.exit_status == 0 for each in ours)


def test_every_line_is_answered_byte_for_byte(mhvtl: Live, changer: Program) -> None:
    lines = lines_for(read_mtx_status(mhvtl.device))
    mtx, ours = told_by_both(mhvtl, changer, lines)
    differing = [each for each in zip(lines, mtx, ours, strict=True) if each[1] != each[2]]
    assert differing == []
