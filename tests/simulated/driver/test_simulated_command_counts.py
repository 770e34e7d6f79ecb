"""How many SCSI commands reach the library in the steady state, counted by the library itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from changer.cleaning.slot import release, reserve
from changer.journal.home import Homes
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.library.status import library_status
from changer.moves.execute import move, unload
from changer.smc.elements import ElementType

from .conftest import MakeLibrary
from .virtual_library import (
    MODE_SENSE,
    MOVE_MEDIUM,
    READ_ELEMENT_STATUS,
    TEST_UNIT_READY,
    VirtualLibrary,
    error_of,
)

Act = Callable[[Library], object]
# What is asked once of a model or a library, and then known.
STEADY = ["autoloader", "superloader", "scalar", "exabyte", "omitting", "l700", "ts3500", "p3000"]


def status(library: Library) -> object:
    inventory = library.read()
    return library_status(
        library,
        inventory,
        find_device=lambda number, identity: None,
        find_home=Homes(library, inventory).address_of,
    )


def load(library: Library) -> object:
    return move(library, parse_place("1"), parse_place("drive:0"))


def load_by_tag(library: Library) -> object:
    return move(library, parse_place("A00001L8"), parse_place("drive:0"))


def unload_home(library: Library) -> object:
    return unload(library, parse_place("drive:0"))


def warmed(library: VirtualLibrary) -> VirtualLibrary:
    """A library that a first run has got to know."""
    with library.open() as opened:
        status(opened)
        load(opened)
        library.clock.time += 600
        unload_home(opened)
        status(opened)
    return library


def count(library: VirtualLibrary, act: Act, *, single_query: bool = False) -> Counter[int]:
    """Commands of one run: a new process, as far as the library can tell."""
    settings = LibrarySettings(single_query=single_query)
    with library.counting() as counted, library.open(settings=settings) as opened:
        act(opened)
    return counted


@pytest.mark.parametrize("profile", STEADY)
def test_status_takes_six_commands_at_most(make_library: MakeLibrary, profile: str) -> None:
    """Mode page, four types of elements, and who the drives are: they change their bays."""
    library = warmed(make_library(profile, unloads_drive=True))
    counted = count(library, status)
    assert counted.total() <= 6
    assert set(counted) == {MODE_SENSE, READ_ELEMENT_STATUS}


@pytest.mark.parametrize("profile", STEADY)
def test_load_and_unload_take_seven_commands_at_most(
    make_library: MakeLibrary, profile: str
) -> None:
    library = warmed(make_library(profile, unloads_drive=True))
    loading = count(library, load)
    library.clock.time += 600
    unloading = count(library, unload_home)
    assert loading.total() <= 7
    assert unloading.total() <= 7
    assert loading[MOVE_MEDIUM] == unloading[MOVE_MEDIUM] == 1


@pytest.mark.parametrize("profile", STEADY)
def test_load_by_label_reads_each_type_of_element_once(
    make_library: MakeLibrary, profile: str
) -> None:
    """A label is looked for everywhere: that it is in one place alone is worth a command."""
    library = warmed(make_library(profile, unloads_drive=True))
    counted = count(library, load_by_tag)
    assert counted.total() <= 8
    kinds = {each.place.rstrip("0123456789") for each in library.truth.elements}
    assert counted[READ_ELEMENT_STATUS] == len(kinds) + 2, "and afterwards both ends"


@pytest.mark.parametrize("profile", ["scalar", "l700", "ts3500"])
def test_reserve_and_release_take_seven_commands(make_library: MakeLibrary, profile: str) -> None:
    """Readiness and mode page 1Dh, slot, drives and pickers; then readiness and the slot again."""
    library = warmed(make_library(profile, unloads_drive=True, data_cartridges=2))
    reserving = count(library, lambda opened: reserve(opened, parse_place("5")))
    releasing = count(library, release)
    for counted in (reserving, releasing):
        assert counted == {TEST_UNIT_READY: 2, MODE_SENSE: 1, READ_ELEMENT_STATUS: 4}


def test_refusal_to_release_what_is_not_reserved_takes_one_command(demo: VirtualLibrary) -> None:
    counted = count(demo, lambda opened: error_of(lambda: release(opened)))
    assert counted == {TEST_UNIT_READY: 1}


def test_listed_model_takes_three_commands_for_a_status_and_four_for_a_move(
    demo: VirtualLibrary,
) -> None:
    warmed(demo)
    assert count(demo, status).total() == 3
    assert count(demo, load).total() == 4
    assert count(demo, unload_home).total() == 4
    assert count(demo, load_by_tag).total() == 4


def test_configured_single_query_takes_as_few(make_library: MakeLibrary) -> None:
    library = warmed(make_library("scalar"))
    assert count(library, status, single_query=True).total() == 3
    assert count(library, load, single_query=True).total() == 4


def test_single_query_that_is_answered_incompletely_is_not_believed(
    make_library: MakeLibrary,
) -> None:
    """More elements than one reply holds: read by type, and nothing is missing."""
    library = make_library("large")
    with library.open(settings=LibrarySettings(single_query=True)) as opened:
        inventory = opened.read()
    assert len(inventory.of_type(ElementType.STORAGE)) == 2000


def queries_for_all_types(library: VirtualLibrary) -> tuple[int, int]:
    """READ ELEMENT STATUS of element type 0, and all of them, in a whole session."""
    with library.watched() as (opened, sent):
        status(opened)
        load(opened)
        library.clock.time += 600
        unload_home(opened)
    queries = [cdb for cdb in sent if cdb[0] == READ_ELEMENT_STATUS]
    return sum(cdb[1] & 0x0F == 0 for cdb in queries), len(queries)


@pytest.mark.parametrize("profile", [*STEADY, "large"])
def test_model_that_is_not_listed_is_never_asked_for_all_types_at_once(
    make_library: MakeLibrary, profile: str
) -> None:
    for_all, queries = queries_for_all_types(make_library(profile, unloads_drive=True))
    assert for_all == 0
    assert queries > 0


@pytest.mark.parametrize(
    ("vendor", "product"),
    [("CHANGER", "VIRTUAL2"), ("OTHER", "VIRTUAL"), ("IET", "VIRTUAL-CHANGER"), ("STK", "L700")],
)
def test_other_vendor_or_product_is_never_asked_for_all_types_at_once(
    make_library: MakeLibrary, vendor: str, product: str
) -> None:
    for_all, _ = queries_for_all_types(make_library("demo", vendor=vendor, product=product))
    assert for_all == 0


def test_listed_model_is_asked_for_all_types_at_once(demo: VirtualLibrary) -> None:
    for_all, queries = queries_for_all_types(demo)
    assert 0 < for_all <= queries


def test_two_thousand_slots_are_read_in_three_pages_at_most(make_library: MakeLibrary) -> None:
    """At most 1000 descriptors come in a reply, and at most FFFFh bytes."""
    library = make_library("large")
    with library.open() as opened:
        opened.read([ElementType.STORAGE])
    with library.counting() as counted, library.open() as opened:
        inventory = opened.read([ElementType.STORAGE])
    assert len(inventory.of_type(ElementType.STORAGE)) == 2000
    assert counted[READ_ELEMENT_STATUS] <= 3


def test_address_space_that_is_full_is_read_completely(make_library: MakeLibrary) -> None:
    library = make_library("huge", data_cartridges=10)
    with library.counting() as counted, library.open() as opened:
        inventory = opened.read()
    assert len(inventory.elements) == 64_500 + 372 + 120 + 8
    assert counted[READ_ELEMENT_STATUS] <= 70


@pytest.mark.parametrize("profile", ["autoloader", "omitting"])
def test_pages_of_few_descriptors_are_put_together(make_library: MakeLibrary, profile: str) -> None:
    library = make_library(profile, descriptors_per_page=2)
    with library.open() as opened:
        inventory = opened.read()
    profile_of_it = library.truth.profile
    assert len(inventory.of_type(ElementType.STORAGE)) == profile_of_it.slots


def test_library_that_is_closed_was_not_asked_anything_by_being_opened(
    demo: VirtualLibrary,
) -> None:
    with demo.counting() as counted, demo.open():
        pass
    assert not counted
