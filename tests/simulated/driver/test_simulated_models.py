"""A day in each library that is made after a real one: the real driver, through what it may meet.

What a cleaner goes through there, ``tests/simulated/cleaning/test_cleaning_life.py`` has.
"""

from __future__ import annotations

import pytest

from changer.errors import ElementNotPresent, LibraryOffline, RemovalPrevented
from changer.library.addressing import parse_place
from changer.library.initialize_status import initialize_elements
from changer.simulator.catalogue import changing
from changer.simulator.drive_life import unload_drive
from changer.simulator.profiles.table import PROFILES, sources_of
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import move_medium
from changer.smc.sense import parse_sense

from .acts import attempt
from .conftest import MakeLibrary
from .virtual_library import NAME, VirtualLibrary

# Under the names of a real vendor.
MODELS = [name for name, each in PROFILES.items() if each.vendor != "CHANGER"]
SCANS = {0x07, 0x37, 0xE7}
# The code of an open door, as the model's maker has it or T10, and the words for it.
T10, OPEN = "manual intervention required", "door is open"
DOORS = {
    "magnum-1x7": ("04/83", OPEN),
    "magnum-224": ("04/83", OPEN),
    "msl3040": ("04/03", T10),
    "msl-g3": ("04/83", OPEN),
    "ts3100": ("04/83", OPEN),
    "ts3200": ("04/83", OPEN),
    "ts3500": ("04/85", OPEN),
    "ts4500": ("04/85", OPEN),
    "l700": ("04/03", T10),
    "sl150": ("04/03", T10),
    "sl500": ("04/03", T10),
    "sl3000": ("04/03", T10),
    "p3000": ("80/00", OPEN),
    "scalar-i500": ("04/83", OPEN),
    "superloader-3": ("04/03", T10),
    "t50": ("04/83", OPEN),
}


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def model(name: str, make_library: MakeLibrary) -> VirtualLibrary:
    return make_library(name)


def tags(library: VirtualLibrary) -> dict[str, str]:
    return {each.place: each.cartridge.tag for each in library.truth.elements if each.cartridge}


def refusal_of(library: VirtualLibrary, source: str, destination: str) -> str:
    """Sense of a move that another program sends."""
    shared = SharedLibrary(NAME, folder=library.simulated)
    transport = SimulatedTransport(shared, clock=library.clock)
    move = move_medium(library.address_of(source), library.address_of(destination))
    found = parse_sense(transport.execute(move).sense)
    transport.close()
    assert found.additional is not None
    return f"{found.key:02X}/{found.additional.asc:02X}/{found.additional.ascq:02X}"


def test_a_model_names_its_documents() -> None:
    assert len(MODELS) >= len(DOORS)
    assert [name for name in MODELS if not sources_of(name)] == []
    assert {*DOORS} == {*MODELS}


def test_it_takes_inventory(model: VirtualLibrary) -> None:
    places = tags(model)
    for first in (None, (parse_place("1"), parse_place("2"))):
        with model.counting() as counted, model.open() as opened:
            initialize_elements(opened, first)
            assert len(opened.read().holding(places["1"])) == 1
        assert SCANS & {*counted}
    assert tags(model) == places


def test_it_loads_and_unloads(model: VirtualLibrary) -> None:
    places = tags(model)
    assert attempt(model, "load 1 drive:0").error is None
    assert model.place_of(places["1"]) == "drive:0"
    profile = model.truth.profile
    if not profile.unloads_drive:
        came = attempt(model, "unload drive:0 1")
        assert came.error is RemovalPrevented
        assert str(profile.held_by_drive_sense).removeprefix("05/") in came.told
        with changing(NAME, folder=model.simulated) as state:
            unload_drive(state, 0)
    assert attempt(model, "unload drive:0 1").error is None
    assert tags(model) == places


def test_a_magazine_that_is_out_is_said_to_be(model: VirtualLibrary) -> None:
    if not model.truth.profile.magazine_size:
        return
    model.pull_magazine(1)
    came = attempt(model, "load 1 drive:0")
    assert (came.error, came.motions) == (ElementNotPresent, 0)
    assert "magazine" in came.told
    model.fault("magazine-in 1")
    assert attempt(model, "load 1 drive:0").error is None


def test_an_open_door_is_said_in_its_makers_code(model: VirtualLibrary, name: str) -> None:
    code, words = DOORS[name]
    model.fault("door open")
    came = attempt(model, "load 1 drive:0")
    assert came.error is not None and issubclass(came.error, LibraryOffline)
    assert code in came.told
    assert words in came.told.lower()
    model.fault("door closed")
    assert attempt(model, "load 1 drive:0").error is None


def test_an_open_mail_slot_takes_nothing(model: VirtualLibrary) -> None:
    if not model.truth.profile.mail:
        return
    places = tags(model)
    with changing(NAME, folder=model.simulated) as state:
        state.change(mail_open=True)
    came = attempt(model, "move 1 mail:1")
    assert came.error is not None
    assert refusal_of(model, "1", "mail:1") == str(model.truth.profile.mail_open_sense)
    assert tags(model) == places
    with changing(NAME, folder=model.simulated) as state:
        state.change(mail_open=False)
    assert attempt(model, "move 1 mail:1").error is None
    assert model.place_of(places["1"]) == "mail:1"
