"""Whether a drive may be cleaned without a person, by what the store keeps of it."""

from __future__ import annotations

import os
import signal

import pytest
from children import ended
from driver.virtual_library import MOVE_MEDIUM, Wire

from changer.cleaning.by_itself import may_clean_by_itself, require_may_clean
from changer.cleaning.clean_drive import clean
from changer.cleaning.clean_requested import clean_requested
from changer.cleaning.recover import recover
from changer.drives.cleaning_requests import cleaning_requests
from changer.errors import UnableToClean
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings

from .cleaner_library import CleanerLibrary, refusal

HOUR = 3600


def may(library: CleanerLibrary, drive: int = 0) -> bool:
    with library.open() as opened:
        return may_clean_by_itself(opened, cleaning_requests(opened)[drive])


@pytest.fixture
def library(demo: CleanerLibrary) -> CleanerLibrary:
    return demo.with_cleaner()


def test_drive_that_was_never_cleaned_may_be(library: CleanerLibrary) -> None:
    assert may(library)
    assert library.warnings == library.told("drive-service") == []


def test_drive_that_was_just_cleaned_wants_service_and_the_others_do_not(
    library: CleanerLibrary,
) -> None:
    library.clean("drive:0")
    library.clock.sleep(HOUR)
    assert not may(library, 0)
    assert may(library, 1)
    (said,) = library.told("drive-service")
    assert said in library.warnings
    assert said.startswith(f"drive 0 of {library.id} needs service: ")
    assert said.endswith("changer clean 0")
    library.clock.sleep(12 * HOUR)
    assert may(library, 0)


def test_cleaning_that_did_not_help_counts_for_an_hour(library: CleanerLibrary) -> None:
    library.fault("cleaning-fails drive:0 error")
    refusal(library.clean)
    assert not may(library)
    library.clock.sleep(HOUR)
    assert may(library)


def cut_off(library: CleanerLibrary) -> None:
    """Ctrl-C while the drive cleans; then everything is in its place again."""
    library.interrupt_later(3)
    with pytest.raises(KeyboardInterrupt):
        library.clean()
    assert library.last.state == "cancelled"
    library.clock.sleep(600)
    with library.open() as opened:
        recover(opened)


def test_cleaning_that_was_cut_off_does_not_count_as_one_that_did_not_help(
    library: CleanerLibrary,
) -> None:
    cut_off(library)
    assert library.cleans_left == 49
    assert may(library)
    assert library.told("drive-service") == []


def test_cleaning_that_was_cut_off_hides_none_that_did_not_help(library: CleanerLibrary) -> None:
    library.fault("cleaning-fails drive:0 error")
    refusal(library.clean)
    cut_off(library)
    assert not may(library)
    assert "did not help" in library.told("drive-service")[0]


def test_cleaning_whose_process_died_does_not_count_as_one_that_did_not_help(
    library: CleanerLibrary,
) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def run() -> None:
        library.clock.plan(3, die)
        library.clean()

    assert ended(run) == -signal.SIGKILL
    library.clock.sleep(600)
    with library.open() as opened:
        recover(opened)
    assert library.cleans_left == 49
    assert library.last.state == "failed"
    assert may(library)


def test_drive_that_said_so_before_the_interrupt_was_not_helped(library: CleanerLibrary) -> None:
    """Ctrl-C comes while the robot brings the cleaner back."""
    library.fault("wants-cleaning drive:0")
    library.fault("cleaning-fails drive:0 in-vain")
    motions = 0

    def interrupt(_: int, cdb: bytes) -> None:
        nonlocal motions
        motions += cdb[0] == MOVE_MEDIUM
        if cdb[0] == MOVE_MEDIUM and motions == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with (
        library.open(wire=lambda inner: Wire(inner, before=interrupt)) as opened,
        pytest.raises((KeyboardInterrupt, UnableToClean)),
    ):
        clean(opened, parse_place("drive:0"))
    assert not may(library)
    assert "did not help" in library.told("drive-service")[0]


def test_cleaning_that_was_refused_counts_nothing(library: CleanerLibrary) -> None:
    library.move_behind_our_back("1", "drive:0")
    assert refusal(library.clean).code == "drive-loaded"
    assert may(library)


def test_four_cleanings_in_a_week_are_enough(library: CleanerLibrary) -> None:
    for _ in range(4):
        assert may(library)
        library.clean()
        library.clock.sleep(13 * HOUR)
    assert not may(library)
    assert "4 times in 7 days" in library.told("drive-service")[-1]
    library.clock.sleep(7 * 24 * HOUR - 3 * 13 * HOUR)
    assert may(library)


def test_drive_that_was_cleaned_by_hand_or_in_another_bay_counts(library: CleanerLibrary) -> None:
    with library.store() as store:
        store.drive_cleaned(library.truth.drives[0].serial, library_id=None)
    assert not may(library)
    library.clock.sleep(12 * HOUR)
    assert may(library)


def test_limits_are_those_of_the_settings(library: CleanerLibrary) -> None:
    library.clean()
    library.settings = LibrarySettings(cleaning_pause_seconds=0)
    assert may(library)
    library.settings = LibrarySettings(cleaning_pause_seconds=0, cleanings_per_week=1)
    assert not may(library)


def test_clock_that_was_set_back_holds_the_drive_back(library: CleanerLibrary) -> None:
    library.clean()
    library.clock.time -= 30 * 24 * HOUR
    library.clock.sleep(20 * HOUR)
    assert not may(library)
    assert "the clock was set back" in library.told("drive-service")[0]


def test_reason_names_the_time_from_which_on_it_may_be(library: CleanerLibrary) -> None:
    library.clean()
    with library.open() as opened:
        (drive, _) = cleaning_requests(opened)[:2]
        now = library.clock.now()
        reason = require_may_clean(opened, drive.address, drive.name, now)
        assert reason is not None and "before" in reason
        later = require_may_clean(opened, drive.address, drive.name, now + 12 * HOUR)
        assert later is None


def test_drive_that_wants_service_is_left_out_when_those_that_ask_are_cleaned(
    library: CleanerLibrary,
) -> None:
    library.clean("drive:0")
    for drive in (0, 1):
        library.fault(f"wants-cleaning drive:{drive} required")
    with library.open() as opened:
        done = clean_requested(opened)
    assert [each.request.number for each in done] == [1]
    assert library.truth.drives[0].cleaned == library.truth.drives[1].cleaned == 1
    (said,) = library.told("drive-service")
    assert f"drive 0 of {library.id} needs service" in said
    library.clean("drive:0")
    assert library.truth.drives[0].cleaned == 2
