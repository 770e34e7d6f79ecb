"""Killed by SIGKILL at every point there is, then recovered: nothing is lost, nothing open."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cleaning.cleaner_library import CleanerLibrary

from changer.library.addressing import parse_place
from changer.moves.execute import move

from .points import COARSE, Kind
from .scenario import Scenario
from .scenarios import SCENARIOS


def check_modes(library: CleanerLibrary) -> None:
    """Whoever made store and lock, and died at it: they are whole, and nobody's but the group's."""
    files = [library.state, *library.locks.iterdir()]
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o660}
    folders = [library.state.parent, library.locks]
    assert {stat.S_IMODE(each.stat().st_mode) & 0o7 for each in folders} == {0}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name.replace(" ", "-"))
def test_killed_at_every_point_is_recovered(folder: Path, scenario: Scenario) -> None:
    killing, beginning = scenario.prepare(folder / "library")
    source, destination = map(parse_place, scenario.ordinary)
    for killed in killing.killed(scenario.kinds):
        after = scenario.aftermath(killed, beginning)
        after.recover()
        assert after.run(lambda library: move(library, source, destination)) == "done"
        killed.count_run()
        if scenario.again is not None and killed.point.kind in COARSE:
            killing.die_again()
            scenario.again(scenario.aftermath(killed, beginning))
            killed.count_run()
        check_modes(killing.library)
    kinds = {each.kind for each in killing.points}
    assert kinds == set(Kind), "a kind of boundary is not watched any more"
