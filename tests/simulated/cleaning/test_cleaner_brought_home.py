"""A cleaner that an interrupted command left out of its slot is brought home by recover."""

from __future__ import annotations

from typing import Any

import pytest
from driver.virtual_library import error_of

from changer.cleaning.recover import PutAway, RecoveryReport, recover
from changer.errors import UnableToClean
from changer.journal.open_moves import RecoveryOptions
from changer.library.addressing import parse_place
from changer.moves.execute import move
from changer.transport.dry_run import DryRun

from .cleaner_library import CLEANER, SLOT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

MOVE_MEDIUM, LOAD_UNLOAD = 0xA5, 0x1B


def recovered(library: CleanerLibrary, *, dry_run: DryRun | None = None) -> RecoveryReport:
    with library.open(dry_run=dry_run) as opened:
        return recover(opened)


def with_cleaner_in_drive(make: MakeCleanerLibrary, **fields: object) -> CleanerLibrary:
    """The drive begins to clean; who had it do so is gone."""
    settings = {"cleaning_seconds": 120, "drive_load_seconds": 5, "cleaners": 0} | fields
    library = make(**settings).with_cleaner()
    with library.open() as opened:
        move(opened, parse_place(SLOT), parse_place("drive:0"), as_is=True)
    return library


@pytest.mark.parametrize("ejects", [True, False], ids=["ejects", "keeps"])
@pytest.mark.parametrize("unloads", [True, False])
def test_drive_that_still_cleans_is_waited_for(
    make: MakeCleanerLibrary, ejects: bool, unloads: bool
) -> None:
    library = with_cleaner_in_drive(make, ejects_cleaner=ejects, unloads_drive=unloads)
    began = library.clock.time
    came = recovered(library)
    way = f"{CLEANER} from drive 0 to slot {SLOT}"
    assert came.cleaners == (PutAway(CLEANER, parse_place("drive:0"), parse_place(SLOT), way),)
    assert library.clock.time - began >= 100
    assert library.tag_at(SLOT) == CLEANER
    assert recovered(library).cleaners == ()


def test_drive_that_never_ends_keeps_no_other_cleaner_from_its_slot(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0, cleaning_seconds=60).with_cleaner()
    library.reserve("6")
    library.operate("insert CLN002CU 6", noticed=False)
    library.insert("6")
    library.fault("cleaning-fails drive:0 endless")
    with library.open() as opened:
        for slot, drive in ((SLOT, "drive:0"), ("6", "drive:1")):
            move(opened, parse_place(slot), parse_place(drive), as_is=True)
    assert refusal(lambda: recovered(library)).code == "unable-to-clean"
    assert (library.tag_at("drive:0"), library.tag_at("6")) == (CLEANER, "CLN002CU")
    assert (
        "brought the cleaning cartridge back: CLN002CU from drive 1 to slot 6" in library.warnings
    )


@pytest.mark.parametrize("ejects", [True, False], ids=["ejected", "kept"])
def test_drive_that_has_done_is_not_waited_for_long(make: MakeCleanerLibrary, ejects: bool) -> None:
    library = with_cleaner_in_drive(make, ejects_cleaner=ejects, unloads_drive=False)
    library.clock.sleep(3600)
    began = library.clock.time
    recovered(library)
    assert library.clock.time - began <= 70
    assert library.tag_at(SLOT) == CLEANER


def test_what_the_drive_reported_meanwhile_is_kept(make: MakeCleanerLibrary) -> None:
    """Reading its flags clears them, and nobody else has seen them."""
    library = with_cleaner_in_drive(make, cleans_allowed=0)
    recovered(library)
    condition = library.condition(0)
    assert condition is not None and condition["flags"] == "22", "expired cleaning media"


def test_drive_that_is_ready_is_not_made_to_eject(make: MakeCleanerLibrary) -> None:
    """A cleaner never becomes ready: the drive may be another one, or this is a tape."""
    library = make(drive_load_seconds=5)
    library.operate("remove 1", noticed=False)
    library.operate(f"insert A00001L8 {SLOT}", noticed=False)
    library.reserve(SLOT)
    library.know_cleaner("A00001L8", 50)
    library.move_behind_our_back(SLOT, "drive:0")
    library.clock.sleep(60)
    came = recovered(library)
    assert came.cleaners
    assert library.tag_at(SLOT) == "A00001L8"
    assert LOAD_UNLOAD not in library.truth.drive_commands[0]


def test_cleaner_stays_in_a_drive_that_never_ends(make: MakeCleanerLibrary) -> None:
    library = with_cleaner_in_drive(make)
    library.fault("cleaning-fails drive:0 endless")
    with library.open() as opened:
        error = error_of(lambda: recover(opened))
    assert type(error) is UnableToClean
    assert library.tag_at("drive:0") == CLEANER


def test_rehearsal_leaves_the_cleaner_where_it_is(make: MakeCleanerLibrary) -> None:
    library = with_cleaner_in_drive(make)
    moves = library.commands[MOVE_MEDIUM]
    came = recovered(library, dry_run=DryRun())
    assert [each.cartridge for each in came.cleaners] == [CLEANER]
    assert library.commands[MOVE_MEDIUM] == moves
    assert library.tag_at("drive:0") == CLEANER


def test_cleaner_in_the_picker_is_brought_home(make: MakeCleanerLibrary) -> None:
    library = with_cleaner_in_drive(make, ejects_cleaner=True)
    library.clock.sleep(3600)
    library.fault("move-fails in-transport")
    library.move_behind_our_back("drive:0", "12", fails=True)
    way = f"{CLEANER} from the picker to slot {SLOT}"
    brought = PutAway(CLEANER, parse_place("picker"), parse_place(SLOT), way)
    assert recovered(library).cleaners == (brought,)
    assert library.tag_at(SLOT) == CLEANER


@pytest.mark.parametrize(
    "home_by", ["the library", "the library, though another took its slot", "the journal"]
)
def test_spare_with_the_label_of_the_cleaner_stays_where_it_is(
    make: MakeCleanerLibrary, home_by: str
) -> None:
    library = make(cleaners=0).with_cleaner(cleans=37)
    library.operate(f"insert {CLEANER} 9", noticed=False)
    with library.open() as opened:
        move(opened, parse_place("9"), parse_place("drive:1"), as_is=True)
    library.operate(f"remove {SLOT}", noticed=False)
    if home_by == "the journal":
        library.forget_source(1)
    elif "took its slot" in home_by:
        library.operate("insert A00099L8 9", noticed=False)
    assert recovered(library).cleaners == ()
    assert refusal(library.clean).code == "slot-empty"
    assert (library.tag_at("drive:1"), library.tag_at(SLOT)) == (CLEANER, None)
    assert library.cleans_left == 37


def test_data_cartridge_that_came_from_the_reserved_slot_is_left_alone(
    make: MakeCleanerLibrary,
) -> None:
    """Another host put it there, and loaded it from there."""
    library = make(cleaners=0).with_cleaner()
    library.move_behind_our_back(SLOT, "6")
    library.move_behind_our_back("1", SLOT)
    library.move_behind_our_back(SLOT, "drive:0")
    assert recovered(library).cleaners == ()
    assert library.tag_at("drive:0") == "A00001L8"


@pytest.mark.parametrize(
    "options", [{}, {"to": parse_place("drive:0")}, {"to": parse_place("@501")}]
)
def test_cleaner_that_did_not_reach_its_drive_goes_back_unused(
    make: MakeCleanerLibrary, options: dict[str, Any]
) -> None:
    """Carried on, it would clean."""
    library = make(cleaners=0, cleaning_seconds=6, drive_load_seconds=1).with_cleaner()
    with library.open() as opened:
        begun = opened.store.begin_operation(library.id, "clean", drive_address=500)
        opened.store.describe_operation(begun.id, volume_tag=CLEANER)
        opened.store.begin_move(
            library.id,
            source_address=1004,
            destination_address=500,
            volume_tag=CLEANER,
            operation_id=begun.id,
        )
    library.execute("UPDATE operations SET process_identity = NULL")
    library.fault("move-fails in-transport")
    library.move_behind_our_back(SLOT, "drive:0", fails=True)
    with library.open() as opened:
        came = recover(opened, RecoveryOptions(**options))
    assert came.findings[0].outcome == "not-executed"
    assert library.tag_at(SLOT) == CLEANER
    assert library.cleans_left == 50
    assert library.last.state == "failed"
    assert [row["outcome"] for row in library.rows("moves")] == ["not-executed", "completed"]


def test_cleaner_on_its_way_home_is_not_put_back_into_the_drive(make: MakeCleanerLibrary) -> None:
    """There it would be used once more."""
    library = make(cleaners=0).with_cleaner()
    library.fault("move-fails in-transport after 1")
    assert error_of(library.clean)
    with library.open() as opened:
        recover(opened, RecoveryOptions(direction="back", at_rest=True))
    assert library.places[SLOT] == CLEANER
    cartridge = library.truth.cartridge_at(SLOT)
    assert cartridge is not None
    assert (library.cleans_left, cartridge.cleans_used) == (49, 1)
