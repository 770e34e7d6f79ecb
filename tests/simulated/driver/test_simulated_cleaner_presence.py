"""Reserve and release believe nothing but a slot that is present, and empty beyond doubt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from changer.cleaning.slot import CleanerSlot, release, reserve
from changer.errors import CartridgeOut, SlotFull, SlotNotPresent, SlotUnknown
from changer.library.addressing import parse_place
from changer.library.initialize_status import initialize_elements
from changer.library.library import Library
from changer.simulator.geometry import Kind

from .conftest import MakeLibrary
from .virtual_library import VirtualLibrary, error_of

Call = Callable[[Library], CleanerSlot]
INITIALIZE, INITIALIZE_RANGE, INITIALIZE_RANGE_VENDOR = 0x07, 0x37, 0xE7


def prepare(library: VirtualLibrary, function: str, slot: str) -> None:
    if function == "release":
        library.reserve(slot)


def call(library: Library, function: str, slot: str, *, may_inventory: bool = False) -> CleanerSlot:
    if function == "reserve":
        return reserve(library, parse_place(slot), may_inventory=may_inventory)
    return release(library, may_inventory=may_inventory)


def assert_refused(
    library: VirtualLibrary, function: str, slot: str, error_class: type[Exception]
) -> str:
    """The call is refused with that error, and changes nothing; the error's text."""
    with library.open() as opened:
        before = library.everything_that_matters()
        error = error_of(lambda: call(opened, function, slot))
    assert error is not None, "it was not refused"
    assert type(error) is error_class, error
    assert library.everything_that_matters() == before
    return f"{error.message}; {error.hint}"


both = pytest.mark.parametrize("function", ["reserve", "release"])


@both
@pytest.mark.parametrize(
    ("way", "profile"),
    [
        ("omitted", "omitting"),
        ("ed", "autoloader"),
        ("access-0", "superloader"),
        ("3B/12", "scalar"),
        ("83/02", "exabyte"),
    ],
)
def test_slot_of_a_magazine_that_is_out_is_refused_on_that_profile(
    make_library: MakeLibrary, function: str, way: str, profile: str
) -> None:
    library = make_library(profile, data_cartridges=0)
    assert library.truth.profile.magazine_out == way
    prepare(library, function, "2")
    library.pull_magazine(1)
    assert_refused(library, function, "2", SlotNotPresent)


@both
@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "unnoticed"])
@pytest.mark.parametrize(
    ("way", "unmatched"),
    [("omitted", "empty"), ("omitted", "21/01"), ("omitted", "24/00")]
    + [(way, "empty") for way in ("ed", "access-0", "3B/11", "3B/12", "83/02")],
)
def test_slot_of_a_magazine_that_is_out_is_refused(
    make_library: MakeLibrary, function: str, way: str, unmatched: str, noticed: bool
) -> None:
    library = make_library("demo", magazine_out=way, unmatched=unmatched, product="OTHER")
    prepare(library, function, "12")
    library.pull_magazine(2, noticed=noticed)
    assert "magazine" in assert_refused(library, function, "12", SlotNotPresent)


@both
def test_slot_is_usable_again_when_its_magazine_is_back(
    demo: VirtualLibrary, function: str
) -> None:
    prepare(demo, function, "12")
    demo.pull_magazine(2)
    demo.fault("magazine-in 2")
    with demo.open() as library:
        assert call(library, function, "12").slot == 12


@both
@pytest.mark.parametrize("profile", ["demo", "superloader"])
def test_slot_that_is_not_accessible_for_a_moment_is_waited_for(
    make_library: MakeLibrary, function: str, profile: str
) -> None:
    library = make_library(profile, data_cartridges=0)
    prepare(library, function, "4")
    library.fault("element 4 access=0")
    slept: list[float] = []

    def robot_comes_back(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            library.fault("clear element")

    library.clock.sleep = robot_comes_back  # type: ignore[method-assign]
    with library.open() as opened:
        assert call(opened, function, "4").slot == 4
    assert len(slept) == 2


@both
@pytest.mark.parametrize(
    "words",
    [
        "83/00",
        "83/03",
        "53/08",  # an inventory would tell
        "83/01",
        "83/08",
        "83/09",
        "83/0A",  # an unreadable label where nothing should be
        "44/00",
        "80/22",
        "FE/ED",  # an exception of which nothing is known
        "30/03",
        "30/83",
        "5A/01",  # a cleaner's home
    ],
)
def test_slot_that_reads_empty_with_an_exception_is_refused(
    ready: VirtualLibrary, function: str, words: str
) -> None:
    ready.fault(f"element 4 {words}")
    assert_refused(ready, function, "4", SlotUnknown)


@both
def test_slot_that_reads_empty_and_shows_a_label_is_refused(
    ready: VirtualLibrary, function: str
) -> None:
    ready.operate("insert A00099L8 4", noticed=False)
    ready.fault("element 4 full=0")
    assert "A00099L8" in assert_refused(ready, function, "4", SlotUnknown)


@both
@pytest.mark.parametrize("fault", ["unreadable 4", "element 4 83/01", "element 4 30/03"])
def test_full_slot_is_full_whatever_its_label_says(
    ready: VirtualLibrary, function: str, fault: str
) -> None:
    ready.operate("insert A00099L8 4", noticed=False)
    ready.fault(fault)
    assert_refused(ready, function, "4", SlotFull)


@both
@pytest.mark.parametrize("way", ["ed=1", "3B/11", "3B/12", "3B/18", "access=0"])
def test_absence_answers_before_fullness(ready: VirtualLibrary, function: str, way: str) -> None:
    ready.fault(f"element 4 {way} full=1")
    assert_refused(ready, function, "4", SlotNotPresent)


@both
@pytest.mark.parametrize(
    ("profile", "opcodes", "sent"),
    [
        ("autoloader", None, [INITIALIZE_RANGE]),
        ("ts3500", None, [INITIALIZE_RANGE_VENDOR]),
        ("superloader", None, [INITIALIZE_RANGE, INITIALIZE_RANGE_VENDOR, INITIALIZE]),
        ("demo", (0x07, 0xE7), [INITIALIZE_RANGE, INITIALIZE_RANGE_VENDOR]),
    ],
)
def test_inventory_settles_what_is_unknown_when_it_is_allowed(
    make_library: MakeLibrary,
    function: str,
    profile: str,
    opcodes: tuple[int, ...] | None,
    sent: list[int],
) -> None:
    changed: dict[str, object] = {} if opcodes is None else {"opcodes": opcodes}
    library = make_library(profile, initialize_scans=True, data_cartridges=0, **changed)
    prepare(library, function, "4")
    library.fault("occupancy-unknown 4")
    assert "--inventory" in assert_refused(library, function, "4", SlotUnknown)
    with library.counting() as counted, library.open() as opened:
        assert call(opened, function, "4", may_inventory=True).slot == 4
    assert {opcode: counted[opcode] for opcode in sent} == dict.fromkeys(sent, 1)


def test_ranges_that_a_library_does_not_know_are_asked_for_once(make_library: MakeLibrary) -> None:
    library = make_library("superloader")
    for times in (1, 0):
        with library.counting() as counted, library.open() as opened:
            place = parse_place("4")
            assert initialize_elements(opened, (place, place)) is False
        assert counted[INITIALIZE_RANGE] == counted[INITIALIZE_RANGE_VENDOR] == times
        assert counted[INITIALIZE] == 1


@both
def test_inventory_looks_into_that_slot_alone(ready: VirtualLibrary, function: str) -> None:
    ready.fault("occupancy-unknown 4")
    with ready.watched() as (library, sent):
        call(library, function, "4", may_inventory=True)
    (cdb,) = (each for each in sent if each[0] == INITIALIZE_RANGE)
    assert (cdb[2:4], cdb[6:8]) == (ready.address_of("4").to_bytes(2, "big"), b"\0\1")


@both
def test_inventory_that_finds_a_cartridge_refuses(ready: VirtualLibrary, function: str) -> None:
    ready.operate("insert A00099L8 4", noticed=False)
    ready.fault("occupancy-unknown 4")
    with ready.open() as library:
        error = error_of(lambda: call(library, function, "4", may_inventory=True))
    assert type(error) is SlotFull


@both
def test_slot_that_the_library_refuses_to_scan_stays_unknown(
    ready: VirtualLibrary, function: str
) -> None:
    ready.fault("occupancy-unknown 4")
    ready.fault("sense 05/21/01 on initialize-range")
    with ready.open() as library:
        error = error_of(lambda: call(library, function, "4", may_inventory=True))
    assert type(error) is SlotUnknown
    assert "the library does not scan it" in error.message
    assert "panel" in (error.hint or "")
    assert error.sense is not None


@both
def test_inventory_that_does_not_help_is_taken_once(ready: VirtualLibrary, function: str) -> None:
    ready.fault("occupancy-unknown 4 stays")
    with ready.counting() as counted, ready.open() as library:
        error = error_of(lambda: call(library, function, "4", may_inventory=True))
    assert type(error) is SlotUnknown
    assert "--inventory" not in (error.hint or ""), "that was tried"
    assert counted[INITIALIZE_RANGE] == 1


def test_inventory_is_never_taken_unasked(demo: VirtualLibrary) -> None:
    demo.fault("occupancy-unknown 4")
    with demo.counting() as counted:
        assert_refused(demo, "reserve", "4", SlotUnknown)
    assert not {INITIALIZE, INITIALIZE_RANGE, INITIALIZE_RANGE_VENDOR} & set(counted)


@both
@pytest.mark.parametrize("profile", ["demo", "autoloader", "ts3500", "p3000", "l700"])
@pytest.mark.parametrize("tag", ["CLN009CU", "A00099L8"])
def test_slot_is_refused_while_its_cartridge_is_in_a_drive(
    make_library: MakeLibrary, function: str, profile: str, tag: str
) -> None:
    library = make_library(profile, data_cartridges=0, cleaners=0)
    prepare(library, function, "4")
    library.operate(f"insert {tag} 4")
    library.move_behind_our_back("4", "drive:0")
    assert tag in assert_refused(library, function, "4", CartridgeOut)


@both
def test_slot_is_refused_while_its_cartridge_is_in_the_transport(
    ready: VirtualLibrary, function: str
) -> None:
    ready.operate("insert CLN009CU 4", noticed=False)
    ready.fault("move-fails in-transport")
    ready.move_behind_our_back("4", "drive:0", fails=True)
    assert ready.tag_at("picker") == "CLN009CU"
    assert "picker" in assert_refused(ready, function, "4", CartridgeOut)


def test_release_is_refused_while_a_cleaner_of_unknown_home_is_in_a_drive(
    demo: VirtualLibrary,
) -> None:
    demo.reserve("4")
    demo.operate("insert CLN009CU drive:0", noticed=False)
    assert_refused(demo, "release", "4", CartridgeOut)


def test_release_is_refused_while_a_cartridge_of_which_nothing_is_told_is_in_a_drive(
    make_library: MakeLibrary,
) -> None:
    library = make_library("bare", medium_types=False)
    free = next(
        each.place
        for each in library.truth.elements
        if each.kind is Kind.STORAGE and each.cartridge is None
    )
    library.reserve(free)
    library.operate("insert - drive:0", noticed=False)
    assert "shows neither label nor source" in assert_refused(library, "release", free, SlotUnknown)


def test_an_inventory_that_the_library_asks_for_is_not_started_without_the_lock(
    demo: VirtualLibrary,
) -> None:
    demo.fault("sense 02/04/02 on 1A")
    with demo.counting() as counted, demo.open() as library:
        error = error_of(library.read)
    assert error is not None
    assert error.code == "not-ready"
    assert counted[INITIALIZE] == 0


def test_an_inventory_that_the_library_asks_for_is_taken_under_the_lock(
    demo: VirtualLibrary,
) -> None:
    demo.fault("sense 02/04/02 on 1A")
    with demo.counting() as counted, demo.open() as library:
        reserve(library, parse_place("4"))
    assert counted[INITIALIZE] == 1


def test_slot_can_be_reserved_while_a_cleaner_of_unknown_home_is_in_a_drive(
    demo: VirtualLibrary,
) -> None:
    demo.operate("insert CLN009CU drive:0", noticed=False)
    with demo.open() as library:
        assert reserve(library, parse_place("4")).slot == 4


def test_cartridge_stored_elsewhere_does_not_keep_a_slot(demo: VirtualLibrary) -> None:
    """Libraries keep SVALID on cartridges that have long been put somewhere else."""
    demo.move_behind_our_back("1", "9")
    with demo.open() as library:
        assert reserve(library, parse_place("1")).slot == 1


def test_release_is_refused_when_the_slot_is_outside_the_librarys_addresses_now(
    demo: VirtualLibrary,
) -> None:
    with demo.open() as library:
        operation = library.store.begin_operation(library.id, "reserve")
        library.store.reserve(operation.id, slot_address=1050)
    assert_refused(demo, "release", "", SlotNotPresent)


@both
@pytest.mark.parametrize("profile", ["autoloader", "scalar", "exabyte", "ts3500", "bare", "large"])
def test_empty_slot_is_reserved_and_released_on_every_kind_of_library(
    make_library: MakeLibrary, function: str, profile: str
) -> None:
    library = make_library(profile, data_cartridges=1, cleaners=0)
    prepare(library, function, "5")
    with library.open() as opened:
        assert call(opened, function, "5").slot == 5
