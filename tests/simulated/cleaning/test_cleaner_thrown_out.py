"""A drive that throws the cleaner out is noticed as soon as it reports that, and not before."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from changer.cleaning.clean_drive import clean
from changer.library.addressing import parse_place
from changer.transport import Transport

from .cleaner_library import CLEANER, SLOT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary
from .shown_drive import (
    IN_TRANSITION,
    LOADING,
    PRESENT,
    REACHABLE,
    TEST_UNIT_READY,
    THREADED,
    UNLOADING,
    Shown,
    ShownDrive,
)

NOTICING = 60
AT_ONCE = 15
NO_11H, NO_0CH, NO_TAPE_ALERT = (0x0C, 0x2E), (0x2E,), (0x0C,)
BACK = PRESENT | REACHABLE
FOR_LONG = 600.0


def cleaning(make: MakeCleanerLibrary, **fields: Any) -> CleanerLibrary:
    defaults: dict[str, Any] = {"cleaning_seconds": 120, "drive_load_seconds": 5, "cleaners": 0}
    return make(**(defaults | fields)).with_cleaner()


def clean_shown(library: CleanerLibrary, *script: Shown) -> list[bytes]:
    """Clean drive 0, which answers by the script; the commands that it got."""
    drives: list[ShownDrive] = []

    def wire(inner: Transport) -> Transport:
        drives.append(ShownDrive(inner, library, script))
        return drives[-1]

    try:
        with library.open(drive_wire=wire) as opened:
            clean(opened, parse_place("drive:0"))
    finally:
        cdbs = [cdb for each in drives for cdb in each.cdbs]
    return cdbs


def seconds_of(library: CleanerLibrary, function: Callable[[], object]) -> float:
    began = library.clock.time
    function()
    return library.clock.time - began


# TapeAlert


@pytest.mark.parametrize("pages", [(0x0C, 0x11, 0x2E), NO_11H, NO_0CH], ids=str)
def test_cleaner_that_a_drive_rejects_comes_back_at_once(
    make: MakeCleanerLibrary, pages: tuple[int, ...]
) -> None:
    library = cleaning(make, drive_log_pages=pages)
    library.fault("cleaning-fails drive:0 invalid")
    took = seconds_of(library, lambda: refusal(library.clean))
    assert took < AT_ONCE
    assert library.tag_at(SLOT) == CLEANER
    assert library.condition(0)["flags"] == "23"  # type: ignore[index]


def test_drive_that_reports_nothing_has_its_time_to_notice_the_cleaner(
    make: MakeCleanerLibrary,
) -> None:
    library = cleaning(make, drive_log_pages=NO_TAPE_ALERT)
    library.fault("cleaning-fails drive:0 invalid")
    assert seconds_of(library, lambda: refusal(library.clean)) >= NOTICING
    assert library.tag_at(SLOT) == CLEANER


def test_flag_of_an_earlier_cleaner_is_not_taken_for_one_of_this(make: MakeCleanerLibrary) -> None:
    library = cleaning(make)
    library.fault("tape-alert 23 drive:0")
    clean_shown(library, Shown(30))
    assert library.truth.drives[0].cleaned == 1


def test_request_that_a_poll_read_is_one_that_is_left_after_the_cleaning(
    make: MakeCleanerLibrary,
) -> None:
    """Reading the flag cleared it in the drive, which therefore reports nothing at the end."""
    library = cleaning(make, drive_log_pages=NO_0CH)
    library.fault("wants-cleaning drive:0 required")
    library.later_fault(10, "wants-cleaning drive:0 required")
    error = refusal(lambda: clean_shown(library, Shown(FOR_LONG)))
    assert error.code == "unable-to-clean"
    assert "still asks" in error.message
    assert library.condition(0)["cleaning_request"] == "required"  # type: ignore[index]


def test_request_from_before_the_cleaning_is_not_one_that_is_left(make: MakeCleanerLibrary) -> None:
    library = cleaning(make, drive_log_pages=NO_0CH)
    library.fault("wants-cleaning drive:0 required")
    library.later_fault(10, "wants-cleaning drive:0 required")
    clean_shown(library, Shown(30))
    assert library.truth.drives[0].cleaned == 1


def test_flags_that_were_read_are_kept_when_the_watch_is_interrupted(
    make: MakeCleanerLibrary,
) -> None:
    library = cleaning(make)
    library.later_fault(10, "tape-alert 3 drive:0")
    library.interrupt_later(30)
    with pytest.raises(KeyboardInterrupt):
        clean_shown(library, Shown(FOR_LONG))
    assert library.condition(0)["flags"] == "3"  # type: ignore[index]


# Log page 11h


@pytest.mark.parametrize(
    "taken",
    [
        Shown(5, PRESENT, LOADING),
        Shown(5, PRESENT, UNLOADING),
        Shown(5, PRESENT | THREADED, 0),
        Shown(5, PRESENT | REACHABLE | THREADED, 0),
    ],
)
def test_cleaner_that_a_drive_took_and_gave_back_comes_back_at_once(
    make: MakeCleanerLibrary, taken: Shown
) -> None:
    library = cleaning(make, cleaning_seconds=0, drive_load_seconds=0, ejects_cleaner=True)
    error = refusal(lambda: clean_shown(library, taken, Shown(FOR_LONG, BACK)))
    assert "without a sign of cleaning" in error.message
    assert library.clock.time - 1_700_000_000 < AT_ONCE
    assert library.tag_at(SLOT) == CLEANER


@pytest.mark.parametrize("medium", [None, BACK, PRESENT, REACHABLE, 0, BACK | IN_TRANSITION])
def test_drive_that_has_not_noticed_the_cleaner_yet_cleans(
    make: MakeCleanerLibrary, medium: int | None
) -> None:
    library = cleaning(make)
    clean_shown(library, Shown(40, medium))
    assert library.truth.drives[0].cleaned == 1
    assert library.tag_at(SLOT) == CLEANER


@pytest.mark.parametrize(
    "medium", [None, PRESENT, REACHABLE, 0, BACK | IN_TRANSITION, BACK | THREADED]
)
def test_drive_that_does_not_show_the_cleaner_as_given_back_may_still_hold_it(
    make: MakeCleanerLibrary, medium: int | None
) -> None:
    library = cleaning(make)
    clean_shown(library, Shown(5, PRESENT, LOADING), Shown(40, medium))
    assert library.truth.drives[0].cleaned == 1


def test_poll_of_a_drive_that_holds_nothing_is_three_commands(make: MakeCleanerLibrary) -> None:
    library = cleaning(make)
    cdbs = clean_shown(library, Shown(40))
    asks = [number for number, cdb in enumerate(cdbs) if cdb[0] == TEST_UNIT_READY]
    commands = [later - earlier for earlier, later in itertools.pairwise(asks)]
    assert max(commands) == 3
