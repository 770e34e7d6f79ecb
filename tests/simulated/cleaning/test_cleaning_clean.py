"""A drive is cleaned: the cleaner goes in, is watched, counted, and comes back."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from driver.virtual_library import Wire

from changer.cleaning.clean_drive import clean
from changer.cleaning.read_stock import read_stock
from changer.errors import BeingCleaned, CommandTimedOut
from changer.journal.operations import Callbacks
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import load, move
from changer.transport import Transport

from .cleaner_library import CLEANER, NAMED_AS_DLT, SLOT, CleanerLibrary, LastOperation, refusal
from .conftest import MakeCleanerLibrary
from .shown_drive import LOG_SENSE

MOVE_MEDIUM, LOAD_UNLOAD = 0xA5, 0x1B
DONE = LastOperation("clean", "completed", "ERROR_SUCCESS")
START = 1_700_000_000
NO_11H, NO_0CH = (0x0C, 0x2E), (0x2E,)


def cleaning(make: MakeCleanerLibrary, profile: str = "demo", **fields: Any) -> CleanerLibrary:
    """Cleaning takes two minutes there; the cleaner is in its slot and has 50 cleans left."""
    defaults: dict[str, Any] = {"cleaning_seconds": 120, "drive_load_seconds": 5, "cleaners": 0}
    library = make(profile, **(defaults | fields))
    slot = {"demo": SLOT, "p3000": "30", "l700": "30", "ts3500": "40"}[profile]
    return library.with_cleaner(CLEANER, slot=slot)


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    return cleaning(make)


def assert_cleaned(library: CleanerLibrary, *, drive: int = 0, slot: str = SLOT) -> None:
    assert library.truth.drives[drive].cleaned == 1
    assert library.tag_at(slot) == CLEANER
    assert library.cleans_left == 49
    assert library.last == DONE
    kept = library.condition(drive)
    assert kept is None or (kept["cleanings"], kept["flags"], kept["cleaning_request"]) == (
        1,
        "",
        None,
    )


# It succeeds


def test_drive_is_cleaned_and_the_cleaner_is_back(library: CleanerLibrary) -> None:
    done = library.clean("drive:1")
    assert (done.drive, done.address, done.volume_tag, done.cleans_left) == (1, 501, CLEANER, 49)
    assert done.serial == library.truth.drives[1].serial
    assert library.commands[MOVE_MEDIUM] == 2
    assert 120 <= library.clock.time - START < 140
    assert_cleaned(library, drive=1)
    assert library.condition(1)["cleaned_at"] == pytest.approx(library.clock.time, abs=10)  # type: ignore[index]


@pytest.mark.parametrize("drive", ["@500", "@0x1f4", "drive:0"])
def test_drive_can_be_named_by_its_address(library: CleanerLibrary, drive: str) -> None:
    assert library.clean(drive).drive == 0


@pytest.mark.parametrize("profile", ["p3000", "l700", "ts3500"])
@pytest.mark.parametrize("pages", [None, NO_11H, NO_0CH, ()], ids=str)
def test_every_kind_of_library_cleans(
    make: MakeCleanerLibrary, profile: str, pages: tuple[int, ...] | None
) -> None:
    """p3000: the drive must let go first; l700: it keeps it; ts3500: a cleaner is an exception."""
    fields = {} if pages is None else {"drive_log_pages": pages}
    library = cleaning(make, profile, **fields)
    if profile == "p3000":
        library.settings = NAMED_AS_DLT
    library.clean()
    assert_cleaned(library, slot={"p3000": "30", "l700": "30", "ts3500": "40"}[profile])


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        *(({"ejects_cleaner": each, "unloads_drive": True}, None) for each in (True, False)),
        *(({"ejects_cleaner": each, "unloads_drive": False}, None) for each in (True, False)),
        ({"drive_load_seconds": 200, "cleaning_seconds": 200}, None),
        ({"drive_log_pages": ()}, "sense 02/04/01 15 on 00 drive:0"),
        # What gives no answer has not said that it is done.
        ({}, "busy 20 drive:0 after 3"),
        ({}, "task-set-full 20 drive:0 after 3"),
        ({}, "reservation-conflict 20 drive:0 after 3"),
        *(({}, f"unit-attention 29/00 drive:0 after {after}") for after in range(1, 14)),
        *(({}, f"unit-attention 28/00 after {after}") for after in range(1, 22)),
        ({}, "move-hangs at-destination"),
    ],
    ids=str,
)
def test_drive_is_cleaned_whatever_it_and_the_library_do_meanwhile(
    make: MakeCleanerLibrary, fields: dict[str, Any], fault: str | None
) -> None:
    library = cleaning(make, **fields)
    if fault:
        library.fault(fault)
    library.clean()
    assert_cleaned(library)
    assert library.clock.time - START >= 120
    assert library.commands[MOVE_MEDIUM] <= (3 if fault and "28/00" in fault else 2)


def test_nobody_can_take_the_cleaner_away_meanwhile(library: CleanerLibrary) -> None:
    refused: list[str] = []

    def take() -> None:
        with library.open() as other:
            error = refusal(lambda: move(other, parse_place("drive:0"), parse_place("9")))
            refused.append(error.code)

    library.clock.plan(60, take)
    library.clean()
    assert refused == ["being-cleaned"]
    assert_cleaned(library)


# A drive that is loaded


def test_loaded_drive_is_refused(library: CleanerLibrary) -> None:
    library.move_behind_our_back("1", "drive:0")
    before = library.everything_that_matters()
    error = refusal(library.clean)
    assert (error.code, error.ntms and error.ntms.code) == ("drive-loaded", 170)
    assert "A00001L8" in error.message
    assert library.everything_that_matters() == before
    assert library.last == LastOperation("clean", "failed", "ERROR_BUSY")


def test_cartridge_in_the_drive_is_put_back_first_when_that_was_asked_for(
    library: CleanerLibrary,
) -> None:
    library.move_behind_our_back("1", "drive:0")
    library.clean(may_unload=True)
    assert library.tag_at("1") == "A00001L8"
    assert_cleaned(library)


def test_cartridge_is_put_back_by_the_journal_where_the_library_names_no_source(
    library: CleanerLibrary,
) -> None:
    with library.open() as opened:
        load(opened, parse_place("1"), parse_place("drive:0"))
    library.forget_source(0)
    library.clean(may_unload=True)
    assert library.tag_at("1") == "A00001L8"
    assert_cleaned(library)


def test_cartridge_without_a_home_stays_and_so_does_the_cleaner(library: CleanerLibrary) -> None:
    library.operate("insert B00001L8 drive:0", noticed=False)
    before = library.everything_that_matters()
    assert refusal(lambda: library.clean(may_unload=True)).code == "no-free-element"
    assert library.everything_that_matters() == before


def test_data_cartridge_that_comes_back_counts_no_use(library: CleanerLibrary) -> None:
    library.move_behind_our_back("1", "drive:0")
    library.fault("move-fails at-source after 1")
    assert refusal(lambda: library.clean(may_unload=True)).code == "move-failed"
    assert (library.tag_at("1"), library.tag_at(SLOT)) == ("A00001L8", CLEANER)
    assert library.cleans_left == 50


@pytest.mark.parametrize("may_unload", [False, True])
@pytest.mark.parametrize("holds", ["B00001L8", "CLN009CU"])
def test_drive_that_holds_what_the_library_does_not_show_is_left_alone(
    library: CleanerLibrary, holds: str, may_unload: bool
) -> None:
    """The library shows the drive as empty, or means another one; the drive is ready, or cleans."""
    library.operate(f"insert {holds} drive:0", noticed=False)
    library.fault("element drive:0 full=0")
    library.clock.time += 10
    error = refusal(lambda: library.clean(may_unload=may_unload))
    assert error.code == "drive-loaded"
    assert "reports that it holds a cartridge" in error.message
    assert library.commands[MOVE_MEDIUM] == 0
    assert LOAD_UNLOAD not in library.truth.drive_commands[0]
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 50)


def test_drive_that_still_holds_one_after_its_cartridge_was_put_back_is_left_alone(
    library: CleanerLibrary,
) -> None:
    """As where the library means another drive."""
    library.move_behind_our_back("1", "drive:0")
    moved = library.commands[MOVE_MEDIUM]

    def lay_in(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM and library.tag_at("drive:0") is None:
            library.operate("insert B00001L8 drive:0", noticed=False)
            library.fault("element drive:0 full=0")
            library.clock.time += 10

    with library.open(wire=lambda inner: Wire(inner, after=lay_in)) as opened:
        error = refusal(lambda: clean(opened, parse_place("drive:0"), may_unload=True))
    assert error.code == "drive-loaded"
    assert "reports that it holds a cartridge" in error.message
    assert (library.commands[MOVE_MEDIUM] - moved, library.tag_at("1")) == (1, "A00001L8")
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 50)


def test_drive_that_draws_in_what_the_library_does_not_show_is_waited_for(
    make: MakeCleanerLibrary,
) -> None:
    """It may be a tape that is becoming ready."""
    library = cleaning(make, drive_load_seconds=30)
    library.operate("insert B00001L8 drive:0", noticed=False)
    library.fault("element drive:0 full=0")
    assert refusal(library.clean).code == "drive-loaded"
    assert library.commands[MOVE_MEDIUM] == 0


def test_check_of_the_drive_itself_comes_before_a_started_cleaning_is_accepted(
    library: CleanerLibrary,
) -> None:
    library.operate("insert B00001L8 drive:0", noticed=False)
    library.fault("element drive:0 full=0")
    library.clock.time += 10
    accepted: list[str] = []
    callbacks = Callbacks(accepted=lambda: accepted.append("accepted"))
    assert refusal(lambda: library.clean(callbacks=callbacks)).code == "drive-loaded"
    assert accepted == []


@pytest.mark.parametrize("is_loaded", [False, True])
def test_started_cleaning_is_accepted_once_before_anything_moves(
    library: CleanerLibrary, is_loaded: bool
) -> None:
    if is_loaded:
        with library.open() as opened:
            load(opened, parse_place("1"), parse_place("drive:0"))
    places: list[dict[str, str]] = []
    callbacks = Callbacks(accepted=lambda: places.append(library.places))
    before = library.places
    library.clean(may_unload=True, callbacks=callbacks)
    assert places == [before]


def test_a_cleaner_that_a_cleaning_has_claimed_is_said_to_clean(library: CleanerLibrary) -> None:
    with library.open() as opened:
        running = opened.store.begin_operation(opened.id, "clean")
        opened.store.claim(running.id, library.address_of("drive:0"), library.address_of(SLOT))
        stock = read_stock(opened, opened.read(), ())
    (found,) = stock.cleaners
    assert (found.label, found.state) == (CLEANER, "cleaning")
    assert isinstance(found.refusal, BeingCleaned)


# What refuses it


def test_cleaner_that_the_library_calls_used_up_is_spent(library: CleanerLibrary) -> None:
    library.fault(f"element {SLOT} 5A/01")
    assert refusal(library.clean).code == "cleaner-spent"
    assert library.commands[MOVE_MEDIUM] == 0


@pytest.mark.parametrize(
    ("drive", "code"),
    [
        *((each, "no-such-drive") for each in ("drive:9", "@1001", "@101", "@1", "@9999")),
        *((each, "usage") for each in ("1", "mail:1", "picker", "A00001L8")),
    ],
)
def test_what_is_no_drive_is_refused(library: CleanerLibrary, drive: str, code: str) -> None:
    before = library.everything_that_matters()
    assert refusal(lambda: library.clean(drive)).code == code
    assert library.everything_that_matters() == before
    assert code != "usage" or library.commands.total() == 0


@pytest.mark.parametrize("may_unload", [False, True])
def test_drive_without_a_device_is_refused_before_anything_moves(
    library: CleanerLibrary, may_unload: bool
) -> None:
    if may_unload:
        library.move_behind_our_back("1", "drive:0")
    library.fault("unplugged drive:0")
    before = library.everything_that_matters()
    assert refusal(lambda: library.clean(may_unload=may_unload)).code == "device-not-available"
    assert library.everything_that_matters() == before


def test_cleaner_that_the_library_knows_to_be_used_up_is_refused(make: MakeCleanerLibrary) -> None:
    library = make("p3000", cleaners=0)
    library.operate("insert CLN001CU 30 cleans=0", noticed=False)
    library.reserve("30")
    library.know_cleaner(CLEANER, 5)
    assert refusal(library.clean).code == "cleaner-spent"


def test_cleaner_of_another_family_is_refused(demo: CleanerLibrary) -> None:
    demo.with_cleaner("CLN001S")
    error = refusal(demo.clean)
    assert (error.code, error.ntms and error.ntms.code) == ("invalid-cleaner", 4310)
    assert "DLT" in error.message and "LTO" in error.message
    assert (demo.tag_at(SLOT), demo.cleans_left) == ("CLN001S", 50)


def test_cleaner_that_was_not_brought_in_is_refused(demo: CleanerLibrary) -> None:
    demo.with_cleaner()
    demo.operate(f"remove {SLOT}")
    demo.operate(f"insert CLN009CU {SLOT}", noticed=False)
    error = refusal(demo.clean)
    assert error.code == "invalid-cleaner"
    assert f"changer cleaner insert --from {SLOT}" in (error.hint or "")
    assert demo.cleans_left == 50


@pytest.mark.parametrize(
    ("fault", "code", "place"),
    [("at-source", "move-failed", SLOT), ("in-transport", "cartridge-misplaced", "picker")],
)
def test_load_that_fails_counts_no_use(
    library: CleanerLibrary, fault: str, code: str, place: str
) -> None:
    library.fault(f"move-fails {fault}")
    assert refusal(library.clean).code == code
    assert (library.tag_at(place), library.cleans_left) == (CLEANER, 50)


def test_return_that_fails_says_that_the_drive_is_clean(library: CleanerLibrary) -> None:
    library.fault("move-fails at-source after 1")
    error = refusal(library.clean)
    assert error.code == "move-failed"
    assert "drive 0 was cleaned, but its cleaner is not back in its slot" in error.message
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)
    assert library.condition(0)["cleanings"] == 1  # type: ignore[index]
    assert library.last.state == "failed"


# It fails


@pytest.mark.parametrize("ejects", [True, False])
@pytest.mark.parametrize("pages", [(0x0C, 0x11, 0x2E), NO_11H, NO_0CH, ()], ids=str)
def test_cleaning_that_fails_is_an_error_and_counts(
    make: MakeCleanerLibrary, ejects: bool, pages: tuple[int, ...]
) -> None:
    library = cleaning(make, ejects_cleaner=ejects, drive_log_pages=pages)
    library.fault("wants-cleaning drive:0 required")
    library.fault("cleaning-fails drive:0 error")
    error = refusal(library.clean)
    assert (error.code, error.ntms and error.ntms.code) == ("unable-to-clean", 4311)
    assert "30/07" in error.message
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 49)
    assert library.last == LastOperation("clean", "failed", "ERROR_UNABLE_TO_CLEAN")
    assert library.truth.drives[0].cleaned == 0


def test_endless_cleaning_meets_the_ceiling_and_keeps_the_cleaner(library: CleanerLibrary) -> None:
    library.settings = LibrarySettings(cleaning_timeout_seconds=300)
    library.fault("cleaning-fails drive:0 endless")
    error = refusal(library.clean)
    assert (error.code, error.ntms and error.ntms.code) == ("unable-to-clean", 4311)
    assert "keeps the cleaner" in error.message
    assert 300 <= library.clock.time - START < 310
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)
    assert library.commands[MOVE_MEDIUM] == 1
    assert refusal(library.clean).code == "cartridge-out"
    assert library.cleans_left == 49


@pytest.mark.parametrize("pages", [(0x0C, 0x11, 0x2E), NO_11H, NO_0CH], ids=str)
def test_cartridge_that_the_drive_says_is_no_cleaner_counts_no_use(
    make: MakeCleanerLibrary, pages: tuple[int, ...]
) -> None:
    library = cleaning(make, drive_log_pages=pages)
    library.fault("cleaning-fails drive:0 invalid")
    error = refusal(library.clean)
    assert (error.code, error.ntms and error.ntms.code) == ("invalid-cleaner", 4310)
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 50)
    assert library.condition(0)["flags"] == "23"  # type: ignore[index]


@pytest.mark.parametrize("pages", [(0x0C, 0x11, 0x2E), NO_11H, NO_0CH], ids=str)
def test_cleaner_that_the_drive_says_is_used_up_has_no_cleans_left(
    make: MakeCleanerLibrary, pages: tuple[int, ...]
) -> None:
    library = make(drive_log_pages=pages)
    library.operate(f"insert {CLEANER} {SLOT} cleans=0", noticed=False)
    library.reserve(SLOT)
    library.know_cleaner(CLEANER, 5)
    error = refusal(library.clean)
    assert (error.code, error.ntms and error.ntms.code) == ("cleaner-spent", 4333)
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 0)
    assert library.condition(0)["flags"] == "22"  # type: ignore[index]
    moves = library.commands[MOVE_MEDIUM]
    assert refusal(library.clean).code == "cleaner-spent"
    assert library.commands[MOVE_MEDIUM] == moves


@pytest.mark.parametrize("sense", ["03/30/13", "02/30/13", "05/30/13", "03/30/0B"])
def test_cleaner_that_the_robot_calls_expired_is_spent_and_stays(
    library: CleanerLibrary, sense: str
) -> None:
    library.fault(f"sense {sense} on A5")
    error = refusal(library.clean)
    assert (error.code, error.ntms and error.ntms.code) == ("cleaner-spent", 4333)
    assert CLEANER in error.message
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 0)
    assert library.last.result == "ERROR_CLEANER_CARTRIDGE_SPENT"
    assert len(library.told("cleaner-spent")) == 1
    moves = library.commands[MOVE_MEDIUM]
    assert refusal(library.clean).code == "cleaner-spent"
    assert library.commands[MOVE_MEDIUM] == moves


@pytest.mark.parametrize("sense", ["03/30/13", "02/30/13", "02/30/0B"])
def test_cleaner_that_the_drive_calls_expired_is_spent_and_comes_back(
    make: MakeCleanerLibrary, sense: str
) -> None:
    """By its sense data alone: this drive has no TapeAlert flags."""
    library = make(drive_log_pages=())
    library.operate(f"insert {CLEANER} {SLOT} cleans=0", noticed=False)
    library.reserve(SLOT)
    library.know_cleaner(CLEANER, 5)
    library.fault(f"sense {sense} always on 00 drive:0 after 1")
    assert refusal(library.clean).code == "cleaner-spent"
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 0)


def test_drive_that_still_asks_for_cleaning_was_not_cleaned(library: CleanerLibrary) -> None:
    library.fault("wants-cleaning drive:0 required")
    library.later_fault(125, "wants-cleaning drive:0 required")
    error = refusal(lambda: _clean_with_wish_kept(library))
    assert error.code == "unable-to-clean"
    assert "still asks for cleaning" in error.message
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 49)


def _clean_with_wish_kept(library: CleanerLibrary) -> object:
    """The drive wants to be cleaned again whenever it is asked."""

    def wanting(_: int, cdb: bytes) -> None:
        if cdb[0] == LOG_SENSE:
            library.fault("wants-cleaning drive:0 required")

    with library.open(drive_wire=lambda inner: Wire(inner, before=wanting)) as opened:
        return clean(opened, parse_place("drive:0"))


def test_drive_that_gives_no_answer_in_the_end_was_cleaned_by_what_it_said_before(
    library: CleanerLibrary,
) -> None:
    library.fault("wants-cleaning drive:0 required")
    pages: list[int] = []

    def lose(_: int, cdb: bytes) -> None:
        if cdb[0] != LOG_SENSE or not library.truth.drives[0].cleaned:
            return
        pages.append(cdb[2] & 0x3F)
        if pages[-2:] == [0x2E, 0x11]:
            raise CommandTimedOut("no answer")

    with library.open(drive_wire=lambda inner: Wire(inner, before=lose)) as opened:
        assert "reports that cleaning is complete" in clean(opened, parse_place("drive:0")).why
    assert pages[-3:] == [0x2E, 0x11, 0x2E]
    assert_cleaned(library)


def test_drive_that_gives_the_cartridge_back_without_a_sign_was_not_cleaned(
    make: MakeCleanerLibrary,
) -> None:
    library = cleaning(make, cleaning_seconds=0, drive_load_seconds=0)
    error = refusal(library.clean)
    assert error.code == "unable-to-clean"
    assert "without a sign of cleaning" in error.message
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 49)


def test_drive_that_wanted_it_and_wants_it_no_more_was_cleaned(make: MakeCleanerLibrary) -> None:
    library = cleaning(make, cleaning_seconds=0, drive_load_seconds=0)
    library.fault("wants-cleaning drive:0 requested")
    assert "no longer" in library.clean().why
    assert_cleaned(library)


@pytest.mark.parametrize("what", ["unplugged drive:0", "no-reply always drive:0", "hang drive:0"])
def test_drive_that_is_gone_while_it_cleans_keeps_the_cleaner_and_the_use_counts(
    library: CleanerLibrary, what: str
) -> None:
    library.later_fault(30, what)
    error = refusal(library.clean)
    assert error.code in ("device-not-available", "transport-failed", "command-timed-out")
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)
    assert any("CLN001CU is in drive 0" in each for each in library.warnings)
    assert library.last.state == "failed"


def test_ctrl_c_while_it_cleans_leaves_the_cleaner_and_counts_the_use(
    library: CleanerLibrary,
) -> None:
    library.interrupt_later(30)
    with pytest.raises(KeyboardInterrupt):
        library.clean()
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)
    assert library.last == LastOperation("clean", "cancelled", "ERROR_CANCELLED")
    assert any("bring it back with: changer recover" in each for each in library.warnings)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("when", ["before", "after"])
def test_ctrl_c_during_the_load_is_obeyed_when_the_cleaner_is_in_the_drive_and_its_use_counted(
    library: CleanerLibrary, when: str, times: int
) -> None:
    def interrupt(_: int, cdb: bytes) -> None:
        for _ in range(times if cdb[0] == MOVE_MEDIUM else 0):
            os.kill(os.getpid(), signal.SIGINT)

    def wire(inner: Transport) -> Wire:
        return Wire(inner, before=interrupt) if when == "before" else Wire(inner, after=interrupt)

    opening = library.open(wire=wire)
    with opening as opened, pytest.raises(KeyboardInterrupt) as interrupted:
        clean(opened, parse_place("drive:0"))
    assert interrupted.value.__notes__[0] == "CLN001CU is in drive 0"
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)
    assert library.last == LastOperation("clean", "cancelled", "ERROR_CANCELLED")


def test_wait_for_the_load_that_ends_by_force_counts_the_use(library: CleanerLibrary) -> None:
    def fail(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            raise KeyboardInterrupt

    with (
        library.open(wire=lambda inner: Wire(inner, after=fail)) as opened,
        pytest.raises(KeyboardInterrupt),
    ):
        clean(opened, parse_place("drive:0"))
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)


def test_load_whose_end_can_t_be_told_counts_the_use(library: CleanerLibrary) -> None:
    def gone(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            library.fault("offline")

    with library.open(wire=lambda inner: Wire(inner, after=gone)) as opened:
        error = refusal(lambda: clean(opened, parse_place("drive:0")))
    assert error.code == "outcome-unknown"
    assert library.cleans_left == 49


@pytest.mark.parametrize("flag", [22, 23])
def test_flag_of_an_earlier_cleaner_says_nothing_of_this_one(
    library: CleanerLibrary, flag: int
) -> None:
    library.fault(f"tape-alert {flag} drive:0")
    library.fault("cleaning-fails drive:0 error")
    assert refusal(library.clean).code == "unable-to-clean"
    assert library.cleans_left == 49
    assert library.condition(0)["flags"] == str(flag)  # type: ignore[index]


def test_data_cartridge_that_was_said_to_be_a_cleaner_cleans_nothing(
    make: MakeCleanerLibrary,
) -> None:
    """It becomes ready, as no cleaner does."""
    library = make(
        "autoloader",
        medium_types=False,
        cleaner_medium_type=False,
        cleaner_sense=None,
        drive_load_seconds=20,
    )
    library.reserve("8")
    library.later(5, "put ZZZ001")
    library.insert(assume_cleaner=True, cleans_left=7)
    error = refusal(library.clean)
    assert error.code == "unable-to-clean"
    assert (library.tag_at("8"), library.truth.drives[0].cleaned) == ("ZZZ001", 0)


# What the drive said is kept


@pytest.mark.parametrize("fails", [True, False])
def test_flags_that_were_read_are_kept_until_a_cleaning_succeeds(
    make: MakeCleanerLibrary, fails: bool
) -> None:
    library = cleaning(make, drive_log_pages=NO_0CH)
    library.fault("wants-cleaning drive:0 required")
    if fails:
        library.fault("cleaning-fails drive:0 error")
        refusal(library.clean)
        assert library.condition(0)["flags"] == "20"  # type: ignore[index]
        assert library.flags_of_drive(0) == frozenset()
    else:
        library.clean()
    kept = library.condition(0)
    assert kept is not None
    assert (kept["flags"], kept["cleanings"]) == (("20", 0) if fails else ("", 1))


def test_use_is_written_with_the_time(library: CleanerLibrary) -> None:
    library.clean()
    assert library.cleaner is not None
    assert library.cleaner.last_used_at == pytest.approx(library.clock.time, abs=10)


@pytest.mark.parametrize(
    ("cleans", "left"), [(5, None), (4, "3 cleanings"), (2, "1 cleaning"), (1, "0 cleanings")]
)
def test_cleaner_that_is_nearly_used_up_is_announced(
    make: MakeCleanerLibrary, cleans: int, left: str | None
) -> None:
    library = make(cleaners=0).with_cleaner(cleans=cleans)
    library.clean()
    expected = [] if left is None else [f"has {left} left; have a new one ready"]
    told = library.told("cleaner-low")
    assert len(told) == len(expected)
    assert all(text in told[0] for text in expected)
    assert library.warnings == told


def test_cleaner_whose_count_is_not_known_can_be_used(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0).with_cleaner(cleans=None)
    assert library.clean().cleans_left is None
