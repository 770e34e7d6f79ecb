"""A cleaning cartridge as data: refused, or counted once where somebody means it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from driver.virtual_library import MOVE_MEDIUM, Wire, error_of

from changer.cleaning.clean_drive import clean
from changer.errors import CartridgeMisplaced, CartridgeOut, ChangerError, CleanerAsData, MoveFailed
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import exchange, load, move, unload

from .cleaner_library import ADDRESS, CLEANER, SLOT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

DRIVE = parse_place("drive:0")
HOME = parse_place(SLOT)
MEANT: dict[str, Callable[..., object]] = {
    "load": lambda library, **how: load(library, HOME, DRIVE, **how),
    "load by label": lambda library, **how: load(library, parse_place(CLEANER), DRIVE, **how),
    "move": lambda library, **how: move(library, HOME, DRIVE, **how),
    "exchange": lambda library, **how: exchange(library, HOME, DRIVE, **how),
}


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    """The cleaner with 50 cleanings left in the reserved slot 4; it leaves the drive by itself."""
    made = make(cleaners=0, drive_load_seconds=1, cleaning_seconds=3, ejects_cleaner=False)
    return made.with_cleaner()


def act(library: CleanerLibrary, function: Callable[[Library], object]) -> ChangerError | None:
    with library.open() as opened:
        return error_of(lambda: function(opened))


def load_as_it_is(library: CleanerLibrary, source: str = SLOT) -> ChangerError | None:
    return act(library, lambda opened: load(opened, parse_place(source), DRIVE, as_is=True))


def uses(library: CleanerLibrary, tag: str = CLEANER) -> int:
    """How often a drive has truly cleaned with it."""
    cartridge = library.truth.cartridge_at(library.place_of(tag) or "")
    assert cartridge is not None
    return cartridge.cleans_used


@pytest.mark.parametrize("words", MEANT)
def test_cleaner_is_refused_as_data_before_anything_is_sent(
    library: CleanerLibrary, words: str
) -> None:
    if words == "exchange":
        library.move_behind_our_back("1", "drive:0")
    before = library.everything_that_matters()
    error = act(library, MEANT[words])
    assert isinstance(error, CleanerAsData)
    assert error.message == "CLN001CU is a cleaning cartridge"
    assert error.hint == "to clean drive 0: changer clean 0; to load it as it is: --as-is"
    assert library.everything_that_matters() == before


@pytest.mark.parametrize("source", ["mail:1", "9", "drive:1"])
def test_cleaner_that_nobody_brought_in_is_refused_wherever_it_lies(
    make: MakeCleanerLibrary, source: str
) -> None:
    library = make(cleaners=0)
    library.operate(f"insert CLN009CU {source}", noticed=False)
    error = act(library, lambda opened: move(opened, parse_place(source), DRIVE))
    assert isinstance(error, CleanerAsData)


def test_cleaner_that_only_the_store_knows_is_refused(make: MakeCleanerLibrary) -> None:
    """A person said that it is one: neither its label nor the library does."""
    library = make(cleaners=0)
    library.operate(f"insert NU01L9 {SLOT}", noticed=False)
    library.reserve(SLOT)
    library.know_cleaner("NU01L9", 50)
    assert isinstance(act(library, MEANT["load"]), CleanerAsData)
    assert load_as_it_is(library) is None
    assert library.cleans_left == 49


def test_cleaner_goes_to_slots_and_mail_slots_as_ever(library: CleanerLibrary) -> None:
    for source, destination in ((SLOT, "9"), ("9", "mail:2"), ("mail:2", SLOT)):
        move_it = partial(move, source=parse_place(source), destination=parse_place(destination))
        assert act(library, move_it) is None
    assert library.cleans_left == 50


@pytest.mark.parametrize("words", ["load", "load by label", "move"])
def test_use_of_a_cleaner_that_is_meant_as_it_is_is_counted_once(
    library: CleanerLibrary, words: str
) -> None:
    assert act(library, partial(MEANT[words], as_is=True)) is None
    library.clock.time += 60
    assert (library.place_of(CLEANER), uses(library)) == ("drive:0", 1)
    assert library.cleans_left == 49
    assert (library.last.kind, library.last.state) == ("clean", "completed")
    recorded = library.rows("operations")[-1]
    assert (recorded["slot_address"], recorded["volume_tag"]) == (ADDRESS, CLEANER)
    assert any("its use is counted: 49 left" in each for each in library.warnings)
    assert act(library, lambda opened: unload(opened, DRIVE)) is None
    assert (library.cleans_left, library.place_of(CLEANER)) == (49, SLOT)


def test_each_load_is_a_use_of_its_own(library: CleanerLibrary) -> None:
    for left in (49, 48):
        assert load_as_it_is(library) is None
        library.clock.time += 60
        assert act(library, lambda opened: unload(opened, DRIVE)) is None
        assert library.cleans_left == left
    move_on = partial(move, source=DRIVE, destination=parse_place("drive:1"), as_is=True)
    assert load_as_it_is(library) is None
    library.clock.time += 60
    assert act(library, move_on) is None
    assert library.cleans_left == 46


def test_load_that_did_not_come_about_is_no_use(library: CleanerLibrary) -> None:
    library.fault("move-fails at-source")
    assert isinstance(load_as_it_is(library), MoveFailed)
    assert (library.cleans_left, uses(library)) == (50, 0)
    library.fault("unit-attention 28/00 on A5")
    assert load_as_it_is(library) is None
    assert library.cleans_left == 49, "it was sent twice, and came in once"
    attempts = [(row["state"], row["result_name"]) for row in library.rows("operations")][-2:]
    assert attempts == [("failed", "ERROR_DEVICE_NOT_AVAILABLE"), ("completed", "ERROR_SUCCESS")]


def test_cleaner_that_stays_in_the_picker_is_not_used_and_goes_back(
    library: CleanerLibrary,
) -> None:
    from changer.cleaning.recover import recover

    library.fault("move-fails in-transport")
    assert isinstance(load_as_it_is(library), CartridgeMisplaced)
    assert act(library, recover) is None
    assert (library.place_of(CLEANER), library.cleans_left, uses(library)) == (SLOT, 50, 0)


def test_spare_cleaner_of_the_same_label_does_not_count_for_the_one_on_record(
    library: CleanerLibrary,
) -> None:
    library.operate(f"insert {CLEANER} 9", noticed=False)
    assert load_as_it_is(library, "9") is None
    assert library.cleans_left == 50


@pytest.mark.parametrize("lies", ["10", "mail:2", "drive:1"])
def test_spare_of_the_same_label_does_not_count_while_the_one_on_record_lies_elsewhere(
    library: CleanerLibrary, lies: str
) -> None:
    library.operate(f"insert {CLEANER} 9", noticed=False)
    put = partial(move, source=HOME, destination=parse_place(lies), as_is=True)
    assert act(library, put) is None
    left = 50 - lies.startswith("drive")
    assert load_as_it_is(library, "9") is None
    assert library.cleans_left == left


def test_a_cleaner_that_lay_elsewhere_counts_although_a_spare_bears_its_label(
    library: CleanerLibrary,
) -> None:
    library.operate(f"insert {CLEANER} 9", noticed=False)
    assert act(library, partial(move, source=HOME, destination=parse_place("10"))) is None
    assert load_as_it_is(library, "10") is None
    assert library.cleans_left == 49


def test_both_places_are_named_where_two_cleaners_bear_the_label(library: CleanerLibrary) -> None:
    library.move_behind_our_back(SLOT, "10")
    library.operate(f"insert {CLEANER} 9", noticed=False)
    error = refusal(lambda: library.clean("drive:0"))
    assert "CLN001CU is in slot 9 and slot 10" in error.message
    assert error.hint == "changer cleaner insert --from PLACE brings it back"


def test_another_cleaner_does_not_count_for_the_one_on_record(library: CleanerLibrary) -> None:
    library.operate("insert CLN777CU 9", noticed=False)
    assert load_as_it_is(library, "9") is None
    assert library.cleans_left == 50


def test_cleaner_without_a_label_is_known_by_its_slot(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0, volume_tags="refused").with_cleaner("")
    assert isinstance(act(library, MEANT["load"]), CleanerAsData)
    assert load_as_it_is(library) is None
    assert library.cleans_left == 49


def test_way_back_that_is_named_is_one_that_the_library_can_go(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0, forbidden_moves=((1, 2),)).with_cleaner()
    library.fault("move-fails in-transport")
    library.move_behind_our_back(SLOT, "drive:0", fails=True)
    error = refusal(lambda: library.clean("drive:1"))
    assert isinstance(error, CartridgeOut)
    assert error.hint == (
        "put it back first: use a free place as a stopover: changer move picker mail:NUMBER, "
        "then mail:NUMBER 4"
    )


@pytest.mark.parametrize("words", ["clean", "load"])
def test_cleaner_that_comes_to_another_drive_than_the_one_meant_is_counted_as_used(
    library: CleanerLibrary, words: str
) -> None:
    """The drives change bays while the robot moves."""

    def swap(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            library.operate("swap-drives 0 1", noticed=False)

    with library.open(wire=lambda inner: Wire(inner, after=swap)) as opened:
        cleaning = partial(clean, opened, DRIVE)
        loading = partial(load, opened, HOME, DRIVE, as_is=True)
        error = error_of(cleaning if words == "clean" else loading)
    assert isinstance(error, CartridgeMisplaced)
    library.clock.time += 60
    assert (library.place_of(CLEANER), uses(library)) == ("drive:1", 1)
    assert library.cleans_left == 49
