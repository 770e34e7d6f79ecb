"""Cleans of a drive, which ends them in one way or another, to be killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cleaning.cleaner_library import CLEANER, SLOT, CleanerLibrary

from changer.cleaning.clean_drive import clean
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import load

from .aftermath import Aftermath
from .scenario import Scenario, alone, moving

DRIVE_0 = parse_place("drive:0")


def clean_drive_0(library: Library) -> object:
    return clean(library, DRIVE_0, may_unload=True)


def clean_again(after: Aftermath) -> None:
    """The next clean says where the cleaner is; put back, it cleans."""
    code = after.run(clean_drive_0)
    if code == "cartridge-out":
        assert after.run(moving("drive:0", SLOT)) == "done"
        code = after.run(clean_drive_0)
    assert code == "done"
    assert after.library.tag_at(SLOT) == CLEANER


def clean_fields(**fields: object) -> Mapping[str, object]:
    """Of a library whose drives are quick at it."""
    return {"cleaners": 0, "cleaning_seconds": 6, "drive_load_seconds": 1, **fields}


def _with_cleaner(
    *, loaded: bool = False, fault: str | None = None
) -> Callable[[CleanerLibrary], None]:
    """The cleaner in its slot; drive 0 ``loaded`` with a cartridge, and what goes wrong."""

    def arrange(library: CleanerLibrary) -> None:
        library.with_cleaner()
        if loaded:
            library.move_behind_our_back("1", "drive:0")
        if fault is not None:
            library.fault(fault)

    return arrange


CLEANS = (
    *(
        Scenario(
            f"clean, drive {loaded}, {ejects} it",
            alone(clean_drive_0),
            _with_cleaner(loaded=loaded == "loaded"),
            clean_again,
            pages=(loaded, ejects) == ("loaded", "ejects"),
            fields=clean_fields(ejects_cleaner=ejects == "ejects"),
        )
        for ejects in ("ejects", "keeps")
        for loaded in ("empty", "loaded")
    ),
    Scenario(
        "clean, drive says invalid",
        alone(clean_drive_0),
        _with_cleaner(fault="cleaning-fails drive:0 invalid"),
        fields=clean_fields(),
        refuses=True,
    ),
    Scenario(
        "load of the cleaner as it is",
        alone(lambda library: load(library, parse_place(SLOT), DRIVE_0, as_is=True)),
        _with_cleaner(),
        clean_again,
        fields=clean_fields(),
    ),
    Scenario(
        "clean, drive says failed",
        alone(clean_drive_0),
        _with_cleaner(fault="cleaning-fails drive:0 error"),
        fields=clean_fields(),
    ),
)
CLEAN = CLEANS[0]
