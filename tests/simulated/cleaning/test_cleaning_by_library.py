"""A library that cleans its drives itself is left alone, as far as its element status shows it."""

from __future__ import annotations

import pytest

from changer.library.addressing import parse_place
from changer.moves.execute import move

from .cleaner_library import NAMED_AS_DLT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

MOVE_MEDIUM = 0xA5


def with_cleaner(make: MakeCleanerLibrary, profile: str, slot: str) -> CleanerLibrary:
    library = make(profile, cleaners=0, cleaning_seconds=60).with_cleaner(slot=slot)
    library.settings = NAMED_AS_DLT if profile == "p3000" else None
    return library


@pytest.mark.parametrize(
    ("profile", "slot", "fault", "said"),
    [
        ("ts3500", "40", "auto-clean", "hosts are not allowed to move"),
        ("p3000", "30", "auto-clean drive:1", "has taken the cleaner of slot 30 out"),
    ],
)
def test_its_cleaner_is_not_moved_from_here(
    make: MakeCleanerLibrary, profile: str, slot: str, fault: str, said: str
) -> None:
    library = with_cleaner(make, profile, slot)
    library.fault(fault)
    error = refusal(library.clean)
    assert (error.code, error.exit_status) == ("cleaned-by-library", 46)
    assert said in error.message
    assert library.commands[MOVE_MEDIUM] == 0
    library.fault("clear auto-clean")
    library.clean()
    assert library.truth.drives[0].cleaned == 1


def test_cleaner_that_was_taken_out_from_here_is_not_taken_for_one_at_work(
    make: MakeCleanerLibrary,
) -> None:
    """ATL shows both alike: who moved it, the journal knows."""
    library = with_cleaner(make, "p3000", "30")
    with library.open() as opened:
        move(opened, parse_place("30"), parse_place("drive:1"), as_is=True)
    error = refusal(library.clean)
    assert error.code == "cartridge-out"
    assert "is in drive 1" in error.message


def test_cleaner_that_an_exchange_brought_home_was_not_taken_out_from_here(
    make: MakeCleanerLibrary,
) -> None:
    """What came in last by a move from here, the library took out."""
    library = with_cleaner(make, "p3000", "30")
    with library.open() as opened:
        move(opened, parse_place("30"), parse_place("drive:1"), as_is=True)
        library.clock.sleep(600)
        move(opened, parse_place("drive:1"), parse_place("30"))
    slot, drive, home = map(library.address_of, ("1", "drive:1", "30"))
    library.execute(
        "UPDATE moves SET kind = 'exchange', volume_tag = NULL, second_volume_tag = volume_tag,"
        f" source_address = {slot}, destination_address = {drive}, final_address = {drive},"
        f" second_destination_address = {home} WHERE id = (SELECT max(id) FROM moves)"
    )
    library.fault("auto-clean drive:0")
    assert refusal(lambda: library.clean("drive:2")).code == "cleaned-by-library"
