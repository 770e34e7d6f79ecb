"""The functions that write to the store, how a library is before each, and what each changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cleaning.cleaner_library import ADDRESS, CLEANER, SLOT, CleanerLibrary

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import load, move, unload
from changer.moves.export import export
from changer.moves.import_ import import_cartridges

CLEANS = 7
PROFILE: dict[str, Any] = {"cleaners": 0, "cleaning_seconds": 30}
DRIVE, ONE, NINE = (parse_place(each) for each in ("drive:0", "1", "9"))
TAG, NEW = "A00001L8", "B00001L8"


def _nothing(library: CleanerLibrary) -> None:
    library.open().close()


def _cleaner_in_a_slot(library: CleanerLibrary) -> None:
    library.reserve(SLOT)
    library.operate(f"insert {CLEANER} 9", noticed=False)


def _with_cleaner(library: CleanerLibrary) -> None:
    library.with_cleaner(cleans=CLEANS)


def _loaded(library: CleanerLibrary) -> None:
    with library.open() as opened:
        load(opened, ONE, DRIVE)


def _insert(library: Library) -> object:
    return insert(library, InsertionRequest(source=NINE, cleans_left=CLEANS))


@dataclass(frozen=True)
class Function:
    """``before`` and ``after``: the address that is reserved. ``tag``: what it moves, if anything.

    ``person``: what one does meanwhile.
    """

    name: str
    arrange: Callable[[CleanerLibrary], object]
    call: Callable[[Library], object]
    before: int | None = ADDRESS
    after: int | None = ADDRESS
    tag: str | None = None
    person: Callable[[CleanerLibrary], None] = lambda library: None


FUNCTIONS = (
    Function("reserve", _nothing, lambda each: reserve(each, parse_place(SLOT)), before=None),
    Function("release", lambda each: each.reserve(SLOT), release, after=None),
    Function("insert", _cleaner_in_a_slot, _insert, tag=CLEANER),
    Function(
        "eject",
        _with_cleaner,
        eject,
        tag=CLEANER,
        person=lambda each: each.later(20, "take mail:1"),
    ),
    Function("clean", _with_cleaner, lambda each: clean(each, DRIVE), tag=CLEANER),
    Function("move", _with_cleaner, lambda each: move(each, ONE, NINE), tag=TAG),
    Function("load", _with_cleaner, lambda each: load(each, ONE, DRIVE), tag=TAG),
    Function("unload", _loaded, lambda each: unload(each, DRIVE), None, None, TAG),
    Function(
        "export",
        _nothing,
        lambda each: export(each, [TAG]),
        *(None, None, TAG),
        person=lambda each: each.later(20, "take mail:1"),
    ),
    Function(
        "import",
        lambda each: each.operate(f"put {NEW} mail:1", noticed=False),
        lambda each: import_cartridges(each, only_now=True),
        *(None, None, NEW),
    ),
)
