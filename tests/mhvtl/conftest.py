"""mhVTL with one of its configurations, for tests that need nothing else and touch nothing else."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from figures import FIGURES
from kernel.mtx_status import read_mtx_status
from kernel.program import Program, environment_in

from changer.api import TapeLibrary
from changer.host.clock import SystemClock
from changer.library.settings import NodeTransport

from .by_hand import DRIVE, MAIL, STORAGE, Seen, read_by_hand
from .configuration import FIRST, Configuration, configurations
from .host import (
    HOW_TO_GET_IT,
    Operator,
    brought_up,
    configuration_up,
    device_of,
    is_ready,
    why_not,
)
from .scenarios import scenarios
from .stage import request as request_for
from .truth import Shown, Truth

RECORD = os.environ.get("CHANGER_MHVTL_RECORD", "")


def chosen() -> tuple[Configuration, ...]:
    """All configurations, or the one that is up already."""
    up = configuration_up()
    return tuple(each for each in configurations() if up in (None, each.name))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mhvtl" not in metafunc.fixturenames:
        return
    only = metafunc.definition.get_closest_marker("configurations")
    libraries = [each for each in chosen() if only is None or each.name in only.args]
    if "scenario" in metafunc.fixturenames:
        pairs = [(library, name) for library in libraries for name in scenarios(library)]
        metafunc.parametrize(
            ("mhvtl", "scenario"),
            pairs,
            indirect=["mhvtl"],
            scope="session",
            ids=[f"{library}-{name}" for library, name in pairs],
        )
    else:
        metafunc.parametrize("mhvtl", libraries, indirect=True, scope="session", ids=str)


@pytest.hookimpl(trylast=True)  # after pytest has grouped the tests by parameter
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reason = why_not()
    # Not a skip: a run without mhVTL must not look like one that tested something.
    if reason is not None and not config.option.collectonly:
        raise pytest.UsageError(f"{reason}\n{HOW_TO_GET_IT}")
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, str, int]:
    """Each configuration is brought up once, small ones first; scenarios in their order."""
    parameters = item.callspec.params  # type: ignore[attr-defined]
    library: Configuration = parameters["mhvtl"]
    scenario = parameters.get("scenario")
    number = list(scenarios(library)).index(scenario) if scenario else -1
    return len(library.slots), library.name, number


@dataclass(frozen=True, slots=True)
class Live:
    """A configuration of mhVTL that is up, and several views of it: full places, and bar codes."""

    configuration: Configuration
    device: str
    operator: Operator

    def by_hand(self) -> Shown:
        one = self.configuration
        counts = {"slot": len(one.slots), "mail": one.mail, "drive": len(one.drives)}
        return {
            f"{kind}:{number}": element.volume_tag
            for kind, count in counts.items()
            for number, element in enumerate(self._read(kind, count), start=COUNTED_FROM[kind])
            if element.full
        }

    def _read(self, kind: str, count: int) -> list[Seen]:
        first = FIRST[self.configuration.name][kind]
        return read_by_hand(self.device, TYPES[kind], first, count)

    def by_mtx(self) -> Shown:
        """What mtx says; it counts mail slots on after the others."""
        told = read_mtx_status(self.device)
        slots = len(told.slots)
        return {
            f"{kind}:{element.number - before}": element.volume_tag
            for kind, elements, before in (
                ("slot", told.slots, 0),
                ("mail", told.mail, slots),
                ("drive", told.drives, 0),
            )
            for element in elements
            if element.full
        }

    def is_ready(self, drive: int) -> bool:
        """What a drive answers to TEST UNIT READY, past unit attentions."""
        return is_ready(device_of(self.configuration.drives[drive].serial))

    def await_drive(self, drive: int) -> None:
        """Until a drive has read its messages: it does so between two commands."""
        for _ in range(MESSAGES_READ_AFTER):
            self.is_ready(drive)

    def as_configured(self) -> Shown:
        return Truth(self.configuration).shown()


# Where a program is started for each command, that takes most of a run in an emulated machine. What
# reaches mhVTL is the same: the default is tried on the configuration with the most scenarios.
TRANSPORTS: dict[str, NodeTransport] = {"l700": "sg_raw"}
# Commands to a daemon until it has certainly looked for messages.
MESSAGES_READ_AFTER = 3
TYPES = {"slot": STORAGE, "mail": MAIL, "drive": DRIVE}
COUNTED_FROM = {"slot": 1, "mail": 1, "drive": 0}


@pytest.fixture(scope="session")
def mhvtl(request: pytest.FixtureRequest) -> Iterator[Live]:
    """One configuration, up; each test that asks for it meets every one."""
    configuration: Configuration = request.param
    with brought_up(configuration):
        device = device_of(configuration.library.serial)
        operator = Operator(configuration, device)
        yield Live(configuration, device, operator)


@pytest.fixture(autouse=True)
def put_back(mhvtl: Live) -> Iterator[None]:
    """Every test finds, and leaves, what library_contents says."""
    yield
    before, now = mhvtl.as_configured(), mhvtl.by_hand()
    FIGURES.cartridges(before=map(str, before.values()), now=map(str, now.values()))
    assert now == before


@pytest.fixture
def changer(mhvtl: Live, tmp_path: Path) -> Program:
    """The program, with a store and locks of this test alone."""
    environment = environment_in(tmp_path)
    return Program(mhvtl.device, environment)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """The file that the library's exchanges are written to."""
    return tmp_path / "trace"


@pytest.fixture
def library(mhvtl: Live, tmp_path: Path, trace: Path) -> Iterator[TapeLibrary]:
    """The same library through the Python interface, traced."""
    clock = SystemClock()
    transport = TRANSPORTS.get(mhvtl.configuration.name, "sg_io")
    request = request_for(mhvtl.device, tmp_path, clock=clock, trace=trace, transport=transport)
    with TapeLibrary(request) as opened:
        yield opened
