"""Moves that are made, and moves that are refused before anything is sent."""

from __future__ import annotations

import pytest

from changer.errors import (
    ChangerError,
    DestinationFull,
    ElementNotPresent,
    ElementUnknown,
    InvalidSlot,
    LibraryBusy,
    LibraryClosed,
    LibraryDisabled,
    LibraryOffline,
    MoveNotAllowed,
    NoFreeElement,
    NoSuchDrive,
    RemovalPrevented,
    SlotReserved,
    SourceEmpty,
    UnsupportedByLibrary,
    VolumeNotFound,
)
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.lock.flock import LibraryLock
from changer.moves.execute import load, move
from changer.smc.cdb import prevent_allow_medium_removal

from .acts import Came, act, attempt, outcomes
from .conftest import MakeLibrary
from .virtual_library import POSITION, VirtualLibrary, error_of

PROFILES = ["demo", "autoloader", "superloader", "l700", "ts3500", "p3000", "omitting", "large"]


def refusal_of(library: VirtualLibrary, words: str) -> Came:
    """What came of an act that must not move, change, or record anything."""
    before = library.everything_that_matters()
    came = attempt(library, words)
    assert came.error is not None, "it was not refused"
    assert came.motions == 0, "it was sent"
    assert library.everything_that_matters() == before
    return came


def full_and_free(library: VirtualLibrary) -> tuple[str, str]:
    """The first full slot and the first free one that are there."""
    slots = [each for each in library.truth.elements if each.place.isdigit()]
    full = next(each.place for each in slots if each.cartridge)
    return full, next(each.place for each in slots if not each.cartridge)


@pytest.mark.parametrize("profile", PROFILES)
def test_cartridge_goes_to_a_drive_and_back_home(make_library: MakeLibrary, profile: str) -> None:
    library = make_library(profile, unloads_drive=True)
    slot, _ = full_and_free(library)
    tag = library.tag_at(slot)
    with library.open() as opened:
        moved = act(opened, f"move {slot} drive:0")
        assert (moved.volume_tag, str(moved.source), str(moved.destination)) == (
            tag,
            slot,
            "drive:0",
        )
        assert library.tag_at("drive:0") == tag
        back = act(opened, "unload drive:0")
    assert str(back.destination) == slot
    assert (library.tag_at(slot), library.tag_at("drive:0")) == (tag, None)
    assert outcomes(library) == ["completed", "completed"]


@pytest.mark.parametrize("profile", PROFILES)
def test_cartridge_goes_to_a_free_slot(make_library: MakeLibrary, profile: str) -> None:
    library = make_library(profile)
    slot, free = full_and_free(library)
    tag = library.tag_at(slot)
    assert attempt(library, f"move {slot} {free}").error is None
    assert (library.tag_at(free), library.tag_at(slot)) == (tag, None)


def test_library_that_tells_neither_labels_nor_sources_is_worked_by_number(
    make_library: MakeLibrary,
) -> None:
    library = make_library("bare")
    with library.open() as opened:
        moved = act(opened, "move 1 drive:0")
        assert moved.volume_tag is None
        assert library.tag_at("drive:0") == "A00001L8"
        act(opened, "unload drive:0 5")
    assert library.tag_at("5") == "A00001L8"


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("1", "4"),
        ("1", "mail:2"),
        ("mail:1", "9"),
        ("mail:1", "mail:2"),
        ("@1001", "@500"),
        ("@0x3E9", "drive:1"),
        ("A00001L8", "drive:1"),
        ("tag:A00001L8", "12"),
        ("CLN001CU", "12"),
    ],
)
def test_places_are_named_by_number_address_or_tag(
    demo: VirtualLibrary, source: str, destination: str
) -> None:
    tag = "CLN001CU" if source in ("mail:1", "CLN001CU") else "A00001L8"
    with demo.open() as library:
        moved = act(library, f"move {source} {destination}")
    assert moved.volume_tag == tag
    assert demo.truth.cartridge_at(moved.destination_address) == demo.truth.cartridge_at(
        demo.place_of(tag) or ""
    )


def test_cartridge_is_found_by_its_tag_wherever_it_is(demo: VirtualLibrary) -> None:
    with demo.open() as library:
        for destination in ("drive:0", "mail:2", "drive:1", "10"):
            move(library, parse_place("A00002L8"), parse_place(destination))
            assert demo.place_of("A00002L8") == destination


def test_cartridge_is_moved_out_of_the_picker(demo: VirtualLibrary) -> None:
    demo.fault("move-fails in-transport")
    demo.move_behind_our_back("1", "drive:0", fails=True)
    assert attempt(demo, "move picker 1").error is None
    assert demo.tag_at("1") == "A00001L8"


IMPOSSIBLE: dict[type[ChangerError], str] = {
    SourceEmpty: "move 4 drive:0, move drive:0 4, move mail:2 4, move picker 4, unload drive:0, "
    "load 4 drive:0, exchange 4 drive:0, exchange 1 drive:0",
    DestinationFull: "move 1 2, move 1 mail:1, move 1 A00002L8, exchange 1 2 3",
    MoveNotAllowed: "move 1 1, move 1 picker, exchange 1 1, unload A00001L8 4",
    InvalidSlot: "move 13 4, move 0 4, move 1 13, move mail:3 4, move @9 4, move 1 @65535",
    NoSuchDrive: "move 1 drive:2, unload drive:7, unload @1001, load 1 @1004, load 1 mail:2",
    VolumeNotFound: "move A00042L8 4, move 1 A00042L8",
}


@pytest.mark.parametrize("error", IMPOSSIBLE)
def test_impossible_move_is_refused_and_leaves_no_trace_in_the_journal(
    demo: VirtualLibrary, error: type[ChangerError]
) -> None:
    for words in IMPOSSIBLE[error].split(", "):
        assert refusal_of(demo, words).error is error, words


@pytest.mark.parametrize("words", ["move A00001L8 drive:0", "move 12 A00001L8"])
def test_tag_in_two_places_is_refused_by_both_names(demo: VirtualLibrary, words: str) -> None:
    demo.operate("insert A00001L8 12", noticed=False)
    came = refusal_of(demo, words)
    assert came.error is VolumeNotFound
    assert "slot 1 and slot 12" in came.told


@pytest.mark.parametrize("way", ["omitted", "ed", "access-0", "3B/11", "3B/12", "83/02"])
@pytest.mark.parametrize("product", ["VIRTUAL", "OTHER"])
def test_element_of_a_magazine_that_is_out_is_refused(
    make_library: MakeLibrary, way: str, product: str
) -> None:
    library = make_library("demo", magazine_out=way, product=product)
    library.pull_magazine(2)
    assert refusal_of(library, "move 1 9").error is ElementNotPresent
    assert refusal_of(library, "move 7 drive:0").error is ElementNotPresent
    assert refusal_of(library, "move A00005L8 4").error is VolumeNotFound


@pytest.mark.parametrize("fault", ["element 4 83/03", "occupancy-unknown 4", "element 4 44/00"])
def test_destination_that_may_be_full_is_refused(demo: VirtualLibrary, fault: str) -> None:
    demo.fault(fault)
    came = refusal_of(demo, "move 1 4")
    assert came.error in (ElementUnknown, DestinationFull)


def test_drive_that_is_not_accessible_is_no_destination(demo: VirtualLibrary) -> None:
    demo.fault("element drive:0 access=0")
    assert refusal_of(demo, "move 1 drive:0").error is ElementNotPresent


def test_drive_that_does_not_let_go_of_its_cartridge_is_an_error_of_that_name(
    make_library: MakeLibrary,
) -> None:
    library = make_library("p3000")
    assert attempt(library).error is None
    came = attempt(library, "unload drive:0")
    assert came.error is RemovalPrevented
    assert "mt -f" in came.told
    assert library.tag_at("drive:0") == "A00001L8"
    assert outcomes(library) == ["completed", "not-executed"]


def test_cartridge_with_an_unreadable_label_can_be_moved(demo: VirtualLibrary) -> None:
    demo.fault("unreadable 1")
    with demo.open() as library:
        assert act(library, "move 1 4").volume_tag is None
    assert demo.tag_at("4") == "A00001L8"


@pytest.mark.parametrize("words", ["move 1 4", "move A00001L8 @1004", "unload drive:0 4"])
def test_reserved_slot_is_refused_to_a_data_cartridge(demo: VirtualLibrary, words: str) -> None:
    demo.move_behind_our_back("3", "drive:0")
    demo.reserve("4")
    came = refusal_of(demo, words)
    assert came.error is SlotReserved
    assert came.told.startswith("slot 4 is reserved")


@pytest.mark.parametrize(
    ("reserved", "words"),
    [
        pytest.param("4", "exchange 1 2 4", id="as second destination"),
        pytest.param("12", "exchange 1 12", id="as first destination"),
        pytest.param("12", "exchange 12 1", id="as source that the other cartridge goes to"),
    ],
)
def test_reserved_slot_is_refused_to_the_data_cartridge_of_an_exchange(
    demo: VirtualLibrary, reserved: str, words: str
) -> None:
    demo.operate("insert CLN009CU 12", noticed=False)
    demo.reserve(reserved)
    assert refusal_of(demo, words).error is SlotReserved


@pytest.mark.parametrize("profile", ["demo", "ts3500", "exabyte"])
def test_reserved_slot_takes_a_cleaner(make_library: MakeLibrary, profile: str) -> None:
    library = make_library(profile, data_cartridges=1, cleaners=0)
    library.reserve("4")
    library.operate("insert CLN009CU 5", noticed=False)
    with library.open() as opened:
        act(opened, "move 5 4")
        assert library.tag_at("4") == "CLN009CU"
        load(opened, parse_place("4"), parse_place("drive:0"), as_is=True)
        library.clock.time += 600
        act(opened, "unload drive:0")
    assert library.tag_at("4") == "CLN009CU"


def test_cleaner_without_a_type_or_prefix_of_its_own_is_known_by_the_configured_prefix(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo", medium_types=False)
    library.operate("insert XYZ001 9", noticed=False)
    library.reserve("4")
    assert refusal_of(library, "move 9 4").error is SlotReserved
    with library.open(settings=LibrarySettings(cleaner_prefixes=("XYZ",))) as opened:
        act(opened, "move 9 4")
    assert library.tag_at("4") == "XYZ001"


def test_move_that_the_library_says_it_cant_make_is_not_sent(make_library: MakeLibrary) -> None:
    library = make_library("exabyte")
    library.operate("put A00099L8 mail:1", noticed=False)
    came = refusal_of(library, "move mail:1 drive:0")
    assert came.error is MoveNotAllowed
    assert "1Fh" in came.told


def test_library_without_capabilities_page_is_asked_to_move(make_library: MakeLibrary) -> None:
    library = make_library("demo", capabilities_page=False)
    assert attempt(library, "move 1 drive:0").error is None
    assert library.tag_at("drive:0") == "A00001L8"


def test_unload_without_a_known_home_suggests_a_free_slot_that_is_not_reserved(
    demo: VirtualLibrary,
) -> None:
    demo.operate("insert A00099L8 drive:0", noticed=False)
    demo.reserve("4")
    came = refusal_of(demo, "unload drive:0")
    assert came.error is NoFreeElement
    assert came.told.endswith("changer unload drive:0 6")


def test_unload_into_a_home_that_was_taken_suggests_another_slot(demo: VirtualLibrary) -> None:
    demo.move_behind_our_back("1", "drive:0")
    demo.operate("insert A00099L8 1", noticed=False)
    came = refusal_of(demo, "unload drive:0")
    assert came.error is DestinationFull
    assert came.told.endswith("changer unload drive:0 4")


def test_unload_into_a_full_library_says_that_nothing_is_free(make_library: MakeLibrary) -> None:
    library = make_library("demo", data_cartridges=12, free_slots=())
    library.operate("insert A00099L8 drive:0", noticed=False)
    assert refusal_of(library, "unload drive:0").told.endswith("; no slot of the library is free")


def test_unload_into_a_home_whose_magazine_is_out_is_refused(demo: VirtualLibrary) -> None:
    demo.move_behind_our_back("7", "drive:0")
    demo.pull_magazine(2)
    assert refusal_of(demo, "unload drive:0").error is ElementNotPresent


def test_unload_into_a_home_that_is_reserved_is_refused(demo: VirtualLibrary) -> None:
    demo.reserve("4")
    demo.operate("insert A00099L8 4", noticed=False)
    demo.move_behind_our_back("4", "drive:0")
    assert refusal_of(demo, "unload drive:0").error is SlotReserved


def test_two_cartridges_change_places(demo: VirtualLibrary) -> None:
    demo.move_behind_our_back("2", "drive:0")
    with demo.open() as library:
        done = act(library, "exchange 1 drive:0")
    assert [each.volume_tag for each in done] == ["A00001L8", "A00002L8"]
    assert (demo.tag_at("drive:0"), demo.tag_at("1")) == ("A00001L8", "A00002L8")


def test_exchanged_cartridge_goes_to_a_third_place(demo: VirtualLibrary) -> None:
    demo.move_behind_our_back("2", "drive:0")
    assert attempt(demo, "exchange 1 drive:0 12").error is None
    assert (demo.tag_at("drive:0"), demo.tag_at("12"), demo.tag_at("1")) == (
        "A00001L8",
        "A00002L8",
        None,
    )


def test_library_without_exchange_says_so_and_nothing_is_lost(make_library: MakeLibrary) -> None:
    library = make_library("l700")
    elements = library.truth.elements
    assert attempt(library, "exchange 1 2").error in (UnsupportedByLibrary, MoveNotAllowed)
    assert library.truth.elements == elements


def test_picker_is_brought_before_an_element(demo: VirtualLibrary) -> None:
    with demo.counting() as counted, demo.open() as library:
        assert act(library, "position drive:1") == "drive 1"
        assert type(error_of(lambda: act(library, "position 99"))) is InvalidSlot
    assert counted[POSITION] == 1


@pytest.mark.parametrize("profile", ["demo", "autoloader"])
def test_picker_is_brought_before_the_cartridge_of_a_tag(
    make_library: MakeLibrary, profile: str
) -> None:
    with make_library(profile).open() as library:
        assert act(library, "position A00002L8") == "slot 2"
        assert type(error_of(lambda: act(library, "position NONE"))) is VolumeNotFound


def test_library_without_position_says_so(make_library: MakeLibrary) -> None:
    assert attempt(make_library("l700"), "position 1").error is UnsupportedByLibrary


@pytest.mark.parametrize("words", ["move 1 4", "unload drive:0", "exchange 1 2", "position 1"])
def test_library_that_must_not_or_cant_be_used_is_left_alone(
    demo: VirtualLibrary, words: str
) -> None:
    disabled = attempt(demo, words, settings=LibrarySettings(enabled=False))
    assert (disabled.error, disabled.counted.total()) == (LibraryDisabled, 0)
    with demo.open() as closed:
        pass
    with demo.counting() as counted:
        assert type(error_of(lambda: act(closed, words))) is LibraryClosed
    assert not counted
    with LibraryLock(demo.id, folder=demo.locks, command="other", clock=demo.clock):
        busy = attempt(demo, words)
    assert (busy.error, busy.counted.total()) == (LibraryBusy, 0)
    demo.fault("offline")
    assert attempt(demo, words).error is LibraryOffline


def test_cartridge_is_not_put_where_hands_reach_while_removal_is_prevented(
    demo: VirtualLibrary,
) -> None:
    with demo.open() as library:
        library.session.send(prevent_allow_medium_removal(prevent=True))
        error = error_of(lambda: act(library, "move 1 mail:2"))
    assert type(error) is RemovalPrevented
    assert "changer unlock" in str(error.hint)
    assert demo.tag_at("1") == "A00001L8"
    assert outcomes(demo) == ["not-executed"]


def test_library_that_never_reports_access_can_be_used_when_its_settings_say_so(
    demo: VirtualLibrary,
) -> None:
    for place in ("1", "drive:0"):
        demo.fault(f"element {place} access=0")
    assert attempt(demo, "load 1 drive:0").error is ElementNotPresent
    believed = LibrarySettings(access_reported=False)
    assert attempt(demo, "load 1 drive:0", settings=believed).error is None
    assert demo.tag_at("drive:0") == "A00001L8"
