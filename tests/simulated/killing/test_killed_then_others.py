"""A clean that was killed, and whatever command comes next instead of recover."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cleaning.cleaner_library import CLEANER, SLOT

from changer.cleaning.eject import eject
from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import move

from .cleans import CLEAN, clean_drive_0
from .killing import Killing
from .points import COARSE

# What each of them answers while the cleaner is in its slot, or out.
CODES: dict[Callable[[Library], object], set[str]] = {
    release: {"slot-full", "cartridge-out"},
    lambda library: eject(library, timeout_seconds=1.0): {"operator-timeout", "cartridge-out"},
    lambda library: reserve(library, parse_place("9")): {"already-reserved"},
}


def bring_back(library: Library) -> object:
    """What a person does who sees the cleaner in the drive."""
    return move(library, parse_place("drive:0"), parse_place(SLOT))


def test_killed_clean_is_settled_by_whatever_comes_next(folder: Path) -> None:
    killing, beginning = CLEAN.prepare(folder / "library")
    for killed in killing.killed(COARSE, are_new=False):
        for function, codes in CODES.items():
            after = CLEAN.aftermath(killed, beginning)
            assert after.run(function) in codes
            killed.count_run()
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
