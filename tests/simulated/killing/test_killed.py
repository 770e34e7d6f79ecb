"""Killed by SIGKILL at every point there is, then recovered: nothing is lost, nothing open."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cleaning.cleaner_library import CLEANER, SLOT, CleanerLibrary

from changer.cleaning.eject import eject
from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import move

from .aftermath import Look
from .cleans import CLEAN, clean_drive_0, clean_fields
from .killing import Killing
from .points import COARSE, Kind
from .scenario import Scenario, moving, with_fault
from .scenarios import SCENARIOS
from .several import CHOSEN, FIRST, SEVERAL, uses_of

pytestmark = pytest.mark.sweep


def check_modes(library: CleanerLibrary) -> None:
    """Store and lock are whole and for the group alone, although their maker died."""
    files = [library.state, *library.locks.iterdir()]
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o660}
    folders = [library.state.parent, library.locks]
    assert {stat.S_IMODE(each.stat().st_mode) & 0o7 for each in folders} == {0}


@pytest.mark.rows(one_in=12)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name.replace(" ", "-"))
def test_killed_at_every_point_is_recovered(folder: Path, scenario: Scenario) -> None:
    killing, beginning = scenario.prepare(folder / "library")
    source, destination = map(parse_place, scenario.ordinary)
    for killed in killing.killed(scenario.kinds):
        after = scenario.aftermath(killed, beginning)
        after.recover()
        assert after.run(lambda library: move(library, source, destination)) == "done"
        killed.count_run()
        if scenario.again is not None and killed.point.kind in COARSE:
            killing.die_again()
            scenario.again(scenario.aftermath(killed, beginning))
            killed.count_run()
        check_modes(killing.library)
    kinds = {each.kind for each in killing.points}
    assert kinds == set(Kind), "a kind of boundary is not watched any more"


def test_a_cleaning_beside_another_takes_the_cleaner_that_is_left(folder: Path) -> None:
    """Both are under way at one time, which the points of the first one are in."""
    for scenario, used in (
        (SEVERAL[0], {FIRST: 0, CHOSEN: 2}),
        (SEVERAL[1], {FIRST: 1, CHOSEN: 2}),
    ):
        killing, _ = scenario.prepare(folder / scenario.name)
        killing.finished()
        assert uses_of(killing.library) == used
        assert killing.library.truth.drives[0].cleaned == 1


# Beside a robot that fails or falls silent in the middle of the motion


FAULTS = [
    f"{how} {left}"
    for how in ("move-fails", "move-hangs")
    for left in ("at-source", "in-transport", "at-destination")
]
MOVES = [each for each in SCENARIOS if each.name in ("move", "load", "unload", "exchange")]


@pytest.mark.rows(one_in=8)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", MOVES, ids=lambda each: each.name)
def test_killed_with_a_fault_is_recovered(folder: Path, scenario: Scenario, fault: str) -> None:
    killing, beginning = with_fault(scenario, fault).prepare(folder / "library")
    library, in_picker = killing.library, 0
    for killed in killing.killed(COARSE):
        left = Look(library)
        is_stranded = "picker" in left.cartridges
        if is_stranded and left.rows["moves"][-1]["outcome"] == "misplaced":
            continue  # it was told, and is the person's to move
        in_picker += is_stranded
        library.fault("clear")
        scenario.aftermath(killed, beginning).recover()
        killed.count_run()
    assert (in_picker > 0) == ("in-transport" in fault)


# A clean, and whatever command comes next instead of recover


# What each of them answers while the cleaner is in its slot, or out.
CODES: dict[Callable[[Library], object], set[str]] = {
    release: {"slot-full", "cartridge-out"},
    lambda library: eject(library, timeout_seconds=1.0): {"operator-timeout", "cartridge-out"},
    lambda library: reserve(library, parse_place("9"), is_only=True): {"already-reserved"},
}


def reserve_another(library: Library) -> object:
    """One more slot, which does not touch the cleaner's."""
    return reserve(library, parse_place("9"))


def bring_back(library: Library) -> object:
    """Move the cleaner from the drive to its slot, as a person would."""
    return move(library, parse_place("drive:0"), parse_place(SLOT))


@pytest.mark.long
def test_killed_clean_is_settled_by_whatever_comes_next(folder: Path) -> None:
    killing, beginning = CLEAN.prepare(folder / "library")
    for killed in killing.killed(COARSE, are_new=False):
        for function, codes in CODES.items():
            after = CLEAN.aftermath(killed, beginning)
            assert after.run(function) in codes
            killed.count_run()
            killing.die_again()
        after = CLEAN.aftermath(killed, beginning)
        after.reserved += (1009,)
        assert after.run(reserve_another) == "done"
        killing.die_again()
        after = CLEAN.aftermath(killed, beginning)
        if killing.library.tag_at("drive:0") == CLEANER:
            assert after.run(bring_back) == "done"
        else:
            assert after.run(lambda library: move(library, *map(parse_place, ("1", "9")))) == "done"
        killed.count_run()


def test_killed_clean_whose_settling_was_killed_is_settled_again(folder: Path) -> None:
    """The cleaner is in the drive; the next clean settles that, and dies too, at every point."""
    killing, beginning = CLEAN.prepare(folder / "library")
    moved = [each for each in killing.points if each.text.startswith("after MOVE MEDIUM")]
    killing.kill_at(moved[0])
    assert killing.library.tag_at("drive:0") == CLEANER
    killing.library.clock.sleep(3600)
    settling = Killing(killing.library, clean_drive_0, "clean that settles another")
    for killed in settling.killed():
        assert CLEAN.aftermath(killed, beginning).run(bring_back) == "done"
        killed.count_run()
    assert len(settling.points) > 30


# A clean whose cleaner was in the drive: what the drive says of it counts


INVALID = "cleaning-fails drive:0 invalid"


def killed_with_the_cleaner_in_the_drive(library: CleanerLibrary) -> None:
    """The drive was not asked since."""
    killing = Killing(library, clean_drive_0, "clean")
    killing.kill_at(next(each for each in killing.points if each.text.startswith("after MOVE")))
    killing.close()
    library.clock.sleep(3600)
    assert library.tag_at("drive:0") == CLEANER


def settled(library: CleanerLibrary) -> int | None:
    """The cleans that are left, when the next command has settled it."""
    with library.open() as opened:
        moving("1", "9")(opened)
    assert library.rows("operations")[-1]["state"] == "failed"
    return library.cleans_left


def test_drive_that_says_nothing_has_used_the_cleaner(folder: Path) -> None:
    library = CleanerLibrary(folder / "library", "demo", **clean_fields()).with_cleaner()
    killed_with_the_cleaner_in_the_drive(library)
    assert settled(library) == 49


def test_drive_that_says_that_it_did_not_take_the_cleaner_has_not_used_it(folder: Path) -> None:
    library = CleanerLibrary(folder / "library", "demo", **clean_fields()).with_cleaner()
    library.fault(INVALID)
    killed_with_the_cleaner_in_the_drive(library)
    assert settled(library) == 50
    kept = library.condition(0)
    assert kept is not None and kept["flags"] == "23"
    assert library.flags_of_drive(0) == set()


def test_drive_that_said_so_once_is_not_asked_again_when_the_end_could_not_be_written(
    folder: Path,
) -> None:
    """It forgets what it said."""
    library = CleanerLibrary(folder / "library", "demo", **clean_fields()).with_cleaner()
    library.fault(INVALID)
    killed_with_the_cleaner_in_the_drive(library)
    library.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON operations WHEN new.finished_at IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END"
    )
    with library.open() as opened, pytest.raises(ChangerError, match="worn out"):
        moving("1", "9")(opened)
    library.execute("DROP TRIGGER broken")
    assert settled(library) == 50


def test_drive_that_says_that_the_cleaner_is_used_up_has_used_the_last(folder: Path) -> None:
    library = CleanerLibrary(folder / "library", "demo", **clean_fields())
    library.operate(f"insert {CLEANER} {SLOT} cleans=0", noticed=False)
    library.with_cleaner(cleans=3, lying=True)
    killed_with_the_cleaner_in_the_drive(library)
    assert settled(library) == 0


def test_drive_that_can_not_be_asked_leaves_rather_a_use_too_many(folder: Path) -> None:
    library = CleanerLibrary(folder / "library", "demo", **clean_fields()).with_cleaner()
    library.fault(INVALID)
    killed_with_the_cleaner_in_the_drive(library)
    library.fault("unplugged drive:0")
    assert settled(library) == 49
