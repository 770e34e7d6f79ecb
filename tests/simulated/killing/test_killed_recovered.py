"""Killed by SIGKILL at every point there is, then recovered: nothing is lost, nothing open."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.moving import move
from changer.numbering import parse_place

from .points import COARSE, Kind
from .scenario import Scenario
from .scenarios import SCENARIOS


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
    kinds = {each.kind for each in killing.points}
    assert kinds == set(Kind), "a kind of boundary is not watched any more"
