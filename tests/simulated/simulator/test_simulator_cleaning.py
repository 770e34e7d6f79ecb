"""A virtual drive that wants to be cleaned, and what becomes of it and of the cleaner."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.simulator.drive_life import Phase
from changer.simulator.state import Cartridge

from .simulator_bench import ALERTS, LOAD, READY, REQUEST_SENSE, STATUS, UNLOAD, Bench, sense_text

COUNTERS = "4D 00 0C 00 00 0000 FFFF 00"

CLEANER, DRIVE = 101, 500


def alerts(bench: Bench) -> set[int]:
    """The TapeAlert flags of drive 0, which are cleared by it."""
    values = bench.data(ALERTS, unit=0)[8::5]
    return {number for number, value in enumerate(values, 1) if value}


def wanted(bench: Bench) -> tuple[int, int]:
    """What drive 0 says of cleaning: CRQST and CRQRD (06h), and parameter 0100h."""
    return (
        bench.data(STATUS, unit=0)[8] & 0x06,
        int.from_bytes(bench.data(COUNTERS, unit=0)[-8:], "big"),
    )


def answers(bench: Bench, cdb: str = READY, times: int = 3) -> list[str | None]:
    return [bench.sense(cdb, unit=0) for _ in range(times)]


def cleaner(bench: Bench) -> tuple[int, Cartridge]:
    """Where the first cleaner is, and what it is."""
    return next(
        (each.address, each.cartridge)
        for each in bench.truth.elements
        if each.cartridge and each.cartridge.is_cleaner
    )


def test_a_cleaning(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60, drive_load_seconds=0)
    bench.fault("wants-cleaning drive:1 required")
    bench.fault("tape-alert 20 drive:1")
    assert bench.move(101, 501) is None
    assert bench.sense(READY, unit=1) == "02/30/03"
    assert bench.data(STATUS, unit=1)[10] == 0x01
    assert bench.truth.drives[1].phase is Phase.CLEANING
    assert bench.move(501, 1012) == "05/53/03"
    bench.clock.time += 60
    assert bench.sense(READY, unit=1) == "02/3A/00"
    assert bench.data(STATUS, unit=1)[10] == 0x00
    drive = bench.truth.drives[1]
    assert (drive.cleaned, drive.wants_cleaning, drive.flags) == (1, 0, ())
    assert bench.move(501, 1012) is None
    address, used = cleaner(bench)
    assert (address, used.cleans_used, used.cleans_allowed) == (1012, 1, 50)


def test_a_drive_that_keeps_the_cleaner(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ejects_cleaner=False, cleaning_seconds=0, drive_load_seconds=0)
    assert bench.move(101, 500) is None
    assert bench.sense(READY, unit=0) == "02/04/02"
    assert bench.truth.drives[0].cleaned == 1
    assert bench.move(500, 1012) is None


@pytest.mark.parametrize(
    ("level", "flags", "said"),
    [("requested", {21}, (0x04, 1)), ("required", {20}, (0x06, 1)), ("no", set(), (0, 0))],
)
def test_what_a_drive_says_that_wants_cleaning(
    bench: Bench, level: str, flags: set[int], said: tuple[int, int]
) -> None:
    for before in ("requested", "required"):
        bench.fault(f"wants-cleaning drive:0 {before}")
    bench.fault(f"wants-cleaning drive:0 {level}")
    assert alerts(bench) == flags
    # The flags are cleared by reading; the wish stays.
    assert (alerts(bench), wanted(bench)) == (set(), said)


def test_a_cleaning_that_succeeded_ends_the_wish_and_its_flags(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.fault("wants-cleaning drive:0 required")
    bench.fault("tape-alert 4 drive:0")
    bench.move(CLEANER, DRIVE)
    assert wanted(bench) == (0x06, 1)
    bench.clock.time += 61
    assert (wanted(bench), alerts(bench)) == ((0, 0), {4})


def test_cleared_wishes_leave_no_flags(bench: Bench) -> None:
    bench.fault("wants-cleaning drive:0 required")
    bench.fault("clear wants-cleaning")
    assert (wanted(bench), alerts(bench)) == ((0, 0), set())


@pytest.mark.parametrize("ejects", [True, False])
def test_a_cleaner_is_used_up_and_then_refused(tmp_path: Path, ejects: bool) -> None:
    bench = Bench(tmp_path, cleaning_seconds=10, cleans_allowed=2, ejects_cleaner=ejects)
    for _ in range(2):
        assert bench.move(CLEANER, DRIVE) is None
        bench.clock.time += 20
        assert bench.move(DRIVE, CLEANER) is None
    bench.fault("wants-cleaning drive:0 required")
    assert bench.move(CLEANER, DRIVE) is None
    assert bench.truth.drives[0].phase is Phase.UNLOADED
    assert alerts(bench) == {20, 22}
    assert answers(bench) == ["03/30/07", "02/3A/00", "02/3A/00"]
    assert (bench.truth.drives[0].cleaned, wanted(bench)) == (2, (0x06, 1))
    assert bench.move(DRIVE, CLEANER) is None
    assert cleaner(bench)[1].cleans_used == 2


def test_a_spent_cleaner_is_refused_again_when_it_is_loaded_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleans_allowed=0)
    bench.move(CLEANER, DRIVE)
    for _ in range(2):
        assert answers(bench, times=2) == ["03/30/07", "02/3A/00"]
        assert bench.sense(LOAD, unit=0) is None


@pytest.mark.parametrize("cdb", ["01 0000000000", "08 00 000001 00", "0A 00 000001 00"])
def test_a_failed_cleaning_is_told_to_what_needs_the_medium(tmp_path: Path, cdb: str) -> None:
    bench = Bench(tmp_path, cleans_allowed=0)
    bench.move(CLEANER, DRIVE)
    for other in (STATUS, ALERTS, "1A 00 00 00 0C 00", "12 00 00 00FF 00", "05 0000000000"):
        assert bench.sense(other, unit=0) is None
    assert bench.sense(READY) is None
    assert answers(bench, cdb) == ["03/30/07", "02/3A/00", "02/3A/00"]


def test_request_sense_takes_the_failed_cleaning_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleans_allowed=0)
    bench.move(CLEANER, DRIVE)
    said = [sense_text(bench.data(REQUEST_SENSE, unit=0)) for _ in range(2)]
    assert said == ["03/30/07", "02/3A/00"]
    assert bench.sense(READY, unit=0) == "02/3A/00"


def test_a_failed_cleaning_is_told_no_more_once_another_cartridge_was_loaded(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, cleans_allowed=0)
    bench.move(CLEANER, DRIVE)
    bench.move(DRIVE, CLEANER)
    bench.move(1001, DRIVE)
    bench.clock.time += 10
    assert answers(bench) == ["06/28/00", None, None]


@pytest.mark.parametrize(
    ("ejects", "unloads", "done"), [(True, True, "02/3A/00"), (True, False, "02/3A/00"),
                                    (False, True, "02/04/02"), (False, False, "02/04/02")]
)  # fmt: skip
def test_the_robot_takes_the_cleaner_when_the_cleaning_is_over(
    tmp_path: Path, ejects: bool, unloads: bool, done: str
) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60, ejects_cleaner=ejects, unloads_drive=unloads)
    assert bench.move(CLEANER, DRIVE) is None
    assert bench.move(DRIVE, CLEANER) == "05/53/03"
    bench.clock.time += 61
    assert answers(bench) == [done] * 3
    if not ejects and not unloads:
        assert bench.move(DRIVE, CLEANER) == "05/53/03"
        assert bench.sense(UNLOAD, unit=0) is None
        assert bench.sense(READY, unit=0) == "02/3A/00"
    assert bench.move(DRIVE, CLEANER) is None
    assert bench.truth.drives[0].cleaned == 1


@pytest.mark.parametrize("profile", ["demo", "l700", "p3000", "ts3500"])
def test_every_kind_of_library_cleans(tmp_path: Path, profile: str) -> None:
    bench = Bench(tmp_path, profile, cleaning_seconds=60)
    home, _ = cleaner(bench)
    drive = bench.truth.profile.drive_base
    bench.fault("wants-cleaning drive:0")
    assert bench.move(home, drive) is None
    assert bench.sense(READY, unit=0) == "02/30/03"
    bench.clock.time += 61
    assert bench.sense(READY, unit=0) in ("02/3A/00", "02/04/02")
    assert bench.move(drive, home) is None
    assert (bench.truth.drives[0].cleaned, wanted(bench)) == (1, (0, 0))


@pytest.mark.parametrize(("seconds", "cleaned", "left"), [(61, 1, (0, 0)), (0, 0, (0x04, 1))])
def test_a_cleaner_that_an_operator_takes_has_cleaned_once_its_time_is_over(
    tmp_path: Path, seconds: int, cleaned: int, left: tuple[int, int]
) -> None:
    """Also if no command came between that would have noticed."""
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.fault("wants-cleaning drive:0")
    bench.move(CLEANER, DRIVE)
    bench.clock.time += seconds
    bench.operate("remove drive:0")
    assert bench.truth.drives[0].cleaned == cleaned
    bench.clock.time += 61
    assert (bench.truth.drives[0].cleaned, wanted(bench)) == (cleaned, left)
    assert bench.sense(READY, unit=0) == "02/3A/00"


# Cleanings that fail


@pytest.mark.parametrize(("ejects", "done"), [(True, "02/3A/00"), (False, "02/04/02")])
@pytest.mark.parametrize("words", ["cleaning-fails drive:0", "cleaning-fails drive:0 error"])
def test_a_cleaning_that_fails_runs_its_time_and_cleans_nothing(
    tmp_path: Path, words: str, ejects: bool, done: str
) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60, ejects_cleaner=ejects)
    bench.fault("wants-cleaning drive:0 required")
    bench.fault(words)
    bench.move(CLEANER, DRIVE)
    assert answers(bench) == ["02/30/03"] * 3
    bench.clock.time += 61
    assert (wanted(bench), alerts(bench)) == ((0x06, 1), {20})
    assert answers(bench) == ["03/30/07", done, done]
    assert bench.truth.faults == ()
    assert bench.move(DRIVE, CLEANER) is None
    assert (bench.truth.drives[0].cleaned, cleaner(bench)[1].cleans_used) == (0, 1)


def test_the_cleaning_after_one_that_failed_succeeds(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.fault("wants-cleaning drive:0 required")
    bench.fault("cleaning-fails drive:0 error")
    for cleaned in (0, 1):
        bench.move(CLEANER, DRIVE)
        bench.clock.time += 61
        bench.move(DRIVE, CLEANER)
        assert bench.truth.drives[0].cleaned == cleaned
    assert wanted(bench) == (0, 0)


@pytest.mark.parametrize("ejects", [True, False])
def test_a_cleaner_that_is_invalid_is_ejected_at_once_and_not_used(
    tmp_path: Path, ejects: bool
) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60, ejects_cleaner=ejects)
    bench.fault("wants-cleaning drive:0")
    bench.fault("cleaning-fails drive:0 invalid")
    bench.move(CLEANER, DRIVE)
    assert answers(bench) == ["02/3A/00"] * 3
    assert (wanted(bench), alerts(bench)) == ((0x04, 1), {21, 23})
    assert bench.truth.faults == ()
    assert bench.move(DRIVE, CLEANER) is None
    assert (bench.truth.drives[0].cleaned, cleaner(bench)[1].cleans_used) == (0, 0)


def endless(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.fault("wants-cleaning drive:0")
    bench.fault("cleaning-fails drive:0 endless")
    bench.move(CLEANER, DRIVE)
    bench.clock.time += 86400
    assert answers(bench) == ["02/30/03"] * 3
    assert bench.truth.drives[0].phase is Phase.CLEANING
    assert bench.data(STATUS, unit=0)[10] == 0x01
    assert bench.move(DRIVE, CLEANER) == "05/53/03"
    assert bench.sense(UNLOAD, unit=0) == "02/30/03"
    assert [str(fault) for fault in bench.truth.faults] == ["cleaning-fails drive:0 endless"]
    return bench


@pytest.mark.parametrize("words", ["clear", "clear cleaning-fails"])
def test_an_endless_cleaning_ends_when_the_fault_is_cleared(tmp_path: Path, words: str) -> None:
    bench = endless(tmp_path)
    bench.fault(words)
    assert answers(bench) == ["02/3A/00"] * 3
    assert (bench.truth.drives[0].cleaned, wanted(bench)) == (1, (0, 0))
    assert bench.move(DRIVE, CLEANER) is None


def test_an_endless_cleaning_ends_when_an_operator_takes_the_cleaner(tmp_path: Path) -> None:
    bench = endless(tmp_path)
    bench.operate("swap drive:0 12")
    assert answers(bench) == ["02/3A/00"] * 3
    assert (bench.truth.drives[0].cleaned, wanted(bench)) == (0, (0x04, 1))
    assert bench.sense(READY) == "06/28/00"
    assert bench.truth.faults == ()
    assert bench.move(1012, DRIVE) is None
    bench.clock.time += 61
    assert answers(bench) == ["02/3A/00"] * 3
    assert bench.truth.drives[0].cleaned == 1


def test_a_cleaning_under_way_can_be_made_to_fail(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.move(CLEANER, DRIVE)
    bench.fault("cleaning-fails drive:0")
    bench.clock.time += 61
    assert answers(bench) == ["03/30/07", "02/3A/00", "02/3A/00"]


def test_a_cleaning_whose_time_is_over_can_fail_no_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.move(CLEANER, DRIVE)
    bench.clock.time += 61
    bench.fault("cleaning-fails drive:0")
    assert answers(bench) == ["02/3A/00"] * 3
    assert bench.truth.drives[0].cleaned == 1
    assert len(bench.truth.faults) == 1


def test_a_fault_of_one_drive_spares_the_others_and_data_cartridges(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.fault("cleaning-fails drive:0 invalid")
    bench.move(1001, DRIVE)
    bench.move(CLEANER, 501)
    bench.clock.time += 61
    assert answers(bench) == ["06/28/00", None, None]
    assert bench.sense(READY, unit=1) == "02/3A/00"
    assert bench.truth.drives[1].cleaned == 1
    assert len(bench.truth.faults) == 1


def test_a_failure_that_was_cleared_is_not_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cleaning_seconds=60)
    bench.fault("cleaning-fails drive:0")
    bench.move(CLEANER, DRIVE)
    bench.clock.time += 61
    assert bench.sense(STATUS, unit=0) is None
    bench.fault("clear cleaning-fails")
    assert answers(bench) == ["02/3A/00"] * 3
