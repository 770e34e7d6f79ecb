"""The functions that write to the store, how a library is before each, and what each changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cleaning.cleaner_library import ADDRESS, CLEANER, SLOT, CleanerLibrary

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import load, move, unload

__all__ = ["FUNCTIONS", "Function"]

CLEANS = 7


def _nothing(library: CleanerLibrary) -> None:
    with library.open():
        pass


def _reserved(library: CleanerLibrary) -> None:
    library.reserve(SLOT)


def _cleaner_in_a_slot(library: CleanerLibrary) -> None:
    library.reserve(SLOT)
    library.operate(f"insert {CLEANER} 9", noticed=False)


def _with_cleaner(library: CleanerLibrary) -> None:
    library.with_cleaner(cleans=CLEANS)


def _loaded(library: CleanerLibrary) -> None:
    with library.open() as opened:
        load(opened, parse_place("1"), parse_place("drive:0"))


def _take_from_mail(library: CleanerLibrary) -> None:
    library.later(20, "take mail:1")


@dataclass(frozen=True)
class Function:
    """``before`` and ``after``: the address that is reserved. ``tag``: what it moves, if anything.

    ``person``: what one does meanwhile.
    """

    name: str
    arrange: Callable[[CleanerLibrary], None]
    call: Callable[[Library], object]
    before: int | None = ADDRESS
    after: int | None = ADDRESS
    tag: str | None = None
    person: Callable[[CleanerLibrary], None] = lambda library: None
    profile: dict[str, Any] = field(default_factory=lambda: {"cleaners": 0, "cleaning_seconds": 30})


FUNCTIONS = (
    Function("reserve", _nothing, lambda library: reserve(library, parse_place(SLOT)), before=None),
    Function("release", _reserved, release, after=None),
    Function(
        "insert",
        _cleaner_in_a_slot,
        lambda library: insert(
            library, InsertionRequest(source=parse_place("9"), cleans_left=CLEANS)
        ),
        tag=CLEANER,
    ),
    Function("eject", _with_cleaner, eject, tag=CLEANER, person=_take_from_mail),
    Function(
        "clean", _with_cleaner, lambda library: clean(library, parse_place("drive:0")), tag=CLEANER
    ),
    Function(
        "move",
        _with_cleaner,
        lambda library: move(library, parse_place("1"), parse_place("9")),
        tag="A00001L8",
    ),
    Function(
        "load",
        _with_cleaner,
        lambda library: load(library, parse_place("1"), parse_place("drive:0")),
        tag="A00001L8",
    ),
    Function(
        "unload",
        _loaded,
        lambda library: unload(library, parse_place("drive:0")),
        before=None,
        after=None,
        tag="A00001L8",
    ),
)
