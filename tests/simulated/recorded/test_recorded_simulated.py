"""A virtual library that imitates a model answers as mhVTL does, field by field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from figures import FIGURES
from mhvtl.configuration import Configuration, configurations, shown_tag
from mhvtl.fields import differences, opcode_of
from mhvtl.recording import RecordedStep, recording_of
from mhvtl.scenarios import scenarios
from mhvtl.stage import TraceReader, play

from .recorded_library import Imitation

INQUIRY = 0x12


@pytest.mark.parametrize("library", configurations(), ids=str)
def test_the_simulator_answers_as_mhvtl_did(library: Configuration, folder: Path) -> None:
    """All scenarios on one library, in the order of the recording: cartridges keep their past."""
    recording = recording_of(library.name)
    imitation = Imitation(folder, library, recording)
    for scenario, recorded in recording.scenarios.items():
        with imitation.open(scenario) as opened:
            played = play(
                opened,
                scenarios(library)[scenario],
                operate=imitation.operate,
                lines=TraceReader(imitation.trace),
            )
        for ours, theirs in zip(played, recorded, strict=True):
            check_alike(ours, theirs, imitation)
        FIGURES.cartridges(before=labels(library), now=imitation.tags())


def labels(library: Configuration) -> list[str]:
    """The bar codes of all its cartridges, empty for one that shows none."""
    return [shown_tag(name) or "" for name in library.slots if name]


def check_alike(ours: RecordedStep, theirs: RecordedStep, imitation: Imitation) -> None:
    """The same commands, the same fields in each reply, and the same made of them."""
    lines = [imitation.as_recorded(line) for line in ours.exchanges]
    # A library is asked who it is where the kernel does not know: that is not the simulator's.
    recorded = [line for line in theirs.exchanges if opcode_of(line) != INQUIRY]
    found = [
        difference
        for one, other in zip(recorded, lines, strict=False)
        for difference in differences(one, other)
    ]
    assert found == [], theirs.words
    assert len(lines) == len(recorded), theirs.words
    assert json.loads(imitation.as_recorded(json.dumps(ours.account))) == theirs.account
