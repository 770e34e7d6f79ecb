"""A rehearsal tells each check, each command and each act of a person, in their order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import move
from changer.transport.dry_run import Check, DryRun, DryRunStops, Step, UnsentCommand

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary

Function = Callable[[Library], object]


def words(step: Step) -> str:
    """A step in words; what would hold only after the motions before it stands in brackets."""
    if isinstance(step, UnsentCommand):
        return f"{step.device}: {step.name}"
    return f"({step.what})" if isinstance(step, Check) and step.imagined else step.what


def rehearsed(library: CleanerLibrary, function: Function) -> list[str]:
    rehearsal = DryRun()
    with library.open(dry_run=rehearsal) as opened, suppress(DryRunStops):
        function(opened)
    return [words(each) for each in rehearsal.steps]


MOVE = "sim:library: MOVE MEDIUM"
PREVENT = "sim:library: PREVENT ALLOW MEDIUM REMOVAL"
OPEN_CLOSE = "sim:library: OPEN/CLOSE IMPORT/EXPORT ELEMENT"

WITH_EMPTY_SLOT: dict[str, tuple[Function, list[str]]] = {
    "reserve": (
        lambda library: reserve(library, parse_place("6")),
        [
            "slot 6 is present and empty, as read twice",
            "no drive and no picker holds a cartridge of slot 6",
        ],
    ),
    "release": (
        release,
        [
            "slot 4 is present and empty, as read twice",
            "no drive and no picker holds a cartridge of slot 4",
        ],
    ),
    "insert": (
        lambda library: insert(library, InsertionRequest(source=parse_place("mail:1"))),
        [
            "slot 4 is present and empty, as read twice",
            "no drive and no picker holds a cartridge of slot 4",
            "mail slot 1 holds CLN001CU",
            "the library can move from mail slot 1 to slot 4 (mode page 1Fh)",
            "slot 4 is present and empty",
            MOVE,
        ],
    ),
    "load": (
        lambda library: move(library, parse_place("1"), parse_place("drive:0")),
        [
            "slot 1 holds A00001L8",
            "the library can move from slot 1 to drive 0 (mode page 1Fh)",
            "A00001L8 is not a cleaning cartridge",
            "drive 0 is not the reserved slot",
            "drive 0 is present and empty",
            MOVE,
        ],
    ),
    "move of a cleaner": (
        lambda library: move(library, parse_place("mail:1"), parse_place(SLOT)),
        [
            "mail slot 1 holds CLN001CU",
            "the library can move from mail slot 1 to slot 4 (mode page 1Fh)",
            "CLN001CU is a cleaner, so it may go to the reserved slot",
            "slot 4 is present and empty",
            MOVE,
        ],
    ),
}
WITH_CLEANER: dict[str, tuple[Function, list[str]]] = {
    "eject": (
        eject,
        [
            "slot 4 holds the cleaner CLN001CU",
            PREVENT,
            "slot 4 holds CLN001CU",
            "the library can move from slot 4 to mail slot 1 (mode page 1Fh)",
            "mail slot 1 is not the reserved slot",
            "mail slot 1 is present and empty",
            MOVE,
            PREVENT,
            OPEN_CLOSE,
            "waits for someone to take CLN001CU out of mail slot 1 of {id}; later steps depend "
            "on that",
            OPEN_CLOSE,
        ],
    ),
    "clean": (
        lambda library: clean(library, parse_place("drive:0")),
        [
            "slot 4 holds the cleaner CLN001CU",
            "CLN001CU is the cleaner that was brought in, with 50 cleanings left",
            "this host reaches drive 0",
            "drive 0: LOG SENSE",
            "slot 4 holds CLN001CU",
            "the library can move from slot 4 to drive 0 (mode page 1Fh)",
            "drive 0 is present and empty",
            MOVE,
            "drive 0 cleans, and is polled until it reports that cleaning is complete",
            "drive 0: LOAD UNLOAD",
            "(drive 0 holds CLN001CU)",
            "(the library can move from drive 0 to slot 4 (mode page 1Fh))",
            "(slot 4 is present and empty)",
            MOVE,
        ],
    ),
}


@pytest.mark.parametrize("name", WITH_EMPTY_SLOT)
def test_every_step_towards_an_empty_slot_is_told(make: MakeCleanerLibrary, name: str) -> None:
    function, steps = WITH_EMPTY_SLOT[name]
    library = make()  # its cleaner lies in mail slot 1
    library.reserve(SLOT)
    assert rehearsed(library, function) == steps


@pytest.mark.parametrize("name", WITH_CLEANER)
def test_every_step_with_the_cleaner_is_told(demo: CleanerLibrary, name: str) -> None:
    function, steps = WITH_CLEANER[name]
    demo.with_cleaner(CLEANER)
    assert rehearsed(demo, function) == [each.format(id=demo.id) for each in steps]
