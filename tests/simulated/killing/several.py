"""Cleans of a library with several cleaners, to be killed: choice, claims, others at work."""

from __future__ import annotations

from cleaning.cleaner_library import CleanerLibrary

from changer.cleaning.clean_drive import clean
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import reserve
from changer.library.addressing import parse_place
from changer.library.library import Library

from .aftermath import Aftermath
from .cleans import clean_drive_0, clean_fields
from .scenario import Scenario, alone

# The second one has been used before: of the two it is the one to choose.
HOMES = {"CLN001CU": "4", "CLN002CU": "9"}
FIRST, CHOSEN = HOMES


def two_cleaners(library: CleanerLibrary) -> None:
    with library.open() as opened:
        for label, slot in HOMES.items():
            reserve(opened, parse_place(slot))
            library.operate(f"insert {label} {slot}", noticed=False)
            insert(opened, InsertionRequest(source=parse_place(slot), cleans_left=50))
        clean(opened, parse_place("drive:1"), cleaner=parse_place(CHOSEN))
    library.clock.sleep(3600)


def _loaded(library: CleanerLibrary) -> None:
    two_cleaners(library)
    library.move_behind_our_back("1", "drive:0")


def uses_of(library: CleanerLibrary) -> dict[str, int]:
    truth = library.truth
    there = (truth.cartridge_at(library.place_of(each) or "") for each in HOMES)
    return {each.tag: each.cleans_used for each in there if each is not None}


def _clean_again(after: Aftermath) -> None:
    """No claim of the dead is in the way, of its drive or of its cleaner."""
    before = uses_of(after.library)
    code = after.run(clean_drive_0)
    if code != "done":
        out = [after.library.place_of(each) or "" for each in HOMES]
        assert all(each.startswith("drive:") for each in out), f"{code}, and one is at home: {out}"
        assert code == "cartridge-out"
        after.recover()
        code = after.run(clean_drive_0)
    assert code == "done"
    assert sum(uses_of(after.library).values()) == sum(before.values()) + 1
    after.recover()
    assert {each: after.library.place_of(each) for each in HOMES} == HOMES


def _clean_drive_1(library: Library) -> object:
    """With the cleaner that would be chosen: it is not to be had meanwhile."""
    return clean(library, parse_place("drive:1"), cleaner=parse_place(CHOSEN))


SEVERAL = (
    Scenario(
        "clean with one of two cleaners",
        alone(clean_drive_0),
        _loaded,
        _clean_again,
        fields=clean_fields(),
    ),
    Scenario(
        "clean beside another cleaning",
        alone(clean_drive_0),
        _loaded,
        _clean_again,
        beside=_clean_drive_1,
        fields=clean_fields(),
    ),
    Scenario(
        "clean beside another that dies as well",
        alone(clean_drive_0),
        _loaded,
        _clean_again,
        beside=_clean_drive_1,
        other_dies=True,
        fields=clean_fields(),
    ),
    Scenario(
        "clean beside another, cleaner kept in drive",
        alone(clean_drive_0),
        two_cleaners,
        _clean_again,
        beside=_clean_drive_1,
        fields=clean_fields(ejects_cleaner=False),
    ),
)
