"""What becomes of a cleaner that a drive finds to be used up, by the setting ``spent``."""

from __future__ import annotations

import pytest
from driver.virtual_library import MOVE_MEDIUM

from changer.library.library_settings import LibrarySettings, SpentCleaners

from .cleaner_library import ADDRESS, CLEANER, SLOT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

EJECT = SpentCleaners("eject")
MOVE = SpentCleaners("move", range(9, 11))


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    """Its cleaner is used up, and only the drive knows."""
    library = make(cleaners=0, cleans_allowed=0, cleaning_seconds=60)
    return library.with_cleaner(cleans=20)


def clean(library: CleanerLibrary, spent: SpentCleaners) -> list[str]:
    """Clean a drive, which fails; what it warns of."""
    library.settings = LibrarySettings(spent=spent)
    assert refusal(library.clean).code == "cleaner-spent"
    return library.warnings


def on_record(library: CleanerLibrary) -> tuple[str | None, int | None, str, int | None]:
    with library.store() as store:
        (cleaner,) = store.cleaners(library.id)
        assert cleaner.why is not None and "drive 0" in cleaner.why
        return cleaner.volume_tag, cleaner.slot_address, cleaner.condition, cleaner.cleans_left


def test_it_stays_in_its_slot(library: CleanerLibrary) -> None:
    clean(library, SpentCleaners())
    assert library.tag_at(SLOT) == CLEANER
    assert on_record(library) == (CLEANER, ADDRESS, "spent", 0)


def test_it_is_brought_to_a_mail_slot_and_is_out_once_it_was_taken(library: CleanerLibrary) -> None:
    clean(library, EJECT)
    assert (library.tag_at(SLOT), library.tag_at("mail:1")) == (None, CLEANER)
    assert on_record(library) == (CLEANER, ADDRESS, "spent", 0)
    library.operate("take mail:1", noticed=False)
    library.eject(may_be_gone=True)
    assert on_record(library) == (CLEANER, None, "spent", 0)


def test_it_is_moved_to_a_free_slot_of_the_range(library: CleanerLibrary) -> None:
    library.operate("insert A00077L8 9", noticed=False)
    assert f"{CLEANER} is used up, and is in slot 10 now: replace it" in clean(library, MOVE)
    assert (library.tag_at(SLOT), library.tag_at("10")) == (None, CLEANER)
    assert on_record(library) == (CLEANER, None, "spent", 0)
    assert library.reserved == ADDRESS, "for the next one"


def test_one_that_the_robot_does_not_bring_to_the_drive_is_put_away_as_well(
    library: CleanerLibrary,
) -> None:
    library.fault("sense 03/30/13 on move")
    clean(library, EJECT)
    assert (library.tag_at(SLOT), library.tag_at("mail:1")) == (None, CLEANER)
    assert library.cleans_left == 0


def test_it_stays_where_nothing_is_free_or_media_may_not_leave(library: CleanerLibrary) -> None:
    for place in ("9", "10"):
        library.operate(f"insert A0007{place[-1]}L8 {place}", noticed=False)
    assert any("no slot of move:9-10 is free" in each for each in clean(library, MOVE))
    assert library.tag_at(SLOT) == CLEANER


def test_it_stays_where_the_robot_does_not_take_it_away(library: CleanerLibrary) -> None:
    library.fault("sense 04/15/01 on move after 2")
    warnings = clean(library, EJECT)
    assert any(f"{CLEANER} is used up, and was not put away: " in each for each in warnings)
    assert library.tag_at(SLOT) == CLEANER
    assert on_record(library) == (CLEANER, ADDRESS, "spent", 0)


def test_it_is_not_brought_out_while_removal_is_prevented(library: CleanerLibrary) -> None:
    with library.open() as opened:
        opened.prevent_removal(prevent=True)
    assert any("removing media is prevented" in each for each in clean(library, EJECT))
    assert library.tag_at(SLOT) == CLEANER


def test_it_is_spent_still_when_it_comes_back_until_a_person_counts_it_anew(
    library: CleanerLibrary,
) -> None:
    clean(library, EJECT)
    library.operate("take mail:1", noticed=False)
    library.eject(may_be_gone=True)
    library.operate(f"insert {CLEANER} 9", noticed=False)
    assert library.insert("9").cleans_left == 0
    assert on_record(library) == (CLEANER, ADDRESS, "spent", 0)
    assert refusal(library.clean).code == "cleaner-spent"
    library.insert(SLOT, cleans_left=30)
    with library.store() as store:
        (cleaner,) = store.cleaners(library.id)
    assert (cleaner.condition, cleaner.why, cleaner.cleans_left) == ("usable", None, 30)


def test_it_stays_where_the_journal_does_not_say_whether_it_came_to_the_drive(
    library: CleanerLibrary,
) -> None:
    library.settings = LibrarySettings(spent=EJECT)
    # A record of the operation that can't be read.
    columns = "library_id, kind, source_address, destination_address, started_at, process_id, user"
    library.execute(
        "CREATE TRIGGER damage AFTER UPDATE OF outcome ON moves BEGIN"
        f" INSERT INTO moves ({columns}, operation_id, outcome, finished_at, message)"
        f" SELECT {columns}, operation_id, outcome, finished_at, CAST(x'FF' AS TEXT)"
        " FROM moves WHERE id = new.id; END"
    )
    library.fault("sense 03/30/13 on move")
    error = refusal(library.clean)
    assert error.code == "move-failed"
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 0)
    assert library.commands[MOVE_MEDIUM] == 1
