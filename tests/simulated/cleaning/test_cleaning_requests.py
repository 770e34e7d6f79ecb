"""Which drives want to be cleaned, what is kept of that, and cleaning those that need it."""

from __future__ import annotations

from typing import Any

import pytest

from changer.cleaning.clean_requested import RequestedCleaning, clean_requested
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
from changer.library.drive_conditions import request_of_flags
from changer.library.settings import LibrarySettings

from .cleaner_library import CLEANER, SLOT, CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

ALL, NO_11H, ALERTS_ONLY = (0x0C, 0x11, 0x2E), (0x0C, 0x2E), (0x2E,)
MOVE_MEDIUM = 0xA5


def requests(library: CleanerLibrary) -> tuple[DriveCleaningRequest, ...]:
    with library.open() as opened:
        return cleaning_requests(opened)


def needed(library: CleanerLibrary, **fields: Any) -> tuple[RequestedCleaning, ...]:
    with library.open() as opened:
        return clean_requested(opened, **fields)


def told(done: tuple[RequestedCleaning, ...]) -> list[tuple[int, str]]:
    """Drive numbers, in order, and what came of each."""
    return [(each.request.number, each.error.code if each.error else "cleaned") for each in done]


# Wishes


@pytest.mark.parametrize("pages", [ALL, NO_11H, ALERTS_ONLY], ids=str)
@pytest.mark.parametrize("level", ["no", "requested", "required"])
def test_request_is_told_by_whatever_page_there_is(
    make: MakeCleanerLibrary, pages: tuple[int, ...], level: str
) -> None:
    library = make(drive_log_pages=pages)
    library.fault(f"wants-cleaning drive:1 {level}")
    first, second = requests(library)
    assert (first.request, first.asked) == (None, True)
    expected = None if level == "no" else level
    if pages == NO_11H and level == "requested":
        expected = "required"  # 0Ch has one word for both
    assert (second.request, second.asked) == (expected, True)
    assert second.serial == library.truth.drives[1].serial


@pytest.mark.parametrize("pages", [ALL, NO_11H], ids=str)
def test_flags_are_not_read_where_another_page_tells(
    make: MakeCleanerLibrary, pages: tuple[int, ...]
) -> None:
    library = make(drive_log_pages=pages)
    library.fault("wants-cleaning drive:0 required")
    requests(library)
    assert library.flags_of_drive(0) == {20}


def test_flags_that_had_to_be_read_are_kept(make: MakeCleanerLibrary) -> None:
    library = make(drive_log_pages=ALERTS_ONLY)
    library.fault("wants-cleaning drive:0 required")
    library.fault("tape-alert 5 drive:0")
    assert requests(library)[0].tape_alerts == {5, 20}
    assert library.flags_of_drive(0) == frozenset()
    again = requests(library)[0]
    assert again.request == "required"
    assert again.tape_alerts == {5, 20}


def test_flags_of_several_readings_are_all_kept(make: MakeCleanerLibrary) -> None:
    library = make(drive_log_pages=ALERTS_ONLY)
    for flag in (21, 3, 60):
        library.fault(f"tape-alert {flag} drive:0")
        requests(library)
    kept = requests(library)[0]
    assert kept.request == "requested"
    assert kept.tape_alerts == {3, 21, 60}


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({11}, None),  # a cleaning cartridge is in it: no request
        ({22, 23}, None),
        ({20}, "required"),
        ({21}, "requested"),
        ({20, 21}, "required"),
        (set(), None),
    ],
)
def test_flags_ask_for_cleaning(flags: set[int], wanted: str | None) -> None:
    assert request_of_flags(frozenset(flags)) == wanted


def test_kept_flags_go_when_a_cleaning_succeeds(make: MakeCleanerLibrary) -> None:
    library = make(drive_log_pages=ALERTS_ONLY, cleaners=0).with_cleaner()
    library.fault("wants-cleaning drive:0 required")
    requests(library)
    library.clean()
    after = requests(library)[0]
    assert (after.request, after.tape_alerts, after.cleanings) == (None, frozenset(), 1)
    assert after.cleaned_at is not None


def test_drive_that_does_not_tell_can_t_be_asked(make: MakeCleanerLibrary) -> None:
    library = make(drive_log_pages=())
    for each in requests(library):
        why_not = "the drive does not report it"
        assert (each.request, each.asked, each.why_not) == (None, False, why_not)


def test_drive_without_a_device_can_t_be_asked_and_its_request_is_kept(
    make: MakeCleanerLibrary,
) -> None:
    library = make()
    library.fault("wants-cleaning drive:0 required")
    requests(library)
    library.fault("unplugged drive:0")
    first, second = requests(library)
    assert (first.request, first.asked) == ("required", False)
    assert first.why_not
    assert second.asked


def test_drive_whose_serial_the_library_does_not_tell_is_kept_by_its_address(
    make: MakeCleanerLibrary,
) -> None:
    library = make("p3000")
    library.fault("wants-cleaning drive:2 required")
    third = requests(library)[2]
    assert (third.request, third.serial, third.name) == ("required", None, f"{library.id}@502")


@pytest.mark.parametrize(
    "what", ["hang", "no-reply", "busy", "sense 05/20/00", "unit-attention 29/00"]
)
def test_drive_that_answers_badly_spoils_nothing(make: MakeCleanerLibrary, what: str) -> None:
    library = make()
    library.fault(f"{what} always drive:0")
    first, second = requests(library)
    assert (first.request, first.asked) == (None, False)
    assert second.asked


def test_requests_are_read_while_another_process_works_the_library(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0, cleaning_seconds=60).with_cleaner()
    seen: list[str | None] = []
    library.fault("wants-cleaning drive:0 required")
    library.clock.plan(20, lambda: seen.append(requests(library)[0].request))
    library.clean()
    assert seen == ["required"]


# Cleaning those that need it


@pytest.fixture
def four(make: MakeCleanerLibrary) -> CleanerLibrary:
    """Four drives and a cleaner."""
    return make(cleaners=0, drives=4).with_cleaner()


def test_nothing_is_done_where_no_drive_asks(four: CleanerLibrary) -> None:
    assert needed(four) == ()
    assert four.commands[MOVE_MEDIUM] == 0
    assert four.rows("operations")[-1]["kind"] == "insert"


def test_nothing_is_refused_where_no_drive_asks(make: MakeCleanerLibrary) -> None:
    assert needed(make()) == ()


def test_drives_of_a_library_that_cleans_them_itself_are_named_and_left_alone(
    four: CleanerLibrary,
) -> None:
    four.settings = LibrarySettings(auto_clean="library")
    for number in (1, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    assert needed(four) == ()
    assert four.commands[MOVE_MEDIUM] == 0
    (warning,) = four.warnings
    assert "cleans its drives itself, by its settings (auto_clean)" in warning
    assert warning.endswith("cleaning is requested by: drive 1, drive 3")


def test_drives_are_cleaned_that_need_it_most_first(four: CleanerLibrary) -> None:
    for number, level in ((0, "requested"), (2, "required"), (3, "required")):
        four.fault(f"wants-cleaning drive:{number} {level}")
    assert told(needed(four)) == [(2, "cleaned"), (3, "cleaned"), (0, "cleaned")]
    assert [each.cleaned for each in four.truth.drives] == [1, 0, 1, 1]
    assert four.cleans_left == 47
    assert needed(four) == ()


@pytest.mark.parametrize(
    ("what", "code", "then"),
    [
        ("cleaning-fails drive:2 error", "unable-to-clean", "cleaned"),
        # Nor does what a drive rejected go into the next one.
        ("cleaning-fails drive:2 invalid", "invalid-cleaner", "invalid-cleaner"),
    ],
)
def test_drive_that_fails_keeps_no_other_from_its_turn(
    four: CleanerLibrary, what: str, code: str, then: str
) -> None:
    for number in (2, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    four.fault(what)
    assert told(needed(four)) == [(2, code), (3, then)]
    assert [each.cleaned for each in four.truth.drives][3] == int(then == "cleaned")
    assert four.tag_at(SLOT) == CLEANER


def test_drive_that_is_loaded_keeps_no_other_from_its_turn(four: CleanerLibrary) -> None:
    four.move_behind_our_back("1", "drive:2")
    for number in (2, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    assert told(needed(four)) == [(2, "drive-loaded"), (3, "cleaned")]
    assert told(needed(four, may_unload=True)) == [(2, "cleaned")]
    assert four.tag_at("1") == "A00001L8"


def test_drive_whose_device_is_missing_keeps_no_other_from_its_turn(four: CleanerLibrary) -> None:
    for number in (2, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    requests(four)
    four.fault("unplugged drive:2")
    assert told(needed(four)) == [(2, "device-not-available"), (3, "cleaned")]


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("83/03 access=0", "element-unknown"),
        ("3B/1A", "element-not-present"),
        ("access=0", "element-not-present"),
        ("ed=1", "element-not-present"),
    ],
)
def test_drive_whose_bay_is_out_of_reach_keeps_no_other_from_its_turn(
    four: CleanerLibrary, shown: str, code: str
) -> None:
    four.fault("wants-cleaning drive:2 required")
    four.fault("wants-cleaning drive:3 requested")
    four.fault(f"element drive:2 {shown}")
    assert told(needed(four)) == [(2, code), (3, "cleaned")]
    assert four.tag_at(SLOT) == CLEANER


@pytest.mark.parametrize("sense", ["05/3B/0D", "04/53/00", "05/80/00", "05/53/02"])
def test_move_to_one_drive_that_is_refused_keeps_no_other_from_its_turn(
    four: CleanerLibrary, sense: str
) -> None:
    for number in (2, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    four.fault(f"sense {sense} on A5")
    first, second = told(needed(four))
    assert first[0] == 2 and first[1] != "cleaned"
    assert second == (3, "cleaned")


# Wishes that the library shows


@pytest.mark.parametrize("level", ["no", "required"])
def test_drive_that_the_library_flags_requests_cleaning(
    make: MakeCleanerLibrary, level: str
) -> None:
    library = make()
    library.fault(f"wants-cleaning drive:0 {level}")
    library.fault("element drive:0 00/17")
    first, second = requests(library)
    assert first.request == ("requested" if level == "no" else "required")
    assert (second.request, second.asked) == (None, True)


@pytest.mark.parametrize("why", ["unplugged drive:0", "no pages"])
def test_drive_that_the_library_flags_requests_cleaning_though_it_can_t_be_asked(
    make: MakeCleanerLibrary, why: str
) -> None:
    library = make(drive_log_pages=() if why == "no pages" else ALL)
    library.fault(why if "drive" in why else "clear")
    library.fault("element drive:0 00/17")
    first = requests(library)[0]
    assert (first.request, first.asked) == ("requested", False)
    kept = library.condition(0)
    assert kept is not None and kept["cleaning_request"] == "requested"


@pytest.mark.parametrize("code", ["00/17", "80/01"])
def test_drive_that_the_library_flags_is_cleaned(make: MakeCleanerLibrary, code: str) -> None:
    library = make("p3000", drive_log_pages=(), cleaners=0, cleaning_seconds=60)
    library.with_cleaner(tag="CLN001S1", slot="30")
    library.fault(f"element drive:1 {code}")
    assert told(needed(library)) == [(1, "cleaned")]
    assert library.truth.drives[1].cleaned == 1


def test_requests_of_all_drives_are_read_with_three_commands_to_the_library(
    four: CleanerLibrary,
) -> None:
    with four.counting() as counted:
        requests(four)
    assert counted.total() == 3, "mode page, drives, and who they are"


def test_cleaner_that_is_used_up_ends_it(four: CleanerLibrary) -> None:
    four.know_cleaner(CLEANER, 1)
    for number in (1, 2, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    assert told(needed(four)) == [(1, "cleaned"), (2, "cleaner-spent")]
    assert four.cleans_left == 0
    assert told(needed(four)) == [(2, "cleaner-spent")]


def test_cleaner_that_stays_in_a_drive_ends_it(four: CleanerLibrary) -> None:
    four.settings = LibrarySettings(cleaning_timeout_seconds=60)
    for number in (1, 2, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    four.fault("cleaning-fails drive:1 endless")
    assert told(needed(four)) == [(1, "unable-to-clean"), (2, "cartridge-out")]


def test_what_the_next_drive_would_meet_too_ends_it_and_tells_of_those_before(
    four: CleanerLibrary,
) -> None:
    for number in (1, 2, 3):
        four.fault(f"wants-cleaning drive:{number} required")
    four.later_fault(8, "offline")
    done = told(needed(four))
    assert done[0][0] == 1
    assert len(done) == 2
    assert done[-1][1] in ("library-offline", "outcome-unknown")


def test_what_holds_for_every_drive_is_raised(make: MakeCleanerLibrary) -> None:
    library = make()
    library.fault("wants-cleaning drive:0 required")
    assert refusal(lambda: needed(library)).code == "no-slot-set"
    library.settings = LibrarySettings(enabled=False)
    assert refusal(lambda: needed(library)).code == "library-disabled"


def test_drive_that_asks_again_is_cleaned_again(four: CleanerLibrary) -> None:
    for _ in range(2):
        four.fault("wants-cleaning drive:0 required")
        assert told(needed(four)) == [(0, "cleaned")]
        four.clock.sleep(12 * 3600.0)  # sooner, it is left to a person
    assert four.condition(0)["cleanings"] == 2  # type: ignore[index]
