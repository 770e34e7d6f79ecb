"""The program still makes of mhVTL's answers what it made of them when they were recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from mhvtl.configuration import configuration, configurations
from mhvtl.recording import recorded_configurations, recording_of
from mhvtl.scenarios import scenarios
from mhvtl.stage import play
from mhvtl.truth import Truth, shown_places

from .recorded_library import Imitation, Tape, taped

EACH = [(library.name, name) for library in configurations() for name in scenarios(library)]


def test_every_scenario_of_every_configuration_is_recorded() -> None:
    assert sorted(recorded_configurations()) == [library.name for library in configurations()]
    kept = {(name, each) for name, _ in EACH for each in recording_of(name).scenarios}
    assert kept == set(EACH)


@pytest.mark.parametrize(("name", "scenario"), EACH)
def test_what_mhvtl_answered_is_understood_as_it_was(
    name: str, scenario: str, folder: Path
) -> None:
    library, recording = configuration(name), recording_of(name)
    recorded = recording.scenarios[scenario]
    steps = scenarios(library)[scenario]
    tape = Tape(folder)
    with Imitation(folder, library, recording).open(scenario, tape) as opened:
        played = play(
            opened, taped(steps, recorded, tape), operate=lambda *words: None, lines=lambda: ()
        )
    assert [each.account for each in played] == [each.account for each in recorded]


@pytest.mark.parametrize(("name", "scenario"), EACH)
def test_a_recording_tells_the_truth_of_its_scenario(name: str, scenario: str) -> None:
    truth = Truth(configuration(name))
    steps = scenarios(configuration(name))[scenario]
    for step, recorded in zip(steps, recording_of(name).scenarios[scenario], strict=True):
        truth.follow(step)
        account = recorded.account
        assert tuple(account["step"]) == step.words
        assert (account["done"] or {}).get("error") == step.error
        if "error" not in account["shown"]:
            assert shown_places(account) == truth.told()
