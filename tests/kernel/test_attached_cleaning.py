"""A cleaner's life behind real devices: reserved, inserted, used, used up, ejected, released."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .attached_library import AttachedLibrary, attached
from .faulty_library import cartridges, true_places
from .program import Program, environment_in

pytestmark = pytest.mark.guest_only

CLEANER = "CLN001CU"
HOME = "12"
# The cartridge itself knows how often it cleans; here soon no more.
CLEANS = 3


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    """Its drives keep the cleaner until they are told to eject it."""
    with attached(
        "cleaning",
        tmp_path_factory.mktemp("cleaning"),
        serial="CLEANING01",
        ejects_cleaner=False,
        cleans_allowed=CLEANS,
        drive_load_seconds=0.2,
        cleaning_seconds=1.0,
    ) as shown:
        yield shown


@pytest.fixture(scope="module")
def changer(library: AttachedLibrary, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """One store for the life of one cleaner."""
    folder = tmp_path_factory.mktemp("state")
    environment = environment_in(folder)
    return Program(library.device, environment)


@pytest.fixture(autouse=True)
def _no_cartridge_is_lost(library: AttachedLibrary) -> Iterator[None]:
    before = cartridges(library.truth)
    yield
    assert [each for each in cartridges(library.truth) if each != CLEANER] == [
        each for each in before if each != CLEANER
    ]


def cleaner(changer: Program) -> Any:
    return changer.do("cleaner", "status", "--json").document


def wishes(changer: Program) -> list[str | None]:
    return [each["cleaning_request"] for each in cleaner(changer)["drives"]]


# In this order: each begins where the one before has ended.


def test_a_cleaner_in_the_mail_slot_goes_to_the_reserved_slot(
    changer: Program, library: AttachedLibrary
) -> None:
    changer.do("cleaner", "reserve", HOME)
    inserted = changer.do("cleaner", "insert", "--cleans-left", str(CLEANS), "--json").document
    assert (inserted["volume_tag"], inserted["slot"]) == (CLEANER, 12)
    assert true_places(library.truth)[HOME] == CLEANER


def test_the_drive_that_asks_for_it_is_cleaned_and_the_use_counted(
    changer: Program, library: AttachedLibrary
) -> None:
    library.fault("wants-cleaning drive:1 required")
    assert wishes(changer) == [None, "required"]
    cleaned = changer.do("clean", "--needed", "--json").document["drives"]
    assert [(each["drive"], each["cleans_left"]) for each in cleaned] == [(1, CLEANS - 1)]
    assert [drive.cleaned for drive in library.truth.drives] == [0, 1]
    assert true_places(library.truth)[HOME] == CLEANER
    assert wishes(changer) == [None, None]


def test_a_loaded_drive_is_refused_and_emptied_only_when_asked(
    changer: Program, library: AttachedLibrary
) -> None:
    # Or a drive that cleans and ejects before it is asked has given no sign of a cleaning.
    library.fault("wants-cleaning drive:0")
    changer.do("load", "1", "0")
    assert changer.refuse("clean", "0")["code"] == "drive-loaded"
    assert true_places(library.truth)["drive:0"] == "A00001L8"
    changer.do("clean", "0", "--unload")
    places = true_places(library.truth)
    assert (places["1"], places[HOME], places.get("drive:0")) == ("A00001L8", CLEANER, None)


def test_a_cleaning_that_fails_is_told_and_counted(
    changer: Program, library: AttachedLibrary
) -> None:
    library.fault("wants-cleaning drive:0")
    library.fault("cleaning-fails drive:0 error")
    error = changer.refuse("clean", "0")
    assert (error["code"], error["ntms"]["code"]) == ("unable-to-clean", 4311)
    assert "30/07" in error["message"]
    assert wishes(changer)[0] is not None
    assert cleaner(changer)["cleaner"]["cleans_left"] == CLEANS - 3
    assert true_places(library.truth)[HOME] == CLEANER


def test_it_is_ejected_and_the_slot_released(changer: Program, library: AttachedLibrary) -> None:
    assert changer.refuse("cleaner", "release")["ntms"]["name"] == "ERROR_SLOT_FULL"
    take_out(changer, library)
    assert CLEANER not in cartridges(library.truth)
    changer.do("cleaner", "release")
    assert cleaner(changer)["cleaner"] is None


def take_out(changer: Program, library: AttachedLibrary) -> None:
    """Eject it, while a person takes it out of the mail slot."""

    def take() -> None:
        with open_store(Path(changer.environment["CHANGER_STATE"]), clock=SystemClock()) as store:
            wait_until(lambda: store.operations(limit=1)[0].state == "waiting")
        library.operate("take mail:1")

    person = threading.Thread(target=take)
    person.start()
    try:
        ejected = changer.do("cleaner", "eject", "--json").document
    finally:
        person.join()
    assert (ejected["volume_tag"], ejected["taken_from"]) == (CLEANER, "mail:1")
