"""A clean that was killed when its cleaner was in the drive: what the drive says of it counts."""

from __future__ import annotations

from pathlib import Path

from cleaning.cleaner_library import CLEANER, SLOT, CleanerLibrary

from .cleans import clean_drive_0, clean_fields
from .killing import Killing
from .scenario import moving

INVALID = "cleaning-fails drive:0 invalid"


def killed_with_the_cleaner_in_the_drive(library: CleanerLibrary) -> None:
    """Nobody has asked the drive since."""
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
