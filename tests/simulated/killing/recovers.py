"""Recover itself, with different things to do, to be killed."""

from __future__ import annotations

from collections.abc import Callable

from cleaning.cleaner_library import SLOT, CleanerLibrary

from changer.cleaning.recover import recover
from changer.library.addressing import parse_place
from changer.moves.execute import move

from .cleans import CLEANS, clean_again, clean_fields
from .inserts import EJECTS, INSERTS
from .killing import Killing
from .scenario import NO_CLEANERS, Scenario, alone


def _stranded(*, occupied: bool) -> Callable[[CleanerLibrary], None]:
    """A process died in a move from 1 to 9 that got as far as the picker."""

    def arrange(library: CleanerLibrary) -> None:
        with library.open() as opened:
            opened.store.begin_move(
                library.id, source_address=1001, destination_address=1009, volume_tag="A00001L8"
            )
        library.fault("move-fails in-transport")
        library.move_behind_our_back("1", "9", fails=True)
        if occupied:
            library.operate("insert A00099L8 9", noticed=False)

    return arrange


def _cleaner_loaded(library: CleanerLibrary) -> None:
    """A person had the drive cleaned, by a move."""
    library.with_cleaner()
    with library.open() as opened:
        move(opened, parse_place(SLOT), parse_place("drive:0"), as_is=True)


def _killed_at(text: str, name: str, *, before: int = 0) -> Callable[[CleanerLibrary], None]:
    """The named function was killed at the last point of that text, or some points ``before``."""

    def arrange(library: CleanerLibrary) -> None:
        scenario = next(each for each in (*CLEANS, *EJECTS, *INSERTS) if each.name == name)
        scenario.arrange(library)
        killing = Killing(library, scenario.function(library), name)
        last = [at for at, each in enumerate(killing.points) if text in each.text][-1]
        killing.kill_at(killing.points[last - before])
        killing.close()
        library.clock.sleep(3600)

    return arrange


_INTO_THE_DRIVE = "after LOG SENSE of 2Eh to drive 0"
RECOVERS = (
    Scenario("recover, carrying on", alone(recover), _stranded(occupied=False), pages=True),
    Scenario("recover, putting back", alone(recover), _stranded(occupied=True)),
    Scenario(
        "recover, the cleaner in a drive",
        alone(recover),
        _cleaner_loaded,
        fields=clean_fields(ejects_cleaner=False),
    ),
    *(
        Scenario(
            f"recover after a clean, drive {each} it",
            alone(recover),
            _killed_at(_INTO_THE_DRIVE, f"clean, drive loaded, {each} it", before=1),
            clean_again,
            fields=clean_fields(ejects_cleaner=each == "ejects"),
        )
        for each in ("ejects", "keeps")
    ),
    Scenario(
        "recover after an insert",
        alone(recover),
        _killed_at("after MOVE MEDIUM", "insert from a place"),
        cleans=7,
        fields=NO_CLEANERS,
    ),
    Scenario(
        "recover after an eject",
        alone(recover),
        _killed_at("after MOVE MEDIUM", "eject by a mail slot"),
        cleans=7,
        fields=NO_CLEANERS,
    ),
)
