"""A cleaner's whole life, on every kind of library: reserve, insert, clean, eject, release."""

from __future__ import annotations

import pytest

from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.simulator.profiles.table import PROFILES

from .cleaner_library import NAMED_AS_DLT, CleanerLibrary
from .conftest import MakeCleanerLibrary

CARTRIDGE = "CLN777CU"


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "huge"])
def test_cleaner_lives_in_every_kind_of_library(make: MakeCleanerLibrary, profile: str) -> None:
    library = make(profile, cleaning_seconds=90, drive_load_seconds=10, move_seconds=12)
    if profile == "p3000":
        library.settings = NAMED_AS_DLT
    if profile == "demo":
        library.empty_mail()
    before = library.places
    slot = next(
        each.place
        for each in library.truth.elements
        if each.place.isdecimal() and each.cartridge is None
    )
    with library.open() as opened:
        assert reserve(opened, parse_place(slot)).slot == int(slot)
    tag = _insert(library, slot)
    drives = 1 if profile == "two-families" else min(2, library.truth.profile.drives)
    for number in range(drives):
        done = library.clean(f"drive:{number}")
        assert (done.volume_tag, done.cleans_left) == (tag, 8 - number)
        assert library.truth.drives[number].cleaned == 1
        assert library.tag_at(slot) == CARTRIDGE
    _eject(library, slot)
    assert library.cleaner is None
    with library.open() as opened:
        assert release(opened).slot == int(slot)
    assert library.places == before
    assert {row["state"] for row in library.rows("operations")} == {"completed"}
    assert {row["outcome"] for row in library.rows("moves")} <= {"completed"}
    assert library.warnings == []


def _insert(library: CleanerLibrary, slot: str) -> str | None:
    """What a library tells of its cartridges decides what a person has to say."""
    if library.truth.profile.mail:
        library.later(100, f"put {CARTRIDGE}")
    else:
        library.later_fault(100, "door open")
        library.later(110, f"insert {CARTRIDGE} {slot}")
        library.later_fault(120, "door closed")
    tells_labels = library.truth.profile.volume_tags == "reported"
    done = library.insert(cleans_left=9, assume_cleaner=not tells_labels)
    assert done.volume_tag == (CARTRIDGE if tells_labels else None)
    return done.volume_tag


def _eject(library: CleanerLibrary, slot: str) -> None:
    if library.truth.profile.mail:
        library.later(100, f"take {CARTRIDGE}")
    else:
        library.later_fault(100, "door open")
        library.later(110, f"remove {slot}")
        library.later_fault(120, "door closed")
    assert library.eject().slot == int(slot)
