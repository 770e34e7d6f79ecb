"""How long recovery waits for a drive that holds no cleaner any more, by what the journal knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from changer.cleaning.recover import recover
from changer.library.addressing import parse_place
from changer.moves.execute import move
from changer.transport import Transport

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary
from .shown_drive import Shown, ShownDrive

NOTICING = 60
AT_ONCE = 15
NO_TAPE_ALERT = (0x0C,)


def cleaning(make: MakeCleanerLibrary, **fields: Any) -> CleanerLibrary:
    defaults: dict[str, Any] = {"cleaning_seconds": 120, "drive_load_seconds": 5, "cleaners": 0}
    return make(**(defaults | fields)).with_cleaner()


def seconds_of(library: CleanerLibrary, function: Callable[[], object]) -> float:
    began = library.clock.time
    function()
    return library.clock.time - began


def left_in_drive(library: CleanerLibrary) -> CleanerLibrary:
    """The cleaner was moved into the drive, and nothing was done with it."""
    with library.open() as opened:
        move(opened, parse_place(SLOT), parse_place("drive:0"), as_is=True)
    return library


def recovered(library: CleanerLibrary, script: Sequence[Shown] = ()) -> None:
    def wire(inner: Transport) -> Transport:
        return ShownDrive(inner, library, script)

    with library.open(drive_wire=wire) as opened:
        recover(opened)
    assert library.tag_at(SLOT) == CLEANER


def test_cleaner_that_was_ejected_long_ago_is_brought_home_at_once(
    make: MakeCleanerLibrary,
) -> None:
    library = left_in_drive(cleaning(make, ejects_cleaner=True, drive_log_pages=NO_TAPE_ALERT))
    library.clock.sleep(3600)
    assert seconds_of(library, lambda: recovered(library)) < AT_ONCE


def test_cleaner_that_just_came_has_its_time_to_be_noticed(make: MakeCleanerLibrary) -> None:
    library = left_in_drive(cleaning(make))
    library.clock.sleep(20)
    took = seconds_of(library, lambda: recovered(library, [Shown(30)]))
    assert took >= 100
    assert library.truth.drives[0].cleaned == 1


def test_time_in_the_drive_is_what_is_left_to_wait(make: MakeCleanerLibrary) -> None:
    library = left_in_drive(cleaning(make, cleaning_seconds=1, ejects_cleaner=True))
    library.clock.sleep(40)
    assert 15 <= seconds_of(library, lambda: recovered(library)) < 30


@pytest.mark.parametrize(
    "times", ["finished_at = finished_at + 7200", "started_at = finished_at + 100"]
)
def test_clock_that_was_set_back_shortens_no_wait(make: MakeCleanerLibrary, times: str) -> None:
    """After the move, which is yet to come by the clock of now; or while it was made."""
    library = left_in_drive(cleaning(make, ejects_cleaner=True))
    library.execute(f"UPDATE moves SET {times}")
    library.clock.sleep(3600)
    assert seconds_of(library, lambda: recovered(library)) >= NOTICING


def test_move_by_another_host_says_nothing_by_this_ones_clock(make: MakeCleanerLibrary) -> None:
    library = left_in_drive(cleaning(make, ejects_cleaner=True))
    library.execute("UPDATE moves SET host_id = 'another'")
    library.clock.sleep(3600)
    assert seconds_of(library, lambda: recovered(library)) >= NOTICING


def test_cleaner_that_the_journal_did_not_move_there_has_its_time_to_be_noticed(
    make: MakeCleanerLibrary,
) -> None:
    """It is not the drive's newest move: other software took it out and brought it back."""
    library = left_in_drive(cleaning(make, ejects_cleaner=True))
    library.clock.sleep(3600)
    library.move_behind_our_back("drive:0", "9")
    library.move_behind_our_back("9", "drive:0")
    library.forget_source(0)
    library.clock.sleep(3600)
    with library.open() as opened:
        move(opened, parse_place("drive:0"), parse_place("9"), as_is=True)
    library.move_behind_our_back("9", SLOT)
    library.move_behind_our_back(SLOT, "drive:0")
    library.clock.sleep(3600)
    assert seconds_of(library, lambda: recovered(library)) >= NOTICING


def test_old_flag_is_not_taken_for_one_of_the_cleaner_that_was_just_moved_in(
    make: MakeCleanerLibrary,
) -> None:
    """Nobody read the drive's flags before that move."""
    library = cleaning(make)
    library.fault("tape-alert 23 drive:0")
    left_in_drive(library)
    recovered(library, [Shown(30)])
    assert library.truth.drives[0].cleaned == 1


def test_flag_that_was_raised_since_is_believed(make: MakeCleanerLibrary) -> None:
    fields = {"cleaning_seconds": 0, "drive_load_seconds": 0, "ejects_cleaner": True}
    library = left_in_drive(cleaning(make, **fields))
    library.later_fault(10, "tape-alert 23 drive:0")
    assert seconds_of(library, lambda: recovered(library)) < 20
