"""Scenarios of killing: a function on a library, the state before, and what works afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cleaning.cleaner_library import CleanerLibrary

from changer.library.addressing import parse_place
from changer.moves.execute import move

from .aftermath import Aftermath, Look
from .beside import Beside
from .killing import Function, Killed, Killing
from .points import Kind

Again = Callable[[Aftermath], None]
NO_CLEANERS: Mapping[str, object] = {"cleaners": 0}


@dataclass(frozen=True)
class Scenario:
    """One function on one library.

    ``arrange``: how the library is before. ``function``: what is killed, of the library with the
    person beside it. ``ordinary``: source and destination of a move that works afterwards.
    ``again``: what another next process makes of it, instead of recover. ``cleans``: that the
    cleaner had when it came in. ``is_first``: it makes the store, and the folder for locks.
    ``pages``: it is killed in the middle of every write of the store, too; what SQLite makes of
    that is the same for all that write the same. ``refuses``: the drive does not take the cleaner,
    and says so to the first that asks it, alone. ``beside``: what another process is in the middle
    of meanwhile; ``other_dies``: it is killed then, too, else it lives on. ``profile``, ``fields``:
    of the virtual library.
    """

    name: str
    function: Callable[[CleanerLibrary], Function]
    arrange: Callable[[CleanerLibrary], object] = lambda library: None
    again: Again | None = None
    ordinary: tuple[str, str] = ("3", "11")
    cleans: int = 50
    is_first: bool = False
    pages: bool = False
    refuses: bool = False
    beside: Function | None = None
    other_dies: bool = False
    profile: str = "demo"
    fields: Mapping[str, object] = field(default_factory=dict)

    def prepare(self, folder: Path) -> tuple[Killing, Look]:
        """A library of its own in the folder, and what is going to be killed beside it."""
        library = CleanerLibrary(folder, self.profile, **self.fields)
        with library.open():
            pass  # its lock's folder is there, and the store knows it
        self.arrange(library)
        beginning = Look(library)
        if self.is_first:
            shutil.rmtree(library.locks)
            shutil.rmtree(library.state.parent)
            library.makes_store = True
        if self.beside is not None:
            function = self.function(library)
            both = Beside(library, function, self.name, beside=self.beside, dies=self.other_dies)
            return both, beginning
        return Killing(library, self.function(library), self.name), beginning

    @property
    def kinds(self) -> frozenset[Kind]:
        """Of the points at which it is killed."""
        return frozenset(Kind) if self.pages else frozenset(Kind) - {Kind.PAGE}

    def aftermath(self, killed: Killed, beginning: Look) -> Aftermath:
        """Reserved is what was, unless the dead process had committed otherwise."""
        reserved = beginning.reserved
        if killed.is_past("reserve"):
            reserved = (*reserved, 1004)
        elif killed.is_past("release"):
            reserved = ()
        too_many = int(self.refuses and _died_with_the_answer(killed))
        return Aftermath(
            killed.killing.library,
            beginning,
            cleans=self.cleans,
            reserved=reserved,
            uses_too_many=too_many,
        )


def _died_with_the_answer(killed: Killed) -> bool:
    """The drive had said that it did not take the cleaner, and the store did not know it yet.

    Reading TapeAlert clears it: a second question gets no answer.
    """
    points = killed.killing.points
    moved = [each.number for each in points if each.text.startswith("after MOVE MEDIUM")]
    asked = [each.number for each in points if each.text == "after LOG SENSE of 2Eh to drive 0"]
    told = next(each for each in asked if each > moved[0])
    return told <= killed.point.number and not killed.is_past("reject_cleaner")


def moving(source: str, destination: str) -> Function:
    """The function that moves what is there."""
    return lambda library: move(library, parse_place(source), parse_place(destination))


def alone(function: Function) -> Callable[[CleanerLibrary], Function]:
    """A function without a person."""
    return lambda _: function


def with_fault(scenario: Scenario, fault: str) -> Scenario:
    """The same, and the next motion meets a fault."""

    def arrange(library: CleanerLibrary) -> None:
        scenario.arrange(library)
        library.fault(fault)

    return replace(scenario, name=f"{scenario.name}, {fault}", arrange=arrange)
