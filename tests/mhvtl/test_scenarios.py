"""Every scenario, step by step: what the program says is true; mtx and the bytes say the same."""

import json
import platform
from pathlib import Path

from changer.api import TapeLibrary

from .conftest import RECORD, Live
from .host import version
from .recording import RecordedStep, Recording, recording_of
from .scenarios import Step, scenarios
from .stage import TraceReader, play
from .truth import Truth, shown_places

# mtx is a program that has to start at each step: the witnesses are asked where something moves.
WITNESSED = ("status", "moves", "labels")


def test_a_scenario_goes_as_it_should_by_every_witness(
    mhvtl: Live, scenario: str, library: TapeLibrary, trace: Path
) -> None:
    truth = Truth(mhvtl.configuration)

    def check(step: Step, recorded: RecordedStep) -> None:
        truth.follow(step)
        account = recorded.account
        error = account["done"].get("error") if account["done"] else None
        assert error == step.error, (step, account["done"])
        if "error" in account["shown"]:
            assert (scenario, account["shown"]["error"]) == ("offline", "library-offline")
            return
        assert shown_places(account) == truth.told(), step
        if scenario in WITNESSED:
            assert mhvtl.by_hand() == truth.shown(), step
            assert mhvtl.by_mtx() == truth.shown(), step

    steps = scenarios(mhvtl.configuration)[scenario]
    recorded = play(
        library, steps, operate=mhvtl.operator.do, lines=TraceReader(trace), after=check
    )
    assert truth.shown() == mhvtl.as_configured(), "a scenario leaves everything as it was"
    if RECORD:
        keep(mhvtl, library, scenario, recorded, trace)


def keep(
    mhvtl: Live,
    library: TapeLibrary,
    scenario: str,
    recorded: tuple[RecordedStep, ...],
    trace: Path,
) -> None:
    """Add a scenario to the recording of its configuration."""
    folder, name = Path(RECORD), mhvtl.configuration.name
    exists = (folder / f"{name}.json.xz").exists()
    identity = library.identity
    Recording(
        configuration=name,
        mhvtl=version(),
        kernel=platform.release(),
        program=json.loads(trace.read_text().partition("\n")[0])["program"],
        identity={
            field: getattr(identity, field)
            for field in ("vendor", "product", "revision", "serial", "t10_vendor")
        },
        scenarios={**(recording_of(name, folder).scenarios if exists else {}), scenario: recorded},
    ).write(folder)
